"""扣分说明: a department's lost points with cause and measure, saved row by row; progress for the office."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from common.htmx import is_fragment
from common.verdict import Verdict
from indicators.views.shared import address
from organization.models import Role
from organization.requests import PersonRequest
from reviews.forms_meetings import ExplainForm, ExplanationFilter
from reviews.models import LostPoint, ReviewMeeting
from reviews.permissions.meetings import may_explain
from reviews.queries.meetings import Speakers, point_names
from reviews.services.explaining import explain
from reviews.views.meeting_page import MeetingPage, seen_meeting
from tasks_market.services.steps import require

PAGE_SIZE = 20
"""Rows that carry two text fields each are heavy; so many stay quick on an old office PC."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A lost point as a row: what was written, or the form of who may write it."""

    row: LostPoint
    name: str
    form: ExplainForm | None

    @property
    def gone(self) -> bool:
        """Whether a correction took the loss away after something had been written about it."""
        return not self.row.lost

    @property
    def state(self) -> str:
        if self.row.filled_at:
            return "done"
        return "draft" if self.row.cause or self.row.measure else "waiting"

    @property
    def state_label(self) -> str:
        return {"done": _("已说明"), "draft": _("未填完"), "waiting": _("未填写")}[self.state]


@require_GET
def meeting_explanations(request: PersonRequest, pk: int) -> HttpResponse:
    """The lost points that the reader sees, narrowed by department and by what is still unfilled."""
    found = seen_meeting(request, pk)
    page = MeetingPage(request, found, "meeting-explanations")
    data = request.GET.dict()
    own = request.user.has_role(Role.Kind.DEPARTMENT_HEAD, Role.Kind.LIAISON)
    if own and "department" not in data:
        data["department"] = request.user.department.code
    filters = ExplanationFilter(data, bureau=found.bureau)
    rows = (
        LostPoint.objects.visible_to(request.user)
        .filter(meeting=found)
        .select_related("department", "filled_by", "point")
    )
    if filters.is_valid():
        given = filters.cleaned_data
        if given["show"]:
            rows = rows.filter(filled_at__isnull=given["show"] == "unfilled")
        if given["department"]:
            rows = rows.filter(department=given["department"])
    shown: Page[LostPoint] = Paginator(rows.order_by("department__code", "-lost", "pk"), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    explained = _rows(page, list(shown))
    return page.render("reviews/meeting_explanations.html", filters=filters, shown=shown, explained=explained)


@require_POST
def explanation_save(request: PersonRequest, pk: int, row: int) -> HttpResponse:
    """Keeps one row; htmx gets what stands around its fields, where typing goes on, everybody else the list."""
    found = seen_meeting(request, pk)
    rows = LostPoint.objects.visible_to(request.user).filter(meeting=found)
    lost = get_object_or_404(rows.select_related("department", "point"), pk=row)
    lost.meeting = found
    form = ExplainForm(request.POST, prefix=f"row{lost.pk}")
    require(_may(request, found, lost))
    if form.is_valid():
        lost = explain(
            row=lost, cause=form.cleaned_data["cause"], measure=form.cleaned_data["measure"], actor=request.user,
            today=request.user.bureau.today, now=timezone.now(), known=form.cleaned_data["known"],
        )  # fmt: skip
    if not is_fragment(request):
        if form.is_valid():
            messages.success(
                request, _("说明已保存。") if lost.filled_at else _("已存草稿；原因和整改措施都填写后才算完成。")
            )
        back = address(
            reverse("reviews:meeting-explanations", args=[pk]),
            department=request.POST.get("department", ""), show=request.POST.get("show", ""),
        )  # fmt: skip
        return HttpResponseRedirect(back)
    name = point_names(found, [lost]).get(lost.point_id, lost.point.code)
    saved = form.is_valid()
    context = {"one": Explained(lost, name, ExplainForm.of(lost) if saved else form), "saved": saved}
    return render(request, "reviews/_meeting_explanation_kept.html", context, status=200 if saved else 422)


def _rows(page: MeetingPage, rows: list[LostPoint]) -> list[Explained]:
    names = point_names(page.meeting, rows)
    found = []
    for row in rows:
        row.meeting = page.meeting
        verdict = may_explain(page.user, row, headless=page.speakers.headless(row.department_id))
        form = ExplainForm.of(row) if verdict else None
        found.append(Explained(row, names.get(row.point_id, row.point.code), form))
    return found


def _may(request: PersonRequest, meeting: ReviewMeeting, row: LostPoint) -> Verdict:
    headless = Speakers(meeting.bureau, request.user.bureau.today).headless(row.department_id)
    return may_explain(request.user, row, headless=headless)
