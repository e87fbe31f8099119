"""Forms of the main flows as somebody sends them off twice, which without JavaScript nothing in the page prevents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from indicators.models import Quarter
from indicators.queries.rosters import roster_of
from scoring.models import Appeal
from scoring.services.scoring import score_quarter
from tests.flows.rights import RIGHTS, SHARED_QUARTER, Holdings


@dataclass(frozen=True)
class Press:
    """Who sends which form off; ids and body as in RIGHTS unless said."""

    name: str
    who: str
    body: Callable[[Holdings], Any] | None = None
    ids: Callable[[Holdings], dict[str, Any]] | None = None

    def send(self, client: Client, of: Holdings) -> HttpResponseBase:
        line = RIGHTS[self.name]
        url = reverse(self.name, kwargs=(self.ids or line.ids)(of))
        body = (self.body or line.body)(of)
        if url.startswith("/api/"):
            return client.post(url, body, content_type="application/json")
        return client.post(url, body)

    def __str__(self) -> str:
        return f"{self.name} by {self.who}"


def publishable(of: Holdings) -> None:
    """The shared quarter could be published: it is scored as it stands, and no appeal about it is open."""
    Appeal.objects.filter(pk=of.appeal.pk).update(quarter=of.quarter)
    score_quarter(bureau=of.bureau, quarter_code=SHARED_QUARTER, actor=None)


def _listed(of: Holdings) -> dict[str, str]:
    """The foot of the department's list as its head sees it."""
    quarter = Quarter.objects.get(pk=of.quarter.pk)
    roster = roster_of(quarter, of.department, today=of.bureau.today)
    assert roster is not None
    return {"digest": roster.digest}


def _shared(_of: Holdings) -> dict[str, str]:
    return {"code": SHARED_QUARTER}


def _said(**body: str) -> Callable[[Holdings], Any]:
    return lambda _of: body


PRESSES = (
    # 领取、填报、考评
    Press("indicators:take_on", "office", lambda of: {"employee": of.person.number, "point": of.asked.point.code}),
    Press("indicators:withdraw_request", "person"),
    Press("indicators:decide", "head"),
    Press("indicators:roster", "head", _listed),
    Press("indicators:remind_of_rosters", "office"),
    Press("indicators:report", "person", _said(value="7")),
    Press("indicators:evidence-remove", "person"),
    Press("indicators:result_review", "head"),
    Press("indicators:result_return", "head"),
    # 任务市场
    Press("tasks_market:post", "office"),
    Press("tasks_market:cancel", "head"),
    Press("tasks_market:claim", "person"),
    Press("tasks_market:withdraw", "person"),
    Press("tasks_market:start", "person"),
    Press("tasks_market:note", "person"),
    Press("tasks_market:extension", "person"),
    Press("tasks_market:decide", "deputy"),
    Press("tasks_market:hand-in", "person"),
    Press("tasks_market:object", "person"),
    Press("tasks_market:answer", "deputy"),
    Press("tasks_market:accept", "deputy"),
    Press("tasks_market:return", "deputy"),
    Press("tasks_market:refuse", "deputy"),
    # 计分、加减分、申诉
    Press("scoring:score", "office"),
    Press("scoring:move", "office"),
    Press("scoring:move", "office", _said(to="published", reason="试运行"), _shared),
    Press("scoring:adjustment-review", "office"),
    Press("scoring:adjustment-approve", "deputy"),
    Press("scoring:adjustment-count", "office"),
    Press("scoring:adjustment-refuse", "deputy"),
    Press("scoring:appeal-answer", "assessor"),
    Press("scoring:appeal-withdraw", "person"),
    Press("scoring:appeal-decide", "director"),
    # 五星、结果运用
    Press("awards:nomination-withdraw", "head"),
    Press("awards:selection-cancel", "office"),
    Press("awards:ballot-open", "office"),
    Press("awards:ballot-star", "person"),
    Press("awards:ballot-close", "office"),
    Press("awards:stars-publish", "office"),
    Press("awards:objection-new", "person"),
    Press("awards:objection-answer", "director"),
    Press("awards:star-withdraw", "director"),
    Press("awards:use-submit", "office"),
    Press("awards:use-line", "director", _said(decision="train", note="按建议")),
    Press("awards:training-attend", "office"),
    Press("awards:training-cancel", "office"),
    # 预警、督办、三晒、谈话
    Press("supervision:warning-sign", "head"),
    Press("supervision:letter-issue", "office"),
    Press("supervision:letter-discard", "office"),
    Press("supervision:letter-archive", "office"),
    Press("supervision:letter-item-report", "head", _said(**{"report-text": "已办结"})),
    Press("letter-check", "office"),
    Press("letter-revoke", "office"),
    Press("reviews:showing-cancel", "office"),
    Press("reviews:follow-up-remove", "office"),
    Press("reviews:talk-take-back", "director"),
    Press("reviews:talk-discard", "director"),
    # 导入、人员、通知
    Press("exchange:import-confirm", "office"),
    Press("exchange:import-discard", "office"),
    Press("organization:role-revoke", "admin"),
    Press("organization:absence-remove", "admin"),
    Press("organization:account-switch", "admin", _said(to="off")),
    Press("notifications:robot-remove", "admin"),
    Press("notifications:delivery-retry", "admin"),
    Press("notifications:delivery-close", "admin"),
    Press("reports:bulletin-remind", "office"),
)
AT_ONCE = (
    "indicators:roster", "indicators:evidence-remove", "indicators:report", "indicators:result_review", "indicators:decide",
    "tasks_market:post", "tasks_market:claim", "tasks_market:start", "tasks_market:note", "tasks_market:hand-in",
    "tasks_market:object", "tasks_market:answer", "tasks_market:accept", "tasks_market:decide",
    "scoring:adjustment-review", "scoring:adjustment-count", "scoring:adjustment-refuse", "scoring:appeal-answer",
    "scoring:appeal-decide", "awards:ballot-star", "awards:ballot-open", "awards:stars-publish", "awards:objection-new",
    "awards:objection-answer", "awards:star-withdraw", "awards:use-submit", "awards:training-cancel",
    "supervision:warning-sign", "supervision:letter-issue", "supervision:letter-archive", "supervision:letter-item-report",
    "letter-check", "reviews:follow-up-remove", "reviews:showing-cancel", "reviews:talk-take-back", "reviews:talk-discard",
    "exchange:import-confirm", "organization:role-revoke", "organization:absence-remove", "organization:account-switch",
    "notifications:delivery-retry", "notifications:robot-remove", "reports:bulletin-remind",
    "indicators:remind_of_rosters", "scoring:score", "scoring:move",
)  # fmt: skip
"""Of these each does its own, also after those before it, so that a world takes all of them one after the other."""
