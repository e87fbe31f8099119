"""What is done on a task's page: each view reads a form, calls one service, and comes back to the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.forms import done
from organization.models import Employee
from tasks_market.forms import (
    AcceptForm,
    DecisionForm,
    ExtensionForm,
    HandInForm,
    NoteForm,
    PostForm,
    ReasonForm,
)
from tasks_market.models import Claim, Task
from tasks_market.services import acceptance, assigning, doing, drafting
from tasks_market.views.shared import claim_seen, reader, task_seen, this_moment
from tasks_market.views.task import posting_note, task_page


@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """开工."""
    claim = claim_seen(request, pk)
    doing.start(claim=claim, actor=reader(request), now=this_moment())
    return _done(request, claim, _("已开工，请在时限前交付。"))


@require_POST
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """A line on how far the work is."""
    return _act(request, pk, "note", NoteForm, doing.note_progress, _("进展已记下。"))


@require_POST
def hand_in(request: HttpRequest, pk: int) -> HttpResponse:
    """交付 with text and files."""
    return _act(request, pk, "hand_in", HandInForm, doing.hand_in, _("已交付，等待验收；结果会通知您。"))


@require_POST
def extension(request: HttpRequest, pk: int) -> HttpResponse:
    """申请延期."""
    return _act(request, pk, "extension", ExtensionForm, doing.ask_extension, _("延期申请已送出，答复前时限不变。"))


@require_POST
def object_to(request: HttpRequest, pk: int) -> HttpResponse:
    """异议 to an assignment."""
    return _act(request, pk, "object", ReasonForm, assigning.object_to, _("异议已送出，由派单人答复。"))


@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """验收."""
    return _act(request, pk, "accept", AcceptForm, acceptance.accept, _("验收通过，分数已计入预计得分。"))


@require_POST
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """退回重办."""
    return _act(request, pk, "return", ReasonForm, acceptance.send_back, _("已退回重办，理由已通知本人。"))


@require_POST
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """未通过."""
    return _act(request, pk, "refuse", ReasonForm, acceptance.refuse, _("已判为未通过，理由已通知本人。"))


@require_POST
def decide_extension(request: HttpRequest, pk: int) -> HttpResponse:
    """Grants or denies the extension that waits."""
    waiting = claim_seen(request, pk).extensions.filter(decision="").first()
    if waiting is None:
        raise Http404

    def decide(*, claim: Claim, **given: Any) -> object:
        agreed = given.pop("decision") == "yes"
        return doing.decide_extension(extension=waiting, granted=agreed, **given)

    return _act(request, pk, "decide", DecisionForm, decide, _("延期申请已答复。"))


@require_POST
def decide_objection(request: HttpRequest, pk: int) -> HttpResponse:
    """Upholds or rejects an objection; an upheld one frees the place."""

    def decide(*, claim: Claim, actor: Employee, now: Any, decision: str, answer: str, **_rest: Any) -> object:
        upheld = decision == "yes"
        return assigning.decide_objection(claim=claim, actor=actor, upheld=upheld, answer=answer, now=now)

    return _act(request, pk, "answer", DecisionForm, decide, _("异议已答复。"))


@require_POST
def post(request: HttpRequest, number: str) -> HttpResponse:
    """亮单, at once or at a set time."""
    task = task_seen(request, number)
    form = PostForm(request.POST, drafts=Task.objects.none())
    if form.is_valid():
        posted = drafting.post_task(task=task, actor=reader(request), now=this_moment(), at=form.cleaned_data["at"])
        messages.success(request, posting_note(posted))
    else:
        messages.error(request, _("亮单时间写得不对；请重新选择日期和时间。"))
    return redirect(_page(task))


@require_POST
def cancel(request: HttpRequest, number: str) -> HttpResponse:
    """撤销 with a reason."""
    task = task_seen(request, number)
    form = ReasonForm(request.POST)
    if form.is_valid():
        drafting.cancel_task(task=task, actor=reader(request), reason=form.cleaned_data["reason"], now=this_moment())
        messages.success(request, _("任务已撤销，承担的人都已通知。"))
        return redirect(_page(task))
    for sentence in form.errors.get("reason", ()):  # the dialog is shut again; what was wrong is told on the page
        messages.error(request, str(sentence))
    return task_page(request, task, {(0, "cancel"): form})


def _act(
    request: HttpRequest,
    pk: int,
    key: str,
    form_class: type[forms.Form],
    service: Callable[..., object],
    said: str,
) -> HttpResponse:
    """Form, service, page: what the form or the service finds wrong with the input stands at the form again."""
    claim = claim_seen(request, pk)
    form = form_class(request.POST, request.FILES, auto_id=f"{key}-{claim.pk}-%s")
    if done(form, lambda: service(claim=claim, actor=reader(request), now=this_moment(), **form.cleaned_data)):
        return _done(request, claim, said)
    return task_page(request, task_seen(request, claim.task.number), {(claim.pk, key): form})


def _done(request: HttpRequest, claim: Claim, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect(f"{_page(claim.task)}#claim-{claim.pk}")


def _page(task: Task) -> str:
    return reverse("tasks_market:task", args=[task.number])
