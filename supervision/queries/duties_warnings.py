"""Which warnings wait for a person's signature, for the to-do centre."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import ngettext

from common.components import Duty
from common.questions import Found, Question
from indicators.models import Quarter
from indicators.queries.asked import Asked, DutyQuestion
from organization.models import Department, Employee, Role
from supervision.models import Warned, WarningSheet, WarningSignature
from supervision.permissions.warnings import may_sign_warning
from supervision.queries.signers import Place, Side, Signers
from supervision.queries.warning_standing import Outcome, facts_of
from supervision.queries.warning_texts import spoken_month

SIGNS = (Role.Kind.LIAISON, Role.Kind.DEPARTMENT_HEAD, Role.Kind.DEPUTY_DIRECTOR, Role.Kind.DIRECTOR, Role.Kind.OFFICE)


def warning_duties(user: Employee) -> Iterator[DutyQuestion]:
    """Of each sheet and side how many lines this person signs, until the earliest limit."""
    if user.has_role(*SIGNS):
        yield Question(_pending(user), _to_sign, counted=True)


def _to_sign(asked: Asked, pending: list[Found]) -> list[Duty]:
    """Who signs for whom takes several queries, so that it is asked only where a line is pending."""
    if not pending:
        return []
    found: dict[tuple[WarningSheet, WarningSignature.Side], list[date]] = defaultdict(list)
    user = asked.user
    signers = Signers(user.bureau, asked.today)
    for line in _unsigned(user, signers):
        for side in Side:
            if may_sign_warning(user, line, side, signers):
                found[line.sheet, side].append(facts_of(line).limit(side))
    return [_duty(sheet, side, limits) for (sheet, side), limits in found.items()]


def _pending(user: Employee) -> QuerySet[Warned]:
    """The bureau's lines that are still a matter; without the office's part, those of the departments concerned."""
    lines = Warned.objects.filter(sheet__bureau=user.bureau_id, outcome__in=(Outcome.OPEN, Outcome.OVERDUE)).exclude(
        quarter__state__in=Quarter.SETTLED
    )
    if user.has_role(Role.Kind.OFFICE):
        return lines
    return lines.filter(Q(sheet__department=user.department_id) | Q(sheet__department__deputy=user))


def _unsigned(user: Employee, signers: Signers) -> QuerySet[Warned]:
    """Of the pending lines those on the sheets that the person could sign."""
    mine = Q(sheet__department=user.department_id) | Q(sheet__department__deputy=user)
    if user.has_role(Role.Kind.OFFICE):
        departments = Department.objects.filter(bureau=user.bureau_id).values_list("pk", flat=True)
        orphans = [pk for pk in departments if any(signers.of(pk, side).place == Place.OFFICE for side in Side)]
        mine |= Q(sheet__department__in=orphans)
    related = _pending(user).filter(mine).select_related("sheet__department", "quarter").prefetch_related("signatures")
    return related.order_by("sheet__month", "sheet__department__code", "due", "pk")


def _duty(sheet: WarningSheet, side: WarningSignature.Side, limits: list[date]) -> Duty:
    words = ngettext(
        "%(department)s%(month)s预警有 %(n)d 项待签字（%(side)s）",
        "%(department)s%(month)s预警有 %(n)d 项待签字（%(side)s）",
        len(limits),
    )
    label = words % {
        "department": sheet.department.name,
        "month": spoken_month(sheet.month),
        "n": len(limits),
        "side": side.label,
    }
    return Duty(label, f"{reverse('supervision:warning', args=[sheet.pk])}?side={side.value}", min(limits))
