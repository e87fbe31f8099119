"""The pages of 谈心谈话: what waits, a record being written, the signed sheet; to everybody else there is nothing (404)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.components import Step, Tab
from common.errors import Conflict, InvalidInput, Refused
from common.forms import add_refusal
from common.verdict import Verdict
from organization.models import Employee, Role
from organization.queries import work_calendar
from organization.requests import PersonRequest
from reviews.forms_talks import DismissForm, FollowUpForm, NewTalkForm, RecordForm, ViewForm
from reviews.models import Talk, TalkSuggestion
from reviews.models.talks import TalkQuerySet
from reviews.permissions.talks import (
    may_decide_suggestion,
    may_follow_up_talk,
    may_sign_talk,
    may_take_back_talk,
    may_write_talk,
)
from reviews.queries.suggestions import KIND_OF, open_suggestions, suggestion_rows
from reviews.queries.talks import (
    Signed,
    TalkDuties,
    digest_of,
    duties_of,
    people_to_talk_with,
    signatures_of,
    talk_rows,
    to_follow_up,
)
from reviews.services.suggestions import dismiss_suggestion
from reviews.services.talks import discard_talk, follow_up_talk, save_draft, sign_talk, start_talk, take_back_talk
from tasks_market.services.steps import require

PAGE_SIZE = 50
SUGGESTED, HELD, DUE, MINE, OTHERS = "suggested", "held", "due", "mine", "others"
State = Talk.State


# Lists -------------------------------------------------------------------------------------------------------------


@never_cache
@require_GET
def talks(request: PersonRequest) -> HttpResponse:
    """Suggestions, talks that I held, those to follow up, those about me; for secretary and discipline also the rest."""
    user, today = request.user, request.user.bureau.today
    lists = _lists(user, today)
    suggestions = open_suggestions(user)
    suggested = suggestions.count()
    holds = people_to_talk_with(user, today=today).exists()
    counts = {name: rows.count() for name, (_label, rows) in lists.items()}
    tabs = {name: label for name, (label, _rows) in lists.items()}
    if suggested or holds or user.has_role(Role.Kind.DISCIPLINE):
        tabs = {SUGGESTED: _("谈话建议")} | tabs
        counts[SUGGESTED] = suggested
    if not holds:
        tabs = {name: label for name, label in tabs.items() if name not in (HELD, DUE) or counts[name]}
    duties = duties_of(user, today)
    asked = request.GET.get("show", "")
    shown = asked if asked in tabs else _first(duties, tabs, counts)
    rows: Any = suggestions if shown == SUGGESTED else lists[shown][1].for_list().order_by("-held_on", "-pk")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "reviews/talks.html",
        {
            "tabs": [Tab(label, f"?{urlencode({'show': name})}", name == shown, counts[name]) for name, label in tabs.items()],
            "shown": shown,
            "page": page,
            "rows": [] if shown == SUGGESTED else talk_rows(page.object_list),
            "suggestions": suggestion_rows(user, page.object_list) if shown == SUGGESTED else [],
            "holds": holds,
            "finding": finding_of(duties, counts[HELD] + counts[MINE], counts.get(OTHERS, 0)),
            "today": today,
            "calendar": work_calendar(),
        },
    )  # fmt: skip


def _lists(user: Employee, today: Any) -> dict[str, tuple[str, TalkQuerySet]]:
    visible = Talk.objects.visible_to(user)
    lists = {
        HELD: (_("我谈的"), visible.filter(talker=user)),
        DUE: (_("待回访"), to_follow_up(user, today=today)),
        MINE: (_("与我谈的"), visible.filter(employee=user)),
    }
    others = visible.exclude(talker=user).exclude(employee=user)
    if user.has_role(Role.Kind.DISCIPLINE):
        lists[OTHERS] = (_("全局"), others)
    elif user.led_branches.exists():
        lists[OTHERS] = (_("本支部"), others)
    return lists


def _first(duties: TalkDuties, tabs: dict[str, str], counts: dict[str, int]) -> str:
    """What waits for the person, else the first list with something in it."""
    waiting = {MINE: duties.sign, DUE: duties.follow_up, HELD: duties.write, SUGGESTED: duties.suggested}
    order = [name for name, number in waiting.items() if number and name in tabs]
    return next(iter([*order, *(name for name in tabs if counts[name])]), MINE)


def finding_of(duties: TalkDuties, mine: int, others: int) -> str:
    """What the list tells first: what waits for the person, else how many talks they were part of, else may read."""
    found = [
        (duties.sign, ngettext("%(n)d 份谈话记录待您签字", "%(n)d 份谈话记录待您签字", duties.sign)),
        (duties.follow_up, ngettext("%(n)d 次谈话到了回访日期", "%(n)d 次谈话到了回访日期", duties.follow_up)),
        (duties.write, ngettext("%(n)d 份谈话记录还没有签字", "%(n)d 份谈话记录还没有签字", duties.write)),
        (duties.suggested, ngettext("%(n)d 条谈话建议待安排", "%(n)d 条谈话建议待安排", duties.suggested)),
    ]
    sentences = [sentence % {"n": number} for number, sentence in found if number]
    if sentences:
        return _("，").join(sentences)
    if mine:
        return ngettext("您有 %(n)d 份谈话记录", "您有 %(n)d 份谈话记录", mine) % {"n": mine}
    if others:
        return ngettext("有 %(n)d 份谈话记录可以查看", "有 %(n)d 份谈话记录可以查看", others) % {"n": others}
    return _("没有待办的谈心谈话")


# Beginning one -----------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "POST"])
def talk_new(request: PersonRequest) -> HttpResponse:
    """A new talk: free with anybody in one's reach (`?employee=` an id), or the one of `?suggestion=`."""
    user, today = request.user, request.user.bureau.today
    suggestion = _suggestion_asked(request)
    if suggestion is not None:
        require(may_decide_suggestion(user, suggestion))
    elif not people_to_talk_with(user, today=today).exists():
        raise Refused(_("谈话由支部书记、部门负责人、分管局领导或局长进行；您没有可以谈话的人员。"))
    asked = request.GET.get("employee", "")
    initial = {"employee": asked} if asked.isascii() and asked.isdecimal() and len(asked) < 19 else {}
    form = NewTalkForm(request.POST or None, actor=user, today=today, suggestion=suggestion, initial=initial)
    if request.method == "POST" and form.is_valid():
        employee = suggestion.employee if suggestion else form.cleaned_data["employee"]
        try:
            talk = start_talk(
                employee=employee,
                actor=user,
                draft=form.draft(),
                today=today,
                now=timezone.now(),
                suggestion=suggestion,
            )
        except InvalidInput as error:
            add_refusal(form, error)
        else:
            return redirect("reviews:talk-edit", pk=talk.pk)
    context = {"form": form, "suggestion": suggestion, "proposed": KIND_OF[suggestion.trigger] if suggestion else None}  # type: ignore[index]
    return render(request, "reviews/talk_new.html", context, status=422 if form.is_bound else 200)


def _suggestion_asked(request: PersonRequest) -> TalkSuggestion | None:
    asked = request.GET.get("suggestion", "")
    if not asked:
        return None
    pk = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 19 else 0
    return _suggestion(request, pk)


def _suggestion(request: PersonRequest, pk: int) -> TalkSuggestion:
    seen = TalkSuggestion.objects.visible_to(request.user)
    return get_object_or_404(seen.select_related("bureau", "employee__department", "branch", "quarter"), pk=pk)


@never_cache
@require_http_methods(["GET", "POST"])
def suggestion_dismiss(request: PersonRequest, pk: int) -> HttpResponse:
    """不安排, with the reason."""
    suggestion = _suggestion(request, pk)
    require(may_decide_suggestion(request.user, suggestion))
    form = DismissForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        dismiss_suggestion(suggestion=suggestion, actor=request.user, now=timezone.now(), **form.cleaned_data)
        messages.success(request, _("已记下理由，这条建议不再提示。"))
        return redirect(f"{reverse('reviews:talks')}?show={SUGGESTED}")
    context = {"form": form, "suggestion": suggestion}
    return render(request, "reviews/talk_dismiss.html", context, status=422 if form.is_bound else 200)


# Writing -----------------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "POST"])
def talk_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """The record while it is a draft; its own button leads on to the sheet that is signed."""
    talk = _seen(request, pk)
    require(may_write_talk(request.user, talk))
    form = RecordForm(request.POST or None, talk=talk)
    if request.method == "POST" and form.is_valid() and _keep(request, talk, form):
        return redirect("reviews:talk", pk=pk)
    return render(request, "reviews/talk_edit.html", {"talk": talk, "form": form}, status=422 if form.errors else 200)


@require_POST
def talk_keep(request: PersonRequest, pk: int) -> HttpResponse:
    """The pauses of typing, as a fragment: kept, or what keeps it from being kept."""
    talk = _seen(request, pk)
    require(may_write_talk(request.user, talk))
    form = RecordForm(request.POST, talk=talk)
    kept = form.is_valid() and _keep(request, talk, form)
    context = {"at": timezone.now() if kept else None, "errors": [] if kept else form.errors.values()}
    return render(request, "reviews/_talk_kept.html", context)


def _keep(request: PersonRequest, talk: Talk, form: RecordForm) -> bool:
    today = request.user.bureau.today
    try:
        save_draft(talk=talk, actor=request.user, draft=form.draft(), today=today, now=timezone.now())
    except InvalidInput as error:
        add_refusal(form, error)
        return False
    return True


@require_POST
def talk_discard(request: PersonRequest, pk: int) -> HttpResponse:
    """放弃 a draft."""
    discard_talk(talk=_seen(request, pk), actor=request.user)
    messages.success(request, _("草稿已放弃。"))
    return redirect("reviews:talks")


# One talk ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TalkPage:
    """Everything on the page of one talk, for one reader; a form that came back with errors replaces the blank one."""

    talk: Talk
    request: PersonRequest
    bound: forms.Form | None = None

    @property
    def today(self) -> Any:
        return self.request.user.bureau.today

    @property
    def calendar(self) -> Any:
        return work_calendar()

    @cached_property
    def signatures(self) -> list[Signed]:
        return signatures_of(self.talk)

    @property
    def is_intact(self) -> bool:
        return all(one.intact for one in self.signatures)

    @cached_property
    def digest(self) -> str:
        """Of the record as it is shown; what is posted back with a signature."""
        return digest_of(self.talk, by=self.talk.talker_id)

    @cached_property
    def may_sign(self) -> Verdict:
        return may_sign_talk(self.request.user, self.talk)

    @property
    def is_whole(self) -> bool:
        return bool(self.talk.affirmation and self.talk.analysis and self.talk.requirements)

    @cached_property
    def may_write(self) -> Verdict:
        return may_write_talk(self.request.user, self.talk)

    @cached_property
    def may_take_back(self) -> Verdict:
        return may_take_back_talk(self.request.user, self.talk)

    @cached_property
    def may_follow_up(self) -> Verdict:
        return may_follow_up_talk(self.request.user, self.talk)

    @property
    def signs_as_employee(self) -> bool:
        return bool(self.may_sign) and self.talk.employee_id == self.request.user.pk

    @property
    def form(self) -> forms.Form:
        return self.bound or (ViewForm() if self.signs_as_employee else FollowUpForm())

    @cached_property
    def rail(self) -> list[Step]:
        return rail_of(self.talk, self.signatures)


def rail_of(talk: Talk, signatures: list[Signed]) -> list[Step]:
    """谈话 → 谈话人签字 → 本人签字 → 回访, each with who and when."""
    by_talker = next((one for one in signatures if one.of_talker), None)
    by_other = next((one for one in signatures if not one.of_talker), None)
    steps = [
        Step(_("谈话"), "done", talk.talker.name, talk.held_on),
        _signing(_("谈话人签字"), by_talker, "now"),
        _signing(_("本人签字"), by_other, "now" if by_talker else "next"),
    ]
    if talk.followed_up_at:
        steps.append(Step(_("回访"), "done", talk.talker.name, talk.followed_up_at))
    elif talk.follow_up_on:
        state = "now" if talk.state == State.SIGNED else "next"
        steps.append(Step(_("回访"), state, note=_("约定 %s") % talk.follow_up_on))
    return steps


def _signing(label: str, one: Signed | None, waiting: str) -> Step:
    return Step(label, "done", one.name, one.at) if one else Step(label, waiting)


def _seen(request: PersonRequest, pk: int) -> Talk:
    related = ("bureau", "employee__department", "talker__department", "branch", "suggestion")
    return get_object_or_404(Talk.objects.visible_to(request.user).select_related(*related), pk=pk)


@never_cache
@require_GET
def talk(request: PersonRequest, pk: int) -> HttpResponse:
    """One talk as the sheet that was, or will be, signed."""
    return _page(request, _seen(request, pk))


def _page(request: PersonRequest, found: Talk, bound: forms.Form | None = None) -> HttpResponse:
    context = {"talk": found, "page": TalkPage(found, request, bound)}
    return render(request, "reviews/talk.html", context, status=422 if bound else 200)


@require_POST
def talk_sign(request: PersonRequest, pk: int) -> HttpResponse:
    """签字, of either side."""
    found = _seen(request, pk)
    form = ViewForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    digest = request.POST.get("digest", "")
    try:
        signed = sign_talk(talk=found, actor=request.user, digest=digest, now=timezone.now(), **form.cleaned_data)
    except InvalidInput as error:
        messages.error(request, error.message)
        return redirect("reviews:talk-edit", pk=pk)
    except Conflict as error:
        messages.error(request, error.message)
        return redirect("reviews:talk", pk=pk)
    told = _("双方已签字，记录不再改动。") if signed.state == State.SIGNED else _("已签字，送本人签字。")
    messages.success(request, told)
    return redirect("reviews:talk", pk=pk)


@require_POST
def talk_take_back(request: PersonRequest, pk: int) -> HttpResponse:
    """收回 before the other has signed."""
    take_back_talk(talk=_seen(request, pk), actor=request.user, now=timezone.now())
    messages.success(request, _("记录已收回，可以修改后重新签字。"))
    return redirect("reviews:talk-edit", pk=pk)


@require_POST
def talk_follow_up(request: PersonRequest, pk: int) -> HttpResponse:
    """回访情况."""
    found = _seen(request, pk)
    require(may_follow_up_talk(request.user, found))
    form = FollowUpForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    follow_up_talk(talk=found, actor=request.user, now=timezone.now(), **form.cleaned_data)
    messages.success(request, _("回访情况已记下。"))
    return redirect("reviews:talk", pk=pk)
