"""预警提醒表: made by the month, signed by two sides (domain.md, Warnings). Outcomes and escalation: `warning_rounds`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.services import compose, record, record_many
from common.digest import digest_of_text
from common.errors import Conflict, InvalidInput
from common.progress import through
from common.text import for_the_record
from common.workdays import WorkCalendar
from notifications.services import notify
from organization.models import Bureau, Department, Employee
from organization.queries import work_calendar
from supervision.models import Warned, WarningSheet, WarningSignature
from supervision.permissions.warnings import may_sign_warning
from supervision.queries.signers import Side, Signers
from supervision.queries.warned import LineKey, Owed, knows_days, owed_in_month
from supervision.queries.warning_texts import requirement_of, spoken_month, text_of
from supervision.warning_clocks import first_workday, limits
from tasks_market.services.steps import require


@transaction.atomic
def make_sheets(*, bureau: Bureau, month: str, today: date, now: datetime) -> int:
    """Makes the month's sheets, one for each department with a node in it; returns how many lines were added.

    From the month's first working day on, on whatever day it runs; a second run adds only what has come since (a
    department, a point, an item), as far as its node is still ahead. Safe to run twice and at the same time.
    """
    calendar = work_calendar()
    if today < first_workday(month, calendar):
        return 0
    Bureau.objects.select_for_update(no_key=True).get(pk=bureau.pk)  # another run has made what this one then finds
    made = {sheet.department_id: sheet for sheet in WarningSheet.objects.filter(bureau=bureau, month=month)}
    there = {
        LineKey(*key)
        for key in Warned.objects.filter(sheet__in=made.values()).values_list(
            "sheet__department_id", "point_id", "period"
        )
    }
    new: dict[int, list[tuple[LineKey, Owed]]] = defaultdict(list)
    for key, owed in owed_in_month(bureau, month, calendar).items():
        if key not in there and (key.department not in made or owed.node.due >= today):
            new[key.department].append((key, owed))
    departments = Department.objects.in_bulk(new)
    signers = Signers(bureau, today) if new else None
    for department_id in through(sorted(new)):
        sheet = made.get(department_id)
        is_new = sheet is None
        if sheet is None:
            department = departments[department_id]
            sheet = WarningSheet.objects.create(
                bureau=bureau, department=department, department_name=department.name, month=month, made_at=now
            )
        lines = _add_lines(sheet, new[department_id], today=today, calendar=calendar)
        assert signers is not None
        _push(sheet, lines, signers, today=today, is_new=is_new)
    return sum(map(len, new.values()))


def _add_lines(
    sheet: WarningSheet, rows: Iterable[tuple[LineKey, Owed]], *, today: date, calendar: WorkCalendar
) -> list[Warned]:
    lines = []
    for key, owed in rows:
        head_due, liaison_due = limits(owed.node.due, today, calendar)
        lines.append(
            Warned(
                sheet=sheet,
                quarter=owed.quarter,
                point_id=key.point,
                version=owed.version,
                period=key.period,
                due=owed.node.due,
                head_due=head_due,
                liaison_due=liaison_due,
                standard=owed.version.standard,
                requirement=requirement_of(owed.version),
                holders=owed.holders,
            )
        )
    Warned.objects.bulk_create(lines)
    days = {day for line in lines for day in (line.due, line.head_due, line.liaison_due, today)}
    if sheet.knows_calendar and not knows_days(days, calendar):
        sheet.knows_calendar = False
        sheet.save(update_fields=["knows_calendar"])
    return lines


def _push(sheet: WarningSheet, lines: list[Warned], signers: Signers, *, today: date, is_new: bool) -> None:
    """The audit line, and word to both sides."""
    record(
        actor=None,
        action="warning.make" if is_new else "warning.add",
        bureau=sheet.bureau,
        target=sheet,
        label=label_of(sheet),
        after={"month": sheet.month, "points": [f"{line.version.point.code} {line.period}" for line in lines]},
    )
    sentence = (
        gettext_lazy("%(department)s%(month)s预警提醒表：%(n)d 项待签字")
        if is_new
        else gettext_lazy("%(department)s%(month)s预警提醒表增加 %(n)d 项，请签字")
    )
    subject = for_the_record(sentence, department=sheet.department.name, month=spoken_month(sheet.month), n=len(lines))
    occasion = f"warning.make:{sheet.pk}" if is_new else f"warning.add:{sheet.pk}:{today}"
    for side in Side:
        limit = min(line.head_due if side == Side.HEAD else line.liaison_due for line in lines)
        body = for_the_record(gettext_lazy("%(side)s一方最早须在 %(limit)s 前签字。"), side=side.label, limit=limit)
        people = signers.of(sheet.department_id, side).people
        notify(recipients=people, subject=subject, body=body, url=page_of(sheet), occasion=f"{occasion}:{side}")


@transaction.atomic
def sign_lines(
    *, sheet: WarningSheet, side: str, digests: Mapping[int, str], actor: Employee, today: date, now: datetime
) -> list[WarningSignature]:
    """Signs the lines with these ids for a side, each by the digest of its text as it was shown; all or none.

    A late signature counts and is marked late. Raises InvalidInput for no line, for one of another sheet and for an
    unknown side, Refused, Conflict for what is signed already or reads otherwise by now.
    """
    if side not in Side.values:
        raise InvalidInput(_("没有这一签字方；请从预警提醒表上签字。"), fields={"side": _("请选择签字方")})
    if not digests:
        raise InvalidInput(_("没有勾选要签字的考点，没有签字。"), fields={"lines": _("请至少勾选一项")})
    WarningSheet.objects.select_for_update(no_key=True).order_by().get(pk=sheet.pk)
    lines = list(lines_for_signing(sheet).filter(pk__in=digests))
    if len(lines) != len(digests):
        raise InvalidInput(_("有的考点不在这张表上，没有签字；请刷新页面再签。"), fields={"lines": _("不在这张表上")})
    signers = Signers(sheet.bureau, today)
    signed = [
        _signature(line, side, digests[line.pk], signers, actor=actor, today=today, now=now) for line in lines
    ]  # fmt: skip
    WarningSignature.objects.bulk_create(signed)
    record_many(
        compose(
            actor=actor,
            action="warning.sign",
            bureau=sheet.bureau,
            target=line,
            label=f"{label_of(sheet)} {line.point.code} {line.period}",
            after={"side": side, "late": signature.late, "sha256": signature.digest},
        )
        for line, signature in zip(lines, signed, strict=True)
    )
    return signed


def _signature(
    line: Warned, side: str, shown: str, signers: Signers, *, actor: Employee, today: date, now: datetime
) -> WarningSignature:
    require(may_sign_warning(actor, line, side, signers))
    text = text_of(line)
    digest = digest_of_text(text)
    if shown != digest:
        raise Conflict(
            _("“%s”的文字与您看到的不同，没有签字；请刷新页面，看过以后再签。") % line.version.name, code="changed"
        )
    limit = line.head_due if side == Side.HEAD else line.liaison_due
    return WarningSignature(line=line, side=side, by=actor, at=now, late=today > limit, text=text, digest=digest)


def lines_for_signing(sheet: WarningSheet) -> QuerySet[Warned]:
    """The sheet's lines with everything that their text and the permission look at."""
    related = Warned.objects.filter(sheet=sheet).select_related(
        "sheet__department", "sheet__bureau", "quarter", "point", "version"
    )
    return related.prefetch_related("signatures")


def label_of(sheet: WarningSheet) -> str:
    return f"{sheet.month} {sheet.department.name}"


def page_of(sheet: WarningSheet | int) -> Any:
    return reverse("supervision:warning", args=[sheet if isinstance(sheet, int) else sheet.pk])
