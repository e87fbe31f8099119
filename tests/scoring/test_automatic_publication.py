"""The clock publishes what was shown for five working days, and says once what is in the way (domain.md, table)."""

from copy import deepcopy
from datetime import date

import pytest

from audit.models import Entry
from indicators.models import Library, Quarter, QuarterStep, Result
from indicators.services.quarters import opened_for_correction
from notifications.models import Notification
from scoring import jobs
from scoring.models import Appeal, ScoreRun
from scoring.services.publishing import publish_by_date, start_publicity
from scoring.services.scoring import score_quarter
from tests.factories import (
    make_bureau,
    make_employee,
    make_point,
    make_quarter,
    make_result,
    moment,
    sign_rosters,
)

pytestmark = pytest.mark.django_db
BEGAN = date(2023, 4, 6)  # 清明 was the day before; the fifth working day after it is Thursday the 13th
LAST = date(2023, 4, 13)
AFTER = date(2023, 4, 14)


def build():
    """The office of a bureau with a scored quarter in review, of which nothing is missing."""
    bureau = make_bureau()
    make_quarter(bureau, state=Quarter.State.REVIEWING)
    office, staff = make_employee(bureau, "900", roles=["office"]), make_employee(bureau, "101")
    common, individual = make_point(bureau, "K1", library=Library.COMMON), make_point(bureau, "K2")
    for person in (office, staff):
        make_result(person, common)
        make_result(person, individual)
    sign_rosters(Quarter.objects.get())
    score_quarter(bureau=bureau, quarter_code="2023Q1", actor=None)
    return office


@pytest.fixture
def office(built):
    return deepcopy(built)


def show(office, override=""):
    start_publicity(bureau=office.bureau, quarter_code="2023Q1", actor=office, today=BEGAN, override=override)
    QuarterStep.objects.filter(state=Quarter.State.PUBLICITY).update(at=moment(BEGAN))


def by_clock(office, today):
    return publish_by_date(bureau=office.bureau, quarter_code="2023Q1", today=today)


def state():
    return Quarter.objects.get(code="2023Q1").state


def told():
    return Notification.objects.filter(occasion__startswith="quarter.waits")


def file_appeal(person):
    return Appeal.objects.create(
        bureau=person.bureau,
        quarter=Quarter.objects.get(),
        employee=person,
        side=Appeal.Side.ASSESSED,
        filed_by=person,
        filed_at=moment(BEGAN),
        subject=Appeal.Subject.OTHER,
        run=ScoreRun.objects.get(),
        line="K1",
        ground="有误",
        answer_due=LAST,
        decide_due=LAST,
    )


def test_the_day_after_the_fifth_working_day_it_is_published(office):
    show(office)
    assert by_clock(office, LAST) is None
    assert state() == Quarter.State.PUBLICITY
    assert by_clock(office, AFTER).is_frozen
    step = QuarterStep.objects.get(state=Quarter.State.PUBLISHED)
    assert step.by is None
    assert Entry.objects.get(action="quarter.publish").actor == "系统"
    assert Notification.objects.filter(occasion="quarter.publish:XS:2023Q1").count() == 2
    assert not told().exists()


def test_twice_publishes_once(office):
    show(office)
    assert by_clock(office, AFTER) is not None
    assert by_clock(office, AFTER) is None
    assert Entry.objects.filter(action="quarter.publish").count() == 1


def test_what_was_missed_during_a_standstill_is_caught_up(office):
    show(office)
    assert by_clock(office, date(2023, 8, 1)).is_frozen


def test_nothing_happens_to_a_quarter_that_is_not_shown(office):
    assert by_clock(office, date(2023, 8, 1)) is None
    assert state() == Quarter.State.REVIEWING


def test_what_the_office_passed_over_stays_passed_over(office):
    person = make_employee(office.bureau, "102")
    score_quarter(bureau=office.bureau, quarter_code="2023Q1", actor=None)
    show(office, override="漏项已核实")
    assert by_clock(office, AFTER).is_frozen
    override = Entry.objects.filter(action="quarter.override").order_by("pk").last()
    assert (override.reason, override.actor) == ("漏项已核实", "系统")
    assert not told().exists()
    assert person.scores.exists()


def test_an_open_appeal_keeps_it_and_the_office_is_told_once(office):
    show(office, override="急")
    appeal = file_appeal(office)
    for _time in range(2):
        assert by_clock(office, AFTER) is None
    assert state() == Quarter.State.PUBLICITY
    (notice,) = told()
    assert notice.recipient == office
    assert "公示期已满" in notice.subject
    assert "未结的申诉 1 件" in notice.body
    assert notice.url == "/quarters/2023Q1/#ready"
    Appeal.objects.filter(pk=appeal.pk).update(state=Appeal.State.REJECTED)
    assert by_clock(office, AFTER).is_frozen


def test_another_obstacle_is_told_of_anew(office):
    show(office)
    file_appeal(office)
    by_clock(office, AFTER)
    Appeal.objects.update(state=Appeal.State.REJECTED)
    with opened_for_correction(Quarter.objects.get()):
        Result.objects.filter(employee=office).update(value=4)
    assert by_clock(office, AFTER) is None
    assert [notice.body for notice in told().order_by("pk")][1] == "输入已变，需要重新计分。"


class TestJob:
    def test_publishes_every_bureaus_quarter_that_is_due(self, office):
        show(office)
        jobs.publish_due()
        assert state() == Quarter.State.PUBLISHED

    def test_leaves_demonstrations_alone(self, office):
        show(office)
        office.bureau.is_demo, office.bureau.stands_on = True, date(2023, 9, 1)
        office.bureau.save()
        jobs.publish_due()
        assert state() == Quarter.State.PUBLICITY

    def test_a_refusal_is_left_to_the_office(self, office, caplog):
        show(office)
        office.bureau.scheme_settings.create(from_quarter="2023Q1", key="共性权重", value="90")
        jobs.publish_due()
        assert state() == Quarter.State.PUBLICITY
        assert "100" in told().get().body
