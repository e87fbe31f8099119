"""Who may look at a branch's year of showings."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from common.verdict import Verdict
from organization.models import Employee, PartyBranch
from reviews.models import SEES_ALL_SHOWINGS
from reviews.permissions.showings import FOREIGN


def may_see_branch_year(user: Employee, branch: PartyBranch) -> Verdict:
    """Its people, whoever leads it, and those who see every branch."""
    if branch.bureau_id != user.bureau_id:
        return FOREIGN
    if branch.pk == user.branch_id or branch.secretary_id == user.pk or user.has_role(*SEES_ALL_SHOWINGS):
        return Verdict.yes()
    return Verdict.no(_("各支部的三晒只对本支部、局领导、绩效办和纪检开放；您可以看自己支部的。"))
