"""The summary of a showing, its closing, and the follow-ups that it agreed upon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from common.components import Tab
from common.errors import InvalidInput
from common.forms import add_refusal
from common.verdict import Verdict
from indicators.views.shared import one_page
from organization.models import PartyBranch
from organization.queries import work_calendar
from organization.requests import PersonRequest
from reviews.forms_closing import CloseForm, FollowUpForm, ReportForm
from reviews.models import FollowUp, Showing
from reviews.permissions.ratings import (
    may_close_showing,
    may_record_follow_up,
    may_report_follow_up,
    may_see_flags,
)
from reviews.queries.follow_ups import FollowUpRow, of_showing, rows_of
from reviews.queries.ratings import Flagged, flagged
from reviews.queries.showings import moment_of
from reviews.queries.summary import BranchSummary, branch_summary, branches_of, steps_of
from reviews.services.closing import close_showing
from reviews.services.follow_ups import add_follow_up, remove_follow_up, report_follow_up
from reviews.views.shared import ShowingPage, seen_showing
from tasks_market.services.steps import require


@dataclass(frozen=True)
class SummaryPage(ShowingPage):
    """The summary for one reader; forms that came back with errors replace the blank ones."""

    bound: dict[str, forms.Form]

    @cached_property
    def branches(self) -> list[PartyBranch]:
        return branches_of(self.showing)

    @cached_property
    def branch(self) -> PartyBranch:
        """The branch that is asked for, else the reader's own, else the first."""
        asked, own = self.request.GET.get("branch"), self.request.user.branch_id
        if asked:
            found = [branch for branch in self.branches if branch.code == asked]
            if not found:
                raise Http404
            return found[0]
        return next((branch for branch in self.branches if branch.pk == own), self.branches[0])

    @property
    def tabs(self) -> list[Tab]:
        """The branches that met together; none where one met alone."""
        if len(self.branches) < 2:
            return []
        return [
            Tab(branch.name, f"?{urlencode({'branch': branch.code})}", branch == self.branch)
            for branch in self.branches
        ]

    @cached_property
    def sheet(self) -> BranchSummary:
        return branch_summary(self.showing, self.branch)

    @property
    def rail(self) -> Any:
        return steps_of(self.showing)

    @cached_property
    def flagged(self) -> list[Flagged]:
        return flagged(self.showing) if may_see_flags(self.request.user, self.showing) else []

    @cached_property
    def follow_ups(self) -> list[FollowUpRow]:
        return of_showing(self.showing, self.request.user)

    @cached_property
    def may_close(self) -> Verdict:
        return may_close_showing(self.request.user, self.showing)

    @cached_property
    def may_record(self) -> Verdict:
        return may_record_follow_up(self.request.user, self.showing)

    @cached_property
    def close_form(self) -> forms.Form:
        return self.bound.get("close") or CloseForm()

    @cached_property
    def follow_up_form(self) -> forms.Form:
        return self.bound.get("follow_up") or FollowUpForm(showing=self.showing)

    @property
    def finding(self) -> str:
        """The heading's sentence."""
        words: dict[str, Any] = {"month": self.month, "branch": self.branch.name, "n": self.sheet.present}
        if self.showing.state == Showing.State.CLOSED or self.showing.ratings_are_open:
            return _("%(branch)s%(month)s三晒：%(n)d 人到会，互评已公开") % words
        words["n"] = len(self.missing_raters)
        sentence = ngettext(
            "%(branch)s%(month)s三晒：还差 %(n)d 人的互评", "%(branch)s%(month)s三晒：还差 %(n)d 人的互评", words["n"]
        )
        return sentence % words


@never_cache
@require_GET
def summary(request: PersonRequest, pk: int) -> HttpResponse:
    """Of a showing that was held: who was there, who said what, what was said of each, and what is to be done."""
    return _page(request, seen_showing(request, pk), {})


def _page(request: PersonRequest, showing: Showing, bound: dict[str, forms.Form]) -> HttpResponse:
    if showing.state == Showing.State.SCHEDULED:
        messages.info(request, _("三晒还没有召开，召开以后才有纪要。"))
        return redirect("reviews:showing", pk=showing.pk)
    page = SummaryPage(request, showing, bound)
    return render(request, "reviews/summary.html", {"page": page, "showing": showing}, status=422 if bound else 200)


@require_POST
def close(request: PersonRequest, pk: int) -> HttpResponse:
    """办结."""
    showing, form = seen_showing(request, pk), CloseForm(request.POST)
    require(may_close_showing(request.user, showing))
    if form.is_valid():
        try:
            close_showing(
                showing=showing,
                actor=request.user,
                now=moment_of(request.user.bureau),
                reason=form.cleaned_data["reason"],
            )
        except InvalidInput as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("三晒已办结，纪要可以打印。"))
            return redirect("reviews:summary", pk=pk)
    return _page(request, showing, {"close": form})


# Follow-ups --------------------------------------------------------------------------------------------------------


@require_GET
def follow_ups(request: PersonRequest) -> HttpResponse:
    """跟进事项: one's own to report on, or all that one may read."""
    user = request.user
    visible = FollowUp.objects.visible_to(user)
    lists = {
        "mine": (_("我的"), visible.filter(owner=user)),
        "open": (_("未完成"), visible.open()),
        "all": (_("全部"), visible),
    }
    counts = {name: rows.count() for name, (_label, rows) in lists.items()}
    asked = request.GET.get("show", "")
    shown = asked if asked in lists else "mine" if counts["mine"] else "open"
    page = one_page(
        request,
        lists[shown][1].order_by(F("done_at").asc(nulls_first=True), "due_on", "pk").values_list("pk", flat=True),
    )
    rows = rows_of(FollowUp.objects.filter(pk__in=list(page.object_list)), user)
    return render(
        request,
        "reviews/follow_ups.html",
        {
            "page": page,
            "rows": sorted(rows, key=lambda row: row.is_done),
            "shown": shown,
            "tabs": [
                Tab(label, f"?{urlencode({'show': name})}", name == shown, counts[name])
                for name, (label, _rows) in lists.items()
            ],
            "mine_open": visible.open().filter(owner=user).count(),
            "today": user.bureau.today,
            "calendar": work_calendar(),
        },
    )


@require_POST
def follow_up_new(request: PersonRequest, pk: int) -> HttpResponse:
    """登记: recorded at the closing, or afterwards on the summary."""
    showing = seen_showing(request, pk)
    require(may_record_follow_up(request.user, showing))
    form = FollowUpForm(request.POST, showing=showing)
    if form.is_valid():
        try:
            add_follow_up(showing=showing, actor=request.user, now=moment_of(request.user.bureau), **form.cleaned_data)
        except InvalidInput as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("跟进事项已登记，并通知了责任人。"))
            return redirect(f"{reverse('reviews:summary', args=[pk])}#follow-ups")
    return _page(request, showing, {"follow_up": form})


@require_POST
def follow_up_report(request: PersonRequest, pk: int) -> HttpResponse:
    """The owner says how it stands, or that it is done."""
    follow_up = _follow_up(request, pk)
    require(may_report_follow_up(request.user, follow_up))
    form = ReportForm(request.POST)
    if form.is_valid():
        report_follow_up(
            follow_up=follow_up, actor=request.user, now=moment_of(request.user.bureau), **form.cleaned_data
        )
        messages.success(request, _("跟进事项已完成。") if form.cleaned_data["done"] else _("完成情况已保存。"))
    else:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("reviews:follow-ups")


@require_POST
def follow_up_remove(request: PersonRequest, pk: int) -> HttpResponse:
    """撤销 what was recorded by mistake."""
    follow_up = _follow_up(request, pk)
    remove_follow_up(follow_up=follow_up, actor=request.user)
    messages.success(request, _("跟进事项已撤销，并通知了责任人。"))
    return redirect(f"{reverse('reviews:summary', args=[follow_up.showing_id])}#follow-ups")


def _follow_up(request: PersonRequest, pk: int) -> FollowUp:
    related = FollowUp.objects.visible_to(request.user).select_related("showing__bureau")
    return get_object_or_404(related, pk=pk)
