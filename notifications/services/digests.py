"""One mail a morning for those who want it so: what came since the last one and is not read yet, and how much waits."""

from __future__ import annotations

import logging
from datetime import date, datetime, time

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy

from common.progress import through
from common.text import for_the_record
from notifications.duties import number_of_duties
from notifications.models import ContactPreference, Notification
from notifications.services.telling import mail_to, write_deliveries
from organization.models import Employee
from organization.queries import work_calendar

LINES = 20
"""Subjects that a digest names; the rest it counts."""

logger = logging.getLogger(__name__)


def write_digests(*, now: datetime) -> int:
    """Writes the digests of the day that are not written yet; returns how many.

    Only on working days, for bureaus whose calendar runs. A morning that was missed is made up for whenever this runs
    that day. One person's fault (a duty that cannot be counted) leaves the others theirs.
    """
    today = timezone.localdate(now)
    if not work_calendar().is_workday(today):
        return 0
    written = 0
    for pk in through(_waiting(today).order_by("pk").values_list("pk", flat=True)):
        try:
            written += _write_digest(pk, now=now, today=today)
        except Exception:
            logger.exception("no digest for contact preference %d", pk)
    return written


def _waiting(today: date) -> QuerySet[ContactPreference]:
    """Who wants a digest and was not looked at today."""
    morning = timezone.make_aware(datetime.combine(today, time.min))
    return ContactPreference.objects.filter(
        Q(digested_at__isnull=True) | Q(digested_at__lt=morning),
        mail=ContactPreference.Mail.DIGEST,
        confirmed_at__isnull=False,
        employee__in=Employee.objects.in_post_between(today, today).filter(is_active=True),
        employee__bureau__stands_on__isnull=True,
    )


@transaction.atomic
def _write_digest(pk: int, *, now: datetime, today: date) -> int:
    """One person's morning; 0 if another run was faster or there is nothing to say."""
    row = _waiting(today).select_related("employee__bureau").filter(pk=pk).first()
    if row is None or not _claim(row, now):
        return 0
    unread = Notification.objects.visible_to(row.employee).unread().filter(created_at__lte=now)
    if row.digested_at:
        unread = unread.filter(created_at__gt=row.digested_at)
    count = unread.count()
    duties = number_of_duties(row.employee, today=today, calendar=work_calendar())
    if not count and not duties:
        return 0
    subject = for_the_record(
        gettext_lazy("%(day)s：%(unread)d 条新消息，%(duties)d 件待办"), day=today, unread=count, duties=duties
    )
    mail = mail_to(
        row.employee, row.email, subject=subject, body=_lines(unread, count), now=now, occasion=f"digest:{today}"
    )
    return write_deliveries([mail])


def _claim(row: ContactPreference, now: datetime) -> bool:
    """Takes the morning for this run. Over this one table: a joined condition would not be looked at again after a wait."""
    as_read = ContactPreference.objects.filter(pk=row.pk, digested_at=row.digested_at)
    return as_read.update(digested_at=now) == 1


def _lines(unread: QuerySet[Notification], count: int) -> str:
    """The subjects, newest first; what is private is only counted."""
    open_ones = unread.filter(private=False)
    lines = [f"· {subject}" for subject in open_ones.values_list("subject", flat=True)[:LINES]]
    if count > len(lines):
        rest = gettext_lazy("· 其他消息 %d 条，请登录查看") if lines else gettext_lazy("· 新消息 %d 条，请登录查看")
        lines.append(for_the_record(rest, count - len(lines)))
    return "\n".join(lines) if count else ""
