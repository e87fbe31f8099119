"""任务市场: the board, live for everybody who looks at it, and the two presses on it — 抢单 and 退单."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import retarget

from common.components import Tab
from common.errors import DomainError, InvalidInput
from common.htmx import is_fragment, page_or_fragment, redirect, toast
from indicators.models import Quarter
from indicators.queries import open_task_limit, working_quarter
from organization.models import Employee
from tasks_market.clocks import Countdown, deadline
from tasks_market.forms import MarketFilter
from tasks_market.models import Claim, Task, TaskQuerySet
from tasks_market.permissions import may_assign
from tasks_market.queries import offer_numbered, open_claims
from tasks_market.queries.board import BoardRow, board_row, standing
from tasks_market.queries.board import board as market_board
from tasks_market.services.claiming import claim_task, withdraw_claim
from tasks_market.views.shared import (
    Place,
    claim_seen,
    reader,
    remark_on,
    spoken_offers,
    task_seen,
    this_moment,
)

ROWS = 20
LINKED_ONLY = {"unfinished"}
"""进行中 and 待验收 in one list, where the readiness list leads; no tab of its own elsewhere."""
LANES = {"open", "doing", "review", "done"} | LINKED_ONLY
ASSIGNING = ("office", "deputy_director", "director", "discipline")
"""Who sees 待派单 as well."""
OF_EVERY_TASK = {"limit", "away", "not_in_post", "quarter"}
"""Codes of a no that holds for the other tasks as well, whose buttons then have to say it too."""
MOST_DOTS = 12
"""So many places are shown as dots; more are said in figures only."""


@dataclass(frozen=True, slots=True)
class Row:
    """A task on the board as its reader sees it, beside what the query found."""

    found: BoardRow
    clock: Countdown | None
    claim_clock: Countdown | None
    dots: Sequence[str]
    """One for each place: own, taken, or free."""
    places: tuple[Place, ...]
    remark: str
    may_assign: bool
    """Whether the reader may give away its places; asked in 待派单 alone."""

    @property
    def task(self) -> Task:
        return self.found.task

    @property
    def in_window(self) -> bool:
        """People claim it now, or would if there were a place."""
        return self.found.state in ("open", "full") and self.task.quarter.takes_input

    @property
    def fingerprint(self) -> str:
        """Changes with what the row shows, but for its clock: the page lets such a row flash once."""
        mine = self.found.mine
        taken = f"{self.task.places_taken}-{self.task.places}-{self.task.led}"
        return f"{taken}-{self.task.state}-{mine.state + mine.part if mine else ''}"


@dataclass(frozen=True)
class Board:
    """One lane of the market, narrowed by the filters."""

    user: Employee
    asked: QueryDict
    now: datetime
    number: str = "1"

    @cached_property
    def form(self) -> MarketFilter:
        return MarketFilter(self.asked, person=self.user, initial={"lane": self.asked.get("lane", "")})

    @cached_property
    def seen(self) -> TaskQuerySet:
        tasks = Task.objects.visible_to(self.user).exclude(state=Task.State.DRAFT).exclude(announced=False)
        return self.form.narrow(tasks)

    @cached_property
    def _conditions(self) -> dict[str, tuple[str, Q]]:
        """Name and condition of each lane; 待派单 for those who assign. A task may stand in two of them."""
        open_quarter = Q(quarter__state__in=Quarter.TAKES_INPUT)
        in_window = Q(state=Task.State.POSTED) & (Q(claim_until__isnull=True) | Q(claim_until__gt=self.now))
        working = Q(Exists(_claims(Claim.State.HELD, Claim.State.STARTED))) & open_quarter
        waiting = Q(Exists(_claims(Claim.State.HANDED_IN))) & open_quarter
        unclaimed = _closed(self.now) & Q(places_taken__lt=F("places")) & open_quarter
        lanes = {
            "open": (_("可抢"), in_window & open_quarter),
            "doing": (_("进行中"), working),
            "review": (_("待验收"), waiting),
        }
        if self.user.has_role(*ASSIGNING):
            lanes["unclaimed"] = (_("待派单"), unclaimed)
        if self.asked.get("lane") in LINKED_ONLY:
            lanes["unfinished"] = (_("未办结"), working | waiting)
        return lanes | {"done": (_("已完成"), ~(in_window & open_quarter) & ~working & ~waiting)}

    @cached_property
    def lane(self) -> str:
        asked = self.asked.get("lane", "")
        known = asked in LANES or (asked == "unclaimed" and self.user.has_role(*ASSIGNING))
        return asked if known else "open"

    @cached_property
    def counts(self) -> dict[str, int]:
        return self.seen.aggregate(
            **{key: Count("pk", filter=condition) for key, (_label, condition) in self._conditions.items()},
            places=Sum(F("places") - F("places_taken"), filter=self._conditions["open"][1], default=0),
        )

    @property
    def heading(self) -> str:
        """The finding of the page."""
        if not self.counts["open"]:
            return _("眼下没有可抢的任务")
        if not self.counts["places"]:
            return _("%(tasks)d 项任务在抢单期内，名额都已抢完") % {"tasks": self.counts["open"]}
        return _("%(tasks)d 项任务可抢，还有 %(places)d 个名额") % {
            "tasks": self.counts["open"],
            "places": self.counts["places"],
        }

    @property
    def mine(self) -> int:
        """How many unfinished tasks the reader has."""
        return self.rows[0].found.facts.open_claims if self.rows else open_claims(self.user)

    @property
    def limit(self) -> int:
        """How many may be claimed at the same time."""
        if self.rows:
            return self.rows[0].found.facts.limit
        shown = working_quarter(self.user.bureau)
        return open_task_limit(self.user.bureau, shown.code) if shown else 0

    @cached_property
    def tabs(self) -> list[Tab]:
        query = self.asked.copy()
        tabs = []
        for key, (label, _condition) in self._conditions.items():
            query["lane"] = key
            tabs.append(Tab(label, f"?{_query_text(query)}", key == self.lane, self.counts[key]))
        return tabs

    @cached_property
    def page(self) -> Page[Task]:
        tasks = self.seen.filter(self._conditions[self.lane][1])
        order = ("claim_until", "number") if self.lane == "open" else ("-due_at", "number")
        paginator = Paginator(tasks.order_by(*order), ROWS)
        vars(paginator)["count"] = self.counts[self.lane]  # counted for the tabs already
        return paginator.get_page(self.number)

    @cached_property
    def rows(self) -> list[Row]:
        assert isinstance(self.page.object_list, TaskQuerySet)
        return [self._row(found) for found in market_board(self.user, self.page.object_list, now=self.now)]

    def row(self, task: Task) -> Row:
        """The row of one task by itself, as it stands now."""
        return self._row(board_row(self.user, task, now=self.now))

    def _row(self, found: BoardRow) -> Row:
        task, mine = found.task, found.mine
        if mine is not None:
            mine.task = task  # its deadline asks
        return Row(
            found=found,
            clock=Countdown.until(found.counts_to, self.now, past=_("已截止")) if found.counts_to else None,
            claim_clock=deadline(mine, self.now) if mine else None,
            dots=places_as_dots(task, own=mine is not None),
            places=spoken_offers(task, found.offers),
            remark=remark_on(task),
            may_assign=self.lane == "unclaimed" and bool(may_assign(self.user, task, now=self.now)),
        )

    @cached_property
    def version(self) -> str:
        """Names everything that the fragment shows; asked every few seconds by everybody, so it costs two queries."""
        parts = (
            standing(self.user.bureau),
            self.number,
            self.filters,
            self.user.pk,
            get_language(),
            # the clocks run to the minute
            f"{self.now:%Y%m%d%H%M}",
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    @cached_property
    def query(self) -> str:
        """The same lane, filters and page again."""
        return self.filters + ("" if self.number == "1" else f"&{urlencode({'page': self.number})}")

    @cached_property
    def filters(self) -> str:
        query = self.asked.copy()
        query["lane"] = self.lane
        return _query_text(query)

    @property
    def address(self) -> str:
        return f"{reverse('tasks_market:board')}?{self.query}"


@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """任务市场; for htmx the lane alone, and 204 as long as it is the one that the page shows already (`v`)."""
    shown = _board(request)
    if is_fragment(request) and request.GET.get("v") == shown.version:
        return HttpResponse(status=204)
    return page_or_fragment(request, "tasks_market/board.html", "tasks_market/_board.html", {"board": shown})


@require_POST
def claim(request: HttpRequest, number: str) -> HttpResponse:
    """抢单: one press. On the board the task's row comes back as it is now, also when somebody was faster."""
    user = reader(request)
    task = offer_numbered(user, number) or task_seen(request, number)
    try:
        won = claim_task(task=task, actor=user, now=this_moment(), part=part_asked(request.POST.get("role", "")))
    except DomainError as refusal:
        if not is_fragment(request):
            raise
        return toast(_pressed(request, task, refusal.code in OF_EVERY_TASK), refusal.message, level="error")
    said = _("已抢到“%s”。") % task.name
    if won.part:
        said += _("您是%s。") % won.get_part_display()
    said += _("完成时限 %s。") % _day(task.due_at)
    if is_fragment(request):
        return toast(_pressed(request, task), said)
    messages.success(request, said)
    return redirect(request, reverse("tasks_market:task", args=[task.number]))


def _pressed(request: HttpRequest, task: Task, changes_all: bool = False) -> HttpResponse:
    """The row of the task whose button was pressed; the whole lane where the other buttons change with it."""
    board = _board(request)
    row = board.row(task)
    facts = row.found.facts
    whole = changes_all or facts.open_claims >= facts.limit
    context = {"board": board, "row": row, "facts": facts, "whole": whole}
    response = render(request, "tasks_market/_pressed.html", context)
    return retarget(response, "#board") if whole else response


def part_asked(role: str) -> str:
    """主办 or 协办 as the button says it, "" where it leaves it open. Raises InvalidInput for anything else."""
    if role and role not in Claim.Part.values:
        raise InvalidInput(_("只能选主办或协办；请刷新页面再抢。"))
    return role


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """退单, before the work starts."""
    claim = claim_seen(request, pk)
    withdraw_claim(claim=claim, actor=reader(request), now=this_moment())
    messages.success(request, _("已退出“%s”，名额重新放出。") % claim.task.name)
    return redirect(request, reverse("tasks_market:task", args=[claim.task.number]))


def _board(request: HttpRequest) -> Board:
    return Board(reader(request), request.GET, this_moment(), request.GET.get("page", "1"))


def _claims(*states: str) -> QuerySet[Claim]:
    return Claim.objects.filter(task=OuterRef("pk"), state__in=states)


def _closed(now: datetime) -> Q:
    """Nobody can claim any more; the minute's job may not have marked it yet. Also what never had a window."""
    return Q(state=Task.State.CLOSED) | Q(state=Task.State.POSTED, claim_until__lte=now)


def places_as_dots(task: Task, *, own: bool) -> list[str]:
    """A mark for each place, own first; [] where there are too many to be read at a glance."""
    if task.places > MOST_DOTS:
        return []
    others = task.places_taken - own
    return ["own"] * own + ["taken"] * others + [""] * (task.places - task.places_taken)


def _day(moment: datetime) -> str:
    return date_format(localtime(moment), _("n月j日 H:i"))


def _query_text(query: QueryDict) -> str:
    """The filters of an address, without page and version and what is empty."""
    kept = query.copy()
    for name in ("v", "page"):
        kept.pop(name, None)
    for name in [name for name, value in kept.items() if not value]:
        del kept[name]
    return kept.urlencode()
