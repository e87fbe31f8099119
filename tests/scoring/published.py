"""A published quarter that holds a row of everything a score is worked out from, and an open one beside it."""

from __future__ import annotations

from indicators.models import Library, Quarter
from scoring.services.scoring import score_quarter
from tasks_market.models import Claim
from tests.factories import (
    make_adjustment,
    make_bureau,
    make_claim,
    make_department_score,
    make_employee,
    make_point,
    make_quarter,
    make_result,
    make_task,
)


def make_published() -> Quarter:
    bureau = make_bureau()
    staff = make_employee(bureau, "101")
    common, individual = make_point(bureau, "K1", library=Library.COMMON), make_point(bureau, "K2")
    make_result(staff, common)
    make_result(staff, individual)
    make_adjustment(staff)
    make_department_score(staff.department, "90")
    make_claim(make_task(bureau, "T1"), staff)
    make_claim(make_task(bureau, "T2"), staff, state=Claim.State.HANDED_IN)
    score_quarter(bureau=bureau, quarter_code="2023Q1", actor=None)
    Quarter.objects.update(state=Quarter.State.PUBLISHED)
    make_quarter(bureau, "2023Q2")
    return Quarter.objects.get(code="2023Q1")
