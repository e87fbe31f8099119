"""A selection opens from a published quarter with its pool and reasons, is edited while it runs, and cancelled with a reason."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models import Count

from audit.models import Entry
from awards.models import PoolMember, Selection, SelectionStep, StarAward, StarCategory
from awards.queries.selections import pool_of, quarters_to_select, settings_of
from awards.services.selections import cancel_selection, change_category, change_days
from awards.services.settings import set_award_settings
from common.errors import Conflict, InvalidInput, Refused
from exchange.importing import take_in
from indicators.models import Quarter
from notifications.models import Notification
from organization.models import Bureau
from scoring.models import Score
from scoring.services.scoring import score_quarter
from tests.awards.stars import BALLOT_FROM, BALLOT_UNTIL, NOMINATE_UNTIL, OPENED, Contest, make_contest
from tests.factories import make_quarter, moment

pytestmark = pytest.mark.django_db
SAMPLES = Path(settings.BASE_DIR, "samples")


@pytest.fixture
def contest() -> Contest:
    return make_contest()


def test_opening_freezes_the_pool_with_reasons(contest: Contest) -> None:
    selection = contest.open()
    pool = {one.employee.name: one for one in PoolMember.objects.select_related("employee")}
    assert {name for name, one in pool.items() if one.standing == "in"} == {"a1", "a2", "a3"}
    assert pool["a1"].reason == "单位排名第 1，在前 4 名以内"
    assert (pool["a4"].standing, pool["a4"].reason) == ("discipline", "单位排名第 4，但本季有违纪减分，不递补")
    assert (pool["a5"].standing, pool["a5"].reason) == ("rank", "单位排名第 5，候选池到第 4 名为止")
    assert (pool["b2"].standing, pool["b2"].reason) == ("not_ranked", "不参加排名：试用期")
    assert (pool["director"].standing, pool["director"].reason) == ("not_ranked", "局领导不参加单位排名")
    assert selection.run.is_current
    assert (selection.nominate_until, selection.ballot_from, selection.ballot_until) == (
        NOMINATE_UNTIL, BALLOT_FROM, BALLOT_UNTIL,
    )  # fmt: skip
    stars = StarCategory.objects.filter(selection=selection)
    assert [star.kind for star in stars] == ["dedication", "learning", "service", "innovation", "party_affairs"]
    assert all(star.criteria and star.winners == 2 for star in stars)
    assert SelectionStep.objects.get().state == "nominating"
    line = Entry.objects.get(action="selection.open")
    assert line.after is not None
    assert (line.after["pool"], line.after["people"]) == (3, 20)
    told = set(Notification.objects.filter(occasion__startswith="stars.").values_list("recipient__name", flat=True))
    assert told == {"head", "liaison", "other", "secretary"}


def test_the_pool_is_that_of_the_scores(contest: Contest) -> None:
    contest.open()
    inside = set(Score.objects.filter(in_pool=True).values_list("employee_id", flat=True))
    assert inside == set(PoolMember.objects.filter(standing="in").values_list("employee_id", flat=True))


@pytest.mark.parametrize(
    ("folder", "books", "expected", "code"),
    [
        ("xishan-2023", ("基础.xlsx", "2023Q1.xlsx"), "expected-2023Q1.csv", "2023Q1"),
        ("borders-2023Q2", ("borders.xlsx",), "expected.csv", "2023Q2"),
    ],
)
def test_the_pool_of_the_samples(folder: str, books: tuple[str, ...], expected: str, code: str) -> None:
    for book in books:
        report = take_in(SAMPLES / folder / book, name=book, actor=None, keep=True)
        assert not report.problem_count
    bureau = Bureau.objects.get()
    run = score_quarter(bureau=bureau, quarter_code=code, actor=None)
    with (SAMPLES / folder / expected).open(encoding="utf-8-sig") as file:
        wanted = {row["工号"]: row["前30%"] == "是" for row in csv.DictReader(file)}
    numbers = dict(Score.objects.filter(run=run).values_list("employee_id", "number"))
    found = {numbers[one.employee_id]: one.standing == "in" for one in pool_of(run)}
    assert found == wanted
    assert any(found.values())


def test_only_a_published_quarter_is_selected_from(contest: Contest) -> None:
    contest.quarter = make_quarter(contest.bureau, "2023Q2", Quarter.State.PUBLICITY)
    with pytest.raises(Conflict, match="还没有发布"):
        contest.open()
    assert contest.quarter not in quarters_to_select(contest.bureau)


def test_only_the_office_opens(contest: Contest) -> None:
    for name in ("director", "head", "discipline", "admin", "a1"):
        with pytest.raises(Refused):
            contest.open(by=name)
    contest.people["office"] = make_contest("YY").people["office"]
    with pytest.raises(Refused):
        contest.open()


def test_one_selection_a_quarter(contest: Contest) -> None:
    assert quarters_to_select(contest.bureau) == [contest.quarter]
    selection = contest.open()
    assert quarters_to_select(contest.bureau) == []
    with pytest.raises(Conflict, match="已经有一次"):
        contest.open()
    cancel_selection(selection=selection, actor=contest.people["office"], reason="条件有误", now=moment(OPENED))
    assert quarters_to_select(contest.bureau) == [contest.quarter]
    contest.open()
    assert Selection.objects.values("state").annotate(n=Count("pk")).count() == 2


def test_cancelling_needs_a_reason_and_keeps_it(contest: Contest) -> None:
    selection = contest.open()
    office = contest.people["office"]
    with pytest.raises(InvalidInput):
        cancel_selection(selection=selection, actor=office, reason=" ", now=moment(OPENED))
    with pytest.raises(Refused):
        cancel_selection(selection=selection, actor=contest.people["director"], reason="x", now=moment(OPENED))
    cancel_selection(selection=selection, actor=office, reason="条件有误", now=moment(OPENED))
    assert SelectionStep.objects.get(state="cancelled").reason == "条件有误"
    assert Entry.objects.get(action="selection.cancel").reason == "条件有误"
    with pytest.raises(Conflict):
        cancel_selection(selection=selection, actor=office, reason="再来", now=moment(OPENED))


def test_criteria_and_winners_are_edited_while_nominating(contest: Contest) -> None:
    contest.open()
    office, star = contest.people["office"], contest.star()
    change_category(category=star, actor=office, criteria="新的条件", winners=3)
    star.refresh_from_db()
    assert (star.criteria, star.winners) == ("新的条件", 3)
    line = Entry.objects.get(action="selection.change_category")
    assert (line.before or {})["winners"] == 2
    for values in ({"winners": 0}, {"winners": 21}, {"criteria": " "}):
        with pytest.raises(InvalidInput):
            change_category(category=star, actor=office, **values)
    change_category(category=star, actor=office, winners=3)
    assert Entry.objects.filter(action="selection.change_category").count() == 1
    contest.nominate("a1")
    contest.open_ballot()
    with pytest.raises(Conflict):
        change_category(category=star, actor=office, winners=2)


def test_days_move_while_they_have_not_passed(contest: Contest) -> None:
    selection, office = contest.open(), contest.people["office"]

    def move(today: date, **days: date) -> Selection:
        return change_days(selection=selection, actor=office, today=today, **days)

    later = date(2023, 4, 26)
    with pytest.raises(InvalidInput, match="依次在后"):
        move(OPENED, nominate_until=later)
    move(OPENED, nominate_until=later, ballot_from=date(2023, 4, 27), ballot_until=date(2023, 4, 28))
    with pytest.raises(InvalidInput, match="早于今天"):
        move(later, nominate_until=OPENED)
    with pytest.raises(InvalidInput, match="已经过去"):
        move(date(2023, 4, 27), nominate_until=date(2023, 5, 5))
    assert Entry.objects.filter(action="selection.change_days").count() == 1
    with pytest.raises(Refused):
        change_days(selection=selection, actor=contest.people["head"], today=OPENED, ballot_until=date(2023, 5, 8))


def test_what_a_bureau_agrees_holds_for_the_next_selection(contest: Contest) -> None:
    first = contest.open()
    office = contest.people["office"]
    set_award_settings(bureau=contest.bureau, actor=office, leaders_percent=30, winners_each=1, nomination_days=2)
    first.refresh_from_db()
    assert first.leaders_percent == 40
    cancel_selection(selection=first, actor=office, reason="重来", now=moment(OPENED))
    second = contest.open()
    assert (second.leaders_percent, second.nominate_until) == (30, date(2023, 4, 19))
    assert contest.star().winners == 1
    assert settings_of(contest.bureau).ballot_days == 3
    line = Entry.objects.get(action="award_settings.change")
    assert (line.after or {})["leaders_percent"] == 30
    with pytest.raises(InvalidInput):
        set_award_settings(bureau=contest.bureau, actor=office, leaders_percent=101)
    with pytest.raises(Refused):
        set_award_settings(bureau=contest.bureau, actor=contest.people["director"], leaders_percent=50)


def test_nothing_is_awarded_by_opening(contest: Contest) -> None:
    contest.open()
    assert not StarAward.objects.exists()
