"""What happens to warnings by the day: done, overdue or dropped, and who hears of a missing signature (domain.md)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy

from audit.services import record
from common.text import for_the_record
from indicators.models import Quarter
from notifications.services import notify
from organization.models import Bureau
from organization.queries import work_calendar
from supervision.models import Escalation, Warned, WarningSheet, WarningSignature
from supervision.queries.signers import Side, Signers
from supervision.queries.warned import LineKey, Owed, owed_now
from supervision.queries.warning_texts import spoken_month
from supervision.services.warnings import label_of, page_of
from supervision.warning_clocks import levels_reached

Outcome = Warned.Outcome


@transaction.atomic
def settle_warnings(*, bureau: Bureau, today: date, now: datetime) -> int:
    """Each open line whose node's results are all there is done, one past its day overdue with how many are missing,
    one that nobody answers for any more dropped; returns how many were settled. Safe to run twice and at once.

    A node that a revision has put off is overdue only after its new day. After a standstill the outcome is what it would
    have been: a result that somebody entered after the node's day came too late.
    """
    lines = list(_open_lines(bureau))
    owed = owed_now(bureau, {(line.quarter, line.point_id) for line in lines}, work_calendar())
    settled: dict[WarningSheet, Counter[str]] = defaultdict(Counter)
    for line in lines:
        found = owed.get(LineKey(line.sheet.department_id, line.point_id, line.period))
        outcome = _outcome(line, found, today)
        if outcome == Outcome.OPEN:
            continue
        missing = found.missing_after(_last_day(line, found)) if found and outcome == Outcome.OVERDUE else None
        changed = Warned.objects.filter(pk=line.pk, outcome=Outcome.OPEN).update(
            outcome=outcome, missing=missing, settled_at=now
        )
        if changed:
            settled[line.sheet][str(outcome)] += 1
    for sheet, counts in settled.items():
        record(
            actor=None,
            action="warning.settle",
            bureau=bureau,
            target=sheet,
            label=label_of(sheet),
            after={str(outcome): number for outcome, number in counts.items()},
        )
    return sum(counts.total() for counts in settled.values())


def _outcome(line: Warned, owed: Owed | None, today: date) -> Outcome:
    if owed is None:
        return Outcome.DROPPED
    last = _last_day(line, owed)
    if today > last:  # what came afterwards is overdue also where this runs days later
        return Outcome.OVERDUE if owed.missing_after(last) else Outcome.DONE
    return Outcome.OPEN if owed.missing else Outcome.DONE


def _last_day(line: Warned, owed: Owed) -> date:
    return max(line.due, owed.node.due)


@transaction.atomic
def escalate_unsigned(*, bureau: Bureau, today: date) -> int:
    """Takes lines without a signature up: liaison, head, leader in charge, office, each once on its working day.

    One message for a sheet, a side and a level; returns how many steps were taken. Nothing goes up on days off, nor
    about what is done or no longer assessed. Safe to run twice and at the same time.
    """
    calendar = work_calendar()
    if not calendar.is_workday(today):
        return 0
    Bureau.objects.select_for_update(no_key=True).get(pk=bureau.pk)  # another run's steps are then seen
    steps: dict[tuple[WarningSheet, str, str], list[Warned]] = defaultdict(list)
    for line in _unsigned_lines(bureau, today):
        signed = {one.side for one in line.signatures.all()}
        told = {(one.side, one.level) for one in line.escalations.all()}
        for side in Side.values:
            limit = line.head_due if side == Side.HEAD else line.liaison_due
            if side in signed:
                continue
            for level in levels_reached(limit, today, calendar):
                if (side, level) not in told:
                    steps[line.sheet, side, level].append(line)
    if not steps:
        return 0
    signers = Signers(bureau, today)
    return sum(_go_up(sheet, side, level, lines, signers, today=today) for (sheet, side, level), lines in steps.items())


def _go_up(
    sheet: WarningSheet, side: str, level: str, lines: list[Warned], signers: Signers, *, today: date
) -> int:  # fmt: skip
    Escalation.objects.bulk_create(
        (Escalation(line=line, side=side, level=level, on=today) for line in lines), ignore_conflicts=True
    )
    subject = for_the_record(
        gettext_lazy("%(department)s%(month)s预警有 %(n)d 项%(side)s一方还没有签字"),
        department=sheet.department.name,
        month=spoken_month(sheet.month),
        n=len(lines),
        side=Side(side).label,
    )
    told = notify(
        recipients=signers.at_level(sheet.department_id, level),
        subject=subject,
        body=for_the_record(gettext_lazy("签字期限已到，逐级提醒到%s。请督促签字，或到页面上签字。"), _label(level)),
        url=page_of(sheet),
        occasion=f"warning.escalate:{sheet.pk}:{side}:{level}:{today}",
    )
    record(
        actor=None,
        action="warning.escalate",
        bureau=sheet.bureau,
        target=sheet,
        label=label_of(sheet),
        after={"side": side, "level": level, "lines": len(lines), "people": told},
    )
    return len(lines)


def _label(level: str) -> object:
    return Escalation.Level(level).label


def _open_lines(bureau: Bureau) -> Iterable[Warned]:
    lines = Warned.objects.filter(sheet__bureau=bureau, outcome=Outcome.OPEN).order_by("pk")
    return lines.select_related("sheet__department", "sheet__bureau", "quarter")


def _unsigned_lines(bureau: Bureau, today: date) -> Iterable[Warned]:
    """Lines past a limit that are still a matter: open, or overdue in a quarter that is not shown yet."""
    signed = WarningSignature.objects.filter(line=OuterRef("pk"))
    without_head = Q(~Exists(signed.filter(side=Side.HEAD)), head_due__lte=today)
    without_liaison = Q(~Exists(signed.filter(side=Side.LIAISON)), liaison_due__lte=today)
    lines = Warned.objects.filter(
        without_head | without_liaison, sheet__bureau=bureau, outcome__in=(Outcome.OPEN, Outcome.OVERDUE)
    )
    lines = lines.exclude(quarter__state__in=Quarter.SETTLED).order_by("sheet", "pk")
    related = lines.select_related("sheet__department", "sheet__bureau")
    return related.prefetch_related("signatures", "escalations")
