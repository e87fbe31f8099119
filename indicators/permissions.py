"""Who may write libraries, quarters and results (domain.md, Who may do what); a no is one full sentence.

`person` None stands for the system itself: jobs and commands.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from common.verdict import Verdict
from indicators.models import PointVersion, Quarter, Result
from organization.models import Bureau, Employee

FOREIGN = Verdict.no(_("这不是本单位的数据，不能在这里办理。"), code="foreign")
OWN = Verdict.no(_("这是您本人的考评结果，不能由本人审核或确认；请由上一级或绩效办办理。"), code="own_result")


def may_edit_libraries(person: Employee | None, bureau: Bureau) -> Verdict:
    """Key works, assessment points and the scheme are the performance office's."""
    return _office(person, bureau, Verdict.no(_("指标库和考评方案由绩效办维护；需要修订请向绩效办提出。")))


def may_move_quarter(person: Employee | None, quarter: Quarter, to: str) -> Verdict:
    """The office moves a quarter on; the director may publish it."""
    if person is not None and to == Quarter.State.PUBLISHED and person.has_role("director"):
        return Verdict.yes() if person.bureau_id == quarter.bureau_id else FOREIGN
    return _office(person, quarter.bureau, Verdict.no(_("季度由绩效办推进（发布也可以由局长办理）；请联系绩效办。")))


def may_assign_items(person: Employee | None, bureau: Bureau) -> Verdict:
    """The office enters who takes on which individual point."""
    return _office(person, bureau, Verdict.no(_("个性考点的领取由绩效办登记；请联系绩效办。")))


def may_enter_result(person: Employee | None, employee: Employee, version: PointVersion) -> Verdict:
    """One's own facts; the own department's for head and liaison; what the own department assesses; all for the office."""
    if person is None:
        return Verdict.yes()
    if person.bureau_id != employee.bureau_id:
        return FOREIGN
    if person.has_role("office") or person.pk == employee.pk:
        return Verdict.yes()
    if acts_for_department(person) and person.department_id in (employee.department_id, version.assessor_id):
        return Verdict.yes()
    return Verdict.no(_("只能填报本人、本部门（联络员和部门负责人）或本部门负责考评的结果。"))


def may_mark_exempt(person: Employee | None, bureau: Bureau) -> Verdict:
    """不适用 takes a node out of the score, so only the office marks it (scoring.md §2)."""
    return _office(person, bureau, Verdict.no(_("“不适用”由绩效办标注；请在说明里写明情况，由绩效办处理。")))


def may_post_facts(person: Employee | None, bureau: Bureau) -> Verdict:
    """Machine facts count without a review, so the office's account sends them."""
    return _office(person, bureau, Verdict.no(_("机考数据由绩效办的账号报送；请用绩效办账号的令牌。")))


def may_review(person: Employee, result: Result) -> Verdict:
    """The first review belongs to the head of the employee's department, of the head's own to the deputy in charge."""
    if person.bureau_id != result.bureau_id:
        return FOREIGN
    if person.pk == result.employee_id:
        return OWN
    employee = result.employee
    if _is_in_charge(person, employee) and employee.has_role("department_head"):
        return Verdict.yes()
    if person.has_role("department_head") and person.department_id == employee.department_id:
        return Verdict.yes()
    return Verdict.no(_("初审由被考评人所在部门的负责人办理（负责人本人的由分管局领导办理）。"))


def may_confirm(person: Employee, result: Result, version: PointVersion) -> Verdict:
    """The assessing department confirms; among its own people only its head, and the head's the deputy in charge.

    The office confirms as second review.
    """
    if person.bureau_id != result.bureau_id:
        return FOREIGN
    if person.pk == result.employee_id:
        return OWN
    if person.has_role("office") or _assesses(person, result.employee, version):
        return Verdict.yes()
    if result.employee.department_id != version.assessor_id:
        return Verdict.no(_("这个考点由%(department)s考评，请由该部门确认。") % {"department": version.assessor.name})
    return Verdict.no(_("考评部门考评本部门人员时，由部门负责人确认；负责人本人的由分管局领导确认。"))


def _assesses(person: Employee, employee: Employee, version: PointVersion) -> bool:
    if employee.department_id == version.assessor_id and employee.has_role("department_head"):
        return _is_in_charge(person, employee)
    if person.department_id != version.assessor_id:
        return False
    if employee.department_id == version.assessor_id:
        return person.has_role("department_head")
    return acts_for_department(person)


def _is_in_charge(person: Employee, employee: Employee) -> bool:
    """The leader in charge of the employee's department, as long as the role of a leader lasts."""
    return person.pk == employee.department.deputy_id and person.has_role("deputy_director", "director")


def may_return(person: Employee, result: Result, version: PointVersion) -> Verdict:
    """Whoever takes the next step may send the result back."""
    if result.state == Result.State.REPORTED:
        return may_review(person, result)
    return may_confirm(person, result, version)


def acts_for_department(person: Employee) -> bool:
    """Head and liaison act for the department that they belong to."""
    return person.has_role("department_head", "liaison")


def _office(person: Employee | None, bureau: Bureau, refusal: Verdict) -> Verdict:
    if person is None:
        return Verdict.yes()
    if person.bureau_id != bureau.pk:
        return FOREIGN
    return Verdict.yes() if person.has_role("office") else refusal
