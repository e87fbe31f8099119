"""The bell's number, and what the pages of the outbox show: of personal messages never more than that there is one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from common.components import Sentence
from common.composed import composed_once
from notifications.models import Channel, Delivery, GroupRobot, Notification, masked
from organization.models import Employee

State = Delivery.State
TROUBLE = (State.UNKNOWN, State.GIVEN_UP)
FOLDERS: dict[str, tuple[str, ...]] = {
    "trouble": TROUBLE,
    "waiting": (State.WAITING, State.SENDING),
    "sent": (State.SENT,),
    "dropped": (State.DROPPED,),
}
"""How the page sorts the messages."""


def unread_by(user: Employee) -> int:
    """How many messages the person has not read; every page's bell asks."""
    return sum(number for (number,) in _unread(user.pk))


@composed_once
def _unread(recipient: int) -> QuerySet[Notification, tuple[int]]:
    unread = Notification.objects.filter(recipient=recipient).unread()
    return unread.order_by().values("recipient").annotate(number=Count("pk")).values_list("number")


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One message of the outbox. `what` is the subject of what concerns a whole group; a personal one has none here."""

    pk: int
    written: datetime
    channel: Sentence
    to: str
    what: str
    state: str
    state_label: Sentence
    attempts: int
    when: str
    error: str
    is_stuck: bool


@dataclass(frozen=True, slots=True)
class RobotRow:
    pk: int
    name: str
    kind: Sentence
    url: str
    is_signed: bool
    enabled: bool
    waiting: int
    last_sent: datetime | None


def folder_counts(user: Employee) -> dict[str, int]:
    """How many messages lie in each folder of the user's bureau, and of how many nobody knows whether they arrived."""
    rows = Delivery.objects.visible_to(user)
    counts = {name: Count("pk", filter=Q(state__in=states)) for name, states in FOLDERS.items()}
    return rows.order_by().aggregate(**counts, unknown=Count("pk", filter=Q(state=State.UNKNOWN)))


def deliveries(user: Employee, folder: str) -> QuerySet[Delivery]:
    """The messages of a folder, newest first."""
    rows = Delivery.objects.visible_to(user).filter(state__in=FOLDERS[folder])
    return rows.select_related("recipient", "robot").defer("body").order_by("-created_at", "-pk")


def delivery_rows(rows: Iterable[Delivery]) -> list[DeliveryRow]:
    return [
        DeliveryRow(
            pk=row.pk,
            written=row.created_at,
            channel=row.get_channel_display(),
            to=_receiver(row),
            what=row.subject if row.channel == Channel.WEBHOOK else "",
            state=row.state,
            state_label=row.get_state_display(),
            attempts=row.attempts,
            when=_when(row),
            error=row.error,
            is_stuck=row.state in TROUBLE,
        )
        for row in rows
    ]


def robot_rows(user: Employee) -> list[RobotRow]:
    """The bureau's group robots with what waits for them and what reached them last."""
    waiting = Count("deliveries", filter=Q(deliveries__state__in=FOLDERS["waiting"]))
    robots = GroupRobot.objects.visible_to(user).annotate(
        waiting=waiting, last_sent=Max("deliveries__sent_at", filter=Q(deliveries__state=State.SENT))
    )
    return [
        RobotRow(
            one.pk,
            one.name,
            one.get_kind_display(),
            one.masked_url,
            bool(one.secret),
            one.enabled,
            one.waiting,
            one.last_sent,
        )
        for one in robots.order_by("name")
    ]


def _receiver(row: Delivery) -> str:
    if row.robot is not None:
        return row.robot.name
    assert row.recipient is not None
    return _("%(name)s（%(address)s）") % {"name": row.recipient.name, "address": masked(row.address)}


def _when(row: Delivery) -> str:
    """When it went out, or when it is tried next."""
    if row.state == State.SENT and row.sent_at:
        return _("%s 发出") % _clock(row.sent_at)
    if row.state == State.WAITING:
        return _("%s 起发送") % _clock(row.try_after) if row.attempts == 0 else _("%s 再试") % _clock(row.try_after)
    return ""


def _clock(moment: datetime) -> str:
    return date_format(localtime(moment), "m-d H:i")
