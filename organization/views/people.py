"""The bureau's people: list, person, and the acts of the office and the administrator."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from organization.forms import AbsenceForm, EmployeeForm, NewEmployeeForm, PeopleFilter, PlacementForm, RoleForm
from organization.models import Absence, Employee, Placement, Role
from organization.permissions import (
    may_issue_passwords,
    may_manage_accounts,
    may_manage_people,
    may_manage_roles,
    may_read_absences,
    sees_all_absences,
)
from organization.queries import find_people, placement_in_force
from organization.requests import PersonRequest
from organization.services import people as service
from organization.services import roles
from organization.views.pages import FormPage, form_page

PAGE = 50


@require_safe
def people(request: PersonRequest) -> HttpResponse:
    """Everybody in the bureau, by name, number or pinyin, department, branch, category, role and state."""
    user = request.user
    sees_absences = sees_all_absences(user)
    form = PeopleFilter(user, request.GET or None, sees_absences=sees_absences)
    wanted = form.cleaned_data if form.is_bound and (form.is_valid() or form.cleaned_data) else {}
    today = timezone.localdate()
    found = find_people(user, today=today, sort=request.GET.get("sort", ""), **wanted)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "today": today,
        "may_manage": may_manage_people(user),
        "may_issue": may_issue_passwords(user),
    }
    return render(request, "organization/people.html", context)


@require_safe
def person(request: PersonRequest, number: str) -> HttpResponse:
    """One person: where they belong and belonged, roles, absences (for whom they concern), and what may be done."""
    user, today = request.user, timezone.localdate()
    places = ("bureau", "department", "post", "branch", "category")
    shown = get_object_or_404(Employee.objects.visible_to(user).select_related(*places), number=number)
    placements = list(shown.placements.select_related(*places[1:]).order_by("-effective_from"))
    sees_absences = may_read_absences(user, shown)
    context = {
        "person": shown,
        "today": today,
        "placements": placements,
        "current": placement_in_force(placements, today),
        "roles": shown.role_set.order_by("-starts_on", "kind"),
        "absences": shown.absences.order_by("-starts_on") if sees_absences else None,
        "may_manage": may_manage_people(user),
        "may_manage_roles": may_manage_roles(user, shown),
        "may_manage_accounts": may_manage_accounts(user),
    }
    return render(request, "organization/person.html", context)


@require_http_methods(["GET", "POST"])
def new_person(request: PersonRequest) -> HttpResponse:
    may_manage_people(request.user).require()
    bureau = request.user.bureau
    page = FormPage(
        heading=_("新增人员"),
        lead=_("保存后还没有密码，请再发放初始密码。"),
        submit=_("保存"),
        done=_("人员已保存。"),
        back=reverse("organization:people"),
        back_label=_("机构与人员"),
        onward=lambda data: reverse("organization:person", args=[data["number"]]),
    )
    form = NewEmployeeForm(bureau, request.POST or None)
    return form_page(request, form, lambda data: service.add_employee(actor=request.user, bureau=bureau, **data), page)


@require_http_methods(["GET", "POST"])
def edit_person(request: PersonRequest, number: str) -> HttpResponse:
    employee = _managed(request, number)
    initial = {name: getattr(employee, name) for name in ("name", "sort_key", "joined_on", "left_on")}
    page = _person_page(employee, _("修改%(name)s的资料"), _("部门、岗位、支部和序列在“变动任职”里改。"), _("保存"))
    form = EmployeeForm(request.POST or None, initial=initial)
    today = timezone.localdate()
    return form_page(
        request,
        form,
        lambda data: service.change_employee(actor=request.user, employee=employee, today=today, **data),
        page,
    )


@require_http_methods(["GET", "POST"])
def place(request: PersonRequest, number: str) -> HttpResponse:
    employee = _managed(request, number)
    initial: dict[str, Any] = {name: getattr(employee, f"{name}_id") for name in service.PLACES}
    page = _person_page(
        employee,
        _("%(name)s的任职变动"),
        _("以前的任职不会改写：已经过去的季度仍按当时的部门和序列考评。"),
        _("登记变动"),
    )
    form = PlacementForm(employee.bureau, request.POST or None, initial=initial)
    today = timezone.localdate()
    return form_page(
        request,
        form,
        lambda data: service.place_employee(actor=request.user, employee=employee, today=today, **data),
        page,
    )


@require_POST
def withdraw_placement(request: PersonRequest, number: str, pk: int) -> HttpResponse:
    employee = _managed(request, number)
    placement = get_object_or_404(Placement, pk=pk, employee=employee)
    service.withdraw_placement(actor=request.user, placement=placement, today=timezone.localdate())
    messages.success(request, _("任职变动已撤销。"))
    return redirect("organization:person", number=number)


@require_http_methods(["GET", "POST"])
def new_role(request: PersonRequest, number: str) -> HttpResponse:
    employee = _managed(request, number)
    may_manage_roles(request.user, employee).require()
    page = _person_page(employee, _("授予%(name)s角色"), _("联络员和部门负责人的权限限于本人所在部门。"), _("授予角色"))
    form = RoleForm(request.POST or None, initial={"starts_on": timezone.localdate()})
    return form_page(request, form, lambda data: roles.grant_role(actor=request.user, employee=employee, **data), page)


@require_POST
def revoke_role(request: PersonRequest, number: str, pk: int) -> HttpResponse:
    employee = _managed(request, number)
    role = get_object_or_404(Role.objects.select_related("employee"), pk=pk, employee=employee)
    roles.revoke_role(actor=request.user, role=role, today=timezone.localdate())
    messages.success(request, _("角色已收回。"))
    return redirect("organization:person", number=number)


@require_http_methods(["GET", "POST"])
def new_absence(request: PersonRequest, number: str) -> HttpResponse:
    employee = _managed(request, number)
    page = _person_page(employee, _("登记%(name)s离岗"), _absence_lead(), _("登记"))
    form = AbsenceForm(request.POST or None)
    return form_page(
        request, form, lambda data: service.add_absence(actor=request.user, employee=employee, **data), page
    )


@require_http_methods(["GET", "POST"])
def edit_absence(request: PersonRequest, number: str, pk: int) -> HttpResponse:
    employee = _managed(request, number)
    absence = get_object_or_404(Absence.objects.select_related("employee"), pk=pk, employee=employee)
    initial = {"kind": absence.kind, "starts_on": absence.starts_on, "ends_on": absence.ends_on}
    page = _person_page(employee, _("修改%(name)s的离岗"), _absence_lead(), _("保存"))
    form = AbsenceForm(request.POST or None, initial=initial)
    return form_page(
        request, form, lambda data: service.change_absence(actor=request.user, absence=absence, **data), page
    )


@require_POST
def remove_absence(request: PersonRequest, number: str, pk: int) -> HttpResponse:
    employee = _managed(request, number)
    absence = get_object_or_404(Absence.objects.select_related("employee"), pk=pk, employee=employee)
    service.remove_absence(actor=request.user, absence=absence)
    messages.success(request, _("离岗记录已删除。"))
    return redirect("organization:person", number=number)


def _managed(request: PersonRequest, number: str) -> Employee:
    """The person if they are of the own bureau (else 404) and may be maintained (else the sentence)."""
    employee = get_object_or_404(Employee.objects.visible_to(request.user).select_related("bureau"), number=number)
    may_manage_people(request.user).require()
    return employee


def _person_page(employee: Employee, heading: str, lead: str, submit: str) -> FormPage:
    return FormPage(
        heading=heading % {"name": employee.name},
        lead=lead,
        submit=submit,
        done=_("已保存。"),
        back=reverse("organization:person", args=[employee.number]),
        back_label=employee.name,
    )


def _absence_lead() -> str:
    return _("离岗天数不计入在岗比例；试用期和立案审查仍在岗，但不参与排名。")
