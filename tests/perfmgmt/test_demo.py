"""The sample bureau as `make run` makes it, and the pages that carry 210 people."""

import re
from datetime import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import Entry
from indicators.models import Quarter, Result
from notifications.models import Notification
from organization.models import Bureau, Employee
from perfmgmt.demo import PASSWORD, demo_logins, seed_demo
from reports.models import Bulletin
from reviews.models import MeetingAction, Rating, ReviewMeeting, Showing, Statement
from reviews.queries.matrix import matrix
from reviews.queries.pack import thawed
from reviews.queries.packing import pack_of
from reviews.queries.ratings import flagged
from scoring.models import Appeal, ScoreRun
from supervision.models import Warned, WarningSheet, WarningSignature
from supervision.queries.warnings import figures_of
from tasks_market.models import Task
from tasks_market.queries.figures import figures
from tests.factories import make_bureau
from tests.weight import FIRST_VISIT, first_visit

pytestmark = pytest.mark.django_db

OFFICE = "10232300086"
LARGEST_PAGE = 60 * 1024
MOST_QUERIES = 20
NO_LISTS = {"/scores/mine/", "/dashboard/"}  # a person's own sheet and the cockpit, which have budgets of their own


def test_the_sample_bureau_is_imported_scored_and_published(client, settings):
    settings.DEBUG = True  # outside of it nobody gets in with a password that is printed
    seed_demo(lambda _line: None)
    bureau = Bureau.objects.get()
    assert bureau.is_demo
    states = dict(Quarter.objects.filter(bureau=bureau).values_list("code", "state"))
    assert states == {"2023Q1": "published", "2023Q2": "published", "2023Q3": "collecting", "2023Q4": "open"}
    market = figures(bureau)
    assert (market.tasks, market.participations, market.covered, market.staff) == (93, 425, 192, 206)
    assert str(market.coverage) == "93.20"
    assert figures(bureau, ["2023Q4"]).tasks == 7
    assert Task.objects.claimable(timezone.now()).count() == 6
    first = ScoreRun.objects.get(quarter__code="2023Q1")
    assert (first.scored, first.ranked) == (209, 200)
    steps = Quarter.objects.get(code="2023Q1").steps.values_list("state", "at__date")
    assert [(state, str(day)) for state, day in steps] == [
        ("collecting", "2023-01-03"),
        ("reviewing", "2023-03-27"),
        ("publicity", "2023-04-04"),
        ("published", "2023-04-14"),
    ]
    running = Quarter.objects.get(code="2023Q3").steps.get()
    assert (running.state, f"{running.at:%Y-%m-%d}", running.by.number) == ("collecting", "2023-07-03", "10232300084")
    notices = Notification.objects.filter(recipient__number=OFFICE)
    told = notices.filter(occasion__startswith="quarter.").order_by("created_at")
    assert [f"{timezone.localtime(one.created_at):%m-%d} {one.subject}" for one in told] == [
        "04-04 2023年一季度得分开始公示，请核对本人得分",
        "04-14 2023年一季度得分已发布",
        "07-05 2023年二季度得分开始公示，请核对本人得分",
        "07-13 2023年二季度得分已发布",
    ]
    appeals = Appeal.objects.order_by("pk").values_list("quarter__code", "state", "corrected_run")
    assert list(appeals) == [("2023Q1", "withdrawn", None), ("2023Q2", "rejected", None)]
    assert not Result.objects.filter(entered_at__year=timezone.localdate().year).exists()
    assert "选一个角色" in client.get("/login/").content.decode()
    settings.DEBUG = False
    assert "选一个角色" not in client.get("/login/").content.decode()
    settings.DEBUG = True
    _departments_are_warned(bureau)
    _branches_have_met(bureau)
    _quarters_were_reviewed(bureau)
    _logins_are_complete_and_open_the_door(client)
    _a_second_time_changes_nothing()
    _pages_of_210_people_stay_small(client, bureau)


def _departments_are_warned(bureau):
    """Three months: signed in time, late and not at all; of the last month hardly anything yet."""
    assert WarningSheet.objects.filter(bureau=bureau).count() == 54
    outcomes = Warned.objects.order_by().values_list("sheet__month", "outcome").annotate(number=Count("pk"))
    assert {(month, outcome) for month, outcome, _number in outcomes} == {
        ("2023-07", "done"), ("2023-07", "overdue"), ("2023-08", "done"), ("2023-08", "overdue"), ("2023-09", "open"),
    }  # fmt: skip
    signed = WarningSignature.objects.order_by().values_list("line__sheet__month", "side", "late").distinct()
    assert set(signed) == {
        *(
            (month, side, late)
            for month in ("2023-07", "2023-08")
            for side in ("head", "liaison")
            for late in (True, False)
        ),
        ("2023-09", "head", False),
    }
    sheets = figures_of(WarningSheet.objects.filter(month__lt="2023-09"), bureau.today)
    assert 0 < sum(one.missed for one in sheets.values()) < 40
    assert not Notification.objects.filter(occasion__startswith="warning.", created_at__year__gt=2023).exists()


def _quarters_were_reviewed(bureau):
    """Both published quarters had their meeting; the pack of 210 people is quick."""
    rows = {one.quarter.code: one for one in ReviewMeeting.objects.select_related("quarter", "run__quarter")}
    assert {code: one.state for code, one in rows.items()} == {"2023Q1": "closed", "2023Q2": "held"}
    for meeting in rows.values():
        assert meeting.lost_points.unfilled().count() < 20 < meeting.lost_points.count()
        assert (meeting.comments.count(), bool(meeting.summing_up), bool(meeting.minutes)) == (3, True, True)
        with CaptureQueriesContext(connection) as queries:
            assert pack_of(meeting.run) == thawed(meeting.pack)
        assert len(queries) <= MOST_QUERIES
    open_ones = MeetingAction.objects.open()
    assert MeetingAction.objects.filter(state="done").count() == 3
    assert open_ones.filter(due_on__lt=bureau.today, reported_at__isnull=True).count() == 2
    assert open_ones.filter(reported_at__isnull=False).count() == 1


def _branches_have_met(bureau):
    found = matrix(bureau, 2023, today=bureau.today)
    total = found.total
    assert (len(found.rows), found.sessions, total.due, total.kept, total.late, total.missed) == (
        15,
        118,
        120,
        118,
        1,
        1,
    )
    assert [(one.number, one.branches) for one in found.exchanges] == [(5, "人事教育股党支部、党建工作股党支部")]
    coming = [row.cells[8].mark for row in found.rows]
    assert (coming.count("scheduled"), coming.count("open")) == (14, 1)
    assert Showing.objects.filter(state="held").count() == 1
    staff = Employee.objects.get(number="10232300105")
    ballots = staff.ratings_given.filter(showing__state="held")
    assert list(ballots.order_by("pk").values_list("mark", flat=True))[1:] == [None, None]
    assert [one.achievements != "" for one in staff.statements.filter(handed_in_at=None)] == [True]
    spoken = Statement.objects.filter(handed_in_at__isnull=False).values_list("showing", "achievements")
    assert len(spoken) == len(set(spoken)) > 1600
    alike = {(one.name, showing.month) for showing in Showing.objects.all() for one in flagged(showing)}
    assert (len({name for name, _month in alike}), len(alike)) == (1, 3)
    assert not Rating.objects.filter(handed_in_at__gt=timezone.make_aware(datetime(2023, 9, 1, 23))).exists()


def _logins_are_complete_and_open_the_door(client):
    roles = [login.role for login in demo_logins()]
    assert roles == [
        "局长", "局领导", "绩效办", "纪检", "部门负责人", "联络员", "部门负责人、党支部书记", "考评部门", "干部", "系统管理员",
    ]  # fmt: skip
    for login in demo_logins():
        answer = client.post("/login/", {"username": login.number, "password": PASSWORD})
        assert (answer.status_code, answer["Location"]) == (302, "/"), login
        client.post("/logout/")


def _a_second_time_changes_nothing():
    before = (Entry.objects.count(), Employee.objects.filter(is_demo=True).count())
    out = StringIO()
    call_command("seed_demo", stdout=out)
    assert "demo-361" in out.getvalue()
    assert (Entry.objects.count(), Employee.objects.filter(is_demo=True).count()) == before


def _pages_of_210_people_stay_small(client, bureau):
    """Every list that the office's navigation leads to, and the pages with a chart."""
    client.force_login(Employee.objects.filter(bureau=bureau, role__kind="office")[0])
    lists = [url for url in re.findall(r'href="(/[a-z/]*/)"', client.get("/").content.decode()) if url not in NO_LISTS]
    assert {"/ranking/", "/market/", "/items/", "/results/", "/people/", "/audit/", "/warnings/"} <= set(lists)
    pack, bulletin = ReviewMeeting.objects.all()[0].pk, Bulletin.objects.all()[0].pk
    charts = ["/ranking/departments/", f"/meetings/{pack}/pack/", f"/bulletins/{bulletin}/", "/indicators/load/"]
    for url in dict.fromkeys(["/", *lists, *charts, "/scores/mine/?quarter=2023Q1"]):
        with CaptureQueriesContext(connection) as queries:
            response = client.get(url)
        assert response.status_code == 200, url
        assert len(response.content) <= LARGEST_PAGE, (url, len(response.content))
        assert url == "/" or len(queries) <= MOST_QUERIES, (url, len(queries))
        assert first_visit(response) <= FIRST_VISIT, url
    whole = client.get("/ranking/", {"page": "all"}).content.decode()
    assert len(re.findall(r'<svg class="b3"', whole)) == 206


def test_no_demonstration_beside_a_real_bureau():
    make_bureau()
    with pytest.raises(CommandError, match="已有正式单位"):
        call_command("seed_demo")
    assert Bureau.objects.count() == 1
