"""Who may bring workbooks in and take them out: the performance office of the bureau (domain.md)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from common.verdict import Verdict
from organization.models import Employee


def may_import(person: Employee) -> Verdict:
    """Whether somebody may bring a bureau workbook in."""
    if person.has_role("office"):
        return Verdict.yes()
    return Verdict.no(_("导入工作簿由绩效办办理；需要导入数据请把文件交给绩效办。"))


def may_export(person: Employee) -> Verdict:
    """Whether somebody may take the bureau's whole data out."""
    if person.has_role("office"):
        return Verdict.yes()
    return Verdict.no(_("导出全部数据由绩效办办理；需要数据请联系绩效办。"))
