"""Logins: who came and went, passwords, locks."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime

from axes.utils import reset as forget_failures
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from rest_framework.authtoken.models import Token

from audit.models import Entry
from audit.services import compose, record, record_many
from common.errors import Refused
from organization.models import Bureau, Employee
from organization.permissions import may_issue_passwords, may_manage_accounts, within
from organization.services.roles import require_another_admin

LOGINS = {"": "login", "oidc": "login.oidc", "ldap": "login.ldap"}
"""What a login is called in the log, by the way it came (organization.sign_on.sessions.way_in)."""

_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without i, l, o, 0 and 1, which are mistaken for each other on paper."""


@dataclass(frozen=True, slots=True)
class Issued:
    """An initial password, to be handed over once and changed at the first login; kept nowhere."""

    employee: Employee
    password: str


def random_password() -> str:
    """Twelve readable characters in three groups, about 59 bits."""
    groups = ("".join(secrets.choice(_READABLE) for _place in range(4)) for _group in range(3))
    return "-".join(groups)


@transaction.atomic
def note_login(*, actor: Employee, way: str = "") -> None:
    """Leaves the line of a login: by a password of ours, or by `oidc` or `ldap`."""
    record(actor=actor, action=LOGINS[way], target=actor)


@transaction.atomic
def note_logout(*, actor: Employee) -> None:
    """Leaves the line of a logout."""
    record(actor=actor, action="logout", target=actor)


@transaction.atomic
def note_lock(*, number: str, address: str, now: datetime) -> None:
    """Leaves one line of a lock after repeated failures, in the bureau of the person if there is one of that number.

    Asked for at every attempt while the lock lasts; the line is written once in its time.
    """
    action = "login.lock"
    if Entry.objects.filter(action=action, target=number, at__gte=now - settings.AXES_COOLOFF_TIME).exists():
        return
    employee = Employee.objects.select_related("bureau").filter(number=number).first()
    record(actor=None, action=action, target=employee, label=number, after={"address": address})


@transaction.atomic
def change_password(*, actor: Employee, password: str) -> None:
    """Sets the own password, which ends the need to change an initial one; the caller has checked its strength.

    The person's API token ends too: whoever learned the old password may hold it.
    """
    actor.set_password(password)
    actor.must_change_password = False
    actor.save(update_fields=["password", "must_change_password"])
    Token.objects.filter(user=actor).delete()
    record(actor=actor, action="password.change", target=actor)


def without_password(bureau: Bureau, today: date) -> list[Employee]:
    """The bureau's people in post who cannot log in because no password was ever issued, in the order of their numbers."""
    people = Employee.objects.filter(
        Q(left_on__isnull=True) | Q(left_on__gte=today),
        bureau=bureau,
        is_active=True,
        password__startswith="!",  # noqa: S106
    )
    return list(people.select_related("bureau", "department").order_by("number"))


def issue_passwords(*, actor: Employee | None, bureau: Bureau, today: date, limit: int | None = None) -> list[Issued]:
    """Initial passwords for those without one (interfaces.md, issue_passwords); at most `limit` people at a time.

    Hashing takes a while and happens before the transaction. Somebody who got a password meanwhile is left out.
    """
    if actor is not None:
        may_issue_passwords(actor).require()
    within(actor, bureau).require()
    drafts = [(person, random_password()) for person in without_password(bureau, today)[:limit]]
    hashed = [(person, password, make_password(password)) for person, password in drafts]
    with transaction.atomic():
        issued = [
            Issued(person, password)
            for person, password, digest in hashed
            if Employee.objects.filter(pk=person.pk, password=person.password).update(
                password=digest, must_change_password=True
            )
        ]
        record_many(compose(actor=actor, action="password.issue", target=entry.employee) for entry in issued)
    return issued


@transaction.atomic
def reset_password(*, actor: Employee, employee: Employee) -> Issued:
    """A new initial password for somebody who forgot theirs; their other logins and API token end. Also lifts a lock."""
    may_manage_accounts(actor).require()
    within(actor, employee.bureau_id).require()
    if actor.pk == employee.pk:
        raise Refused(_("本人的密码请在“修改密码”页修改。"))
    password = random_password()
    employee = Employee.objects.select_for_update().get(pk=employee.pk)
    employee.set_password(password)
    employee.must_change_password = True
    employee.save(update_fields=["password", "must_change_password"])
    Token.objects.filter(user=employee).delete()
    forget_failures(username=employee.number)
    record(actor=actor, action="password.reset", target=employee)
    return Issued(employee, password)


@transaction.atomic
def unlock(*, actor: Employee, employee: Employee) -> int:
    """Forgets the failed logins of a person; returns of how many places they were. Without any nothing was done."""
    may_manage_accounts(actor).require()
    within(actor, employee.bureau_id).require()
    forgotten: int = forget_failures(username=employee.number)
    if forgotten:
        record(actor=actor, action="login.unlock", target=employee)
    return forgotten


@transaction.atomic
def switch_account(*, actor: Employee, employee: Employee, is_active: bool, today: date) -> None:
    """Switches a login off or on again. Raises Conflict for the last system administrator."""
    may_manage_accounts(actor).require()
    within(actor, employee.bureau_id).require()
    if not is_active:
        require_another_admin(employee, today)
    if Employee.objects.filter(pk=employee.pk, is_active=not is_active).update(is_active=is_active):
        record(
            actor=actor,
            action="account.switch",
            target=employee,
            before={"is_active": not is_active},
            after={"is_active": is_active},
        )
