"""投票: who, when, how many names; and that nothing in the database leads from a voter to a choice."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import date, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from awards.models import BallotCast, Nomination, Selection, Tally, Voter
from awards.queries.selection_page import stars_shown
from awards.queries.votes import counted, late_voters, participation, turnout
from common.errors import Conflict, InvalidInput, Refused
from notifications.models import Notification
from organization.models import Employee
from tests.awards.stars import BALLOT_FROM, BALLOT_UNTIL, DECIDED, Contest, make_contest
from tests.factories import make_employee

pytestmark = pytest.mark.django_db


def build() -> Contest:
    made = make_contest()
    made.open()
    for name in ("a1", "a2", "a3"):
        made.nominate(name)
    made.nominate("a1", "learning")
    return made


@pytest.fixture
def contest(built: Contest) -> Contest:
    return deepcopy(built)


@pytest.fixture
def polling(contest: Contest) -> Contest:
    contest.open_ballot()
    return contest


def tally(kind: str = "dedication") -> dict[tuple[str, str], int]:
    rows = Tally.objects.filter(nomination__category__kind=kind)
    return {(row.nomination.employee.name, row.side): row.votes for row in rows.select_related("nomination__employee")}


def test_everybody_in_post_votes_as_leader_or_staff(contest: Contest) -> None:
    make_employee(contest.bureau, "XS-gone", name="gone", left_on=date(2023, 4, 1))
    make_employee(contest.bureau, "XS-new", name="new", joined_on=date(2023, 4, 20))
    make_employee(contest.bureau, "XS-later", name="later", joined_on=date(2023, 5, 1))
    contest.open_ballot("office")
    sides = dict(Voter.objects.values_list("employee__name", "side"))
    assert {name for name, side in sides.items() if side == "leaders"} == {"head", "other", "director", "deputy"}
    assert "new" in sides
    assert not {"gone", "later"} & set(sides)
    assert Tally.objects.count() == 4 * 2
    told = Notification.objects.filter(occasion=f"stars.ballot:{contest.selection.pk}").count()
    assert told == len(sides)
    assert (Entry.objects.get(action="selection.open_ballot").after or {})["voters"] == len(sides)


def test_a_ballot_without_nominees_does_not_open() -> None:
    made = make_contest("ZZ")
    made.open()
    with pytest.raises(Conflict, match="没有人获得提名"):
        made.open_ballot("office")


def test_opened_early_it_keeps_its_last_day_and_late_its_length(contest: Contest) -> None:
    with transaction.atomic():
        sooner = date(2023, 4, 18)
        from awards.services.voting import open_ballot

        found = open_ballot(
            selection=contest.selection, actor=contest.people["office"], today=sooner, now=datetime.now().astimezone()
        )
        assert (found.ballot_from, found.ballot_until) == (sooner, BALLOT_UNTIL)
        assert found.nominate_until < sooner
        transaction.set_rollback(True)
    contest.today = date(2023, 4, 27)
    found = contest.open_ballot()
    assert (found.ballot_from, found.ballot_until) == (date(2023, 4, 27), date(2023, 5, 4))


def test_a_ballot_counts_once_and_only_on_its_side(polling: Contest) -> None:
    polling.vote("a5", "a1", "a2")
    polling.vote("director", "a1")
    assert tally() == {
        ("a1", "leaders"): 1, ("a1", "staff"): 1, ("a2", "leaders"): 0, ("a2", "staff"): 1, ("a3", "leaders"): 0,
        ("a3", "staff"): 0,
    }  # fmt: skip
    with pytest.raises(Conflict, match="已经投过"):
        polling.vote("a5", "a3")
    polling.vote("a5", "a1", kind="learning")
    assert BallotCast.objects.count() == 3


def test_at_most_as_many_names_as_winners_or_an_abstention(polling: Contest) -> None:
    for names, values in ((("a1", "a2", "a3"), {}), ((), {}), (("a1",), {"abstain": True})):
        with pytest.raises(InvalidInput):
            polling.vote("a5", *names, **values)
    assert not BallotCast.objects.exists()
    polling.vote("a5", abstain=True)
    assert BallotCast.objects.count() == 1
    assert set(tally().values()) == {0}
    with pytest.raises(Conflict):
        polling.vote("a5", "a1")


def test_only_nominees_of_the_star(polling: Contest) -> None:
    from awards.services.voting import cast_ballot

    foreign = Nomination.objects.get(category__kind="learning")
    with pytest.raises(InvalidInput, match="不是这颗星的候选人"):
        cast_ballot(category=polling.star(), chosen=[foreign.pk], actor=polling.people["a5"], today=polling.today)
    assert not BallotCast.objects.exists()


def test_only_voters_and_only_in_time(polling: Contest) -> None:
    late = make_employee(polling.bureau, "XS-late", name="late")
    polling.people["late"] = late
    with pytest.raises(Refused, match="名单"):
        polling.vote("late", "a1")
    stranger = make_contest("YY")
    polling.people["stranger"] = stranger.people["a1"]
    with pytest.raises(Refused):
        polling.vote("stranger", "a1")
    with pytest.raises(Conflict, match="结束"):
        polling.vote("a5", "a1", today=DECIDED)
    polling.vote("a5", "a1", today=BALLOT_UNTIL)
    polling.close()
    with pytest.raises(Conflict, match="结束"):
        polling.vote("a6", "a1", today=BALLOT_FROM)


def test_before_it_opens_nobody_votes(contest: Contest) -> None:
    with pytest.raises(Conflict, match="没有开始"):
        contest.vote("a5", "a1")


def test_while_it_is_open_only_turnout_is_known(polling: Contest) -> None:
    polling.vote("a5", "a1")
    polling.vote("a5", "a1", kind="learning")
    polling.vote("director", "a1")
    with pytest.raises(ValueError, match="not closed"):
        counted(polling.selection)
    sides = {one.side: (one.done, one.voters) for one in turnout(polling.selection)}
    assert sides == {"leaders": (0, 4), "staff": (1, 16)}
    assert {row.name: row.cast for row in participation(polling.selection) if row.cast} == {"a5": 2, "director": 1}
    assert "a5" not in {one.name for one in late_voters(polling.selection)}


def test_the_office_closes_early_only_with_a_reason_or_a_full_turnout(polling: Contest) -> None:
    from awards.services.voting import close_ballot

    office = polling.people["office"]
    now = datetime.now().astimezone()
    with pytest.raises(InvalidInput):
        close_ballot(selection=polling.selection, actor=office, today=BALLOT_FROM, now=now)
    for name in ("director", "discipline", "a1"):
        with pytest.raises(Refused):
            close_ballot(selection=polling.selection, actor=polling.people[name], today=DECIDED, now=now, reason="x")
    for voter in Voter.objects.select_related("employee"):
        polling.vote(voter.employee.name, abstain=True)
        polling.vote(voter.employee.name, abstain=True, kind="learning")
    found = close_ballot(selection=polling.selection, actor=office, today=BALLOT_FROM, now=now)
    assert found.state == Selection.State.DECIDING
    assert (Entry.objects.get(action="selection.close_ballot").after or {}) == {"leaders": "4/4", "staff": "16/16"}


def test_the_result_after_the_close(polling: Contest) -> None:
    for name in ("director", "deputy", "head"):
        polling.vote(name, "a2")
    for name in ("a5", "a6"):
        polling.vote(name, "a1")
    polling.vote("a7", "a1", "a2")
    polling.vote("a8", "a3")
    polling.close()
    found = {one.category.kind: one for one in counted(polling.selection)}["dedication"]
    assert (found.ballots.leaders, found.ballots.staff) == (3, 4)
    names = {one.pk: one.employee.name for one in found.nominations}
    assert [(names[row.key], found.shown(row)) for row in found.result.rows] == [
        ("a2", "55.00"), ("a1", "45.00"), ("a3", "15.00"),
    ]  # fmt: skip
    assert {names[key] for key in found.result.elected} == {"a1", "a2"}


def test_two_leaders_ballots_show_no_sides(polling: Contest) -> None:
    for name in ("director", "deputy"):
        polling.vote(name, "a2")
    for name in ("a5", "a6", "a7"):
        polling.vote(name, "a1")
    polling.close()
    page = client(polling, "a8").get(reverse("awards:selection", args=[polling.selection.pk])).content.decode()
    assert "只公布名次，不公布票数" in page
    assert "领导票 2/2" not in page
    assert "领导票 0/2" not in page
    assert not {"40", "60", "40.00", "60.00"} & set(re.findall(r'<span class="num">([^<]*)</span>', page))


def test_one_ballot_shows_no_order(polling: Contest) -> None:
    polling.vote("director", "a2")
    polling.close()
    star = stars_shown(polling.selection, polling.people["a8"])[0]
    assert [(one.name, one.rank, one.share) for one in star.nominees] == [
        (one.name, None, "") for one in sorted(star.nominees, key=lambda one: one.pk)
    ]
    assert "不公布名次和票数" in star.sentence


# The secret ballot ------------------------------------------------------------------------------------------------

SEALED = ("audit.", "axes.", "sessions.", "admin.")
TIMES = {"at", "nonce", "signature", "created_at", "request_id", "nominated_at", "last_login"}


def dump(*, but: tuple[str, ...] = ()) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table in the order in which the database keeps them, without what is sealed anew each time."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.label in but or not model._meta.managed or model._meta.proxy:
            continue
        rows = list(model._base_manager.order_by("pk").values())
        found[model._meta.label] = [{name: value for name, value in row.items() if name not in TIMES} for row in rows]
    return found


def as_bytes(tables: dict[str, list[dict[str, Any]]]) -> bytes:
    return json.dumps(tables, default=str, sort_keys=True, ensure_ascii=False).encode()


VOTERS = ("a5", "a6", "a7", "a8", "b1", "b2")


def votes(contest: Contest, choices: dict[str, tuple[str, ...]]) -> dict[str, list[dict[str, Any]]]:
    """The database after these ballots, which are then taken back with everything else.

    Sequences do not roll back, so the rows that are added are numbered by their place.
    """
    with transaction.atomic():
        for name in VOTERS:
            contest.vote(name, *choices[name], abstain=not choices[name])
        found = dump()
        transaction.set_rollback(True)
    for table in ("awards.BallotCast", "audit.Entry"):
        for place, row in enumerate(found[table]):
            row["id"] = place
    return found


FIRST = {"a5": ("a1",), "a6": ("a2", "a3"), "a7": ("a1",), "a8": (), "b1": ("a3",), "b2": ("a2",)}
PERMUTED = {"a5": (), "a6": ("a1",), "a7": ("a2",), "a8": ("a3",), "b1": ("a2", "a3"), "b2": ("a1",)}
OTHER = {"a5": ("a3",), "a6": ("a3",), "a7": ("a3",), "a8": ("a3",), "b1": ("a3",), "b2": ("a3",)}


def test_the_same_ballots_of_other_voters_leave_the_same_database(polling: Contest) -> None:
    assert as_bytes(votes(polling, FIRST)) == as_bytes(votes(polling, PERMUTED))


def test_other_choices_change_the_counters_and_nothing_else(polling: Contest) -> None:
    first, other = votes(polling, FIRST), votes(polling, OTHER)
    differing = {table for table in first if first[table] != other[table]}
    assert differing == {"awards.Tally"}


def test_no_row_holds_a_voter_and_a_choice(polling: Contest) -> None:
    """Rows that the ballots add or change: none names a voter and a nominee or nomination together."""
    before = {table: {as_bytes({"": [row]}) for row in rows} for table, rows in dump().items()}
    for name in VOTERS:
        polling.vote(name, *FIRST[name], abstain=not FIRST[name])
    touched = {
        table: [row for row in rows if as_bytes({"": [row]}) not in before[table]] for table, rows in dump().items()
    }
    touched = {table: rows for table, rows in touched.items() if rows}
    assert set(touched) == {"awards.BallotCast", "awards.Tally", "audit.Entry"}
    assert {frozenset(row) for row in touched["awards.BallotCast"]} == {frozenset({"id", "category_id", "voter_id"})}
    assert {frozenset(row) for row in touched["awards.Tally"]} == {frozenset({"id", "nomination_id", "side", "votes"})}
    for row in touched["audit.Entry"]:
        assert (row["action"], row["target_type"], row["before"], row["after"]) == (
            "ballot.cast", "awards.starcategory", None, None,
        )  # fmt: skip
        assert row["target"] == "2023Q1 敬业之星"
        assert row["reason"] == ""


def test_every_counter_is_rewritten_by_one_statement(polling: Contest) -> None:
    """Whatever is chosen, also nothing: one UPDATE of the star's counters of both sides, with the same shape."""
    from django.test.utils import CaptureQueriesContext

    shapes = []
    for name, chosen in (("a5", ("a1",)), ("a6", ("a2", "a3")), ("director", ("a3",))):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            polling.vote(name, *chosen)
        updates = [one["sql"] for one in queries if one["sql"].startswith("UPDATE") and "tally" in one["sql"]]
        assert len(updates) == 1
        shapes.append(updates[0].split("WHERE")[-1])
    assert len(set(shapes)) == 1


CHOSEN_NAME = "欧阳被选"


@pytest.fixture
def spoken() -> Iterator[list[str]]:
    """Everything that is logged."""
    said: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.name != "django.db.backends":
                said.append(f"{record.getMessage()} {vars(record).get('request')}")

    ear = Ear(level=logging.DEBUG)
    root = logging.getLogger()
    level = root.level
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    yield said
    root.removeHandler(ear)
    root.setLevel(level)


def client(contest: Contest, name: str) -> Client:
    made = Client()
    made.force_login(contest.people[name])
    return made


def test_over_http_the_choice_is_in_no_answer_session_notice_or_log(polling: Contest, spoken: list[str]) -> None:
    at = polling.selection
    employee = polling.people["a5"]
    Employee.objects.filter(pk=polling.people["a2"].pk).update(name=CHOSEN_NAME)
    Employee.objects.filter(bureau=polling.bureau).update(must_change_password=False)
    type(at.bureau).objects.filter(pk=at.bureau_id).update(is_demo=True, stands_on=BALLOT_FROM)
    browser = client(polling, "a5")
    address = reverse("awards:ballot-star", args=[at.pk, "dedication"])
    nomination = Nomination.objects.get(category__kind="dedication", employee=polling.people["a2"])
    notices = Notification.objects.count()
    answer = browser.post(address, {"chosen": [nomination.pk]})
    assert answer.status_code == 302
    assert answer["Location"] == reverse("awards:ballot-star", args=[at.pk, "learning"])
    shown = browser.get(answer["Location"]).content.decode()
    assert "选票已投出" in shown
    assert CHOSEN_NAME not in shown
    again = browser.get(address).content.decode()
    assert "您已投票" in again
    assert CHOSEN_NAME not in again
    assert not {"chosen", str(nomination.pk)} & set(map(str, browser.session.values()))
    assert "chosen" not in json.dumps(dict(browser.session))
    assert Notification.objects.count() == notices
    assert not [line for line in spoken if "chosen" in line or CHOSEN_NAME in line]
    assert Entry.objects.filter(action="ballot.cast", actor_id=employee.pk).count() == 1


def test_a_failing_ballot_hides_the_choice_in_the_report(polling: Contest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever reports an exception to an administrator masks what was sent and the local names that held it."""
    from django.test import RequestFactory
    from django.views.debug import ExceptionReporter

    from awards.services import voting
    from awards.views.voting import ballot_star

    def fails(*_args: object, **_values: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(voting, "_count", fails)
    nomination = Nomination.objects.get(category__kind="dedication", employee=polling.people["a2"])
    type(polling.bureau).objects.filter(pk=polling.bureau.pk).update(is_demo=True, stands_on=BALLOT_FROM)
    request = RequestFactory().post("/", {"chosen": [nomination.pk]})
    request.user = Employee.objects.select_related("bureau").get(pk=polling.people["a5"].pk)
    try:
        ballot_star(request, pk=polling.selection.pk, kind="dedication")
    except RuntimeError as error:
        report = ExceptionReporter(request, type(error), error, error.__traceback__)
    data = report.get_traceback_data()
    held = [
        str(value) for frame in data["frames"] for name, value in frame["vars"] if name in ("chosen", "names", "form")
    ]
    assert held
    assert all("********************" in value for value in held)
    assert dict(data["filtered_POST_items"])["chosen"] == "********************"
