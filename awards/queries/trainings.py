"""培训 as its page shows it: who was invited and came, and what each lost on the points before and after."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q

from awards.models import READS_USES, TrainingAttendance, TrainingSession, UseLine
from awards.queries.drawn import period_label
from awards.queries.needs import losses_at, next_quarter
from common.exact import format2
from organization.models import Employee, Role
from scoring.queries.losses import ZERO


@dataclass(frozen=True, slots=True)
class Trainee:
    """Somebody invited: what was lost on the training's points before, and in the next quarter (None: not known)."""

    id: int
    number: str
    name: str
    department: str
    came: bool | None
    note: str
    before: Decimal
    after: Decimal | None

    @property
    def before_text(self) -> str:
        return format2(self.before)

    @property
    def after_text(self) -> str:
        return "" if self.after is None else format2(self.after)

    @property
    def helped(self) -> bool | None:
        """Whether less was lost afterwards; None while nothing can be said."""
        return None if self.after is None else self.after < self.before


@dataclass(frozen=True, slots=True)
class Effect:
    """Did it help: what some people lost on the points before and after, of those who held them again."""

    people: int
    before: Decimal
    after: Decimal

    @property
    def change(self) -> Decimal:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class TrainingShown:
    """A training with its people, as far as the reader may see them."""

    trainees: list[Trainee]
    before_label: str
    after_label: str
    published: bool

    @property
    def came(self) -> int:
        return sum(one.came is True for one in self.trainees)

    @property
    def of_those_who_came(self) -> Effect:
        return self._effect(came=True)

    @property
    def of_the_others(self) -> Effect:
        return self._effect(came=False)

    def _effect(self, *, came: bool) -> Effect:
        known = [(one.before, one.after) for one in self.trainees if one.came is came and one.after is not None]
        before, after = sum((a for a, _b in known), ZERO), sum((b for _a, b in known), ZERO)
        return Effect(len(known), before, after)


def training_shown(training: TrainingSession, user: Employee) -> TrainingShown:
    """The page of a training: all of its people for whoever reads the lists, for heads those of their department, for
    everybody else oneself."""
    needs = list(training.needs.select_related("use_list", "point"))
    before = _before(needs)
    period = max((line.use_list.period for line in needs), default="")
    code, quarter = next_quarter(training.bureau, period) if period else ("", None)
    rows = _rows(training, user)
    after: dict[int, Decimal] = {}
    for (person, _point), held in losses_at(quarter, {line.point_id or 0 for line in needs}, before).items():
        after[person] = after.get(person, ZERO) + held.lost
    trainees = [
        Trainee(
            id=row.employee_id,
            number=row.employee.number,
            name=row.employee.name,
            department=row.employee.department.name,
            came=row.came,
            note=row.note,
            before=before.get(row.employee_id, ZERO),
            after=after.get(row.employee_id),
        )
        for row in rows
    ]
    return TrainingShown(
        trainees, period_label(period) if period else "", period_label(code) if code else "", quarter is not None
    )


def _rows(training: TrainingSession, user: Employee) -> list[TrainingAttendance]:
    rows = TrainingAttendance.objects.filter(training=training).select_related("employee__department")
    if not user.has_role(*READS_USES):
        seen = Q(employee=user)
        if user.has_role(Role.Kind.DEPARTMENT_HEAD):
            seen |= Q(employee__department=user.department_id)
        rows = rows.filter(seen)
    return list(rows.order_by("employee__department__code", "employee__number"))


def _before(needs: list[UseLine]) -> dict[int, Decimal]:
    """What each of the people lost on the points of the needs, as they were drawn."""
    found: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for line in needs:
        for person, lost in line.figures.get("by_person", []):
            found[person] += Decimal(lost)
    return dict(found)
