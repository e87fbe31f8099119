"""Group robots of WeCom and DingTalk: one JSON message by https to the address that the group gave.

Plain text and no markdown: names of tasks stand in it, and nobody shall write a link or call everybody by such a name.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException, HTTPSConnection
from urllib.parse import SplitResult, quote_plus, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from common.text import listed
from notifications.channels import NotSent, Unknown

TIMEOUT_SECONDS = 10
LONGEST_ANSWER = 64 * 1024
LONGEST_TEXT = 2000
"""Bytes; WeCom takes 2,048 of a text."""


@dataclass(frozen=True, slots=True)
class Robot:
    kind: str
    url: str
    secret: str = ""


def fault_of(url: str) -> str:
    """What is wrong with a robot's address, as a sentence; empty when it may be called.

    Only https and only the hosts of WEBHOOK_HOSTS: whoever may enter an address must not reach the machines beside us.
    """
    if not all(
        "!" <= letter <= "~" for letter in url
    ):  # no blanks, line ends or other scripts: such a request is never sent
        return _("网址里有空格、换行或中文；请从群里重新复制。")
    try:
        parts = urlsplit(url)
        place = parts.netloc.lower().removesuffix(":443")
    except ValueError:
        return _("这不是一个网址。")
    if parts.scheme != "https":
        return _("群机器人的地址要以 https:// 开头。")
    if place not in settings.WEBHOOK_HOSTS:
        return _("只能发往 %s；其他主机由系统管理员在 WEBHOOK_HOSTS 里添加。") % listed(settings.WEBHOOK_HOSTS)
    return ""


def send(robot: Robot, text: str, *, now: datetime) -> None:
    """Raises NotSent or Unknown; an `errcode` in an answer of status 200 is a failure too."""
    fault = fault_of(robot.url)
    if fault:
        raise NotSent(fault, final=True)
    parts = urlsplit(signed(robot, now) if robot.kind == "dingtalk" and robot.secret else robot.url)
    connection = HTTPSConnection(parts.netloc, timeout=TIMEOUT_SECONDS)  # follows no redirect
    try:
        try:
            connection.connect()
        except OSError as error:
            raise NotSent(_("群机器人没有应答：%s") % (error.strerror or type(error).__name__)) from error
        try:
            connection.request("POST", _target(parts), body=payload(text), headers={"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = response.read(LONGEST_ANSWER)
        except (OSError, HTTPException) as error:
            raise Unknown(_("消息交出后没有收到群机器人的答复：%s") % type(error).__name__) from error
        _require_taken(response.status, answer)
    finally:
        connection.close()


def payload(text: str) -> bytes:
    """The message; both services take a `text` of one form."""
    cut = text.encode()[:LONGEST_TEXT].decode(errors="ignore")
    return json.dumps({"msgtype": "text", "text": {"content": cut}}, ensure_ascii=False).encode()


def signed(robot: Robot, now: datetime) -> str:
    """A DingTalk address with 加签: HMAC-SHA256 of moment and secret, keyed by the secret; valid for an hour."""
    moment = str(int(now.timestamp() * 1000))
    digest = hmac.new(robot.secret.encode(), f"{moment}\n{robot.secret}".encode(), hashlib.sha256).digest()
    return f"{robot.url}&timestamp={moment}&sign={quote_plus(base64.b64encode(digest))}"


def _target(parts: SplitResult) -> str:
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


def _require_taken(status: int, answer: bytes) -> None:
    if status != 200:
        raise NotSent(_("群机器人答复了状态 %d。") % status)
    try:
        said = json.loads(answer)
        code, words = said["errcode"], str(said.get("errmsg", ""))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotSent(_("群机器人的答复读不懂。")) from error
    if code != 0:
        raise NotSent(_("群机器人拒收（%(code)s）：%(words)s") % {"code": code, "words": words[:200]})
