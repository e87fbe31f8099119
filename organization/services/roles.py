"""Dated roles; a bureau is never left without somebody who can administer it."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from audit.services import record
from common.errors import Conflict, InvalidInput
from organization.models import Bureau, Employee, Role
from organization.permissions import ADMIN, may_manage_roles, within
from organization.queries import administrators
from organization.services.lines import facts

_FIELDS = ("kind", "starts_on", "ends_on")


@transaction.atomic
def grant_role(*, actor: Employee, employee: Employee, kind: str, starts_on: date, ends_on: date | None = None) -> Role:
    """Gives a role from a day to a day (empty: until it is taken back).

    Raises InvalidInput if the person holds it already in those days, or if the days are the wrong way round.
    """
    may_manage_roles(actor, employee).require()
    within(actor, employee.bureau_id).require()
    employee = Employee.objects.select_for_update().get(pk=employee.pk)
    if ends_on and ends_on < starts_on:
        sentence = _("截止日期 %(end)s 早于起始日期 %(start)s，请核对。") % {"end": ends_on, "start": starts_on}
        raise InvalidInput(sentence, fields={"ends_on": sentence})
    held = employee.role_set.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=starts_on), kind=kind)
    if held.filter(starts_on__lte=ends_on or date.max).exists():
        sentence = _("%(name)s在这段时间已经是%(role)s，不必再授予。") % {
            "name": employee.name,
            "role": Role.Kind(kind).label,
        }
        raise InvalidInput(sentence, code="overlap", fields={"kind": sentence})
    role = Role.objects.create(employee=employee, kind=kind, starts_on=starts_on, ends_on=ends_on)
    record(actor=actor, action="role.grant", target=employee, after=facts(role, *_FIELDS))
    return role


@transaction.atomic
def revoke_role(*, actor: Employee, role: Role, today: date) -> None:
    """Takes a role back at once: its last day was yesterday; one that had not begun before today is removed.

    Raises Conflict for the bureau's last system administrator, and for a role that has ended.
    """
    may_manage_roles(actor, role.employee).require()
    within(actor, role.employee.bureau_id).require()
    if role.kind == ADMIN:
        require_another_admin(role.employee, today)
    role = _still_held(role, today)
    before = facts(role, *_FIELDS)
    if role.starts_on >= today:
        role.delete()
    else:
        role.ends_on = today - timedelta(days=1)
        role.save(update_fields=["ends_on"])
    record(actor=actor, action="role.revoke", target=role.employee, before=before)


def _still_held(role: Role, today: date) -> Role:
    """The role as it stands, locked; Conflict once it has ended or was removed."""
    rows = Role.objects.select_for_update(of=("self",)).select_related("employee__bureau").order_by()
    found = rows.filter(pk=role.pk).exclude(ends_on__lt=today).first()
    if found is None:
        raise Conflict(_("这个角色已经收回或到期；请刷新页面再看。"), code="gone")
    return found


def require_another_admin(employee: Employee, today: date) -> None:
    """Raises Conflict if the employee is the only one in the bureau who holds the administrator's role today.

    Locks the bureau, so that two administrators cannot remove each other at the same moment (docs/locking.md).
    """
    Bureau.objects.select_for_update().get(pk=employee.bureau_id)
    if administrators(employee.bureau_id, today) == {employee.pk}:
        raise Conflict(
            _("%(name)s是本单位最后一位系统管理员，请先授予另一人系统管理员角色，再办理。") % {"name": employee.name},
            code="last_admin",
        )
