"""Who signs warnings, and who reads what became of them (domain.md, Warnings)."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from common.verdict import Verdict
from organization.models import Employee
from supervision.models import Warned, WarningSignature
from supervision.queries.signers import Signers

_NOT_SIGNER = {
    WarningSignature.Side.HEAD: _("负责人一方由本部门负责人签字；负责人不在岗的，由分管局领导签字。"),
    WarningSignature.Side.LIAISON: _("联络员一方由本部门联络员签字；没有在岗联络员的，由部门负责人签字。"),
}


def may_sign_warning(user: Employee, line: Warned, side: str, signers: Signers) -> Verdict:
    """Sign a line for a side; the line comes with its sheet, quarter and signatures."""
    if user.bureau_id != line.sheet.bureau_id:
        return Verdict.no(_("这是其他单位的事项，只有该单位的人员可以办理。"), code="foreign")
    signed = {one.side: one.by_id for one in line.signatures.all()}
    verdict = may_sign_beside(user, line.sheet.department_id, signed, side, signers)
    return _unsigned(line, signed, side) if verdict else verdict


def may_sign_beside(
    user: Employee, department_id: int, signed: Mapping[str, int], side: str, signers: Signers
) -> Verdict:
    """Sign for a side under what the departments' people have `signed`, by side, or nobody yet."""
    others = [by for at, by in signed.items() if at != side]
    if user.pk in others:
        return Verdict.no(_("您已在另一方签过字；两方的签字要由两个人作出。"), code="own")
    signing = signers.of(department_id, side, other=others[0] if others else None)
    if user not in signing.people:
        return Verdict.no(_NOT_SIGNER[WarningSignature.Side(side)])
    return Verdict.yes()


def _unsigned(line: Warned, signed: Mapping[str, int], side: str) -> Verdict:
    if side in signed:
        return Verdict.no(_("这一项已经签过字，不必再签。"), code="signed")
    if line.outcome == line.Outcome.DROPPED:
        return Verdict.no(_("这一考点不再考核，不必签字。"), code="dropped")
    if line.quarter.is_settled:
        return Verdict.no(_("本季得分已经公示，预警不再补签。"), code="settled")
    return Verdict.yes()
