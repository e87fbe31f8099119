"""考评: the queue of what waits for review and confirmation, one result opened, and what is decided about it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from common.components import Tab
from common.errors import Conflict, InvalidInput
from common.forms import ticked
from common.htmx import is_fragment, page_or_fragment
from indicators import permissions
from indicators.forms_assessing import QueueFilter, ReturnForm
from indicators.models import Result
from indicators.queries import assessing as queries
from indicators.queries import working_quarter
from indicators.queries.assessing import CONFIRM, RETURNED, REVIEW, STEPS, Deadlines, Waiting
from indicators.queries.dossier import Dossier, dossier_of
from indicators.queries.leniency import leniency
from indicators.services import assessing as services
from indicators.views.shared import one_page
from organization.models import Employee
from organization.queries import work_calendar
from organization.requests import PersonRequest

SORTS = {
    "since": "since",
    "name": "employee__sort_key",
    "department": "employee__department__code",
    "point": "point__code",
    "points": "points",
}
MOST_NAMED = 10
"""How many refused rows of a press are named one by one."""

State = Result.State


@require_GET
def assess(request: PersonRequest) -> HttpResponse:
    """待初审, 待确认 and 已退回 of the person."""
    user = request.user
    permissions.may_assess(user).require()
    waiting = queries.waiting(user)
    step = _step(request.GET, waiting)
    form, rows = _queue(user, request.GET, step)
    page = one_page(request, rows)
    results: QuerySet[Result] = page.object_list  # type: ignore[assignment]
    results = results.select_related("employee__department", "point", "quarter", "entered_by")
    quarter = request.working_quarter = working_quarter(user.bureau)
    return render(
        request,
        "indicators/assess.html",
        {
            "step": step,
            "tabs": _tabs(step, waiting),
            "heading": _heading(step, waiting),
            "filters": form,
            "page": page,
            "rows": queries.queue_rows(user, results, Deadlines(user.bureau, work_calendar(), quarter)),
            "leniency": leniency(user, quarter) if quarter and step == CONFIRM else None,
            "back": _back(request.GET, step),
        },
    )


@require_GET
def result(request: PersonRequest, pk: int) -> HttpResponse:
    """One result with everything that belongs to it; that its reviewer or assessor opened it is noted."""
    found = _seen(request, pk)
    return _opened(request, found, request.GET)


@require_POST
def review(request: PersonRequest, pk: int) -> HttpResponse:
    """初审通过."""
    return _decide(request, pk, services.review_result, _("已初审通过，转考评部门确认"))


@require_POST
def confirm(request: PersonRequest, pk: int) -> HttpResponse:
    """确认."""
    return _decide(request, pk, services.confirm_result, _("已确认，计入得分"))


@require_POST
def send_back(request: PersonRequest, pk: int) -> HttpResponse:
    """退回 with a reason."""
    form = ReturnForm(request.POST)
    reason = form.text if form.is_valid() else ""
    if not reason:
        found = _seen(request, pk)
        permissions.may_return(request.user, found, services.version(found)).require()
        form.add_error("reason", _("请选择常用理由，或写明退回的理由"))
        return _opened(request, found, request.POST, form=form)
    return _decide(request, pk, services.return_result, _("已退回，填报人和本人都已收到通知"), reason=reason)


@require_POST
def take_opened(request: PersonRequest, step: str) -> HttpResponse:
    """初审 or 确认 of the ticked rows, all of which have been opened."""
    user = request.user
    permissions.may_assess(user).require()
    if step not in (REVIEW, CONFIRM):
        raise Http404
    ids = ticked(request.POST.getlist("ids"))
    service = services.review_opened if step == REVIEW else services.confirm_opened
    try:
        taken = service(ids=ids, actor=user)
    except (Conflict, InvalidInput) as error:
        messages.error(request, error.message)
    else:
        _tell(request, taken, step)
    back = QueryDict(request.POST.get("back", ""))
    return redirect(f"{reverse('indicators:assess')}?{_back(back, step)}")


def _tell(request: PersonRequest, taken: services.Taken, step: str) -> None:
    done = len(taken.done)
    if done:
        said = (
            ngettext("已初审通过 %(n)d 条。", "已初审通过 %(n)d 条。", done)
            if step == REVIEW
            else ngettext("已确认 %(n)d 条。", "已确认 %(n)d 条。", done)
        )
        messages.success(request, said % {"n": done})
    for row, sentence in taken.refused[:MOST_NAMED]:
        names = {"name": row.employee.name, "point": row.point.code, "period": row.period, "why": sentence}
        messages.error(request, _("%(name)s %(point)s %(period)s 没有办理：%(why)s") % names)
    rest = len(taken.refused) - MOST_NAMED
    if rest > 0:
        messages.error(request, _("另有 %(n)d 条没有办理，请逐条打开查看原因。") % {"n": rest})
    if taken.unknown:
        messages.error(request, _("有 %(n)d 条不在您可以办理的范围内。") % {"n": len(taken.unknown)})


def _step(params: QueryDict, waiting: Waiting) -> str:
    """The tab that was asked for, else the first in which something waits."""
    asked = params.get("step", "")
    if asked in STEPS:
        return asked
    return REVIEW if waiting.review or not waiting.confirm else CONFIRM


def _queue(user: Employee, params: QueryDict, step: str) -> tuple[QueueFilter, QuerySet[Result]]:
    """The queue as the address narrows and orders it."""
    form = QueueFilter({**params.dict(), "step": step}, initial={"step": step}, person=user)
    since = Coalesce("reviewed_at", "entered_at") if step == CONFIRM else F("entered_at")
    rows = form.narrow(queries.queue(user, step)).annotate(since=since)
    asked = params.get("sort", "")
    field = SORTS.get(asked.lstrip("-"), "since")
    return form, rows.order_by(f"-{field}" if asked.startswith("-") else field, "employee__number", "pk")


def _back(params: QueryDict, step: str) -> str:
    """The parameters that lead back to the queue as it was."""
    kept = QueryDict(mutable=True)
    kept["step"] = step
    for name in ("q", "point", "department", "quarter", "mark", "sort", "page"):
        if given := params.get(name):
            kept[name] = str(given)
    return kept.urlencode()


def _tabs(step: str, waiting: Waiting) -> list[Tab]:
    url = reverse("indicators:assess")
    names = ((REVIEW, _("待初审"), waiting.review), (CONFIRM, _("待确认"), waiting.confirm))
    tabs = [*names, (RETURNED, _("已退回"), waiting.returned)]
    return [Tab(label, f"{url}?step={one}", one == step, count) for one, label, count in tabs]


def _heading(step: str, waiting: Waiting) -> str:
    number, late = {
        REVIEW: (waiting.review, waiting.late_review),
        CONFIRM: (waiting.confirm, waiting.late_confirm),
        RETURNED: (waiting.returned, 0),
    }[step]
    if not number:
        return {
            REVIEW: _("没有待初审的结果"),
            CONFIRM: _("没有待确认的结果"),
            RETURNED: _("没有退回未改的结果"),
        }[step]
    words = {
        REVIEW: ngettext("%(n)d 条结果待您初审", "%(n)d 条结果待您初审", number),
        CONFIRM: ngettext("%(n)d 条结果待您确认", "%(n)d 条结果待您确认", number),
        RETURNED: ngettext("%(n)d 条结果退回后还没有改好", "%(n)d 条结果退回后还没有改好", number),
    }[step] % {"n": number}
    return words + _("，其中 %(late)d 条迟报") % {"late": late} if late else words


def _seen(request: PersonRequest, pk: int) -> Result:
    rows = Result.objects.visible_to(request.user).select_related("quarter__bureau", "employee__department", "point")
    found: Result = get_object_or_404(rows, pk=pk)
    return found


def _opened(
    request: PersonRequest, found: Result, params: QueryDict, *, form: ReturnForm | None = None, event: Any = None
) -> HttpResponse:
    """The result as it stands now, opened by the reader, as a page or as the panel beside the queue."""
    user = request.user
    found = services.open_result(result=found, actor=user, now=timezone.now())
    dossier = dossier_of(
        found,
        Deadlines(user.bureau, work_calendar(), found.quarter),
        judges=bool(services.may_judge(user, found)) or user.has_role("office", "discipline", "director"),
    )
    back = params.get("back", "")
    status = 422 if form is not None and form.errors else 200
    response = page_or_fragment(
        request,
        "indicators/assess_result.html",
        "indicators/_assess_result.html",
        {
            "dossier": dossier,
            "result": found,
            "may": _next_step(user, found, dossier),
            "again": _entered_again_at(user, found, dossier),
            "form": form or ReturnForm(auto_id=f"return-{found.pk}-%s"),
            "back": back,
            "panel": is_fragment(request),
            "after": params.get("after", "") if is_fragment(request) else _after(user, back, found.pk),
        },
        status=status,
    )
    if event:
        response["HX-Trigger"] = json.dumps(event)
    return response


def _next_step(user: Employee, found: Result, dossier: Dossier) -> dict[str, Any]:
    """What can be done about the result now: the act with its verdict, for those who judge it."""
    if found.state not in (State.REPORTED, State.REVIEWED) or not found.quarter.takes_input:
        return {}
    if found.state == State.REPORTED:
        verdict, act = permissions.may_review(user, found), "indicators:result_review"
    elif dossier.version:
        verdict, act = permissions.may_confirm(user, found, dossier.version), "indicators:result_confirm"
    else:
        return {}
    return {"act": act, "verdict": verdict, "url": reverse(act, args=[found.pk])}


def _entered_again_at(user: Employee, found: Result, dossier: Dossier) -> str:
    """Where a returned result is corrected, for whoever may enter it."""
    if found.state != State.RETURNED or not found.quarter.takes_input or dossier.version is None:
        return ""
    if not permissions.may_enter_result(user, found.employee, dossier.version):
        return ""
    return reverse("indicators:report", args=[found.employee.number, found.point.code, found.period])


def _after(user: Employee, back: str, pk: int) -> str:
    """The next result of the queue that the page was opened from; empty if it is the last."""
    params = QueryDict(back)
    step = params.get("step", "")
    if step not in STEPS:
        return ""
    _form, rows = _queue(user, params, step)
    ids = list(rows.values_list("pk", flat=True))
    place = ids.index(pk) + 1 if pk in ids else 0
    return str(ids[place]) if place < len(ids) else ""


def _decide(request: PersonRequest, pk: int, service: Callable[..., Result], said: str, **given: Any) -> HttpResponse:
    """One act on one result, then the next result of the queue."""
    user, back, after = request.user, request.POST.get("back", ""), request.POST.get("after", "")
    found = _seen(request, pk)
    try:
        found = service(result=found, actor=user, seen=_moment(request.POST.get("seen", "")), **given)
    except (Conflict, InvalidInput) as error:
        if is_fragment(request):
            raise
        messages.error(request, error.message)
        return redirect(_address(pk, back))
    names = {"name": found.employee.name, "point": found.point.code, "period": found.period, "said": said}
    sentence = _("%(name)s %(point)s %(period)s：%(said)s。") % names
    following = Result.objects.visible_to(user).select_related("quarter__bureau", "employee__department", "point")
    upcoming = following.filter(pk__in=ticked([after])).first()
    if is_fragment(request):
        judged = {"pk": pk, "opened": upcoming.pk if upcoming else None, "label": found.get_state_display()}
        event = {"toast": {"text": sentence, "level": "success"}, "judged": judged | _left(user, back)}
        parameters = QueryDict(mutable=True)
        parameters["back"] = back
        return _opened(request, upcoming or found, parameters, event=event)
    messages.success(request, sentence)
    if upcoming:
        return redirect(_address(upcoming.pk, back))
    params = QueryDict(back)
    if params.get("step") in STEPS:
        return redirect(f"{reverse('indicators:assess')}?{_back(params, params['step'])}")
    return redirect(_address(pk, ""))


def _left(user: Employee, back: str) -> dict[str, Any]:
    """What still waits after a decision, for the heading and the tabs of the queue beside it."""
    step = QueryDict(back).get("step", "")
    if step not in STEPS:
        return {}
    waiting = queries.waiting(user)
    return {"heading": _heading(step, waiting), "counts": [tab.count for tab in _tabs(step, waiting)]}


def _moment(text: str) -> datetime | None:
    try:
        return parse_datetime(text)
    except ValueError:
        return None


def _address(pk: int, back: str) -> str:
    page = reverse("indicators:result", args=[pk])
    query = QueryDict(mutable=True)
    if back:
        query["back"] = back
    return f"{page}?{query.urlencode()}" if back else page
