"""部门得分: the organisational score of each department, the source of the linkage (scoring.md §3)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.services import record
from common.errors import InvalidInput
from common.text import for_the_record
from indicators.models import Quarter
from indicators.services.quarters import lock_for_input
from organization.models import Department, Employee
from scoring.models import DepartmentScore
from scoring.permissions import may_write_department_scores


@transaction.atomic
def set_department_scores(*, quarter: Quarter, scores: Mapping[Department, Decimal | None], actor: Employee) -> int:
    """Sets the scores of several departments at once, None takes one away; returns how many changed.

    Raises Refused, InvalidInput for a department of another bureau or a negative score, Frozen for a published quarter.
    """
    may_write_department_scores(actor, quarter.bureau).require()
    for department, score in scores.items():
        if department.bureau_id != quarter.bureau_id:
            raise InvalidInput(_("%s不是本单位的部门。") % department.name)
        if score is not None and score < 0:
            raise InvalidInput(_("%s的得分不能是负数。") % department.name)
    lock_for_input(quarter)
    stored = {row.department_id: row for row in DepartmentScore.objects.filter(quarter=quarter)}
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    for department, score in scores.items():
        row = stored.get(department.pk)
        old = row.score if row else None
        if old == score:
            continue
        before[department.name], after[department.name] = ("" if one is None else str(one) for one in (old, score))
        if score is None:
            assert row is not None
            row.delete()
        else:
            DepartmentScore.objects.update_or_create(
                quarter=quarter, department=department, defaults={"bureau": quarter.bureau, "score": score}
            )
    if after:
        record(
            actor=actor,
            action="department_score.set",
            bureau=quarter.bureau,
            target=quarter,
            label=for_the_record(gettext_lazy("%s 部门得分"), quarter.code),
            before=before,
            after=after,
        )
    return len(after)
