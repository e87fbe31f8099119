"""提名: of somebody in the pool for a star, by a department or a branch, with deeds; withdrawn with a reason."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from awards.models import Nomination, PoolMember, Selection, StarCategory
from awards.permissions.selections import may_nominate_person, may_withdraw_nomination
from awards.queries.nominees import stars_of
from awards.services.selections import lock_selection, record_selection, tell
from common.errors import Conflict, InvalidInput
from common.text import clean, written
from organization.models import Employee, PartyBranch
from tasks_market.services.steps import filled, require

SHORTEST_DEEDS, LONGEST_DEEDS = 20, 1000
"""Characters of the deeds: enough to judge by, short enough to be read on a phone."""


@transaction.atomic
def nominate(
    *,
    category: StarCategory,
    employee: Employee,
    deeds: str,
    actor: Employee,
    today: date,
    now: datetime,
    branch: PartyBranch | None = None,
) -> Nomination:
    """Nominates somebody for the actor's department, or with `branch` for that branch.

    The selection is locked before the stars of the person are counted: two nominations at once never pass the limit.
    Raises Refused, Conflict, InvalidInput.
    """
    selection = lock_selection(category.selection_id)
    member = _member(selection, employee)
    require(may_nominate_person(actor, member, branch=branch, today=today))
    deeds = _deeds(deeds)
    standing = Nomination.objects.filter(category=category, employee=employee, withdrawn_at__isnull=True)
    if standing.exists():
        raise Conflict(_("%(name)s已被提名为%(star)s，不必重复提名。") % {"name": employee.name, "star": category})
    held = stars_of(selection, employee.pk)
    if held >= selection.most_categories:
        sentence = _("%(name)s已获 %(held)d 颗星的提名，每人最多 %(most)d 颗；请先撤回其中一项。")
        values = {"name": employee.name, "held": held, "most": selection.most_categories}
        raise Conflict(sentence % values, code="limit")
    nomination = Nomination.objects.create(
        category=category,
        employee=employee,
        department=actor.department if branch is None else None,
        branch=branch,
        deeds=deeds,
        nominated_by=actor,
        nominated_at=now,
    )
    record_selection(
        selection,
        "selection.nominate",
        actor=actor,
        target=nomination,
        label=f"{category} {employee.name}",
        after={"deeds": deeds, "branch" if branch else "department": (branch or actor.department).name},
    )
    tell(
        selection,
        [employee],
        gettext_lazy("您被提名为%(quarter)s%(star)s候选人"),
        f"nominated:{nomination.pk}",
        star=category.get_kind_display(),
    )
    return nomination


@transaction.atomic
def withdraw_nomination(*, nomination: Nomination, actor: Employee, reason: str, now: datetime) -> Nomination:
    """撤回提名 before the ballot, with a reason. Raises Refused, Conflict, InvalidInput."""
    selection = lock_selection(nomination.category.selection_id)
    nomination = Nomination.objects.select_related("category__selection", "employee").get(pk=nomination.pk)
    require(may_withdraw_nomination(actor, nomination))
    reason = filled(clean(reason), "reason", _("请写明撤回提名的理由。"))
    nomination.withdrawn_by, nomination.withdrawn_at, nomination.withdrawal = actor, now, reason
    nomination.save(update_fields=["withdrawn_by", "withdrawn_at", "withdrawal"])
    record_selection(
        selection,
        "selection.withdraw_nomination",
        actor=actor,
        target=nomination,
        label=f"{nomination.category} {nomination.employee.name}",
        reason=reason,
    )
    tell(
        selection,
        [nomination.employee],
        gettext_lazy("对您的%(quarter)s%(star)s提名已撤回"),
        f"unnominated:{nomination.pk}",
        body=reason,
        star=nomination.category.get_kind_display(),
    )
    return nomination


def _member(selection: Selection, employee: Employee) -> PoolMember:
    """The person's line in the pool; whoever was not scored in the quarter has none."""
    found = PoolMember.objects.filter(selection=selection, employee=employee).first()
    member = found or PoolMember(selection=selection, employee=employee, standing=PoolMember.Standing.NOT_RANKED)
    member.selection, member.employee = selection, employee
    return member


def _deeds(text: str) -> str:
    deeds = filled(written(text), "deeds", _("请写明事迹。"))
    if not SHORTEST_DEEDS <= len(deeds) <= LONGEST_DEEDS:
        sentence = _("事迹应当在 %(least)d 到 %(most)d 字之间，现在是 %(n)d 字。") % {
            "least": SHORTEST_DEEDS,
            "most": LONGEST_DEEDS,
            "n": len(deeds),
        }
        raise InvalidInput(sentence, fields={"deeds": sentence})
    return deeds
