"""The page of 互评: one's own ballots, kept while they are written, and who has not handed in yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from common.errors import Conflict, InvalidInput
from common.htmx import is_fragment
from common.text import half_width
from common.verdict import Verdict
from organization.requests import PersonRequest
from reviews.marks import Ballot, Flags, flags_of
from reviews.models import Rating, Showing, Statement
from reviews.permissions.ratings import may_rate, may_remind_raters
from reviews.queries.ratings import as_ballots, own_ballots
from reviews.queries.showings import moment_of
from reviews.services.ratings import hand_in_ratings, remind_raters, save_ratings
from reviews.views.shared import ShowingPage, seen_showing

QUICK_MARKS = (100, 95, 90, 85, 80, 70, 60)
NOT_A_MARK = -1
"""What was typed is no whole number; the service says what is wrong with it."""


@dataclass(frozen=True)
class RatingPage(ShowingPage):
    """The page for one reader; `typed` and `errors` are what came back from a refused hand-in."""

    typed: Mapping[int, Ballot] = field(default_factory=dict)
    errors: Mapping[str, object] = field(default_factory=dict)
    sentence: str = ""

    quick_marks = QUICK_MARKS

    @cached_property
    def own(self) -> list[Rating]:
        """One's ballots, with what was just typed in them."""
        found = own_ballots(self.request.user, self.showing)
        for rating in found:
            ballot = self.typed.get(rating.pk)
            if ballot is not None and rating.handed_in_at is None:
                rating.mark, rating.comment = ballot.mark if ballot.mark != NOT_A_MARK else None, ballot.comment
        return found

    @cached_property
    def lines(self) -> list[dict[str, Any]]:
        """Each ballot with what its person said in the showing, what was typed for a mark, and what is wrong with it."""
        said = Statement.objects.filter(showing=self.showing, handed_in_at__isnull=False)
        statements = {one.employee_id: one for one in said.filter(employee__in=[one.ratee_id for one in self.own])}
        return [
            {
                "rating": rating,
                "mark": self.request.POST.get(f"mark-{rating.pk}", rating.mark) if self.errors else rating.mark,
                "statement": statements.get(rating.ratee_id),
                "mark_error": self.errors.get(f"mark-{rating.pk}"),
                "comment_error": self.errors.get(f"comment-{rating.pk}"),
            }
            for rating in self.own
        ]

    @cached_property
    def may_rate(self) -> Verdict:
        return may_rate(self.request.user, self.showing)

    @cached_property
    def may_remind(self) -> Verdict:
        return may_remind_raters(self.request.user, self.showing)

    @property
    def flags(self) -> Flags:
        return flags_of(as_ballots(self.own))

    @property
    def handed_in(self) -> bool:
        return bool(self.own) and self.own[0].handed_in_at is not None

    @property
    def finding(self) -> str:
        """The heading's sentence."""
        if self.showing.state == Showing.State.SCHEDULED:
            return _("三晒召开以后才有互评")
        if self.may_rate:
            number = len(self.own)
            sentence = ngettext(
                "%(month)s三晒：请为 %(n)d 位同志写评价", "%(month)s三晒：请为 %(n)d 位同志写评价", number
            )
            return sentence % {"month": self.month, "n": number}
        if self.showing.ratings_are_open:
            return _("%(month)s三晒的互评已经公开") % {"month": self.month}
        number = len(self.missing_raters)
        sentence = ngettext("%(month)s三晒：还差 %(n)d 人的评价", "%(month)s三晒：还差 %(n)d 人的评价", number)
        return sentence % {"month": self.month, "n": number}


@never_cache
@require_http_methods(["GET", "POST"])
def ratings(request: PersonRequest, pk: int) -> HttpResponse:
    """One's ballots of a showing; posted, they are handed in for good."""
    showing = seen_showing(request, pk)
    page = RatingPage(request, showing)
    if request.method == "POST":
        typed = ballots_in(request.POST, page.own)
        try:
            opened = hand_in_ratings(
                showing=showing, actor=request.user, ballots=typed, now=moment_of(request.user.bureau)
            )
        except InvalidInput as error:
            page = RatingPage(request, showing, typed, error.fields, error.message)
        else:
            messages.success(
                request,
                _("评价已提交；大家都交齐了，互评已公开。") if opened else _("评价已提交；等大家交齐后一起公开。"),
            )
            return redirect("reviews:summary" if opened else "reviews:ratings", pk=pk)
    return render(
        request, "reviews/ratings.html", {"page": page, "showing": showing}, status=422 if page.sentence else 200
    )


@never_cache
@require_POST
def ratings_save(request: PersonRequest, pk: int) -> HttpResponse:
    """Keeps what has been written so far; answers with when, and with what strikes one about it."""
    showing = seen_showing(request, pk)
    typed = ballots_in(request.POST, own_ballots(request.user, showing))
    now, sentence = moment_of(request.user.bureau), ""
    try:
        save_ratings(showing=showing, actor=request.user, ballots=typed, now=now)
    except InvalidInput as error:
        sentence = error.message
    if not is_fragment(request):
        if sentence:
            messages.error(request, sentence)
        else:
            messages.success(request, _("已存为草稿，还没有提交。"))
        return redirect("reviews:ratings", pk=pk)
    shown = {"saved_at": now, "sentence": sentence, "flags": flags_of(list(typed.values()))}
    return render(request, "reviews/_rating_saved.html", shown, status=422 if sentence else 200)


@require_POST
def ratings_remind(request: PersonRequest, pk: int) -> HttpResponse:
    """催交: those whose ballots are missing hear of it, once a day."""
    try:
        told = remind_raters(showing=seen_showing(request, pk), actor=request.user, today=request.user.bureau.today)
    except Conflict as error:
        messages.warning(request, error.message)
    else:
        said = ngettext("已提醒 %(n)d 人提交互评。", "已提醒 %(n)d 人提交互评。", told)
        messages.success(request, said % {"n": told})
    return redirect("reviews:ratings", pk=pk)


def ballots_in(posted: QueryDict, own: list[Rating]) -> dict[int, Ballot]:
    """What the form says of each ballot that it has fields for."""
    return {
        rating.pk: Ballot(_mark(posted.get(f"mark-{rating.pk}", "")), posted.get(f"comment-{rating.pk}", ""))
        for rating in own
        if f"comment-{rating.pk}" in posted
    }


def _mark(typed: str) -> int | None:
    text = half_width(typed).strip()
    if not text:
        return None
    return int(text) if text.isdecimal() and len(text) < 4 else NOT_A_MARK
