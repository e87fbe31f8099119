"""培训: the trainings, one with its people and whether it helped, planning, attendance, cancelling."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from awards.forms_uses import AttendanceForm, CancelTrainingForm, TrainingForm
from awards.grading import Word
from awards.models import READS_USES, TrainingSession, UseLine, UseList
from awards.permissions.uses import may_plan_training
from awards.queries.trainings import training_shown
from awards.services import trainings as services
from common.errors import Conflict, InvalidInput
from common.forms import add_refusal
from indicators.views.shared import one_page, status_of
from organization.models import Role
from organization.queries import work_calendar
from organization.requests import PersonRequest


@require_GET
def trainings(request: PersonRequest) -> HttpResponse:
    """The trainings that the person may see: the bureau's, the department's, or one's own."""
    user = request.user
    found = TrainingSession.objects.visible_to(user)
    counted = found.annotate(
        invited=Count("attendances"), came=Count("attendances", filter=Q(attendances__came=True))
    ).order_by("-day", "-pk")
    context = {
        "page": one_page(request, counted),
        "planned": found.filter(held_at__isnull=True).count(),
        "may_plan": may_plan_training(user, user.bureau),
        "reads_uses": user.has_role(*READS_USES, Role.Kind.DEPARTMENT_HEAD),
        "today": user.bureau.today,
        "calendar": work_calendar(),
    }
    return render(request, "awards/trainings.html", context)


@require_http_methods(["GET", "POST"])
def training_new(request: PersonRequest) -> HttpResponse:
    """安排培训: for needs that were decided so, of the list named in the address first."""
    user = request.user
    may_plan_training(user, user.bureau).require()
    needs = (
        UseLine.objects.visible_to(user)
        .filter(use_list__kind=UseList.Kind.TRAINING, decision=Word.TRAIN)
        .select_related("use_list", "department", "post", "point")
        .order_by("-use_list__period", "position")
    )
    asked = request.GET.get("list", "")
    if asked.isdecimal():
        needs = needs.filter(use_list=int(asked[:9]))
    today = user.bureau.today
    form = TrainingForm(request.POST or None, needs=needs, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            training = services.plan_training(bureau=user.bureau, actor=user, today=today, **form.cleaned_data)
        except InvalidInput as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("培训已安排，邀请的人都已通知。"))
            return redirect("awards:training", pk=training.pk)
    context = {"form": form, "has_needs": needs.exists()}
    return render(request, "awards/training_new.html", context, status=status_of(form))


def _seen(request: PersonRequest, pk: int) -> TrainingSession:
    rows = TrainingSession.objects.visible_to(request.user).select_related("bureau", "planned_by", "held_by")
    return get_object_or_404(rows, pk=pk)


@require_GET
def training(request: PersonRequest, pk: int) -> HttpResponse:
    """One training: when and where, who was invited and came, and what they lost before and after."""
    return _page(request, _seen(request, pk))


def _page(request: PersonRequest, found: TrainingSession, refused: str = "") -> HttpResponse:
    user = request.user
    may_plan = may_plan_training(user, found.bureau)
    context = {
        "training": found,
        "shown": training_shown(found, user),
        "needs": UseLine.objects.visible_to(user)
        .filter(trainings=found)
        .select_related("use_list", "post", "department")
        if user.has_role(*READS_USES, Role.Kind.DEPARTMENT_HEAD)
        else [],
        "may_plan": may_plan,
        "may_record": may_plan and user.bureau.today >= found.day,
        "cancel_form": CancelTrainingForm() if may_plan and not found.is_held else None,
        "today": user.bureau.today,
        "calendar": work_calendar(),
        "refused": refused,
    }
    return render(request, "awards/training.html", context, status=409 if refused else 200)


@require_POST
def training_attend(request: PersonRequest, pk: int) -> HttpResponse:
    """登记参加情况."""
    found = _seen(request, pk)
    may_plan_training(request.user, found.bureau).require()
    form = AttendanceForm(request.POST, training=found)
    if not form.is_valid():
        return _page(request, found, _("有人不在邀请名单上，没有登记；请刷新页面再登记。"))
    try:
        services.record_attendance(
            training=found,
            came=form.cleaned_data["came"],
            notes=form.notes,
            actor=request.user,
            today=request.user.bureau.today,
            now=timezone.now(),
        )
    except (Conflict, InvalidInput) as error:
        return _page(request, found, error.message)
    messages.success(request, _("参加情况已登记。"))
    return redirect("awards:training", pk=pk)


@require_POST
def training_cancel(request: PersonRequest, pk: int) -> HttpResponse:
    """取消: what was not held is taken back, and those invited hear of it."""
    found = _seen(request, pk)
    try:
        services.cancel_training(training=found, reason=request.POST.get("reason", ""), actor=request.user)
    except (Conflict, InvalidInput) as error:
        return _page(request, found, error.message)
    messages.success(request, _("培训已取消，邀请的人都已通知。"))
    return redirect("awards:trainings")
