"""A bureau that changes its place in the tree, and those who are told: who reads its figures is another from then on."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from common.text import for_the_record
from notifications.services import notify
from organization.models import Bureau, Employee, Role
from organization.queries import holders
from organization.services.bureaus import move_bureau

OFFICE, ADMIN = Role.Kind.OFFICE, Role.Kind.SYSTEM_ADMIN

OWN = (
    gettext_lazy("本单位的上级单位已由%(left)s改为%(parent)s"),
    gettext_lazy(
        "由%(by)s的系统管理员%(actor)s办理。本单位的汇总数据（包括以往季度）今后由%(parent)s及其上级查看和合计；人员、账号、"
        "指标和得分都不变。有疑问请联系%(by)s。"
    ),
)
LEFT = (
    gettext_lazy("%(bureau)s已从本单位之下迁到%(parent)s之下"),
    gettext_lazy("它连同其下单位的汇总数据（包括以往季度）不再进入本单位的下级汇总。有疑问请联系%(by)s。"),
)
LEFT_WITHIN = (
    LEFT[0],
    gettext_lazy("它仍在本单位的范围内，汇总数据（包括以往季度）今后并入%(parent)s。有疑问请联系%(by)s。"),
)
JOINED = (
    gettext_lazy("%(bureau)s已从%(left)s之下迁到本单位之下"),
    gettext_lazy(
        "它连同其下单位的汇总数据（包括以往季度）今后在下级单位里单列一行；人员和得分明细仍只在该单位内部查看。"
    ),
)


@transaction.atomic
def relocate_bureau(*, bureau: Bureau, parent: Bureau, actor: Employee) -> None:
    """Moves a bureau and tells its office and administrators, and the offices of the upper bureaus that it leaves and joins.

    Each message belongs to the bureau of its reader. Who has moved it is not told. Raises as `move_bureau`.
    """
    left = move_bureau(bureau=bureau, parent=parent, actor=actor)
    if left is None:
        return
    names = {
        "bureau": bureau.name,
        "left": left.name,
        "parent": parent.name,
        "by": actor.bureau.name,
        "actor": actor.name,
    }
    # A bureau moves many times; the lock on its tree keeps two moves from sharing a moment.
    occasion = f"bureau.relocate:{bureau.code}:{timezone.now().isoformat()}"
    figures = reverse("reports:upward")
    is_within = Bureau.objects.above(parent).filter(pk=left.pk).exists()

    def tell(at: Bureau, roles: Iterable[str], words: tuple[Promise, Promise], url: str) -> None:
        people = holders(at, at.today, *roles).exclude(pk=actor.pk)
        subject, body = (for_the_record(one, **names) for one in words)
        notify(recipients=people, subject=subject, body=body, url=url, occasion=occasion)

    tell(bureau, [OFFICE, ADMIN], OWN, "")
    tell(left, [OFFICE], LEFT_WITHIN if is_within else LEFT, figures)
    tell(parent, [OFFICE], JOINED, figures)
