"""机考令牌: an outside system's right to post machine facts of the bureau, and nothing else (interfaces.md)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import services as audit
from common.errors import Conflict, InvalidInput
from common.text import clauses
from indicators.models import FactToken
from indicators.permissions import may_issue_fact_tokens
from indicators.queries.machine import tokens_in_use
from organization.models import Bureau, Employee

PREFIX = "facts-"
"""How a fact token begins, so that it is never taken for a person's."""

_USE_IS_NOTED_EVERY = timedelta(minutes=1)


@transaction.atomic
def issue_token(
    *, bureau: Bureau, system: str, expires_on: date | None, actor: Employee, today: date
) -> tuple[FactToken, str]:
    """A new token for a system; the second value is the token itself, which nobody can show again.

    Raises Refused, InvalidInput with a sentence for each faulty field.
    """
    may_issue_fact_tokens(actor, bureau).require()
    system = system.strip()
    faults: dict[str, object] = {}
    if not system:
        faults["system"] = _("请写明是哪个系统")
    elif tokens_in_use(bureau, today).filter(system=system).exists():
        faults["system"] = _("“%s”已有在用的令牌；请先停用，或换一个名称") % system
    if expires_on is not None and expires_on <= today:
        faults["expires_on"] = _("有效期应当晚于今天")
    if faults:
        raise InvalidInput(clauses(faults.values()), fields=faults)
    key = PREFIX + secrets.token_urlsafe(32)
    token = FactToken.objects.create(
        bureau=bureau,
        system=system,
        digest=_digest(key),
        hint=key[-4:],
        created_at=timezone.now(),
        created_by=actor,
        expires_on=expires_on,
    )
    audit.record(actor=actor, action="fact_token.issue", bureau=bureau, target=token, after={"expires_on": expires_on})
    return token, key


@transaction.atomic
def revoke_token(*, token: FactToken, actor: Employee) -> FactToken:
    """The system can post no more from now on. Raises Refused, Conflict if somebody was faster."""
    may_issue_fact_tokens(actor, token.bureau).require()
    now = timezone.now()
    if FactToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now) != 1:
        raise Conflict(_("“%s”的令牌已经停用。") % token.system)
    audit.record(actor=actor, action="fact_token.revoke", bureau=token.bureau, target=token)
    token.revoked_at = now
    return token


def find_token(key: str) -> FactToken | None:
    """The token of a key that is neither revoked nor expired, with its bureau."""
    rows = FactToken.objects.filter(digest=_digest(key), revoked_at__isnull=True).select_related("bureau")
    token = rows.first()
    if token is None or (token.expires_on is not None and token.expires_on < token.bureau.today):
        return None
    return token


def note_use(token: FactToken, now: datetime) -> None:
    """When the system was last heard of, to the minute."""
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - _USE_IS_NOTED_EVERY)
    FactToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
