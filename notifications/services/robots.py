"""The bureau's group robots. Their addresses are secrets: whoever knows one can write into the group."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.services import record
from common.errors import Conflict, InvalidInput
from common.text import clean, for_the_record
from notifications.channels.webhook import fault_of
from notifications.models import Channel, Delivery, GroupRobot
from notifications.permissions import may_manage_robots
from notifications.services.telling import write_deliveries
from organization.models import Employee


@transaction.atomic
def add_robot(*, actor: Employee, kind: str, name: str, url: str, secret: str = "") -> GroupRobot:
    """Raises Refused, InvalidInput."""
    may_manage_robots(actor).require()
    robot = GroupRobot(bureau=actor.bureau, kind=kind, name=clean(name), url=url.strip(), secret=secret.strip())
    _save(robot)
    record(actor=actor, action="robot.add", target=robot, after=_facts(robot))
    return robot


@transaction.atomic
def change_robot(
    *, actor: Employee, robot: GroupRobot, name: str, enabled: bool, url: str = "", secret: str = ""
) -> GroupRobot:
    """An empty `url` or `secret` leaves what is; nobody reads them back. Raises Refused, Conflict, InvalidInput."""
    may_manage_robots(actor).require()
    robot = _locked(robot)
    before = _facts(robot)
    kept = (robot.url, robot.secret)
    robot.name, robot.enabled = clean(name), enabled
    robot.url, robot.secret = url.strip() or robot.url, secret.strip() or robot.secret
    after = _facts(robot)
    if (robot.url, robot.secret) != kept:
        after["address_changed"] = True
    if before == after:
        return robot
    _save(robot)
    record(actor=actor, action="robot.change", target=robot, before=before, after=after)
    return robot


@transaction.atomic
def remove_robot(*, actor: Employee, robot: GroupRobot) -> None:
    """Takes the robot away with what waits for it. Raises Refused, Conflict."""
    may_manage_robots(actor).require()
    robot = _locked(robot)
    record(actor=actor, action="robot.remove", bureau=robot.bureau, target=robot, before=_facts(robot))
    robot.delete()


def _locked(robot: GroupRobot) -> GroupRobot:
    """The robot as it stands; Conflict if it was taken away."""
    found = GroupRobot.objects.select_for_update(of=("self",), no_key=True).filter(pk=robot.pk).order_by().first()
    if found is None:
        raise Conflict(_("这个群机器人已经移除；请刷新页面再看。"), code="gone")
    return found


@transaction.atomic
def test_robot(*, actor: Employee, robot: GroupRobot, now: datetime) -> None:
    """Has a line sent into the group, by the same way as every other. Raises Refused, Conflict."""
    may_manage_robots(actor).require()
    if not robot.enabled:
        raise Conflict(_("“%s”已停用；请先启用再测试。") % robot.name)
    line = Delivery(
        bureau=robot.bureau,
        channel=Channel.WEBHOOK,
        robot=robot,
        subject=for_the_record(gettext_lazy("测试消息：本群可以收到绩效管理的通知")),
        occasion=f"robot:{robot.pk}:test:{now.isoformat()}",
        created_at=now,
        try_after=now,
    )
    record(actor=actor, action="robot.test", bureau=robot.bureau, target=robot)
    write_deliveries([line])


def _save(robot: GroupRobot) -> None:
    faults: dict[str, str] = {}
    if not robot.name:
        faults["name"] = _("请填写名称，例如群的名字。")
    if robot.kind not in GroupRobot.Kind.values:
        faults["kind"] = _("请选择类型。")
    fault = fault_of(robot.url)
    if fault:
        faults["url"] = fault
    if faults:
        raise InvalidInput(next(iter(faults.values())), fields=faults)
    try:
        with transaction.atomic():
            robot.save()
    except IntegrityError as error:
        sentence = _("已经有名为“%s”的群机器人，请换一个名称。") % robot.name
        raise InvalidInput(sentence, fields={"name": sentence}) from error


def _facts(robot: GroupRobot) -> dict[str, Any]:
    return {
        "kind": robot.kind,
        "name": robot.name,
        "url": robot.masked_url,
        "signed": bool(robot.secret),
        "enabled": robot.enabled,
    }
