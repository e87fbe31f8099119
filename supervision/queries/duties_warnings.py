"""Which warnings wait for a person's signature, for the to-do centre."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Count, FilteredRelation, Min, Q, QuerySet
from django.urls import reverse
from django.utils.translation import ngettext

from common.components import Duty
from common.composed import composed_once
from common.questions import Found, Question
from indicators.models import Quarter
from indicators.queries.asked import Asked, DutyQuestion
from organization.models import Employee, Role
from organization.somebody import ids_of, somebody
from supervision.models import Warned, WarningSignature
from supervision.permissions.warnings import may_sign_beside
from supervision.queries.signers import Place, Signers
from supervision.queries.warning_standing import Outcome
from supervision.queries.warning_texts import spoken_month

Side = WarningSignature.Side
SIGNS = (Role.Kind.LIAISON, Role.Kind.DEPARTMENT_HEAD, Role.Kind.DEPUTY_DIRECTOR, Role.Kind.DIRECTOR, Role.Kind.OFFICE)


def warning_duties(user: Employee) -> Iterator[DutyQuestion]:
    """Of each sheet and side how many lines this person signs, until the earliest limit."""
    if user.has_role(*SIGNS):
        yield Question(_pending(user), _to_sign, counted=True)


class _Lines(NamedTuple):
    """Lines of a sheet under which the same people have signed: how many, until when each side has time."""

    sheet: int
    month: str
    department: int
    department_name: str
    deputy: int | None
    head: int | None
    liaison: int | None
    number: int
    head_due: date
    liaison_due: date

    @property
    def signed(self) -> dict[str, int]:
        """Who has signed, by side."""
        by = {Side.HEAD: self.head, Side.LIAISON: self.liaison}
        return {side: person for side, person in by.items() if person is not None}

    def limit(self, side: WarningSignature.Side) -> date:
        return self.head_due if side == Side.HEAD else self.liaison_due


def _to_sign(asked: Asked, pending: list[Found]) -> list[Duty]:
    """Who signs for whom takes several queries, so that it is asked only where a line is pending."""
    if not pending:
        return []
    user = asked.user
    signers = Signers(user.bureau, asked.today)
    found: dict[tuple[int, WarningSignature.Side], list[_Lines]] = defaultdict(list)
    for row in _pending_lines(*ids_of(user), roles=user.roles):
        lines = _Lines(*row)
        if not _concerns(user, lines, signers):
            continue
        for side in Side:
            if side not in lines.signed and may_sign_beside(user, lines.department, lines.signed, side, signers):
                found[lines.sheet, side].append(lines)
    return [_duty(side, lines) for (_sheet, side), lines in found.items()]


def _concerns(user: Employee, lines: _Lines, signers: Signers) -> bool:
    """Whether the sheet is one that the person could sign; the office those on which it stands in."""
    if lines.department == user.department_id or lines.deputy == user.pk:
        return True
    return any(signers.of(lines.department, side).place == Place.OFFICE for side in Side)


@composed_once
def _pending_lines(person: int, bureau: int, department: int, *, roles: frozenset[str]) -> QuerySet[Any, Any]:
    """The pending lines by sheet and by who has signed, as `_Lines` has them."""
    lines = _pending(somebody((person, bureau, department), roles)).annotate(
        head=FilteredRelation("signatures", condition=Q(signatures__side=Side.HEAD)),
        liaison=FilteredRelation("signatures", condition=Q(signatures__side=Side.LIAISON)),
    )
    of_sheet = ("sheet", "sheet__month", "sheet__department", "sheet__department__name", "sheet__department__deputy")
    alike = lines.values(*of_sheet, "head__by", "liaison__by")
    counted = alike.annotate(
        lines=Count("pk"), by_head=Min("head_due"), by_liaison=Min("liaison_due"), nearest=Min("due"), first=Min("pk")
    )
    ordered = counted.order_by("sheet__month", "sheet__department__code", "nearest", "first")
    return ordered.values_list(*of_sheet, "head__by", "liaison__by", "lines", "by_head", "by_liaison")


def _pending(user: Employee) -> QuerySet[Warned]:
    """The bureau's lines that are still a matter; without the office's part, those of the departments concerned."""
    lines = Warned.objects.filter(sheet__bureau=user.bureau_id, outcome__in=(Outcome.OPEN, Outcome.OVERDUE)).exclude(
        quarter__state__in=Quarter.SETTLED
    )
    if user.has_role(Role.Kind.OFFICE):
        return lines
    return lines.filter(Q(sheet__department=user.department_id) | Q(sheet__department__deputy=user))


def _duty(side: WarningSignature.Side, lines: list[_Lines]) -> Duty:
    sheet, number = lines[0], sum(one.number for one in lines)
    words = ngettext(
        "%(department)s%(month)s预警有 %(n)d 项待签字（%(side)s）",
        "%(department)s%(month)s预警有 %(n)d 项待签字（%(side)s）",
        number,
    )
    label = words % {
        "department": sheet.department_name,
        "month": spoken_month(sheet.month),
        "n": number,
        "side": side.label,
    }
    url = f"{reverse('supervision:warning', args=[sheet.sheet])}?side={side.value}"
    return Duty(label, url, min(one.limit(side) for one in lines))
