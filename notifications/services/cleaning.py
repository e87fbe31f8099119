"""What of the outbox is taken away again."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from notifications.models import Delivery


def clean_deliveries(*, now: datetime) -> int:
    """Takes away messages that went out longer ago than DELIVERIES_KEPT_FOR; returns how many. Safe to run twice.

    What failed, is uncertain or was dropped stays: somebody may still ask for it. The line under the bell stays, too.
    """
    old = Delivery.objects.filter(state=Delivery.State.SENT, sent_at__lt=now - settings.DELIVERIES_KEPT_FOR)
    return old.delete()[0]
