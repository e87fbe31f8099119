"""Telling people: rows in the transaction of the act that they tell of; the act itself has the audit line."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from notifications.models import Notification
from organization.models import Employee


@transaction.atomic
def notify(*, recipients: Iterable[Employee], subject: str, body: str = "", url: str = "", occasion: str) -> int:
    """Tells each person once of an occasion; returns how many had not been told before.

    `occasion` names the event for all time ("quarter.publish:XS:2023Q1"): a job that runs twice tells once. `url` is a
    page of ours. Raises ValueError for an address that leads elsewhere.
    """
    if url and (not url.startswith("/") or url.startswith("//")):
        raise ValueError(f"not a page of ours: {url}")
    people = {person.pk: person for person in recipients}
    told = Notification.objects.filter(occasion=occasion, recipient_id__in=people)
    before = told.count()
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
            )
            for person in people.values()
        ),
        ignore_conflicts=True,
        batch_size=1000,
    )
    return told.count() - before


@transaction.atomic
def mark_read(*, actor: Employee, notification: Notification) -> None:
    """Marks one of the person's own notifications as read; twice keeps the first moment."""
    own = Notification.objects.visible_to(actor).unread()
    own.filter(pk=notification.pk).update(read_at=timezone.now())


@transaction.atomic
def mark_all_read(*, actor: Employee) -> int:
    """Marks all of the person's notifications as read; returns how many were not."""
    return Notification.objects.visible_to(actor).unread().update(read_at=timezone.now())
