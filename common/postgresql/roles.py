"""Whom the policies hold back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register  # noqa: A004
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext as _

WHOM_NOTHING_HOLDS = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"


def passes_policies(connection: BaseDatabaseWrapper) -> bool:
    """Whether the connection's role reads and writes past all policies, as superusers do. Never on SQLite."""
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute(WHOM_NOTHING_HOLDS)
        return bool(cursor.fetchone()[0])


def unheld() -> str:
    """The warning about a role that no policy holds back."""
    return _(
        "登录数据库的角色是超级用户（或带 BYPASSRLS），行级隔离对它不起作用。请按 docs/production.md 改用普通角色。"
    )


@register(Tags.database, deploy=True)
def check_role(databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """`manage.py check --deploy --database default`: whether the second wall stands."""
    found = [alias for alias in databases or () if passes_policies(connections[alias])]
    return [Warning(unheld(), obj=alias, id="perfmgmt.W001") for alias in found]
