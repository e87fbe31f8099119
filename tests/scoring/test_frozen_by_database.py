"""What the database itself refuses in a published quarter, whoever comes past the services (scoring.md §6)."""

from copy import deepcopy
from datetime import date
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory

from common.commands import DataCommand
from common.errors import FROZEN_BY_DATABASE, Frozen, refusal_of
from common.middleware import SentenceErrorsMiddleware
from indicators.models import CorrectionPass, Item, Quarter, Result
from indicators.services.quarters import opened_for_correction
from scoring.models import Adjustment, DepartmentScore, RunBasis, Score, ScoreRun
from scoring.services.publishing import correct_quarter
from tasks_market.models import Claim, Task
from tests.factories import (
    make_claim,
    make_employee,
    make_point,
    make_result,
    make_task,
    moment,
)
from tests.guards import guards_lifted
from tests.scoring.published import make_published

pytestmark = pytest.mark.django_db


build = make_published


@pytest.fixture
def quarter(built):
    return deepcopy(built)


def other():
    return Quarter.objects.get(code="2023Q2")


def copy(model, **values):
    """A further row like the first one."""
    row = model.objects.order_by("pk").first()
    row.pk = None
    for name, value in values.items():
        setattr(row, name, value)
    row.save(force_insert=True)


def make_row_of_another_department():
    row = DepartmentScore.objects.get()
    row.department = row.bureau.departments.create(code="D9", name="九股", kind="office")
    row.pk = None
    row.save(force_insert=True)


REFUSED = {
    "item made": lambda: copy(Item, point=make_point(Item.objects.get().bureau, "K9")),
    "item's day": lambda: Item.objects.update(taken_on=date(2023, 2, 1)),
    "item taken away": lambda: Item.objects.all().delete(),
    "item moved out": lambda: Item.objects.update(quarter=other()),
    "item moved in": lambda: Item.objects.filter(pk=item_elsewhere().pk).update(quarter=quarter_of("2023Q1")),
    "result made": lambda: copy(Result, period="2023-03"),
    "result's value": lambda: Result.objects.update(value=3),
    "result's points": lambda: Result.objects.update(points=Decimal("1.00")),
    "result exempted": lambda: Result.objects.update(value=None, exempt=True),
    "result unconfirmed": lambda: Result.objects.update(state=Result.State.RETURNED),
    "who confirmed": lambda: Result.objects.update(confirmed_at=moment(date(2023, 5, 1))),
    "whether late": lambda: Result.objects.update(late=True),
    "result deleted": lambda: Result.objects.all().delete(),
    "adjustment made": lambda: copy(Adjustment, matter="另一件"),
    "adjustment's points": lambda: Adjustment.objects.update(points=Decimal("5.00")),
    "adjustment not counted": lambda: Adjustment.objects.update(state=Adjustment.State.REFUSED),
    "adjustment deleted": lambda: Adjustment.objects.all().delete(),
    "department score made": make_row_of_another_department,
    "department score": lambda: DepartmentScore.objects.update(score=Decimal("99.00")),
    "department score deleted": lambda: DepartmentScore.objects.all().delete(),
    "claim accepted": lambda: Claim.objects.filter(task__number="T2").update(
        state=Claim.State.ACCEPTED, outcome=Claim.Outcome.ACCEPTED
    ),
    "claim made accepted": lambda: copy(Claim, employee=make_employee(Claim.objects.first().bureau, "102")),
    "claim's quality": lambda: Claim.objects.filter(task__number="T1").update(quality=Decimal("1.20")),
    "claim unaccepted": lambda: Claim.objects.filter(task__number="T1").update(state="started", outcome=""),
    "claim deleted": lambda: Claim.objects.filter(task__number="T1").delete(),
    "claim of another quarter on its task": lambda: copy(
        Claim, employee=make_employee(Claim.objects.first().bureau, "102"), quarter=other()
    ),
    "claim moved to its task": lambda: Claim.objects.filter(pk=claim_elsewhere().pk).update(
        task=Task.objects.get(number="T1")
    ),
    "task's worth": lambda: Task.objects.filter(number="T1").update(base=Decimal("9.00")),
    "task's difficulty": lambda: Task.objects.filter(number="T1").update(difficulty=Task.Difficulty.HIGH),
    "score made": lambda: copy(Score, employee=make_employee(Score.objects.first().bureau, "102")),
    "score's total": lambda: Score.objects.update(total=Decimal("100.00")),
    "score's rank": lambda: Score.objects.update(bureau_rank=1),
    "score deleted": lambda: Score.objects.all().delete(),
    "score of another quarter in its run": lambda: copy(
        Score, employee=make_employee(Score.objects.first().bureau, "102"), quarter=other()
    ),
    "score moved into its run": lambda: Score.objects.filter(pk=score_elsewhere().pk).update(
        run=ScoreRun.objects.get(quarter__code="2023Q1")
    ),
    "run made": lambda: copy(ScoreRun, number=2, is_current=False),
    "run no longer current": lambda: ScoreRun.objects.update(is_current=False),
    "run's scheme": lambda: ScoreRun.objects.update(scheme={}),
    "run's time": lambda: ScoreRun.objects.update(scored_at=moment(date(2023, 5, 1))),
    "run deleted": lambda: ScoreRun.objects.all().delete(),
    "points of the run made": lambda: RunBasis.objects.bulk_create(
        [RunBasis(run=ScoreRun.objects.get(quarter__code="2023Q1"), points={})],
        update_conflicts=True,
        unique_fields=["run"],
        update_fields=["points"],
    ),
    "points of the run": lambda: RunBasis.objects.update(points={}),
    "points of the run deleted": lambda: RunBasis.objects.all().delete(),
    "quarter back": lambda: Quarter.objects.filter(code="2023Q1").update(state=Quarter.State.PUBLICITY),
    "quarter renamed": lambda: Quarter.objects.filter(code="2023Q1").update(code="2022Q1"),
    "quarter deleted": lambda: raw("DELETE FROM indicators_quarter WHERE code = '2023Q1'"),
}


def quarter_of(code):
    return Quarter.objects.get(code=code)


def item_elsewhere():
    first = Item.objects.get()
    return Item.objects.create(
        bureau=first.bureau, quarter=other(), employee=first.employee, point=make_point(first.bureau, "K9")
    )


def claim_elsewhere():
    task = make_task(Task.objects.first().bureau, "T9", quarter="2023Q2")
    return make_claim(task, make_employee(task.bureau, "103"))


def score_elsewhere():
    run, score = ScoreRun.objects.get(), Score.objects.get()
    run.pk, run.quarter = None, other()
    run.save(force_insert=True)
    score.pk, score.run, score.quarter = None, run, run.quarter
    score.employee = make_employee(run.bureau, "104")
    score.save(force_insert=True)
    return score


def raw(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


def everything():
    return [list(model.objects.order_by("pk").values()) for model in (*INPUTS, Score, RunBasis, ScoreRun, Quarter)]


INPUTS = (Item, Result, Adjustment, DepartmentScore, Claim, Task)


@pytest.mark.parametrize("act", REFUSED)
def test_the_database_refuses(quarter, act):
    before = everything()
    with pytest.raises(IntegrityError, match=FROZEN_BY_DATABASE), transaction.atomic():
        REFUSED[act]()
    assert everything() == before


@pytest.mark.parametrize("act", REFUSED)
def test_the_same_is_possible_before_publication(quarter, act):
    """The control: nothing but the publication stands in the way."""
    with guards_lifted("indicators_quarter"):
        Quarter.objects.update(state=Quarter.State.REVIEWING)
    if act == "quarter deleted":
        return  # its rows hold it
    REFUSED[act]()


OPENED = [act for act in REFUSED if act.split("'")[0].split()[0] in ("item", "result", "adjustment", "claim", "task")]


@pytest.mark.parametrize("act", [*OPENED, "who confirmed", "department score", "score made", "run made"])
def test_a_correction_may(quarter, act):
    with opened_for_correction(quarter):
        REFUSED[act]()
    assert not CorrectionPass.objects.exists()


@pytest.mark.parametrize(
    "act",
    [
        "score's total",
        "score's rank",
        "score deleted",
        "score moved into its run",
        "run's scheme",
        "run's time",
        "run deleted",
        "points of the run made",
        "points of the run",
        "points of the run deleted",
        "quarter back",
        "quarter renamed",
    ],
)
def test_not_even_a_correction_may(quarter, act):
    with pytest.raises(IntegrityError, match=FROZEN_BY_DATABASE), opened_for_correction(quarter):
        REFUSED[act]()
    assert not CorrectionPass.objects.exists()


def test_what_changes_no_score_passes(quarter):
    result = Result.objects.first()
    result.return_reason = "旧话"
    result.save()  # every column is written, the same values again
    Claim.objects.update(report="已办结", comment="好")
    Claim.objects.filter(task__number="T2").update(state=Claim.State.STARTED)
    Task.objects.update(places_taken=1, requirement="写清楚些")
    Result.objects.get(pk=result.pk).openings.create(by=make_employee(quarter.bureau), at=moment(date(2023, 5, 1)))


def test_an_open_quarter_is_written_as_ever(quarter):
    staff = Item.objects.get().employee
    make_result(staff, make_point(quarter.bureau, "K3"), "2023Q2")
    Result.objects.filter(quarter=other()).update(value=5)
    Result.objects.filter(quarter=other()).delete()


def test_a_correction_run_stands_beside_the_earlier_one(quarter):
    office = make_employee(quarter.bureau, "900", roles=["office"], joined_on=date(2023, 7, 1))
    with opened_for_correction(quarter):
        Result.objects.filter(point__code="K1").update(value=2)
    run = correct_quarter(bureau=quarter.bureau, quarter_code="2023Q1", actor=office, reason="申诉成立")
    assert (run.number, run.is_current, ScoreRun.objects.count()) == (2, True, 2)
    assert Score.objects.count() == 2


def test_a_block_that_fails_closes_the_quarter_again(quarter):
    with pytest.raises(Frozen), opened_for_correction(quarter):
        raise Frozen("无关")
    assert not CorrectionPass.objects.exists()
    with opened_for_correction(quarter), opened_for_correction(quarter):
        assert CorrectionPass.objects.count() == 1
    assert not CorrectionPass.objects.exists()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite can replace a row while inserting another")
def test_nobody_puts_another_row_in_the_place_of_a_score(quarter):
    mine, stranger = Score.objects.get(), score_elsewhere()
    columns = [str(field.column) for field in Score._meta.fields]
    given = ", ".join(str(mine.pk) if one == "id" else one for one in columns)
    with pytest.raises(IntegrityError, match=FROZEN_BY_DATABASE), transaction.atomic():
        raw(
            f"INSERT OR REPLACE INTO scoring_score ({', '.join(columns)}) "
            f"SELECT {given} FROM scoring_score WHERE id = {stranger.pk}"
        )
    assert Score.objects.filter(pk=mine.pk, quarter=quarter).exists()


class TestTheSentence:
    """Nobody reads what the database says."""

    @pytest.fixture
    def error(self, quarter):
        with pytest.raises(IntegrityError) as caught, transaction.atomic():
            Result.objects.update(value=3)
        return caught.value

    def test_of_a_page_and_of_the_api(self, error):
        middleware = SentenceErrorsMiddleware(lambda _request: HttpResponse())
        request = RequestFactory().get("/api/v1/results/")
        answer = middleware.process_exception(request, error)
        assert answer.status_code == 409
        assert "已经发布" in answer.content.decode() or b"\\u5df2\\u7ecf" in answer.content

    def test_of_a_command(self, error):
        class Shell(DataCommand):
            def handle(self, *args, **options):
                raise error

        with pytest.raises(CommandError, match="已经发布"):
            call_command(Shell())

    def test_another_refusal_of_the_database_stays_what_it_is(self):
        assert refusal_of(IntegrityError("UNIQUE constraint failed")) is None
        assert refusal_of(ValueError(FROZEN_BY_DATABASE)) is None
