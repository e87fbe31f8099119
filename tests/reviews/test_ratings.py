"""互评: drawn once and evenly, blind until the last is in, then open to those who see the showing."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from common.errors import Conflict, InvalidInput, Refused
from notifications.models import Notification
from reviews.marks import Ballot, Flags
from reviews.models import Participant, Rating, ReviewSettings, Showing
from reviews.queries.ratings import earlier_pairs, flagged, raters, results
from reviews.services.ratings import hand_in_ratings, remind_raters
from tests.reviews.rated import IN_A, IN_B, NOW, TODAY, Rated, make_rated, make_showing

pytestmark = pytest.mark.django_db
PEER, LEADER = Rating.Kind.PEER, Rating.Kind.LEADER
THERE = [name for name in IN_A if name != "emil"]
EVERYBODY = [*IN_A, *IN_B, "office", "director", "deputy", "discipline", "admin", "head", "stranger"]
SEES = {*IN_A, "office", "director", "deputy", "discipline"}
"""Who sees a showing of branch A."""


def build() -> Rated:
    return make_rated()


@pytest.fixture
def rated(built: Rated) -> Rated:
    return deepcopy(built)


@pytest.fixture
def drawn(rated: Rated) -> Rated:
    rated.draw()
    return rated


def peers(showing: Showing) -> set[tuple[int, int]]:
    return set(showing.ratings.filter(kind=PEER).values_list("rater", "ratee"))


def visible(rated: Rated, who: str) -> set[tuple[str, str, str]]:
    """The exact set of ballots that somebody may read, as rater, ratee and kind."""
    seen = Rating.objects.visible_to(rated.people[who])
    return set(seen.values_list("rater__name", "ratee__name", "kind"))


def own(rated: Rated, who: str) -> set[tuple[str, str, str]]:
    return {(one.rater.name, one.ratee.name, one.kind) for one in rated.ballots(who)}


def everything(rated: Rated) -> set[tuple[str, str, str]]:
    return set(rated.showing.ratings.values_list("rater__name", "ratee__name", "kind"))


# The draw ---------------------------------------------------------------------------------------------------------


def test_those_who_were_there_rate_three_each_and_are_rated_by_three(drawn: Rated) -> None:
    given = Counter(drawn.showing.ratings.filter(kind=PEER).values_list("rater__name", flat=True))
    taken = Counter(drawn.showing.ratings.filter(kind=PEER).values_list("ratee__name", flat=True))
    assert given == taken == dict.fromkeys(THERE, 3)
    assert not drawn.showing.ratings.filter(handed_in_at__isnull=False).exists()


def test_the_secretary_comments_on_every_other_member_there(drawn: Rated) -> None:
    leading = drawn.showing.ratings.filter(kind=LEADER)
    assert set(leading.values_list("rater__name", "ratee__name")) == {("secretary", one) for one in THERE[1:]}


def test_the_bureau_says_how_many_each_rates(rated: Rated) -> None:
    ReviewSettings.objects.create(bureau=rated.bureau, peers_each=20)
    rated.draw()
    assert len(peers(rated.showing)) == 5 * 4


def test_a_draw_is_fixed(drawn: Rated) -> None:
    before = everything(drawn)
    with pytest.raises(Conflict, match="已经抽签"):
        drawn.draw()
    assert everything(drawn) == before


def test_there_is_no_draw_before_the_showing(rated: Rated) -> None:
    rated.showing = make_showing(rated, day=date(2023, 6, 15), held=False)
    with pytest.raises(Conflict, match="召开以后"):
        rated.draw()


def test_a_draw_leaves_its_line_with_the_seed_and_tells_the_raters(drawn: Rated) -> None:
    line = Entry.objects.get(action="showing.allot")
    assert line.after == {"people": 5, "ballots": 19, "seed": str(drawn.showing.pk)}
    told = Notification.objects.filter(occasion=f"showing.draw:{drawn.showing.pk}")
    assert set(told.values_list("recipient__name", flat=True)) == set(THERE)


def test_last_month_is_not_drawn_again_where_enough_are_there(rated: Rated) -> None:
    ReviewSettings.objects.create(bureau=rated.bureau, peers_each=2)
    rated.draw()
    june = make_showing(rated, day=date(2023, 6, 15))
    rated.draw(june)
    assert earlier_pairs(june, [rated.people[name].pk for name in THERE]) == [peers(rated.showing)]
    assert not peers(june) & peers(rated.showing)


def test_in_an_exchange_month_peers_cross_branches_and_leaders_do_not(rated: Rated) -> None:
    ReviewSettings.objects.create(bureau=rated.bureau, peers_each=20)
    joint = make_showing(rated, ("A", "B"), day=date(2023, 6, 15))
    rated.draw(joint)
    assert len(peers(joint)) == 7 * 6
    leading = joint.ratings.filter(kind=LEADER).values_list("rater__name", "ratee__name")
    assert set(leading) == {("second", "fred")} | {("secretary", one) for one in THERE[1:]}


def test_where_the_secretary_is_away_whoever_holds_the_session_comments(rated: Rated) -> None:
    away = rated.showing.participants.filter(employee=rated.people["secretary"])
    away.update(attendance=Participant.Attendance.ABSENT)
    Showing.objects.filter(pk=rated.showing.pk).update(held_by=rated.people["anna"])
    rated.draw()
    leading = rated.showing.ratings.filter(kind=LEADER).values_list("rater__name", "ratee__name")
    assert set(leading) == {("anna", "bert"), ("anna", "carl"), ("anna", "dora")}


def test_with_nobody_to_rate_they_are_open_at_once(rated: Rated) -> None:
    rated.showing.participants.exclude(employee=rated.people["secretary"]).update(attendance="absent")
    assert rated.draw() == 0
    rated.showing.refresh_from_db()
    assert rated.showing.ratings_opened_at == NOW
    with pytest.raises(Conflict):
        rated.draw()


# Blind --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", EVERYBODY)
def test_before_the_last_is_in_everybody_reads_only_what_is_his(drawn: Rated, who: str) -> None:
    drawn.hand_in_all("anna")
    drawn.save("anna")
    assert drawn.showing.ratings_opened_at is None
    assert visible(drawn, who) == own(drawn, who)


@pytest.mark.parametrize("who", EVERYBODY)
def test_when_the_last_is_in_those_who_see_the_showing_read_all(drawn: Rated, who: str) -> None:
    drawn.hand_in_all()
    assert drawn.showing.ratings_opened_at == NOW
    assert visible(drawn, who) == (everything(drawn) if who in SEES else set())


@pytest.mark.parametrize("who", EVERYBODY)
def test_pages_tell_nobody_what_others_wrote_before_it_is_open(drawn: Rated, who: str, client: Client) -> None:
    drawn.hand_in_all("anna")
    drawn.save("anna")
    client.force_login(drawn.people[who])
    for page in ("showing", "ratings", "summary"):
        answer = client.get(reverse(f"reviews:{page}", args=[drawn.showing.pk]))
        assert answer.status_code == (200 if who in SEES else 404)
        for writer in THERE:
            if writer != who:
                assert f"{writer}说" not in answer.content.decode(), (page, writer)


def test_the_log_says_who_handed_in_and_nothing_of_what(drawn: Rated) -> None:
    drawn.hand_in_all()
    lines = Entry.objects.filter(action="showing.rate")
    assert lines.count() == 5
    assert {line.actor_id for line in lines} == {drawn.people[name].pk for name in THERE}
    assert [set(line.after) for line in lines] == [{"ballots"}] * 5
    assert "说：" not in str(list(Entry.objects.values_list("before", "after", "reason", "target")))


def test_opening_is_told_once_to_those_rated(drawn: Rated) -> None:
    drawn.hand_in_all()
    told = Notification.objects.filter(occasion=f"showing.open:{drawn.showing.pk}")
    assert set(told.values_list("recipient__name", flat=True)) == set(THERE)
    assert Entry.objects.filter(action="showing.open_ratings").count() == 1


# Writing and handing in ------------------------------------------------------------------------------------------


def test_a_draft_is_kept_incomplete_and_changes_nothing_else(drawn: Rated) -> None:
    ballot = drawn.ballots("anna")[0]
    lines = Entry.objects.count()
    drawn.save("anna", {ballot.pk: Ballot(None, "写到一半 ")})
    ballot.refresh_from_db()
    assert (ballot.mark, ballot.comment, ballot.handed_in_at) == (None, "写到一半", None)
    assert Entry.objects.count() == lines


@pytest.mark.parametrize("mark", [-1, 101, 999])
def test_a_mark_is_0_to_100(drawn: Rated, mark: int) -> None:
    ballot = drawn.ballots("anna")[0]
    with pytest.raises(InvalidInput) as error:
        drawn.save("anna", {ballot.pk: Ballot(mark, "")})
    assert list(error.value.fields) == [f"mark-{ballot.pk}"]


def test_what_is_missing_is_named_at_each_ballot_and_nothing_is_handed_in(drawn: Rated) -> None:
    first, second, third = drawn.ballots("anna")
    typed = {first.pk: Ballot(90, ""), second.pk: Ballot(None, "好同志，肯干"), third.pk: Ballot(0, "x")}
    with pytest.raises(InvalidInput) as error:
        hand_in_ratings(showing=drawn.showing, actor=drawn.people["anna"], now=NOW, ballots=typed)
    assert set(error.value.fields) == {f"comment-{first.pk}", f"mark-{second.pk}"}
    assert not drawn.showing.ratings.filter(handed_in_at__isnull=False).exists()


def test_a_leader_gives_no_mark(drawn: Rated) -> None:
    leading = drawn.showing.ratings.filter(kind=LEADER).first()
    assert leading is not None
    drawn.save("secretary", {leading.pk: Ballot(77, "带头干")})
    leading.refresh_from_db()
    assert (leading.mark, leading.comment) == (None, "带头干")


def test_what_is_handed_in_stays(drawn: Rated) -> None:
    drawn.hand_in("anna")
    for act in (drawn.save, drawn.hand_in):
        with pytest.raises(Conflict, match="已经提交"):
            act("anna")


@pytest.mark.parametrize("who", ["emil", "fred", "office", "admin", "stranger"])
def test_who_was_not_drawn_rates_nobody(drawn: Rated, who: str) -> None:
    ballots = drawn.written("anna")
    with pytest.raises(Refused):
        drawn.save(who, ballots)


def test_nobody_writes_on_a_ballot_of_another(drawn: Rated) -> None:
    with pytest.raises(InvalidInput, match="不是分给您的"):
        drawn.save("anna", drawn.written("bert"))


# Reminding ----------------------------------------------------------------------------------------------------------


def remind(rated: Rated, by: str = "secretary", today: date = TODAY) -> int:
    return remind_raters(showing=rated.showing, actor=rated.people[by], today=today)


def test_who_is_missing_is_reminded_once_a_day(drawn: Rated) -> None:
    drawn.hand_in("anna")
    assert remind(drawn) == 4
    with pytest.raises(Conflict, match="今天已经提醒过"):
        remind(drawn)
    assert remind(drawn, today=TODAY + timedelta(days=1)) == 4
    assert Entry.objects.filter(action="showing.remind").count() == 2
    assert not Notification.objects.filter(occasion__contains=":remind", recipient=drawn.people["anna"]).exists()


@pytest.mark.parametrize("who", [one for one in EVERYBODY if one not in ("secretary", "office")])
def test_only_who_leads_it_reminds(drawn: Rated, who: str) -> None:
    with pytest.raises(Refused):
        remind(drawn, by=who)


def test_who_has_handed_in_is_known_and_nothing_more(drawn: Rated) -> None:
    drawn.hand_in("anna")
    found = raters(drawn.showing)
    assert [(one.employee.name, one.ballots) for one in found if one.handed_in] == [("anna", 3)]
    assert {one.employee.name: one.ballots for one in found if not one.handed_in} == {
        "secretary": 7, "bert": 3, "carl": 3, "dora": 3,
    }  # fmt: skip


# What came of it ----------------------------------------------------------------------------------------------------


def test_results_are_the_mean_with_names_and_without_marks(drawn: Rated) -> None:
    assert results(drawn.showing) == {}
    drawn.hand_in_all()
    found = results(drawn.showing)
    anna = found[drawn.people["anna"].pk]
    marks = drawn.showing.ratings.filter(kind=PEER, ratee=drawn.people["anna"]).values_list("mark", flat=True)
    assert anna.raters == 3
    assert anna.mean is not None
    assert abs(anna.mean * 3 - sum(marks)) <= Decimal("0.015")
    assert not anna.trimmed
    assert {one.by for one in anna.comments} == set(
        drawn.showing.ratings.filter(kind=PEER, ratee=drawn.people["anna"]).values_list("rater__name", flat=True)
    )
    assert [one.by for one in anna.leader] == ["secretary"]
    assert found[drawn.people["secretary"].pk].leader == ()


def test_above_five_raters_the_extremes_are_left_out(rated: Rated) -> None:
    ReviewSettings.objects.create(bureau=rated.bureau, peers_each=6)
    rated.showing = make_showing(rated, ("A", "B"), day=date(2023, 6, 15))
    rated.draw()
    for mark, rating in zip(
        (0, 90, 91, 92, 93, 100), rated.showing.ratings.filter(kind=PEER, ratee=rated.people["anna"]), strict=True
    ):
        Rating.objects.filter(pk=rating.pk).update(mark=mark, comment="肯干肯学", handed_in_at=NOW)
    Showing.objects.filter(pk=rated.showing.pk).update(ratings_opened_at=NOW)
    rated.showing.refresh_from_db()
    found = results(rated.showing)[rated.people["anna"].pk]
    assert (str(found.mean), found.raters, found.trimmed) == ("91.50", 6, True)


def test_ballots_that_are_all_the_same_are_flagged_once_open(drawn: Rated) -> None:
    drawn.hand_in("bert", marks=(90, 90, 90))
    assert flagged(drawn.showing) == []
    drawn.hand_in_all("bert")
    assert [(one.name, one.flags) for one in flagged(drawn.showing)] == [("bert", Flags(same_mark=True))]


# Pages --------------------------------------------------------------------------------------------------------------


def post(rated: Rated, who: str, page: str, data: dict[str, Any], **headers: str) -> Any:
    client = Client()
    client.force_login(rated.people[who])
    return client.post(reverse(f"reviews:{page}", args=[rated.showing.pk]), data, headers=headers)


def fields(ballots: dict[int, Ballot]) -> dict[str, Any]:
    sent: dict[str, Any] = {}
    for pk, ballot in ballots.items():
        sent[f"comment-{pk}"] = ballot.comment
        if ballot.mark is not None:
            sent[f"mark-{pk}"] = ballot.mark
    return sent


def get(rated: Rated, who: str, page: str) -> str:
    client = Client()
    client.force_login(rated.people[who])
    return client.get(reverse(f"reviews:{page}", args=[rated.showing.pk])).content.decode()


def test_ballots_are_kept_while_they_are_written(drawn: Rated) -> None:
    answer = post(drawn, "anna", "ratings-save", fields(drawn.written("anna")), **{"HX-Request": "true"})
    assert answer.status_code == 200
    assert "草稿已于" in answer.content.decode()
    assert [one.mark for one in drawn.ballots("anna")] == [91, 92, 93]
    assert "anna说：为人实在" in get(drawn, "anna", "ratings")


def test_the_rater_is_told_gently_before_handing_in_the_same_for_all(drawn: Rated) -> None:
    same = fields(drawn.written("anna", marks=(90, 90, 90)))
    answer = post(drawn, "anna", "ratings-save", same, **{"HX-Request": "true"}).content.decode()
    assert "每一位打了相同的分数" in answer
    assert "每一位打了相同的分数" in get(drawn, "anna", "ratings")
    assert post(drawn, "anna", "ratings", same).status_code == 302


def test_a_refused_hand_in_keeps_what_was_typed_and_says_what_is_missing(drawn: Rated) -> None:
    sent = fields(drawn.written("anna"))
    first = drawn.ballots("anna")[0]
    sent[f"mark-{first.pk}"] = "abc"
    answer = post(drawn, "anna", "ratings", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "评分是 0 至 100 的整数" in page
    assert 'value="abc"' in page
    assert "anna说：为人实在" in page


def test_the_last_to_hand_in_is_led_to_the_summary(drawn: Rated) -> None:
    drawn.hand_in_all("anna")
    answer = post(drawn, "anna", "ratings", fields(drawn.written("anna")))
    assert answer.url == reverse("reviews:summary", args=[drawn.showing.pk])


def test_marks_are_shown_to_their_writer_alone(drawn: Rated) -> None:
    """Carl gives 13, 57 and 88; with three raters each, no mean is one of them."""
    drawn.hand_in("carl", marks=(13, 57, 88))
    drawn.hand_in_all("carl")
    assert all(f'class="num">{mark}<' in get(drawn, "carl", "ratings") for mark in (13, 57, 88))
    for who in ("anna", "secretary", "office", "director", "discipline"):
        for page in ("ratings", "summary", "showing"):
            said = get(drawn, who, page)
            assert not any(f">{mark}<" in said for mark in (13, 57, 88)), (who, page)


@pytest.mark.parametrize("who", sorted(SEES))
def test_flags_are_shown_to_the_secretary_the_office_and_discipline(drawn: Rated, who: str) -> None:
    drawn.hand_in("bert", marks=(90, 90, 90))
    drawn.hand_in_all("bert")
    shown = "给每一位打了相同的分数" in get(drawn, who, "summary")
    assert shown is (who in ("secretary", "office", "discipline"))


def test_the_page_reminds(drawn: Rated) -> None:
    assert "提醒这 5 人" in get(drawn, "secretary", "ratings")
    assert "提醒这" not in get(drawn, "anna", "ratings")
    post(drawn, "secretary", "ratings-remind", {})
    assert Notification.objects.filter(occasion=f"showing.remind:{TODAY}:{drawn.showing.pk}").count() == 5
    assert post(drawn, "anna", "ratings-remind", {}).status_code == 403


def test_before_the_showing_the_page_says_when_there_is_something(rated: Rated) -> None:
    rated.showing = make_showing(rated, day=date(2023, 6, 15), held=False)
    assert "召开以后才有互评" in get(rated, "anna", "ratings")


def test_queries_do_not_grow_with_people(drawn: Rated, django_assert_num_queries: Any) -> None:
    client = Client()
    client.force_login(drawn.people["secretary"])
    with django_assert_num_queries(12):
        client.get(reverse("reviews:ratings", args=[drawn.showing.pk]))
    joint = make_showing(drawn, ("A", "B"), day=date(2023, 6, 15))
    drawn.draw(joint)
    with django_assert_num_queries(12):
        client.get(reverse("reviews:ratings", args=[joint.pk]))
