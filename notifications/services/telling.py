"""Telling people: rows in the transaction of the act that they tell of; the act itself has the audit line.

What leaves the house is a row, too (the outbox): an act that is rolled back sends nothing, and a broker or mail server
that is down loses nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from operator import attrgetter

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy
from kombu.exceptions import OperationalError

from common.text import for_the_record
from notifications.models import Channel, ContactPreference, Delivery, GroupRobot, Notification
from organization.models import Bureau, Employee

logger = logging.getLogger(__name__)

BATCH = 1000
PRIVATE = gettext_lazy("您有一条新消息，请登录查看")
"""What a mail says in place of the subject of a private message."""


@transaction.atomic
def notify(
    *,
    recipients: Iterable[Employee],
    subject: str,
    body: str = "",
    url: str = "",
    occasion: str,
    private: bool = False,
    bell_only: bool = False,
) -> int:
    """Tells each person once of an occasion; returns how many had not been told before.

    `occasion` names the event for all time ("quarter.publish:XS:2023Q1"): a job that runs twice tells once. `url` is a
    page of ours. Who asked for mail gets one with the subject and the link, never with the body; of a `private` message
    (talks, appeals) not even with the subject. Raises ValueError for an address that leads elsewhere.
    """
    _require_own_page(url)
    people = _in_one_order(recipients)
    told = Notification.objects.filter(occasion=occasion, recipient_id__in=people)
    before = set(told.values_list("recipient_id", flat=True))
    now = timezone.now()
    Notification.objects.bulk_create(
        (
            Notification(
                bureau_id=person.bureau_id,
                recipient=person,
                subject=subject[:200],
                body=body,
                url=url,
                created_at=now,
                occasion=occasion,
                private=private,
            )
            for person in people.values()
        ),
        ignore_conflicts=True,
        batch_size=BATCH,
    )
    # who was told of it by somebody else in between bears another moment
    mine = set(told.filter(created_at=now).values_list("recipient_id", flat=True)) - before
    new = [person for person in people.values() if person.pk in mine]
    if new and not bell_only:
        line = for_the_record(PRIVATE) if private else subject[:200]
        _write_mails(new, line, url="" if private else url, occasion=occasion, now=now)
    return len(new)


def _in_one_order(recipients: Iterable[Employee]) -> dict[int, Employee]:
    """By id: of two who tell the same people at once the one waits for the other, and never both for each other."""
    return {person.pk: person for person in sorted(recipients, key=attrgetter("pk"))}


@transaction.atomic
def announce(*, bureau: Bureau, subject: str, body: str = "", url: str = "", occasion: str) -> int:
    """Tells the bureau's group robots once of an occasion; returns for how many of them it was written down.

    Only what concerns the whole group: everybody in it reads along. `occasion` and `url` as in `notify`; the occasion is
    the bureau's, so that it need not name it.
    """
    _require_own_page(url)
    now = timezone.now()
    rows = [
        Delivery(
            bureau=bureau,
            channel=Channel.WEBHOOK,
            robot=robot,
            subject=subject[:200],
            body=body,
            url=url,
            occasion=f"robot:{robot.pk}:{occasion}",
            created_at=now,
            try_after=now,
        )
        for robot in GroupRobot.objects.filter(bureau=bureau, enabled=True)
    ]
    return write_deliveries(rows)


def write_deliveries(rows: list[Delivery]) -> int:
    """Puts messages into the outbox, each once for its occasion, and has the sender started with the commit."""
    if rows:
        Delivery.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)
        transaction.on_commit(kick, robust=True)
    return len(rows)


def kick() -> None:
    """Lets the sender look at once; without a broker the run of the next minute does."""
    from notifications import jobs  # noqa: PLC0415  # jobs stand above services; only this door is opened from below

    try:
        jobs.send_due.apply_async(retry=False, expires=55)
    except OperationalError as error:
        logger.warning("the sender could not be called, the run of the next minute sends: %s", error)


def mail_to(
    person: Employee, address: str, *, subject: str, body: str = "", url: str = "", now: datetime, occasion: str
) -> Delivery:
    """The row of a mail, not yet saved."""
    return Delivery(
        bureau_id=person.bureau_id,
        channel=Channel.MAIL,
        recipient=person,
        address=address,
        subject=subject,
        body=body,
        url=url,
        occasion=f"mail:{person.pk}:{occasion}",
        created_at=now,
        try_after=now,
    )


def _write_mails(people: list[Employee], subject: str, *, url: str, occasion: str, now: datetime) -> None:
    by_id = {person.pk: person for person in people}
    wanted = ContactPreference.objects.filter(
        employee_id__in=by_id, mail=ContactPreference.Mail.EACH, confirmed_at__isnull=False
    )
    mail = partial(mail_to, subject=subject, url=url, now=now, occasion=occasion)
    write_deliveries([mail(by_id[one.employee_id], one.email) for one in wanted])


def _require_own_page(url: str) -> None:
    if url and (not url.startswith("/") or url.startswith("//")):
        raise ValueError(f"not a page of ours: {url}")


@transaction.atomic
def mark_read(*, actor: Employee, notification: Notification) -> None:
    """Marks one of the person's own notifications as read; twice keeps the first moment."""
    own = Notification.objects.visible_to(actor).unread()
    own.filter(pk=notification.pk).update(read_at=timezone.now())


@transaction.atomic
def mark_all_read(*, actor: Employee) -> int:
    """Marks all of the person's notifications as read; returns how many were not."""
    return Notification.objects.visible_to(actor).unread().update(read_at=timezone.now())
