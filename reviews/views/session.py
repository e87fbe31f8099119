"""Everything on the page of one showing, for one reader: fragments of this part of the product take it as `session`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from common.components import Step
from common.text import listed
from common.verdict import Verdict
from reviews.forms_showings import MinutesForm
from reviews.models import Showing, Statement
from reviews.permissions.ratings import may_rate
from reviews.permissions.showings import (
    may_change_showing,
    may_hold_showing,
    may_lead,
    may_write_minutes,
    may_write_statement,
)
from reviews.queries.follow_ups import FollowUpRow, carried_into
from reviews.queries.statements import Speaker, speakers_of
from reviews.views.shared import ShowingPage

State = Showing.State


@dataclass(frozen=True)
class SessionPage(ShowingPage):
    """Everything on the page of a session, for one reader; what costs a query is asked when the page shows it."""

    bound: dict[str, forms.Form] = field(default_factory=dict)

    @cached_property
    def branches(self) -> str:
        return listed(one.branch.name for one in self.joined)

    @property
    def joined(self) -> list[Any]:
        return sorted(self.showing.joined.all(), key=lambda one: one.branch.code)

    @cached_property
    def speakers(self) -> list[Speaker]:
        return speakers_of(self.showing)

    @property
    def statements(self) -> list[Speaker]:
        """Those who have handed in, in their order of speaking."""
        return [one for one in self.speakers if one.statement]

    @property
    def missing(self) -> list[Speaker]:
        return [one for one in self.speakers if one.statement is None]

    @property
    def missing_names(self) -> str:
        return listed(one.employee.name for one in self.missing)

    @property
    def present(self) -> int:
        return sum(one.participant.was_there for one in self.speakers)

    @property
    def is_over(self) -> bool:
        """Whether it has been held."""
        return self.showing.state != State.SCHEDULED

    @cached_property
    def own(self) -> Speaker | None:
        """The reader, if on the list."""
        return next((one for one in self.speakers if one.employee.pk == self.request.user.pk), None)

    @cached_property
    def may_lead(self) -> Verdict:
        return may_lead(self.request.user, self.showing)

    @cached_property
    def may_change(self) -> Verdict:
        return may_change_showing(self.request.user, self.showing)

    @cached_property
    def may_hold(self) -> Verdict:
        return may_hold_showing(self.request.user, self.showing, today=self.today)

    @cached_property
    def may_write(self) -> Verdict:
        return may_write_statement(self.request.user, self.showing, today=self.today)

    @cached_property
    def may_write_minutes(self) -> Verdict:
        return may_write_minutes(self.request.user, self.showing)

    @property
    def shows_minutes(self) -> bool:
        """They are written from the day on; what is there is read by all who see the session."""
        begun = self.is_over or self.today >= self.showing.day
        return bool(self.showing.minutes) or (begun and bool(self.may_write_minutes))

    @cached_property
    def may_rate(self) -> Verdict:
        return may_rate(self.request.user, self.showing)

    @cached_property
    def carried(self) -> list[FollowUpRow]:
        """What was to be done since the month before."""
        return carried_into(self.showing, self.request.user)

    @cached_property
    def drafts(self) -> int:
        """How many have begun a statement that would go with a cancelled showing."""
        return Statement.objects.filter(showing=self.showing, handed_in_at__isnull=True).count()

    @cached_property
    def minutes_form(self) -> forms.Form:
        return self.bound.get("minutes") or MinutesForm(initial={"minutes": self.showing.minutes})

    @property
    def heading(self) -> str:
        """The finding that heads the page."""
        words: dict[str, Any] = {
            "branches": self.branches,
            "month": self.month,
            "n": len(self.statements),
            "all": len(self.speakers),
        }
        if self.showing.state == State.SCHEDULED:
            return _("%(branches)s%(month)s三晒：%(n)d / %(all)d 人已提交发言") % words
        words["there"] = self.present
        return _("%(branches)s%(month)s三晒：到会 %(there)d 人，%(n)d 人提交了发言") % words

    @cached_property
    def rail(self) -> list[Step]:
        """安排 → 发言 → 召开 → 互评 → 办结, each with who and when, or what it waits for."""
        showing = self.showing
        count = _("%(n)d / %(all)d 人已提交") % {"n": len(self.statements), "all": len(self.speakers)}
        scheduled = Step(_("安排"), "done", _name(showing.scheduled_by), showing.scheduled_at)
        if not self.is_over:
            passed = self.today > showing.day
            stating = Step(_("发言"), "done" if passed else "now", note=count)
            day = _("%s 召开") % showing.day
            late = _("已过召开日期，请登记或改期")
            holding = Step(_("召开"), "now" if passed else "next", note=late if passed else day)
            return [scheduled, stating, holding, Step(_("互评"), "next"), Step(_("办结"), "next")]
        stating = Step(_("发言"), "done", note=count)
        there = _("到会 %(n)d / %(all)d 人") % {"n": self.present, "all": len(self.speakers)}
        held = Step(_("召开"), "done", _name(showing.held_by), showing.held_on, there)
        if showing.ratings_opened_at:
            rating = Step(_("互评"), "done", at=showing.ratings_opened_at, note=_("已公开"))
        else:
            rating = Step(_("互评"), "now", note=_("交齐后公开"))
        if showing.state == State.CLOSED:
            closing = Step(_("办结"), "done", _name(showing.closed_by), showing.closed_at, showing.closing_reason)
        else:
            closing = Step(_("办结"), "now" if showing.ratings_opened_at else "next")
        return [scheduled, stating, held, rating, closing]


def _name(person: Any) -> str:
    return person.name if person else ""
