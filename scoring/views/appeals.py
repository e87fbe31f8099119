"""Pages of appeals: the lists, filing from a line, one appeal and the acts on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.components import Tab
from common.errors import Conflict, InvalidInput
from common.forms import add_refusal, done
from common.htmx import is_fragment, page_or_fragment
from indicators.models import Quarter, Result
from indicators.queries import version_of
from indicators.views.shared import one_page
from organization.files import hand_out
from organization.queries import work_calendar
from organization.requests import PersonRequest
from scoring.forms import AnswerAppealForm, AppealFilter, FileAppealForm, RejectAppealForm, UpholdAppealForm
from scoring.models import Appeal, AppealFile, Score
from scoring.models.appeals import AppealQuerySet
from scoring.permissions import may_appeal_as_assessor, may_decide_appeal, may_file_appeal
from scoring.queries.appeals import DECIDERS, Disputed, appeal_rows, disputed_line, node_key, to_answer, to_decide
from scoring.services.appeals import (
    Preview,
    answer_appeal,
    decide_appeal,
    file_appeal,
    preview_decision,
    withdraw_appeal,
)
from scoring.views.appeal_page import AppealPage, uphold_form

# Lists ------------------------------------------------------------------------------------------------------------


@require_GET
def appeals(request: PersonRequest) -> HttpResponse:
    """My appeals, those that wait for my answer or decision, and all that I may read."""
    user = request.user
    today = user.bureau.today
    visible = Appeal.objects.visible_to(user)
    lists: dict[str, tuple[str, AppealQuerySet]] = {
        "decide": (_("待我裁定"), to_decide(user, today=today)),
        "answer": (_("待我答复"), to_answer(user)),
        "mine": (_("我的申诉"), visible.filter(employee=user) | visible.filter(filed_by=user)),
        "all": (_("全部"), visible),
    }
    if not user.has_role(*DECIDERS):
        del lists["decide"]
    counts = {name: rows.count() for name, (_label, rows) in lists.items()}
    asked = request.GET.get("show", "")
    shown = asked if asked in lists else next((name for name, count in counts.items() if count), "mine")
    codes = Quarter.objects.visible_to(user).order_by("-code").values_list("code", flat=True)
    form = AppealFilter(request.GET.dict() | {"show": shown}, quarters=codes, initial={"show": shown})
    rows = _narrowed(lists[shown][1], form).for_list().order_by("-filed_at", "-pk")
    page = one_page(request, rows)
    return render(
        request,
        "scoring/appeals.html",
        {
            "page": page,
            "rows": appeal_rows(page.object_list),
            "filters": form,
            "shown": shown,
            "tabs": [
                Tab(label, f"?{urlencode({'show': name})}", name == shown, counts[name])
                for name, (label, _rows) in lists.items()
            ],
            "open": visible.open().count(),
            "today": today,
            "calendar": work_calendar(),
        },
    )


def _narrowed(rows: AppealQuerySet, form: AppealFilter) -> AppealQuerySet:
    if not form.is_valid():
        return rows
    chosen = form.cleaned_data
    if chosen["quarter"]:
        rows = rows.filter(quarter__code=chosen["quarter"])
    if chosen["state"] == "open":
        return rows.open()
    return rows.filter(state=chosen["state"]) if chosen["state"] else rows


# Filing -----------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def appeal_new(request: PersonRequest, score: int, line: str) -> HttpResponse:
    """申诉 about a line of an explanation: one's own, or one that the own department assesses."""
    return _filing(request, get_object_or_404(_scores(request), pk=score), line)


@require_http_methods(["GET", "POST"])
def appeal_result(request: PersonRequest, pk: int) -> HttpResponse:
    """申诉 about a result, from the page of who assessed it."""
    result = get_object_or_404(Result.objects.visible_to(request.user), pk=pk)
    current = _scores(request).filter(quarter=result.quarter_id, employee=result.employee_id, run__is_current=True)
    return _filing(request, get_object_or_404(current), node_key(result.point_id, result.period))


def _scores(request: PersonRequest) -> QuerySet[Score]:
    related = Score.objects.select_related("run", "quarter__bureau", "bureau", "employee", "department")
    return related.filter(bureau_id=request.user.bureau_id)


def _filing(request: PersonRequest, score: Score, key: str) -> HttpResponse:
    user = request.user
    line = disputed_line(score, key)
    if score.employee_id != user.pk:
        version = version_of(line.point_id, score.quarter) if line and line.point_id else None
        may_appeal_as_assessor(user, version.assessor_id if version else None).require()
    if line is None:
        raise Http404
    verdict = may_file_appeal(user, score, today=user.bureau.today)
    twin = _twin(request, score, line)
    if twin is not None and request.method == "GET":
        messages.info(request, _("对这一行的申诉正在办理。"))
        return redirect("scoring:appeal", pk=twin.pk)
    form = FileAppealForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            filed = file_appeal(
                score=score, key=key, actor=user, today=user.bureau.today, now=timezone.now(), **form.cleaned_data
            )
        except (Conflict, InvalidInput) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("申诉已提出，答复和裁定时会通知您。"))
            return redirect("scoring:appeal", pk=filed.pk)
    return render(
        request,
        "scoring/appeal_new.html",
        {"score": score, "line": line, "form": form, "verdict": verdict, "own": score.employee_id == user.pk},
        status=422 if form.is_bound else 200,
    )


def _twin(request: PersonRequest, score: Score, line: Disputed) -> Appeal | None:
    visible = Appeal.objects.visible_to(request.user).open()
    side = Appeal.Side.ASSESSED if score.employee_id == request.user.pk else Appeal.Side.ASSESSOR
    return visible.filter(quarter=score.quarter_id, employee=score.employee_id, side=side, line=line.line).first()


# One appeal -------------------------------------------------------------------------------------------------------


def _seen(request: PersonRequest, pk: int) -> Appeal:
    return get_object_or_404(Appeal.objects.visible_to(request.user).whole(), pk=pk)


def _page(
    request: PersonRequest, found: Appeal, bound: dict[str, forms.Form] | None = None, preview: Preview | None = None
) -> HttpResponse:
    shown = AppealPage(found, request, bound or {}, preview)
    context = {"appeal": found, "page": shown}
    return render(request, "scoring/appeal.html", context, status=422 if bound and not preview else 200)


@require_GET
def appeal(request: PersonRequest, pk: int) -> HttpResponse:
    """One appeal."""
    return _page(request, _seen(request, pk))


@require_POST
def appeal_answer(request: PersonRequest, pk: int) -> HttpResponse:
    """答复."""
    found = _seen(request, pk)
    form = AnswerAppealForm(request.POST, request.FILES)
    return _act(request, found, "answer", form, lambda given: answer_appeal(
        appeal=found, actor=request.user, today=request.user.bureau.today, now=timezone.now(), **given
    ), _("已答复，转绩效办裁定。"))  # fmt: skip


@require_POST
def appeal_withdraw(request: PersonRequest, pk: int) -> HttpResponse:
    """撤回."""
    found = _seen(request, pk)
    withdraw_appeal(appeal=found, actor=request.user, now=timezone.now())
    messages.success(request, _("申诉已撤回，得分维持不变。"))
    return redirect("scoring:appeal", pk=pk)


@require_POST
def appeal_decide(request: PersonRequest, pk: int) -> HttpResponse:
    """裁定: upheld with its correction, or not."""
    found = _seen(request, pk)
    may_decide_appeal(request.user, found, today=request.user.bureau.today).require()
    upheld = request.POST.get("decision") == "uphold"
    if upheld:
        version = version_of(found.point_id, found.quarter) if found.point_id else None
        form: forms.Form = uphold_form(found, version, request.POST)
    else:
        form = RejectAppealForm(request.POST, prefix="reject")

    def decide(given: dict[str, Any]) -> object:
        correction = form.correction() if isinstance(form, UpholdAppealForm) else None
        return decide_appeal(
            appeal=found, actor=request.user, upheld=upheld, reason=given["reason"], correction=correction,
            today=request.user.bureau.today, now=timezone.now(),
        )  # fmt: skip

    said = _("裁定成立，得分已更正，变动的人员都已通知。") if upheld else _("裁定不成立，双方都已通知。")
    return _act(request, found, "uphold" if upheld else "reject", form, decide, said)


@require_POST
def appeal_preview(request: PersonRequest, pk: int) -> HttpResponse:
    """试算: what upholding would change and whom it would move; nothing of it stays."""
    found = _seen(request, pk)
    may_decide_appeal(request.user, found, today=request.user.bureau.today).require()
    version = version_of(found.point_id, found.quarter) if found.point_id else None
    form = uphold_form(found, version, request.POST, for_preview=True)
    preview = None
    if form.is_valid():
        try:
            preview = preview_decision(
                appeal=found, actor=request.user, correction=form.correction(), today=request.user.bureau.today,
                now=timezone.now(),
            )  # fmt: skip
        except (Conflict, InvalidInput) as error:
            add_refusal(form, error)
    if not is_fragment(request):
        return _page(request, found, {"uphold": form}, preview)
    shown = AppealPage(found, request, {"uphold": form}, preview)
    return page_or_fragment(
        request, "scoring/appeal.html", "scoring/_appeal_preview.html", {"appeal": found, "page": shown}
    )


@require_GET
def appeal_file(request: PersonRequest, pk: int) -> HttpResponseBase:
    """A file of an appeal, for whoever may read the appeal."""
    return hand_out(get_object_or_404(AppealFile.objects.visible_to(request.user), pk=pk))


def _act(
    request: PersonRequest,
    found: Appeal,
    name: str,
    form: forms.Form,
    service: Callable[[dict[str, Any]], object],
    said: str,
) -> HttpResponse:
    if done(form, lambda: service(form.cleaned_data)):
        messages.success(request, said)
        return redirect("scoring:appeal", pk=found.pk)
    return _page(request, found, {name: form})
