"""谈心谈话: who holds one with whom, what a signature binds, and that nobody else learns that there was one."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta

import pytest

from audit.models import Entry
from audit.queries import verify_chains
from audit.services import seal_chains
from common.errors import Conflict, InvalidInput, Refused
from notifications.models import Notification
from organization.models import Employee
from reviews.models import Talk, TalkSignature
from reviews.permissions.talks import may_hold_talk
from reviews.queries.talks import TalkDuties, digest_of, duties_of, people_to_talk_with, signatures_of, to_follow_up
from reviews.services.talks import (
    discard_talk,
    follow_up_talk,
    remind_of_talks,
    save_draft,
    sign_talk,
    start_talk,
    take_back_talk,
)
from tests.factories import make_branch, make_placement
from tests.reviews.talks import (
    NOW,
    TODAY,
    VIEW,
    WORDS,
    Village,
    begin,
    closed,
    draft,
    handed_over,
    make_suggestion,
    make_village,
    sign,
)

pytestmark = pytest.mark.django_db
NOTHING = TalkDuties(sign=0, write=0, follow_up=0, follow_up_on=None, suggested=0)


def build() -> Village:
    return make_village()


@pytest.fixture
def village(built: Village) -> Village:
    return deepcopy(built)


def who_sees(village: Village, talk: Talk) -> set[str]:
    return {who for who, person in village.stage if Talk.objects.visible_to(person).filter(pk=talk.pk).exists()}


# Who may talk with whom --------------------------------------------------------------------------------------------


def test_who_may_talk_with_whom(village: Village) -> None:
    here = {"employee", "colleague", "liaison"}
    everybody = {who for who, _person in village.stage if not who.startswith("foreign")}
    second = everybody - here - {"secretary"}  # of the second branch
    expected = {
        "secretary": here,
        "head": here,
        "deputy": here | {"head"},
        "director": everybody - {"director"},
        "other_secretary": second - {"other_secretary"},
        "other_head": everybody - here - {"head", "other_head"},  # who work in B
    }
    names = {person.pk: who for who, person in village.stage}
    for who in everybody:
        reach = {names[person.pk] for person in people_to_talk_with(village[who], today=TODAY)}
        assert reach == expected.get(who, set()), who
        for other in everybody:
            assert bool(may_hold_talk(village[who], village[other], today=TODAY)) == (other in reach)


def test_nobody_talks_with_people_of_another_bureau_or_with_those_who_left(village: Village) -> None:
    with pytest.raises(Refused, match="本单位"):
        begin(village["foreign_director"], village["employee"])
    Employee.objects.filter(pk=village["employee"].pk).update(left_on=TODAY - timedelta(days=1))
    with pytest.raises(Refused, match="谈话范围"):
        begin(village["head"], village["employee"])


def test_a_talk_is_of_two_people(village: Village) -> None:
    with pytest.raises(Refused, match="自己"):
        begin(village["head"], village["head"])


# The record --------------------------------------------------------------------------------------------------------


def test_a_draft_keeps_what_is_unfinished_and_cannot_be_signed_so(village: Village) -> None:
    talk = begin(village["head"], village["employee"], analysis="")
    saved = save_draft(
        talk=talk, actor=village["head"], draft=draft(analysis=" \n", affirmation="一\r\n二"), today=TODAY, now=NOW
    )
    assert (saved.analysis, saved.affirmation) == ("", "一\n二")
    with pytest.raises(InvalidInput) as refused:
        sign(talk, village["head"])
    assert set(refused.value.fields) == {"analysis"}
    assert Talk.objects.get().state == Talk.State.DRAFT


def test_the_ids_of_ones_own_talks_do_not_count_those_of_others(village: Village) -> None:
    first, _other, third = (begin(village["head"], village["employee"]).pk for _ in range(3))
    assert abs(third - first) != 2
    assert max(first, third) < 2**53


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"held_on": TODAY + timedelta(days=1)}, "held_on"),
        ({"follow_up_on": TODAY}, "follow_up_on"),
        ({"kind": "scold"}, "kind"),
        ({"trigger": "mood"}, "trigger"),
    ],
)
def test_days_and_words_that_cannot_be(village: Village, values: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        begin(village["head"], village["employee"], **values)
    assert set(refused.value.fields) == {field}


def test_the_branch_is_that_of_the_day_of_the_talk(village: Village) -> None:
    person, later = village["employee"], make_branch(village.bureau, name="后来的支部")
    make_placement(person, TODAY - timedelta(days=10), branch=later)
    before = begin(village["head"], person, held_on=TODAY - timedelta(days=11))
    after = begin(village["head"], person)
    assert (before.branch, after.branch) == (person.branch, later)


def test_both_sign_what_they_saw(village: Village) -> None:
    talk = handed_over(village["head"], village["employee"])
    assert talk.state == Talk.State.WITH_EMPLOYEE
    talk = sign(talk, village["employee"], f" {VIEW}\r\n", now=NOW + timedelta(hours=1))
    assert (talk.state, talk.view) == (Talk.State.SIGNED, VIEW)
    signed = signatures_of(Talk.objects.get())
    assert [(one.name, one.of_talker, one.intact) for one in signed] == [("贺责", True, True), ("艾工", False, True)]
    assert signed[0].digest != signed[1].digest  # the second covers the view as well


@pytest.mark.parametrize(
    ("field", "broken"), [("analysis", [True, True]), ("view", [False, True]), ("kind", [True, True])]
)
def test_a_record_changed_past_the_services_no_longer_fits_its_signatures(
    village: Village, field: str, broken: list[bool]
) -> None:
    closed(village["head"], village["employee"])
    Talk.objects.update(**{field: "warn"})
    assert [not one.intact for one in signatures_of(Talk.objects.get())] == broken


def test_a_corrected_name_breaks_no_signature(village: Village) -> None:
    closed(village["head"], village["employee"])
    Employee.objects.filter(pk=village["employee"].pk).update(name="艾公")
    assert all(one.intact for one in signatures_of(Talk.objects.get()))


def test_a_record_that_changed_since_it_was_shown_is_not_signed(village: Village) -> None:
    talk = begin(village["head"], village["employee"])
    shown = digest_of(talk, by=talk.talker_id)
    save_draft(talk=talk, actor=village["head"], draft=draft(analysis="别的"), today=TODAY, now=NOW)
    with pytest.raises(Conflict, match="刚刚有变"):
        sign_talk(talk=talk, actor=village["head"], digest=shown, now=NOW)
    assert not TalkSignature.objects.exists()


def test_only_the_two_sign_each_in_turn_and_once(village: Village) -> None:
    talk = begin(village["head"], village["employee"])
    with pytest.raises(Conflict):
        sign(talk, village["employee"])
    sign(talk, village["head"])
    with pytest.raises(Conflict):
        sign(talk, village["head"])
    for who in ("secretary", "discipline", "colleague"):
        with pytest.raises(Refused):
            sign(talk, village[who])


def test_after_both_signed_nothing_changes(village: Village) -> None:
    talk, talker = (
        closed(village["head"], village["employee"], follow_up_on=TODAY + timedelta(days=30)),
        village["head"],
    )
    before = Talk.objects.filter(pk=talk.pk).values().get()
    acts: list[Callable[[], object]] = [
        lambda: save_draft(talk=talk, actor=talker, draft=draft(analysis="别的"), today=TODAY, now=NOW),
        lambda: discard_talk(talk=talk, actor=talker),
        lambda: take_back_talk(talk=talk, actor=talker, now=NOW),
        lambda: sign(talk, talker),
        lambda: sign(talk, village["employee"], "还有"),
    ]
    for act in acts:
        with pytest.raises(Conflict):
            act()
    assert Talk.objects.filter(pk=talk.pk).values().get() == before


def test_the_talker_takes_back_what_the_other_has_not_signed(village: Village) -> None:
    talk = handed_over(village["head"], village["employee"])
    with pytest.raises(Refused):
        take_back_talk(talk=talk, actor=village["employee"], now=NOW)
    assert take_back_talk(talk=talk, actor=village["head"], now=NOW).state == Talk.State.DRAFT
    assert not TalkSignature.objects.exists()
    assert who_sees(village, talk) == {"head"}
    sign(talk, village["head"])
    assert who_sees(village, talk) == {"head", "employee", "secretary", "discipline"}


def test_a_discarded_draft_opens_its_suggestion_again(village: Village) -> None:
    suggestion = make_suggestion(village["employee"])
    talk = start_talk(
        employee=village["colleague"], actor=village["secretary"], draft=draft(), today=TODAY, now=NOW,
        suggestion=suggestion,
    )  # fmt: skip
    assert (talk.employee, talk.trigger) == (village["employee"], "low_rank")
    suggestion.refresh_from_db()
    assert (suggestion.state, suggestion.talk) == ("taken", talk)
    with pytest.raises(Refused):
        discard_talk(talk=talk, actor=village["head"])
    discard_talk(talk=talk, actor=village["secretary"])
    suggestion.refresh_from_db()
    assert (suggestion.state, suggestion.talk, suggestion.decided_by) == ("open", None, None)
    assert not Talk.objects.exists()


# Following up ------------------------------------------------------------------------------------------------------


def test_what_was_found_is_written_once_by_the_talker_and_leaves_the_record(village: Village) -> None:
    talk = handed_over(village["head"], village["employee"], follow_up_on=TODAY + timedelta(days=30))
    with pytest.raises(Conflict, match="双方签字以后"):
        follow_up_talk(talk=talk, actor=village["head"], found="好", now=NOW)
    talk = sign(talk, village["employee"])
    with pytest.raises(Refused):
        follow_up_talk(talk=talk, actor=village["employee"], found="好", now=NOW)
    with pytest.raises(InvalidInput):
        follow_up_talk(talk=talk, actor=village["head"], found=" ", now=NOW)
    talk = follow_up_talk(talk=talk, actor=village["head"], found="已落实", now=NOW)
    assert (talk.follow_up, talk.followed_up_at) == ("已落实", NOW)
    with pytest.raises(Conflict, match="已经填写"):
        follow_up_talk(talk=talk, actor=village["head"], found="改口", now=NOW)
    assert all(one.intact for one in signatures_of(talk))


def test_without_an_agreed_day_there_is_nothing_to_follow_up(village: Village) -> None:
    with pytest.raises(Conflict, match="没有约定"):
        follow_up_talk(talk=closed(village["head"], village["employee"]), actor=village["head"], found="好", now=NOW)


def test_reminders_go_to_the_one_of_the_two_whom_it_waits_for_once(village: Village) -> None:
    due = date(2023, 6, 12)  # a Monday
    followed = closed(village["head"], village["employee"], follow_up_on=due)
    waiting = handed_over(village["secretary"], village["colleague"])
    Notification.objects.all().delete()
    told = {
        day: remind_of_talks(village.bureau, today=day)
        for day in (
            date(2023, 6, 5),
            date(2023, 6, 6),
            date(2023, 6, 11),
            due,
            date(2023, 6, 14),
            date(2023, 6, 15),
            date(2023, 6, 30),
        )
    }
    assert [number for number in told.values() if number] == [1, 1, 1], told
    rows = Notification.objects.order_by("pk").values_list("recipient__name", "url")
    assert list(rows) == [
        ("柯同", f"/talks/{waiting.pk}/"), ("贺责", f"/talks/{followed.pk}/"), ("贺责", f"/talks/{followed.pk}/"),
    ]  # fmt: skip
    assert told[due] == 1


# Nobody else -------------------------------------------------------------------------------------------------------


def test_a_talk_is_seen_by_the_two_the_secretary_and_discipline_and_by_nobody_else(village: Village) -> None:
    unsigned = begin(village["head"], village["employee"])
    waiting = handed_over(village["head"], village["employee"])
    signed = closed(village["deputy"], village["employee"])
    of_secretary = closed(village["director"], village["secretary"])
    of_discipline = closed(village["director"], village["discipline"])
    assert who_sees(village, unsigned) == {"head"}
    assert who_sees(village, waiting) == {"head", "employee", "secretary", "discipline"}
    assert who_sees(village, signed) == {"deputy", "employee", "secretary", "discipline"}
    assert who_sees(village, of_secretary) == {"director", "secretary", "discipline"}
    assert who_sees(village, of_discipline) == {"director", "discipline", "other_secretary"}


def test_what_waits_is_counted_for_the_two_alone(village: Village) -> None:
    begin(village["head"], village["colleague"])
    handed_over(village["head"], village["employee"])
    closed(village["deputy"], village["employee"], held_on=TODAY - timedelta(days=9), follow_up_on=TODAY)
    found = {who: duties_of(person, TODAY) for who, person in village.stage}
    assert found.pop("head") == TalkDuties(0, 1, 0, None, 0)
    assert found.pop("employee") == TalkDuties(1, 0, 0, None, 0)
    assert found.pop("deputy") == TalkDuties(0, 0, 1, TODAY, 0)
    assert set(found.values()) == {NOTHING}
    assert to_follow_up(village["deputy"], today=TODAY).count() == 1
    assert not to_follow_up(village["deputy"], today=TODAY - timedelta(days=1)).exists()


def test_only_the_two_are_told_and_no_name_or_word_is_in_what_they_are_told(village: Village) -> None:
    talk = closed(village["head"], village["employee"], follow_up_on=TODAY + timedelta(days=30))
    follow_up_talk(talk=talk, actor=village["head"], found="已落实", now=NOW)
    take_back_talk(talk=handed_over(village["head"], village["employee"]), actor=village["head"], now=NOW)
    told = Notification.objects.all()
    assert set(told.values_list("recipient__name", flat=True)) == {"贺责", "艾工"}
    text = " ".join(f"{one.subject}{one.body}{one.occasion}" for one in told)
    assert not [word for word in (*WORDS.values(), VIEW, "已落实", *_names(village)) if word in text]


def test_the_audit_log_names_acts_and_actors_and_neither_the_other_nor_a_word(village: Village) -> None:
    suggestion = make_suggestion(village["employee"])
    talk = start_talk(
        employee=village["employee"], actor=village["secretary"], draft=draft(), today=TODAY, now=NOW,
        suggestion=suggestion,
    )  # fmt: skip
    sign(talk, village["secretary"])
    sign(talk, village["employee"], VIEW)
    lines = list(Entry.objects.filter(action__startswith="talk.").order_by("pk"))
    assert [(one.action, one.actor_id) for one in lines] == [
        ("talk.draft", village["secretary"].pk), ("talk.sign", village["secretary"].pk), ("talk.sign", village["employee"].pk),
    ]  # fmt: skip
    for one in lines:
        said = f"{one.target}{one.before}{one.after}{one.reason}"
        others = [name for name in _names(village) if name in said]
        assert not others
        assert not [word for word in (*WORDS.values(), VIEW) if word in said]
        assert one.target == "谈心谈话"


def test_the_lines_of_talks_are_read_and_counted_by_discipline_alone(village: Village) -> None:
    before = {who: Entry.objects.visible_to(person).count() for who, person in village.stage}
    closed(village["head"], village["employee"])
    grown = {who for who, person in village.stage if Entry.objects.visible_to(person).count() != before[who]}
    assert grown == {"discipline"}
    seal_chains()
    assert not verify_chains().broken


def _names(village: Village) -> list[str]:
    return [text for _who, person in village.stage for text in (person.name, person.number)]
