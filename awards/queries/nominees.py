"""提名: whom somebody may nominate for what, who stands for which star, and who of the pool nobody nominated."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from awards.models import Nomination, PoolMember, Selection
from organization.models import Department, Employee, PartyBranch, Role

SPEAKERS = (Role.Kind.DEPARTMENT_HEAD, Role.Kind.LIAISON)
"""Who nominates for a department."""


@dataclass(frozen=True, slots=True)
class Nominators:
    """In whose name somebody nominates: the own department, the branches led; both may be empty."""

    department: Department | None
    branches: tuple[PartyBranch, ...]

    def __bool__(self) -> bool:
        return self.department is not None or bool(self.branches)


def nominators(user: Employee) -> Nominators:
    department = user.department if user.has_role(*SPEAKERS) else None
    return Nominators(department, tuple(user.led_branches.filter(bureau=user.bureau_id).order_by("code")))


def standing(selection: Selection) -> QuerySet[Nomination]:
    """The nominations that were not withdrawn, in the order of stars and of nominating."""
    rows = Nomination.objects.filter(category__selection=selection, withdrawn_at__isnull=True)
    related = rows.select_related("category", "employee__department", "department", "branch", "nominated_by")
    return related.order_by("category_id", "nominated_at", "pk")


def by_category(nominations: Iterable[Nomination]) -> dict[int, list[Nomination]]:
    found: dict[int, list[Nomination]] = defaultdict(list)
    for one in nominations:
        found[one.category_id].append(one)
    return found


def stars_of(selection: Selection, employee_id: int) -> int:
    """For how many stars somebody stands."""
    return Nomination.objects.filter(
        category__selection=selection, employee_id=employee_id, withdrawn_at__isnull=True
    ).count()


def whom_to_nominate(selection: Selection, user: Employee) -> list[PoolMember]:
    """Those in the pool whom the user may nominate, never oneself and nobody who stands for as many stars as allowed."""
    own = nominators(user)
    mine = Q(employee__branch__in=own.branches)
    if own.department:
        mine |= Q(employee__department=own.department)
    members = PoolMember.objects.filter(mine, selection=selection, standing=PoolMember.Standing.IN)
    taken = Counter(standing(selection).order_by().values_list("employee_id", flat=True))
    rows = members.exclude(employee=user).select_related("employee__department", "employee__branch")
    ordered = rows.order_by("bureau_rank", "employee__number")
    return [one for one in ordered if taken[one.employee_id] < selection.most_categories]


def nobody_nominated(selection: Selection) -> QuerySet[PoolMember]:
    """Who of the pool stands for no star."""
    nominated = standing(selection).order_by().values("employee_id")
    members = PoolMember.objects.filter(selection=selection, standing=PoolMember.Standing.IN)
    rows = members.exclude(employee_id__in=nominated).select_related("employee", "department")
    return rows.order_by("bureau_rank", "employee__number")
