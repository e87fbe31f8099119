"""审定、公示、异议、公布、撤销: departures and ties need the committee's reason, and nothing is published over an open objection."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from audit.models import Entry
from awards.models import Objection, Selection, StarAward
from awards.queries.selection_page import proposed, stars_shown
from awards.queries.votes import counted, proposal
from awards.services.deciding import publish_stars, withdraw_star
from awards.services.objections import answer_objection, object_to
from awards.services.selections import change_days
from common.errors import Conflict, InvalidInput, Refused
from notifications.models import Notification
from tests.awards.stars import DECIDED, Contest, make_contest
from tests.factories import moment

pytestmark = pytest.mark.django_db
PUBLICITY_UNTIL = date(2023, 5, 8)
"""Five working days after the 27th of April, with the holidays of May and Saturday the 6th worked."""
DUE = date(2023, 5, 9)


def build() -> Contest:
    """a1, a2 and a3 stand for dedication, a1 also for learning, where nobody else does."""
    made = make_contest()
    made.open()
    for name in ("a1", "a2", "a3"):
        made.nominate(name)
    made.nominate("a1", "learning")
    made.open_ballot()
    return made


@pytest.fixture
def contest(built: Contest) -> Contest:
    return deepcopy(built)


@pytest.fixture
def voted(contest: Contest) -> Contest:
    """Dedication: a1 and a2 before a3; nobody votes for learning."""
    for name, chosen in (("a5", ("a1", "a2")), ("a6", ("a1", "a2")), ("a7", ("a1", "a3"))):
        contest.vote(name, *chosen)
    contest.close()
    return contest


def stars() -> dict[str, tuple[str, bool]]:
    awards = StarAward.objects.select_related("category", "employee").order_by("pk")
    return {f"{one.category.kind} {one.employee.name}": (one.state, one.by_vote) for one in awards}


def test_what_the_vote_says_needs_no_reason(voted: Contest) -> None:
    found = voted.decide(dedication=["a1", "a2"])
    assert (found.state, found.publicity_until) == (Selection.State.PUBLICITY, PUBLICITY_UNTIL)
    assert stars() == {"dedication a1": ("chosen", True), "dedication a2": ("chosen", True)}
    line = Entry.objects.get(action="selection.decide")
    assert (line.after or {})["stars"] == ["敬业之星 a1", "敬业之星 a2"]
    told = Notification.objects.filter(occasion__startswith=f"stars.publicity:{PUBLICITY_UNTIL}")
    assert told.count() == voted.bureau.employees.count()
    award = StarAward.objects.first()
    assert award is not None
    assert award.department == voted.people["a1"].department


@pytest.mark.parametrize("names", [["a1"], ["a1", "a3"], ["a3"]])
def test_a_departure_needs_a_reason(voted: Contest, names: list[str]) -> None:
    with pytest.raises(InvalidInput, match="不一致") as caught:
        voted.decide(dedication=names)
    assert list(caught.value.fields) == [f"departure-{voted.star().pk}"]
    voted.decide(dedication=names, departures={"dedication": "a2 正在核查"})
    assert voted.star().departure == "a2 正在核查"
    assert (Entry.objects.get(action="selection.decide").after or {})["departures"] == {"敬业之星": "a2 正在核查"}
    assert stars().get("dedication a3", ("chosen", False)) == ("chosen", False)


def test_a_reason_without_a_departure_is_not_kept(voted: Contest) -> None:
    voted.decide(dedication=["a1", "a2"], departures={"dedication": "没有不一致"})
    assert voted.star().departure == ""


def test_whoever_has_no_vote_is_a_departure(voted: Contest) -> None:
    with pytest.raises(InvalidInput):
        voted.decide(dedication=["a2", "a3"], learning=["a1"])
    voted.decide(dedication=["a2", "a3"], learning=["a1"], departures={"learning": "学习突出，只有一人获提名"})
    assert stars() == {
        "dedication a2": ("chosen", True), "dedication a3": ("chosen", True), "learning a1": ("chosen", False),
    }  # fmt: skip
    assert voted.star().departure == ""


def test_two_stars_for_one_person_need_a_reason(voted: Contest) -> None:
    departures = {"learning": "学习也突出"}
    voted.decide(dedication=["a1", "a2"], learning=["a1"], departures=departures)
    assert len(stars()) == 3


def test_two_stars_that_the_vote_gives_need_a_reason_too(contest: Contest) -> None:
    contest.vote("a5", "a1")
    contest.vote("a5", "a1", kind="learning")
    contest.close()
    with pytest.raises(InvalidInput, match="两颗星"):
        contest.decide(dedication=["a1"], learning=["a1"])
    assert contest.decide(dedication=["a1"], learning=["a1"], departures={"dedication": "两方面都突出"})


def test_a_tie_at_the_border_is_decided_by_the_committee(contest: Contest) -> None:
    for name, chosen in (("a5", ("a1", "a2")), ("a6", ("a1", "a3"))):
        contest.vote(name, *chosen)
    contest.close()
    shown = stars_shown(contest.selection, contest.people["director"])[0]
    assert (shown.tied, shown.open_places) == (2, 1)
    assert [one.tied for one in shown.nominees] == [False, True, True]
    only_sure = proposed(contest.selection, stars_shown(contest.selection, contest.people["director"])).chosen
    assert len(only_sure[contest.star().pk]) == 1
    for names in (["a1"], ["a1", "a2", "a3"]):
        with pytest.raises(InvalidInput, match="不一致"):
            contest.decide(dedication=names)
    contest.decide(dedication=["a1", "a2", "a3"], departures={"dedication": "并列的都评"})
    assert all(by_vote for _state, by_vote in stars().values())


def test_more_than_the_places_only_in_a_tie(voted: Contest) -> None:
    with pytest.raises(InvalidInput, match="名额为 2 人"):
        voted.decide(dedication=["a1", "a2", "a3"], departures={"dedication": "都好"})


def test_nobody_at_all_is_no_decision(voted: Contest) -> None:
    with pytest.raises(InvalidInput, match="一颗星也没有评出"):
        voted.decide(departures={"dedication": "都不评"})


def test_a_stranger_cannot_be_chosen(voted: Contest) -> None:
    from awards.services.deciding import Choice, decide_stars

    with pytest.raises(InvalidInput, match="不是候选人"):
        decide_stars(
            selection=voted.selection, choices={voted.star().pk: Choice(frozenset({987}), "x")},
            actor=voted.people["director"], today=DECIDED, now=moment(DECIDED),
        )  # fmt: skip


def test_the_proposal_gives_everybody_one_star(contest: Contest) -> None:
    """a1 wins both stars, keeps the one with the larger share, and a3 moves up in the other."""
    for name, chosen in (("a5", ("a1", "a2")), ("a6", ("a1", "a2")), ("a7", ("a1", "a3")), ("a8", ("a2",))):
        contest.vote(name, *chosen)
    contest.vote("a5", "a1", kind="learning")
    contest.close()
    found = counted(contest.selection)
    names = {row.pk: row.employee.name for one in found for row in one.nominations}
    given = {
        one.category.kind: sorted(names[key] for key in proposal(found)[one.category.pk]) for one in found if one.counts
    }
    assert given == {"dedication": ["a2", "a3"], "learning": ["a1"]}
    contest.decide(dedication=["a2", "a3"], learning=["a1"])
    assert all(by_vote for _state, by_vote in stars().values())


def test_who_decides(voted: Contest) -> None:
    for name in ("a5", "head", "discipline", "admin"):
        with pytest.raises(Refused):
            voted.decide(by=name, dedication=["a1", "a2"])
    voted.decide(by="deputy", dedication=["a1", "a2"])
    with pytest.raises(Conflict):
        voted.decide(by="office", dedication=["a1", "a2"])


def test_a_nominee_does_not_decide() -> None:
    contest = make_contest("ZZ")
    contest.open()
    from awards.models import Nomination, PoolMember

    PoolMember.objects.filter(employee=contest.people["office"]).update(standing="in")
    office = contest.people["office"]
    Nomination.objects.create(
        category=contest.star(), employee=office, department=office.department, deeds="…", nominated_by=office,
        nominated_at=moment(contest.today),
    )  # fmt: skip
    contest.open_ballot()
    contest.vote("a1", "office")
    contest.close()
    with pytest.raises(Refused, match="候选人"):
        contest.decide(by="office", dedication=["office"])
    contest.decide(by="director", dedication=["office"])


# Publicity --------------------------------------------------------------------------------------------------------


@pytest.fixture
def shown(voted: Contest) -> Contest:
    voted.decide(dedication=["a1", "a2"])
    return voted


def objects(contest: Contest, by: str = "b1", **values: Any) -> Objection:
    given = {"ground": "与事实不符", "today": DECIDED, "now": moment(DECIDED)} | values
    return object_to(selection=contest.selection, actor=contest.people[by], **given)


def answers(contest: Contest, objection: Objection, by: str = "office", *, upheld: bool = False) -> Objection:
    return answer_objection(
        objection=objection,
        actor=contest.people[by],
        upheld=upheld,
        answer="已核实",
        today=DECIDED,
        now=moment(DECIDED),
    )


def publish(contest: Contest, today: date = DUE, by: str | None = None) -> Selection:
    actor = contest.people[by] if by else None
    return publish_stars(selection=contest.selection, actor=actor, today=today, now=moment(today))


def test_anybody_objects_and_the_office_answers(shown: Contest) -> None:
    award = StarAward.objects.select_related("category", "employee").first()
    objection = objects(shown, award=award)
    with pytest.raises(Conflict, match="正在办理"):
        objects(shown, award=award)
    objects(shown, "a3")
    with pytest.raises(Conflict, match="异议"):
        publish(shown)
    for name in ("b1", "discipline", "deputy", "admin"):
        with pytest.raises(Refused):
            answers(shown, objection, name)
    answers(shown, objection)
    with pytest.raises(Conflict):
        answers(shown, objection)
    assert Entry.objects.get(action="selection.answer_objection").reason == "已核实"
    assert Notification.objects.filter(recipient=shown.people["b1"], occasion__startswith="stars.answered").exists()
    assert shown.selection.state == Selection.State.PUBLICITY


def test_nobody_answers_the_own_objection(shown: Contest) -> None:
    objection = objects(shown, "office")
    with pytest.raises(Refused, match="由您提出"):
        answers(shown, objection)
    answers(shown, objection, "director")


def test_objections_only_in_the_days_of_publicity(shown: Contest) -> None:
    objects(shown, today=PUBLICITY_UNTIL)
    with pytest.raises(Conflict):
        objects(shown, "a3", today=DUE)
    with pytest.raises(InvalidInput):
        objects(shown, "a3", ground=" ")


def test_upheld_it_goes_back_to_the_committee(shown: Contest) -> None:
    award = StarAward.objects.select_related("category", "employee").get(employee=shown.people["a2"])
    answers(shown, objects(shown, award=award), upheld=True)
    found = shown.selection
    assert (found.state, found.publicity_until) == (Selection.State.DECIDING, None)
    shown.decide(dedication=["a1", "a3"], departures={"dedication": "异议成立"})
    assert stars() == {"dedication a1": ("chosen", True), "dedication a3": ("chosen", False)}
    assert Objection.objects.get().award is None
    assert shown.selection.steps.filter(state="deciding").count() == 2


def test_publicity_can_be_lengthened_and_not_shortened(shown: Contest) -> None:
    office = shown.people["office"]
    longer = change_days(
        selection=shown.selection, actor=office, today=DECIDED, publicity_until=date(2023, 5, 10)
    )  # fmt: skip
    assert longer.publicity_until == date(2023, 5, 10)
    with pytest.raises(InvalidInput, match="不能缩短"):
        change_days(selection=shown.selection, actor=office, today=DECIDED, publicity_until=DUE)
    with pytest.raises(Conflict, match="没有满"):
        publish(shown, date(2023, 5, 10), "office")
    publish(shown, date(2023, 5, 11), "office")


def test_published_with_serial_and_token(shown: Contest) -> None:
    with pytest.raises(Conflict, match="没有满"):
        publish(shown, PUBLICITY_UNTIL)
    with pytest.raises(Refused):
        publish(shown, by="director")
    publish(shown)
    awards = list(StarAward.objects.order_by("serial"))
    assert [one.serial for one in awards] == ["XS-2023Q1-敬业-01", "XS-2023Q1-敬业-02"]
    assert len({one.token for one in awards}) == 2
    assert all(len(one.token) == 43 and one.published_on == DUE for one in awards)
    assert [step.state for step in shown.selection.steps.all()] == [
        "nominating", "balloting", "deciding", "publicity", "published",
    ]  # fmt: skip
    assert Entry.objects.filter(action="selection.publish", actor="系统").count() == 1
    assert Notification.objects.filter(recipient=shown.people["a1"], subject__contains="祝贺").count() == 1
    with pytest.raises(Conflict):
        publish(shown)


def test_withdrawn_by_the_director_with_a_reason(shown: Contest) -> None:
    award = StarAward.objects.select_related("category").first()
    assert award is not None
    with pytest.raises(Conflict, match="已表彰"):
        withdraw_star(award=award, actor=shown.people["director"], reason="x", now=moment(DUE))
    publish(shown)
    for name in ("office", "deputy", "discipline"):
        with pytest.raises(Refused):
            withdraw_star(award=award, actor=shown.people[name], reason="x", now=moment(DUE))
    with pytest.raises(InvalidInput):
        withdraw_star(award=award, actor=shown.people["director"], reason=" ", now=moment(DUE))
    withdraw_star(award=award, actor=shown.people["director"], reason="事迹不实", now=moment(DUE))
    award.refresh_from_db()
    assert (award.state, award.withdrawal, award.serial) == ("withdrawn", "事迹不实", "XS-2023Q1-敬业-01")
    assert Entry.objects.get(action="star.withdraw").reason == "事迹不实"
    with pytest.raises(Conflict):
        withdraw_star(award=award, actor=shown.people["director"], reason="又", now=moment(DUE))
