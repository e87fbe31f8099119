"""The sender: takes what is due out of the outbox, hands it over, and writes down how that ended.

A message is leased first (`try_after`, by an UPDATE that names what it was), then marked SENDING right before it is handed
over. Whoever dies before that has sent nothing, and the lease runs out; whoever dies in between leaves it SENDING, which
nobody sends again by itself: the outcome is unknown (docs/notifications.md).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from audit.services import record
from common.errors import Conflict
from common.text import without_control
from notifications.channels import NotSent, Unknown, webhook
from notifications.channels.mail import Letter, MailDoor
from notifications.models import Channel, ContactPreference, Delivery, GroupRobot, masked
from notifications.permissions import may_settle_deliveries
from notifications.services.contacts import CONFIRMATION
from notifications.services.telling import kick, notify
from organization.models import Employee, Role
from organization.queries import holders

State = Delivery.State
LEASE = timedelta(minutes=10)
GIVE_UP_AFTER = timedelta(days=3)
PAUSES = tuple(timedelta(minutes=n) for n in (1, 2, 4, 8, 15))
"""After the first, second … failure; the last one holds from there on."""
RUN_SECONDS, RUN_MESSAGES = 45, 500
ROBOT_LIMIT = 20
"""Messages a minute that WeCom and DingTalk take of a robot."""
MINUTE = timedelta(minutes=1)

logger = logging.getLogger(__name__)


def send_due(*, now: datetime) -> int:
    """Sends what is due, as much as a run has time for; returns how many messages went out. Safe to run at once."""
    until = time.monotonic() + RUN_SECONDS
    with translation.override(settings.DEFAULT_LANGUAGE):
        leave_unknown(now)
        return _send_mails(now, until) + _send_to_robots(now, until)


def leave_unknown(now: datetime) -> int:
    """What a sender that died left SENDING: nobody knows whether it went out."""
    count = 0
    for delivery in Delivery.objects.filter(state=State.SENDING, try_after__lte=now).select_related("bureau"):
        count += _end(delivery, State.UNKNOWN, now, _("发送途中进程中断，不知道是否已经发出。"))
    return count


def _send_mails(now: datetime, until: float) -> int:
    door, sent = MailDoor(), 0
    try:
        for pk, _robot in _due(Channel.MAIL, now):
            if time.monotonic() > until or door.is_closed:
                break
            delivery = lease(pk, now)
            if delivery is not None and not _drop_unwanted(delivery, now):
                sent += _deliver(delivery, now, partial(_mail, door, delivery), prepare=door.open)
    finally:
        door.close()
    return sent


def _send_to_robots(now: datetime, until: float) -> int:
    sent, failing = 0, set()
    for pk, robot in _due(Channel.WEBHOOK, now):
        if time.monotonic() > until:
            break
        delivery = None if robot in failing else lease(pk, now)
        if delivery is None or _drop_unwanted(delivery, now):
            continue
        if _deliver(delivery, now, partial(_call, delivery, now)):
            sent += 1
        else:
            failing.add(robot)  # it is not asked again in this run
    return sent


def _deliver(
    delivery: Delivery, now: datetime, hand_over: Callable[[], None], *, prepare: Callable[[], None] | None = None
) -> bool:
    """One try; whether it went out. What `prepare` refuses was certainly not sent."""
    try:
        if prepare:
            prepare()
        if not begin(delivery, now):
            return False
        hand_over()
    except NotSent as error:
        _failed(delivery, now, str(error), final=error.final)
        return False
    except Unknown as error:
        _end(delivery, State.UNKNOWN, now, str(error))
        return False
    except Exception as error:  # a fault of ours stops neither the others nor hides this one
        logger.exception("delivery %d", delivery.pk)
        _end(delivery, State.UNKNOWN, now, _("发送时程序出错（%s），不知道是否已经发出。") % type(error).__name__)
        return False
    # also where a slow hand-over was taken for lost meanwhile: now it is known
    going = Delivery.objects.filter(pk=delivery.pk, state__in=(State.SENDING, State.UNKNOWN))
    return bool(going.update(state=State.SENT, sent_at=now, error=""))


def _due(channel: str, now: datetime) -> list[tuple[int, int | None]]:
    """Ids of what is due, the oldest first, with the robot that it is for."""
    rows = Delivery.objects.due(now).filter(channel=channel).order_by("created_at", "pk")
    return list(rows.values_list("pk", "robot_id")[:RUN_MESSAGES])


def lease(pk: int, now: datetime) -> Delivery | None:
    """Takes the message for this sender; None if another was faster."""
    if not Delivery.objects.due(now).filter(pk=pk).update(try_after=now + LEASE, attempts=F("attempts") + 1):
        return None
    return Delivery.objects.select_related("bureau", "recipient__contact_preference", "robot").get(pk=pk)


def begin(delivery: Delivery, now: datetime) -> bool:
    """Marks the message as being handed over; False if the lease is another's by now, or the robot has had its share."""
    held = Delivery.objects.filter(pk=delivery.pk, state=State.WAITING, try_after=delivery.try_after)
    with transaction.atomic():
        if delivery.robot_id and _has_had_its_share(delivery.robot_id, now):
            held.update(
                try_after=now, attempts=F("attempts") - 1
            )  # no try: the next run looks again, in the same order
            return False
        return held.update(state=State.SENDING) == 1


def _has_had_its_share(robot_id: int, now: datetime) -> bool:
    GroupRobot.objects.select_for_update(no_key=True).get(pk=robot_id)  # who counts, counts alone
    lately = Q(state=State.SENDING) | Q(sent_at__gt=now - MINUTE)
    return Delivery.objects.filter(lately, robot_id=robot_id).count() >= ROBOT_LIMIT


def _drop_unwanted(delivery: Delivery, now: datetime) -> bool:
    """A message that nobody waits for any more: mail turned off, another address, a robot switched off, a leaver."""
    sentence = ""
    if delivery.robot is not None:
        if not delivery.robot.enabled:
            sentence = _("群机器人已停用。")
    elif not _is_wanted(delivery, now):
        sentence = _("本人已关闭邮件提醒、更换了邮箱或已经离开。")
    return bool(sentence) and bool(_end(delivery, State.DROPPED, now, sentence))


def _is_wanted(delivery: Delivery, now: datetime) -> bool:
    person = delivery.recipient
    preference: ContactPreference | None = getattr(person, "contact_preference", None)
    if person is None or preference is None or not _is_here(person, now) or preference.email != delivery.address:
        return False
    if CONFIRMATION in delivery.occasion:
        return True
    return preference.confirmed_at is not None and preference.mail != ContactPreference.Mail.NONE


def _is_here(person: Employee, now: datetime) -> bool:
    return person.is_active and person.in_post_on(timezone.localdate(now))


def _failed(delivery: Delivery, now: datetime, sentence: str, *, final: bool) -> None:
    if final or now - delivery.created_at >= GIVE_UP_AFTER:
        _end(delivery, State.GIVEN_UP, now, sentence)
        return
    pause = PAUSES[min(delivery.attempts, len(PAUSES)) - 1]
    mine = Delivery.objects.filter(
        pk=delivery.pk, state__in=(State.WAITING, State.SENDING), try_after=delivery.try_after
    )
    mine.update(state=State.WAITING, try_after=now + pause, error=_kept(delivery, sentence))
    logger.warning("delivery %d failed: %s", delivery.pk, sentence)


@transaction.atomic
def _end(delivery: Delivery, state: str, now: datetime, sentence: str) -> int:
    """Ends the tries; what needs a person is told to the administrators by the bell, once a day."""
    going = Delivery.objects.filter(
        pk=delivery.pk, state__in=(State.WAITING, State.SENDING), try_after=delivery.try_after
    )
    ended = going.update(state=state, error=_kept(delivery, sentence))
    if ended and state != State.DROPPED:
        logger.error("delivery %d ended as %s: %s", delivery.pk, state, sentence)
        notify(
            recipients=holders(delivery.bureau, delivery.bureau.today, Role.Kind.SYSTEM_ADMIN),
            subject=_("有邮件或群消息没有发出，请查看并处理"),
            url=f"{reverse('notifications:deliveries')}?state=trouble",
            occasion=f"delivery.trouble:{delivery.bureau_id}:{timezone.localdate(now)}",
            bell_only=True,
        )
    return ended


def _kept(delivery: Delivery, sentence: str) -> str:
    """As the page shows it: mail servers repeat the address, which is its owner's."""
    shown = sentence.replace(delivery.address, masked(delivery.address)) if delivery.address else sentence
    return without_control(shown)[:300]


# What is said ----------------------------------------------------------------------------------------------------


def _mail(door: MailDoor, delivery: Delivery) -> None:
    lines = [
        delivery.subject,
        delivery.body,
        _way(delivery),
        _("本邮件由系统发出，请勿回复。邮件提醒在系统的“消息”里设置。"),
    ]
    letter = Letter(
        to=delivery.address,
        subject=_("绩效管理：%s") % delivery.subject,
        text="\n\n".join(line for line in lines if line) + "\n",
        key=delivery.occasion,
    )
    door.send(letter)


def _way(delivery: Delivery) -> str:
    if CONFIRMATION in delivery.occasion:
        return ""
    if not settings.SITE_ORIGIN:
        return _("请登录绩效管理系统查看。")
    return _("查看：%s") % f"{settings.SITE_ORIGIN}{delivery.url or reverse('notifications:inbox')}"


def _call(delivery: Delivery, now: datetime) -> None:
    robot = delivery.robot
    assert robot is not None
    way = f"{settings.SITE_ORIGIN}{delivery.url}" if settings.SITE_ORIGIN and delivery.url else ""
    text = "\n".join(line for line in (_("【绩效管理】%s") % delivery.subject, delivery.body, way) if line)
    webhook.send(webhook.Robot(robot.kind, robot.url, robot.secret), text, now=now)


# What a person decides --------------------------------------------------------------------------------------------


@transaction.atomic
def retry_delivery(*, actor: Employee, delivery: Delivery, now: datetime) -> None:
    """Sends again what was given up or whose outcome is unknown. Raises Refused, Conflict."""
    _settle(actor, delivery, "delivery.retry", state=State.WAITING, try_after=now, error="")
    transaction.on_commit(kick, robust=True)


@transaction.atomic
def retry_given_up(*, actor: Employee, now: datetime) -> int:
    """Sends again whatever was given up; what may have arrived is left to be looked at one by one. Raises Refused."""
    may_settle_deliveries(actor).require()
    number = given_up(actor).update(state=State.WAITING, try_after=now, error="")
    if number:
        record(actor=actor, action="delivery.retry", after={"state": str(State.WAITING), "rows": number})
        transaction.on_commit(kick, robust=True)
    return number


def given_up(user: Employee) -> QuerySet[Delivery]:
    return Delivery.objects.visible_to(user).filter(state=State.GIVEN_UP)


@transaction.atomic
def close_delivery(*, actor: Employee, delivery: Delivery) -> None:
    """Leaves it at that: it is known by now that it arrived, or nobody needs it. Raises Refused, Conflict."""
    _settle(actor, delivery, "delivery.close", state=State.DROPPED)


def _settle(actor: Employee, delivery: Delivery, action: str, **values: object) -> None:
    may_settle_deliveries(actor).require()
    stuck = Delivery.objects.filter(pk=delivery.pk, state__in=(State.UNKNOWN, State.GIVEN_UP))
    if not stuck.update(**values):
        raise Conflict(_("这条消息已经发出、正在发送或已经处理过；请刷新页面再看。"))
    record(
        actor=actor,
        action=action,
        bureau=delivery.bureau,
        target=delivery,
        label=f"{delivery.get_channel_display()} {delivery.pk}",
        before={"state": delivery.state},
        after={"state": str(values["state"])},
    )
