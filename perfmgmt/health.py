"""`/healthz`: this process answers. `/readyz`: the database, the broker and the scheduled jobs work too."""

import logging
from collections.abc import Callable
from datetime import datetime

import redis
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from common.postgresql import roles
from common.tenancy import across
from common.text import listed
from organization.models import Bureau
from organization.queries import work_calendar
from perfmgmt.jobs import HEARTBEAT_KEY, broker_client
from perfmgmt.queries import standing

logger = logging.getLogger(__name__)


class Down(Exception):
    """A part does not work; the message is the sentence to show."""


@login_not_required
@never_cache
@require_safe
def alive(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"state": "up"})


@login_not_required
@never_cache
@require_safe
@across()
def ready(request: HttpRequest) -> JsonResponse:
    """200 when every part works, else 503; each part with its state and one sentence (no addresses, no passwords)."""
    parts = {name: state_of(name, check) for name, check in CHECKS.items()}
    up = all(part["state"] == "up" for part in parts.values())
    return JsonResponse(
        {"state": "up" if up else "down", "parts": parts},
        status=200 if up else 503,
        json_dumps_params={"ensure_ascii": False},
    )


def state_of(name: str, check: Callable[[], str]) -> dict[str, str]:
    """`state` up or down, and the `message` for whoever watches; why it is down goes to the log."""
    try:
        return {"state": "up", "message": check()}
    except Down as down:
        logger.warning("not ready: %s", name, exc_info=down.__cause__)
        return {"state": "down", "message": str(down)}


def _database() -> str:
    """A role that no policy holds back is a warning: the pages work, the application's own wall stands alone."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        passes = roles.passes_policies(connection)
    except DatabaseError as error:
        raise Down(_("数据库没有应答，请检查数据库服务和 DATABASE_URL。")) from error
    if passes:
        return _("注意：%(sentence)s") % {"sentence": roles.unheld()}
    return _("数据库正常。")


def _broker() -> str:
    try:
        with broker_client() as client:
            client.ping()
    except redis.RedisError as error:
        raise Down(_("消息队列没有应答，请检查 Redis 服务和 REDIS_URL。")) from error
    return _("消息队列正常。")


def _beat() -> str:
    try:
        with broker_client() as client:
            last = client.get(HEARTBEAT_KEY)
    except redis.RedisError as error:
        raise Down(_("消息队列没有应答，无法得知定时任务的状态。")) from error
    if last is None:
        raise Down(_("定时任务超过三分钟没有执行，请检查 celery beat 和 celery worker 进程。"))
    seconds = int((timezone.now() - datetime.fromisoformat(str(last))).total_seconds())
    return _("定时任务 %(seconds)d 秒前执行过。") % {"seconds": seconds}


def _calendar() -> str:
    """Deadlines of a year that is not in the table are counted Monday to Friday: a warning, nothing is down.

    The years that matter are those in which the bureaus stand and the ones after them, into which deadlines reach.
    """
    try:
        bureaus = list(Bureau.objects.only("stands_on"))
        calendar = work_calendar()
    except DatabaseError as error:
        raise Down(_("数据库没有应答，无法得知工作日历的状态。")) from error
    current = {bureau.today.year for bureau in bureaus} or {timezone.localdate().year}
    missing = sorted(year for year in current | {year + 1 for year in current} if year not in calendar.known_years)
    if not missing:
        return _("工作日历完整。")
    years = listed(missing)
    if current & set(missing):
        sentence = _("注意：工作日历缺 %(years)s 年的国务院放假安排，期限暂按周一至周五计算，请系统管理员尽快录入。")
    else:
        sentence = _("注意：工作日历还没有 %(years)s 年的国务院放假安排，跨年的期限暂按周一至周五计算；公布后请录入。")
    return sentence % {"years": years}


def _jobs() -> str:
    """What failed or is late: somebody has to look at it, but the pages work, so nothing is down."""
    try:
        shown = standing(timezone.now())
    except DatabaseError as error:
        raise Down(_("数据库没有应答，无法得知作业的状态。")) from error
    troubled = [line.title for line in [*shown.failed, *shown.refused, *shown.late]]
    if not troubled:
        return _("作业正常。")
    return _("注意：%(finding)s：%(jobs)s。") % {"finding": shown.finding, "jobs": _("；").join(troubled)}


CHECKS = {"database": _database, "broker": _broker, "beat": _beat, "calendar": _calendar, "jobs": _jobs}
