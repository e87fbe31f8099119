"""What the days bring: reminders of items, escalation of those overdue, and the minus that these propose."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from common.progress import through
from organization.models import Bureau
from organization.queries import Chiefs, work_calendar
from supervision.models import ItemExtension, LetterItem
from supervision.queries.deadlines import Reminder, reminder_of
from supervision.services.letter_steps import doers, fresh_item, office_of, present_states, tell_item
from supervision.services.minuses import propose_minus

SUBJECTS = {
    "half": gettext_lazy("%(letter)s“%(matter)s”期限过半，请在 %(due)s 前办理并反馈"),
    "before": gettext_lazy("%(letter)s“%(matter)s”临近期限，请在 %(due)s 前办理并反馈"),
    "overdue": gettext_lazy("%(letter)s“%(matter)s”已逾期（%(due)s），请尽快办理并反馈"),
}
ESCALATED = gettext_lazy("%(department)s主办的 %(letter)s“%(matter)s”已逾期（%(due)s），请督促办理")


def remind_of_letters(bureau: Bureau, *, today: date, now: datetime) -> int:
    """Reminds of every open item by its dates, on working days; what is overdue is escalated and proposes a minus.

    Each occasion is told once for all time, and after a standstill only the newest. Returns how many were told.
    """
    calendar = work_calendar()
    told = 0
    if not calendar.is_workday(today):
        return told
    chiefs = Chiefs(bureau, today)
    for item in through(_open_items(bureau)):
        reminder = reminder_of(_runs_since(item), item.due_on, today, calendar)
        if reminder is not None:
            told += remind_of(item.pk, reminder, chiefs=chiefs, today=today, now=now)
    return told


@transaction.atomic
def remind_of(pk: int, reminder: Reminder, *, chiefs: Chiefs, today: date, now: datetime) -> int:
    """One item's reminder behind the letter's lock: whoever has just reported is left in peace."""
    item = fresh_item(LetterItem.objects.get(pk=pk))
    if not LetterItem.objects.filter(present_states(), pk=pk).exists():
        return 0
    overdue = reminder.kind == "overdue"
    if overdue and today <= item.due_on:
        return 0
    told = tell_item(item, doers(item, today), SUBJECTS[reminder.kind], f"remind.{reminder.key}")
    if not overdue or ItemExtension.objects.filter(item=item, granted__isnull=True).exists():
        return told  # an extension asked in time waits for the office, not for the department
    leader = chiefs.leader(item.department_id)
    above = [*chiefs.heads(item.department_id), *([leader] if leader else []), *office_of(item.letter.bureau, today)]
    told += tell_item(item, above, ESCALATED, f"escalate:{item.due_on}")
    propose_minus(item, now=now, today=today)
    return told


def _open_items(bureau: Bureau) -> list[LetterItem]:
    rows = LetterItem.objects.filter(present_states(), letter__bureau=bureau).annotate(
        extended_at=Max("extensions__decided_at", filter=Q(extensions__granted=True)),
        returned_at=Max("reports__checked_at", filter=Q(reports__accepted=False)),
    )
    return list(rows.order_by("pk"))


def _runs_since(item: LetterItem) -> date:
    """The day from which the present limit runs: handed over, extended or returned, whichever was last."""
    assert item.assigned_on is not None
    moments = (getattr(item, name) for name in ("extended_at", "returned_at"))
    return max([item.assigned_on, *(timezone.localdate(at) for at in moments if at is not None)])
