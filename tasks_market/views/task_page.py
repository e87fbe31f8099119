"""What a task's page shows to one reader: its rail, the sheet, who holds its places and what may be done about each."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django import forms
from django.db.models import Count, Max
from django.utils.functional import cached_property
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from common.components import Event, Step
from common.verdict import Verdict
from organization.models import Employee
from tasks_market import permissions
from tasks_market.clocks import Countdown, deadline
from tasks_market.forms import AcceptForm, DecisionForm, ExtensionForm, HandInForm, NoteForm, ReasonForm
from tasks_market.models import Claim, ClaimEvent, Extension, Task
from tasks_market.queries import claim_facts
from tasks_market.queries.board import SchemeBook, Working, offers_of, state_of, working_if_accepted, workings_of
from tasks_market.views.board import places_as_dots
from tasks_market.views.shared import (
    Place,
    remark_on,
    spoken_offers,
    spoken_working,
)

Forms = Mapping[tuple[int, str], forms.Form]
"""Forms that came back with errors, by claim (0: the task itself) and act."""
BLANKS: Mapping[str, type[forms.Form]] = {
    "note": NoteForm,
    "hand_in": HandInForm,
    "extension": ExtensionForm,
    "object": ReasonForm,
    "accept": AcceptForm,
    "return": ReasonForm,
    "refuse": ReasonForm,
    "decide": DecisionForm,
    "answer": DecisionForm,
}


@dataclass(frozen=True)
class Act:
    """Something the reader may do about a claim: its form, and whether it came back with errors."""

    key: str
    form: forms.Form
    is_open: bool = False


@dataclass(frozen=True)
class Holder:
    """A claim as its card shows it."""

    claim: Claim
    own: bool
    rail: list[Step]
    clock: Countdown
    working: str
    points: Decimal
    acts: dict[str, Act]
    undecided: Extension | None
    withdraw: Verdict
    start: Verdict

    @property
    def fingerprint(self) -> str:
        """Changes with what the card tells, but for its clock: the page lets such a card flash once."""
        claim = self.claim
        moments = (claim.due_at, claim.objected_at, claim.objection_decided_at, claim.handed_in_at)
        told = (claim.state, claim.part, len(claim.notes.all()), *moments, self.undecided and self.undecided.pk)
        return hashlib.sha256(repr(told).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class TaskPage:
    """Everything on the page, for one reader at one moment."""

    task: Task
    user: Employee
    now: datetime
    bound: Forms = field(default_factory=dict)

    @cached_property
    def claims(self) -> list[Claim]:
        rows = self.task.claims.select_related("employee__department", "bureau", "assigned_by", "accepted_by")
        found = list(rows.prefetch_related("files", "notes__by", "extensions__decided_by"))
        for claim in found:
            claim.task = self.task
        return sorted(found, key=lambda claim: (claim.employee_id != self.user.pk, claim.at, claim.pk))

    @cached_property
    def state(self) -> str:
        return state_of(self.task, self.now)

    @property
    def takes_input(self) -> bool:
        return self.task.quarter.takes_input

    @cached_property
    def _book(self) -> SchemeBook:
        return SchemeBook(self.task.bureau)

    @cached_property
    def own(self) -> Claim | None:
        return next((claim for claim in self.claims if claim.employee_id == self.user.pk), None)

    @cached_property
    def may_claim(self) -> Verdict:
        verdict = permissions.takes_claims(self.user, self.task, self.now)
        if not verdict:
            return verdict
        return permissions.may_claim(self.user, self.task, now=self.now, facts=claim_facts(self.user, self.task))

    @property
    def shows_claim(self) -> bool:
        """The button stands there, pressed or greyed, while the market has the task on offer."""
        return self.state in ("open", "full", "scheduled") and self.takes_input and self.own is None

    @cached_property
    def may_edit(self) -> Verdict:
        return permissions.may_edit(self.user, self.task)

    @cached_property
    def may_post(self) -> Verdict:
        return permissions.may_post_task(self.user, self.task)

    @cached_property
    def may_cancel(self) -> Verdict:
        return permissions.may_cancel(self.user, self.task)

    @cached_property
    def may_assign(self) -> Verdict:
        return permissions.may_assign(self.user, self.task, now=self.now)

    @property
    def cancel_consequence(self) -> str:
        """What 撤销 does, and to how many."""
        open_claims = sum(claim.state in Claim.OPEN for claim in self.claims)
        if not open_claims:
            return _("任务将从市场撤下，还没有人承担，不影响任何人的得分。")
        return ngettext(
            "任务将从市场撤下，%(count)d 人正在承担的名额一并撤销、不再计分，并通知本人。",
            "任务将从市场撤下，%(count)d 人正在承担的名额一并撤销、不再计分，并通知本人。",
            open_claims,
        ) % {"count": open_claims}

    @cached_property
    def dots(self) -> list[str]:
        return places_as_dots(self.task, own=self.own is not None)

    @cached_property
    def clock(self) -> Countdown | None:
        """To the window's end, or to its beginning."""
        if self.state == "scheduled" and self.task.posted_at:
            return Countdown.until(self.task.posted_at, self.now, past="")
        if self.task.claim_until is None or self.state in ("draft", "cancelled"):
            return None
        return Countdown.until(self.task.claim_until, self.now, past=_("已截止"))

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """What the task has to offer, with its points."""
        return spoken_offers(self.task, offers_of(self.task, self._book.of(self.task.quarter.code)))

    @property
    def remark(self) -> str:
        return remark_on(self.task)

    @cached_property
    def rail(self) -> list[Step]:
        """草拟 → 亮单 → 抢单截止 → 办理 → 完成."""
        task, state = self.task, self.state
        if state == "cancelled":
            return [self._drafted("done"), Step(pgettext("任务", "撤销"), "blocked", note=task.cancel_reason)]
        posted = state not in ("draft", "scheduled")
        closed = state == "closed" or (state == "full" and task.claim_until is None)
        waiting = [claim for claim in self.claims if claim.state in Claim.OPEN]
        finished = closed and not waiting and (task.places_left == 0 or not self.takes_input)
        return [
            self._drafted("done" if state != "draft" else "now"),
            Step(
                _("亮单"),
                "done" if posted else "now" if state == "scheduled" else "next",
                who=task.posted_by.name if task.posted_by else "",
                at=task.posted_at,
            ),
            Step(
                _("抢单截止"),
                "done" if closed else "now" if posted else "next",
                at=task.claim_until,
                note=self._left_over() if closed else "",
            ),
            Step(
                pgettext("任务", "办理"),
                "done" if finished else "now" if closed else "next",
                at=task.due_at,
                note=_("%d 人未办结") % len(waiting) if waiting else "",
            ),
            Step(_("完成"), "done" if finished else "next", note=self._outcome() if finished else ""),
        ]

    def _drafted(self, state: str) -> Step:
        by = self.task.drafted_by
        return Step(_("草拟"), state, who=by.name if by else "", at=self.task.drafted_at)

    def _left_over(self) -> str:
        left = self.task.places_left
        return _("%d 个名额待派单") % left if left and self.takes_input else ""

    def _outcome(self) -> str:
        accepted = sum(claim.state == Claim.State.ACCEPTED for claim in self.claims)
        return _("%(accepted)d / %(all)d 人通过") % {"accepted": accepted, "all": len(self.claims)}

    @cached_property
    def holders(self) -> list[Holder]:
        workings = workings_of(self.claims, self._book)
        return [self._holder(claim, workings[claim.pk]) for claim in self.claims]

    def _holder(self, claim: Claim, working: Working) -> Holder:
        undecided = next((one for one in claim.extensions.all() if not one.decision), None)
        if claim.state == Claim.State.HANDED_IN:  # as the form below it says while the quality is being set
            scheme = self._book.of(self.task.quarter.code)
            fellows = [one.part for one in self.claims if one.outcome == Claim.Outcome.ACCEPTED]
            working = working_if_accepted(claim, scheme, fellows, Decimal(1))
        return Holder(
            claim=claim,
            own=claim.employee_id == self.user.pk,
            rail=claim_rail(claim),
            clock=deadline(claim, self.now),
            working=claim_working(claim, working),
            points=working.points,
            acts={act.key: act for act in self._acts(claim, undecided)},
            undecided=undecided,
            withdraw=permissions.may_withdraw(self.user, claim),
            start=permissions.may_start(self.user, claim),
        )

    def _acts(self, claim: Claim, undecided: Extension | None) -> list[Act]:
        """The forms that the reader may fill in for the claim."""
        user, now = self.user, self.now
        verdicts: dict[str, Verdict | bool] = {
            "note": permissions.may_note(user, claim),
            "hand_in": permissions.may_hand_in(user, claim),
            "extension": undecided is None and permissions.may_ask_extension(user, claim, now=now),
            "object": permissions.may_object(user, claim),
            "accept": permissions.may_accept(user, claim),
            "return": permissions.may_accept(user, claim),
            "refuse": permissions.may_refuse(user, claim, now=now),
            "decide": undecided is not None and permissions.may_decide_extension(user, claim),
            "answer": permissions.may_decide_objection(user, claim),
        }
        acts = []
        for key, verdict in verdicts.items():
            if not verdict:
                continue
            returned = self.bound.get((claim.pk, key))
            initial = {"until": undecided.asked_until if undecided else None}
            form = returned or BLANKS[key](auto_id=f"{key}-{claim.pk}-%s", initial=initial)
            acts.append(Act(key, form, returned is not None or (key == "hand_in" and bool(claim.return_reason))))
        return acts

    @cached_property
    def history(self) -> list[Event]:
        """Who did what, the newest first."""
        task = self.task
        happened: list[Event] = []
        if task.drafted_at:
            happened.append(Event(_("草拟"), task.drafted_by.name if task.drafted_by else "", task.drafted_at))
        if task.posted_at and self.state != "draft":
            happened.append(Event(_("亮单"), task.posted_by.name if task.posted_by else "", task.posted_at))
        happened += [
            Event(_("抢单"), claim.employee.name, claim.at) for claim in self.claims if claim.way == Claim.Way.CLAIMED
        ]
        moves = task.events.select_related("employee", "by").exclude(kind=ClaimEvent.Kind.CLAIMED)
        for move in moves:
            by = move.by.name if move.by else _("系统")
            who = by if move.by_id == move.employee_id else f"{by} → {move.employee.name}"
            happened.append(Event(move.get_kind_display(), who, move.at, move.note))
        return sorted(happened, key=_moment_of)[::-1]

    @property
    def is_live(self) -> bool:
        """Whether anybody can still move."""
        return self.takes_input and self.state not in ("draft", "cancelled")

    @property
    def pace(self) -> int:
        """Seconds between two looks: people press for places, the work itself moves slowly."""
        return 3 if self.state in ("open", "full", "scheduled") else 8

    @cached_property
    def version(self) -> str:
        """Names everything that follows; two queries, because every open page asks for it every few seconds."""
        claims = self.task.claims.aggregate(Count("pk", distinct=True), Max("pk"), Max("notes__pk"))
        parts = (
            [getattr(self.task, field.attname) for field in Task._meta.concrete_fields],
            self.task.quarter.state,
            sorted(claims.items()),
            self.task.events.aggregate(Max("pk")),
            get_language(),
            # the clocks run to the minute
            f"{self.now:%Y%m%d%H%M}",
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _moment_of(event: Event) -> datetime:
    assert isinstance(event.at, datetime)
    return event.at


def claim_rail(claim: Claim) -> list[Step]:
    """抢单 → 开工 → 交付 → 验收 of one claim."""
    state = Claim.State(claim.state)
    ended = state in (Claim.State.ACCEPTED, Claim.State.REFUSED)
    gone = state == Claim.State.CANCELLED
    begun = state in (Claim.State.STARTED, Claim.State.HANDED_IN) or ended
    handed = state == Claim.State.HANDED_IN or (ended and (claim.handed_in_at is not None or not claim.late))
    judge = claim.accepted_by.name if claim.accepted_by else ""
    by = claim.assigned_by.name if claim.assigned_by else ""
    outcome = {
        Claim.State.ACCEPTED: Step(_("验收通过"), "done", who=judge, at=claim.accepted_at or claim.accepted_on),
        Claim.State.REFUSED: Step(_("未通过"), "blocked", who=judge, at=claim.accepted_at or claim.accepted_on),
        Claim.State.CANCELLED: Step(_("随任务撤销"), "blocked"),
    }
    return [
        Step(claim.get_way_display(), "done", who=by, at=claim.at),
        Step(_("开工"), "done" if begun else "next" if gone else "now", at=claim.started_at),
        Step(
            _("交付"),
            "done" if handed else "now" if state == Claim.State.STARTED else "next",
            at=claim.handed_in_at,
            note=_("逾期交付") if claim.late else "",
        ),
        outcome.get(state) or Step(_("验收"), "now" if state == Claim.State.HANDED_IN else "next"),
    ]


def claim_working(claim: Claim, working: Working) -> str:
    part = str(claim.get_part_display()) if claim.part else ""
    return spoken_working(claim.task, working.coefficient, working.quality, working.share, working.points, part)
