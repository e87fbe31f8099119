"""Logins: who came and went, passwords, locks."""

from __future__ import annotations

from django.db import transaction

from audit.services import record
from organization.models import Employee


@transaction.atomic
def note_login(*, actor: Employee) -> None:
    """Leaves the line of a login."""
    record(actor=actor, action="login", target=actor)


@transaction.atomic
def note_logout(*, actor: Employee) -> None:
    """Leaves the line of a logout."""
    record(actor=actor, action="logout", target=actor)


@transaction.atomic
def change_password(*, actor: Employee, password: str) -> None:
    """Sets the own password, which ends the need to change an initial one; the caller has checked its strength."""
    actor.set_password(password)
    actor.must_change_password = False
    actor.save(update_fields=["password", "must_change_password"])
    record(actor=actor, action="password.change", target=actor)
