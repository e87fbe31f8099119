"""The bureau's group robots: who is told, and a line to try it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.errors import DomainError
from common.forms import add_refusal
from notifications import permissions
from notifications.forms import RobotEditForm, RobotForm
from notifications.models import Delivery, GroupRobot
from notifications.queries import FOLDERS, robot_rows
from notifications.services import robots as service
from notifications.views.shared import sections
from organization.requests import PersonRequest


@require_safe
def robots(request: PersonRequest) -> HttpResponse:
    permissions.may_see_robots(request.user).require()
    rows = robot_rows(request.user)
    context = {
        "rows": rows,
        "in_use": sum(row.enabled for row in rows),
        "may_manage": permissions.may_manage_robots(request.user),
        "sections": sections(request.user, "robots"),
    }
    return render(request, "notifications/robots.html", context)


@require_http_methods(["GET", "POST"])
def robot_new(request: PersonRequest) -> HttpResponse:
    permissions.may_manage_robots(request.user).require()
    form = RobotForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            robot = service.add_robot(actor=request.user, **form.cleaned_data)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("已添加“%s”，可以发一条测试消息看看。") % robot.name)
            return redirect("notifications:robots")
    return render(request, "notifications/robot.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def robot_edit(request: PersonRequest, pk: int) -> HttpResponse:
    robot = _robot(request, pk)
    permissions.may_manage_robots(request.user).require()
    form = RobotEditForm(request.POST or None, initial={"name": robot.name, "enabled": robot.enabled})
    if request.method == "POST" and form.is_valid():
        try:
            service.change_robot(actor=request.user, robot=robot, **form.cleaned_data)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("已保存。"))
            return redirect("notifications:robots")
    context = {
        "form": form,
        "robot": robot,
        "address": robot.masked_url,
        "waiting": Delivery.objects.filter(robot=robot, state__in=FOLDERS["waiting"]).count(),
    }
    return render(request, "notifications/robot.html", context, status=422 if form.is_bound else 200)


@require_POST
def robot_test(request: PersonRequest, pk: int) -> HttpResponse:
    robot = _robot(request, pk)
    service.test_robot(actor=request.user, robot=robot, now=timezone.now())
    messages.success(request, _("测试消息已登记，一分钟内发出；请到“%s”群里查看。") % robot.name)
    return redirect("notifications:robots")


@require_POST
def robot_remove(request: PersonRequest, pk: int) -> HttpResponse:
    robot = _robot(request, pk)
    service.remove_robot(actor=request.user, robot=robot)
    messages.success(request, _("已删除“%s”。") % robot.name)
    return redirect("notifications:robots")


def _robot(request: PersonRequest, pk: int) -> GroupRobot:
    return get_object_or_404(GroupRobot.objects.visible_to(request.user).select_related("bureau"), pk=pk)
