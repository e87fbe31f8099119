"""The nightly walk along the audit chains, and who is told of what it finds."""

from __future__ import annotations

from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from audit.models import ChainHead, confidential_chain
from audit.queries import verify_chains
from audit.services import BrokenChain, seal_chains
from notifications.services import notify
from organization.models import Bureau, Role
from organization.queries import holders

Kind = Role.Kind


def verify_audit(today: date) -> int:
    """Seals what is left and verifies every chain; returns how many lines stand.

    What is broken is told once a day, as long as it is, to the administrators and discipline of the bureau, of a
    confidential chain to discipline alone. Raises BrokenChain with the first finding, so that the run is seen to fail.
    """
    seal_chains()
    result = verify_chains()
    if not result.broken:
        return result.entries
    for bureau in Bureau.objects.order_by("pk"):
        _tell(bureau, bureau.code, today, (Kind.SYSTEM_ADMIN, Kind.DISCIPLINE))
        _tell(bureau, confidential_chain(bureau.code), today, (Kind.DISCIPLINE,))
    raise BrokenChain(result.broken)


def _tell(bureau: Bureau, chain: str, today: date, kinds: tuple[Role.Kind, ...]) -> None:
    if not ChainHead.objects.filter(bureau_code=chain).exists():
        return
    finding = verify_chains(chain).broken
    for kind in kinds if finding else ():
        notify(
            recipients=holders(bureau, bureau.today, kind),
            subject=_("审计日志核对发现问题"),
            body=_("%(finding)s请保留现场，不要删除数据库和备份，并由纪检牵头查明。") % {"finding": finding},
            url=reverse("audit:entries" if kind == Kind.DISCIPLINE else "jobs:list"),
            occasion=f"audit.broken:{chain}:{today}",
        )
