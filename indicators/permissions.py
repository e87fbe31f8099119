"""Who may write libraries, quarters and results (domain.md, Who may do what); a no is one full sentence.

`person` None stands for the system itself: jobs and commands.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from common.text import listed
from common.verdict import Verdict
from indicators.models import Evidence, Item, ItemRequest, PointVersion, Quarter, Result
from indicators.queries.rosters import Roster
from organization.models import Bureau, Department, Employee, Role

FOREIGN = Verdict.no(_("这不是本单位的数据，不能在这里办理。"), code="foreign")
OWN = Verdict.no(_("这是您本人的考评结果，不能由本人审核或确认；请由上一级或绩效办办理。"), code="own_result")

OWN_ITEM = Verdict.no(
    _("本人的领取不能由本人登记；本岗位的考点请在“领取”里选择，其他岗位的请向部门负责人申请。"), code="own_item"
)

MACHINE = Verdict.no(
    _("这是机考数据，由系统计算或外部系统报送，不能手工填报或修改；对数据有异议，请在公示期内提出申诉。"),
    code="machine",
)

LEADING = (
    Role.Kind.DEPARTMENT_HEAD,
    Role.Kind.DEPUTY_DIRECTOR,
    Role.Kind.DIRECTOR,
    Role.Kind.OFFICE,
    Role.Kind.DISCIPLINE,
)


def may_edit_libraries(person: Employee | None, bureau: Bureau) -> Verdict:
    """Key works, assessment points and the scheme are the performance office's."""
    return _office(person, bureau, Verdict.no(_("指标库和考评方案由绩效办维护；需要修订请向绩效办提出。")))


def may_move_quarter(person: Employee | None, quarter: Quarter, to: str) -> Verdict:
    """The office moves a quarter on; the director may publish it."""
    if person is not None and to == Quarter.State.PUBLISHED and person.has_role("director"):
        return Verdict.yes() if person.bureau_id == quarter.bureau_id else FOREIGN
    return _office(person, quarter.bureau, Verdict.no(_("季度由绩效办推进（发布也可以由局长办理）；请联系绩效办。")))


def may_assign_items(person: Employee | None, bureau: Bureau, *, of: Employee | None = None) -> Verdict:
    """The office enters for anybody who takes on which individual point, but its own people choose as everybody does.

    `of` is for whom, where that is known.
    """
    if person is not None and of is not None and person.pk == of.pk and person.has_role("office"):
        return OWN_ITEM
    return _office(
        person, bureau, Verdict.no(_("替他人登记领取由绩效办办理；本人的请在“领取”里选择，或向部门负责人申请。"))
    )


def is_own_point(person: Employee, version: PointVersion) -> bool:
    """Whether a point is the person's post's; one without a post belongs to everybody in its department."""
    if version.post_id is not None:
        return version.post_id == person.post_id
    return version.department_id in (None, person.department_id)


def may_take_on(person: Employee, version: PointVersion) -> Verdict:
    """Points of the own post freely, others with the head's consent (domain.md, Who may do what)."""
    if person.bureau_id != version.point.bureau_id:
        return FOREIGN
    if is_own_point(person, version):
        return Verdict.yes()
    sentence = _("%(point)s 不是您岗位的考点，领取前要经部门负责人同意；请提出领取申请。")
    return Verdict.no(sentence % {"point": version.point.code}, code="needs_consent")


def may_hand_back(person: Employee | None, item: Item) -> Verdict:
    """One's own; anybody's for the office."""
    if person is None or (person.pk == item.employee_id and person.bureau_id == item.bureau_id):
        return Verdict.yes()
    return _office(person, item.bureau, Verdict.no(_("只能交回本人领取的考点；他人的由绩效办办理。")))


def may_decide_request(person: Employee, request: ItemRequest, deciders: Iterable[Employee]) -> Verdict:
    """`deciders` are those above who asked (organization.queries.Chiefs); where there is nobody, the office decides."""
    if person.bureau_id != request.bureau_id:
        return FOREIGN
    if person.pk == request.employee_id:
        return Verdict.no(_("不能同意本人的申请；请由上一级决定。"), code="own_request")
    chosen = list(deciders)
    if person in chosen or (not chosen and person.has_role(Role.Kind.OFFICE)):
        return Verdict.yes()
    if not chosen:
        return Verdict.no(_("这份申请由绩效办决定。"))
    return Verdict.no(_("这份申请由%(names)s决定。") % {"names": listed(one.name for one in chosen)})


def may_withdraw_request(person: Employee, request: ItemRequest) -> Verdict:
    """Only who asked takes a request back."""
    if person.pk == request.employee_id:
        return Verdict.yes()
    return Verdict.no(_("只有申请人本人可以撤回申请；不同意的请写明原因答复。"))


def may_see_workload(person: Employee) -> Verdict:
    """Heads for their department, leaders for those in their charge; office, director and discipline for all."""
    if person.has_role(*LEADING):
        return Verdict.yes()
    return Verdict.no(_("岗位任务量由部门负责人、局领导、绩效办和纪检查看；您岗位的考点请看“领取”。"))


def may_remind_of_points(person: Employee) -> Verdict:
    """Heads remind their own department of points that nobody took on, the office everybody."""
    if person.has_role(Role.Kind.OFFICE, Role.Kind.DEPARTMENT_HEAD):
        return Verdict.yes()
    return Verdict.no(_("提醒由部门负责人或绩效办发出。"))


def may_see_rosters(person: Employee) -> Verdict:
    """As the workload: the lists name absences, which not every colleague may read."""
    if person.has_role(*LEADING):
        return Verdict.yes()
    return Verdict.no(_("部门名单由部门负责人、局领导、绩效办和纪检查看。"))


def may_sign_roster(person: Employee, roster: Roster) -> Verdict:
    """The head, in the head's absence the leader in charge; the office may in their place, with a reason."""
    if person.bureau_id != roster.department.bureau_id:
        return FOREIGN
    if person in roster.signers or person.has_role(Role.Kind.OFFICE):
        return Verdict.yes()
    if roster.signers:
        return Verdict.no(_("这份名单由%(names)s确认；其不在岗时由分管局领导确认。") % {"names": roster.signer_names})
    return Verdict.no(_("这个部门没有在岗的负责人和分管局领导，名单由绩效办代为确认。"))


def may_remind_of_rosters(person: Employee) -> Verdict:
    """The office reminds the departments that have not confirmed their lists."""
    if person.has_role(Role.Kind.OFFICE):
        return Verdict.yes()
    return Verdict.no(_("提醒由绩效办发出。"))


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


def may_open_grid(person: Employee) -> Verdict:
    """Head and liaison enter for their department and for what it assesses, the office for everybody."""
    if person.has_role("office") or acts_for_department(person):
        return Verdict.yes()
    return Verdict.no(_("部门填报由联络员、部门负责人和绩效办办理；您本人的数据请在“我的指标”里填报。"))


def may_upload_results(person: Employee, department: Department) -> Verdict:
    """A department's sheet is its liaison's or head's, anybody's the office's."""
    if person.bureau_id != department.bureau_id:
        return FOREIGN
    if person.has_role("office") or (acts_for_department(person) and person.department_id == department.pk):
        return Verdict.yes()
    return Verdict.no(_("只能上传和下载本部门的填报工作簿；其他部门的由该部门联络员或绩效办办理。"))


def may_enter_by_hand(version: PointVersion, result: Result | None) -> Verdict:
    """A machine fact is never edited by hand; a dispute goes by appeal (domain.md, Results)."""
    machine = PointVersion.Source.MACHINE
    return MACHINE if version.source == machine or (result and result.source == machine) else Verdict.yes()


def may_attach(person: Employee, result: Result, version: PointVersion) -> Verdict:
    """Evidence is added by whoever may enter the fact, as long as it is not confirmed."""
    entering = may_enter_result(person, result.employee, version)
    if not entering:
        return entering
    by_hand = may_enter_by_hand(version, result)
    if not by_hand or person.has_role("office") or result.state != Result.State.CONFIRMED:
        return by_hand
    return Verdict.no(_("这条结果已经确认，不能再补充佐证材料；确有需要请联系绩效办。"), code="confirmed")


def may_remove_evidence(person: Employee, evidence: Evidence) -> Verdict:
    """What somebody uploaded is that person's to take back, until the result is confirmed."""
    if person.bureau_id != evidence.result.bureau_id:
        return FOREIGN
    if person.pk != evidence.by_id:
        return Verdict.no(_("佐证材料只能由上传人删除。"))
    if evidence.result.state == Result.State.CONFIRMED:
        return Verdict.no(_("这条结果已经确认，佐证材料不能再删除。"), code="confirmed")
    return Verdict.yes()


def may_mark_exempt(person: Employee | None, bureau: Bureau) -> Verdict:
    """不适用 takes a node out of the score, so only the office marks it (scoring.md §2)."""
    return _office(person, bureau, Verdict.no(_("“不适用”由绩效办标注；请在说明里写明情况，由绩效办处理。")))


def may_issue_fact_tokens(person: Employee | None, bureau: Bureau) -> Verdict:
    """What a system sends counts without a review, so the office says which systems may."""
    return _office(person, bureau, Verdict.no(_("机考令牌由绩效办发放和停用；请联系绩效办。")))


def may_post_facts(person: Employee | None, bureau: Bureau) -> Verdict:
    """Machine facts count without a review, so the office's account sends them."""
    return _office(person, bureau, Verdict.no(_("机考数据由绩效办的账号报送；请用绩效办账号的令牌。")))


def may_review(person: Employee, result: Result) -> Verdict:
    """The first review belongs to the head of the employee's department, of the head's own and where there is no head to
    the leader in charge; in a department that nobody is in charge of, as the leaders' own, to the director."""
    if person.bureau_id != result.bureau_id:
        return FOREIGN
    if result.source == PointVersion.Source.MACHINE:
        return MACHINE
    if person.pk == result.employee_id:
        return OWN
    employee = result.employee
    if person.has_role("department_head") and person.department_id == employee.department_id:
        return Verdict.yes()
    leads = _is_in_charge(person, employee) or (employee.department.deputy_id is None and person.has_role("director"))
    if leads and (employee.has_role("department_head") or not employee.department.has_head):
        return Verdict.yes()
    return Verdict.no(
        _("初审由被考评人所在部门的负责人办理；负责人本人的、没有负责人的由分管局领导办理，无人分管的由局长办理。")
    )


def may_confirm(person: Employee, result: Result, version: PointVersion) -> Verdict:
    """The assessing department confirms; among its own people only its head, and the head's the deputy in charge.

    The office confirms as second review. A machine fact counts as it came.
    """
    if person.bureau_id != result.bureau_id:
        return FOREIGN
    if result.source == PointVersion.Source.MACHINE:
        return MACHINE
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


def may_assess(person: Employee) -> Verdict:
    """Whether the person has a queue at all: who reviews or confirms for a department, leads one, or is the office."""
    if person.has_role("department_head", "liaison", "deputy_director", "director", "office"):
        return Verdict.yes()
    return Verdict.no(_("考评由部门负责人、考评部门、分管局领导和绩效办办理；您本人的结果在“我的指标”里查看。"))


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
