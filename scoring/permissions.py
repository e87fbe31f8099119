"""Who may score, publish and correct, record adjustments, appeal, and see whose score (domain.md, Who may do what)."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from common.errors import Sentence
from common.verdict import Verdict
from organization.models import Bureau, Employee, Role
from scoring.models import SEES_ALL_EXPLANATIONS, Adjustment, Appeal, Score
from scoring.queries.adjustments import LEADING_GROUP
from scoring.queries.appeals import DECIDERS, SPEAKERS, Window, appeal_window, to_answer

FOREIGN = Verdict.no(_("这是其他单位的事项，只有该单位的人员可以办理。"), code="foreign")
RUNS_QUARTERS = (Role.Kind.OFFICE, Role.Kind.DIRECTOR)


def may_see_score(user: Employee, score: Score) -> Verdict:
    """Whether the user may open the explanation of a score, down to every input."""
    if score.bureau_id != user.bureau_id:
        return Verdict.no(_("这是其他单位的得分，只有该单位的人员可以查看。"), code="foreign")
    if score.employee_id == user.pk or user.has_role(*SEES_ALL_EXPLANATIONS):
        return Verdict.yes()
    if user.has_role(Role.Kind.DEPARTMENT_HEAD) and score.department_id == user.department_id:
        return Verdict.yes()
    if user.has_role(Role.Kind.DEPUTY_DIRECTOR) and score.department.deputy_id == user.pk:
        return Verdict.yes()
    return Verdict.no(
        _("得分明细只对本人、本部门负责人、分管局领导、局长、绩效办和纪检开放；要了解他人得分，请找绩效办。")
    )


def may_run_quarter(user: Employee, bureau: Bureau) -> Verdict:
    """Score a quarter and move it on, up to publicity."""
    return _of_bureau(user, bureau, (Role.Kind.OFFICE,), _("计分和推进季度由绩效办办理；需要时请联系绩效办。"))


def may_publish_quarter(user: Employee, bureau: Bureau) -> Verdict:
    """Publish a quarter, and correct a published one."""
    return _of_bureau(user, bureau, RUNS_QUARTERS, _("发布和更正得分由局长或绩效办办理；需要时请联系绩效办。"))


def may_simulate(user: Employee, bureau: Bureau) -> Verdict:
    """Try another scheme on a quarter: whoever proposes a scheme and whoever adopts it."""
    return _of_bureau(user, bureau, RUNS_QUARTERS, _("方案模拟只对局长和绩效办开放；要调整方案请向绩效办提出。"))


def may_see_quarters(user: Employee, bureau: Bureau) -> Verdict:
    """Browse the quarters with their states and what was scored in them."""
    return _of_bureau(
        user, bureau, SEES_ALL_EXPLANATIONS, _("季度的计分和发布只对局长、绩效办和纪检开放；需要时请联系绩效办。")
    )


def may_see_readiness(user: Employee, bureau: Bureau) -> Verdict:
    """Read the quarter's readiness list, which names people with missing results."""
    return _of_bureau(user, bureau, SEES_ALL_EXPLANATIONS, _("发布前检查只对局长、绩效办和纪检开放。"))


def may_see_adjustments(user: Employee, bureau: Bureau) -> Verdict:
    """Browse everybody's plus and minus items and the department scores."""
    return _of_bureau(
        user, bureau, SEES_ALL_EXPLANATIONS, _("全局加减分只对局长、绩效办和纪检开放；自己的加减分见“我的得分”。")
    )


def may_write_adjustment(user: Employee, bureau: Bureau, *, disciplinary: bool, of: Employee | None = None) -> Verdict:
    """Record a plus or minus directly (直接登记): the office any, the discipline role disciplinary minuses.

    `of` is whom it is about, where that is known: nobody records an own one.
    """
    if of is not None and user.pk == of.pk and user.has_role(Role.Kind.OFFICE, Role.Kind.DISCIPLINE):
        return OWN_ADJUSTMENT
    if disciplinary and user.bureau_id == bureau.pk and user.has_role(Role.Kind.DISCIPLINE):
        return Verdict.yes()
    return _of_bureau(
        user, bureau, (Role.Kind.OFFICE,), _("加减分由绩效办登记，违纪减分也可由纪检登记；请联系绩效办。")
    )


OWN_ADJUSTMENT = Verdict.no(
    _("这是您本人的加减分，不能由本人登记、审核或审定；请由绩效办的其他人员或其他局领导办理。"), code="own_adjustment"
)


def may_request_adjustment(user: Employee, employee: Employee, *, plus: bool = True) -> Verdict:
    """申请: head and liaison for people of their department, everybody a plus for oneself, the office for anybody."""
    if user.bureau_id != employee.bureau_id:
        return FOREIGN
    if user.has_role(Role.Kind.OFFICE):
        return Verdict.yes()
    if user.pk == employee.pk:
        return Verdict.yes() if plus else Verdict.no(_("本人只能为自己申请加分；减分由所在部门或绩效办提出。"))
    if user.has_role(Role.Kind.DEPARTMENT_HEAD, Role.Kind.LIAISON) and user.department_id == employee.department_id:
        return Verdict.yes()
    return Verdict.no(_("只能为本人，或由部门负责人、联络员为本部门人员申请加减分；其他人员请联系其所在部门或绩效办。"))


def may_step_adjustment(user: Employee, adjustment: Adjustment) -> Verdict:
    """Who takes the next step of a request, or refuses it there: 初审 and 计入 the office, 审定 the leading group.

    Nobody decides on an own one. What counts already, or was refused, has no next step.
    """
    state = Adjustment.State
    if adjustment.state == state.REVIEWED:
        kinds: tuple[str, ...] = LEADING_GROUP
        sentence = _("加减分由局长或局领导审定。")
    elif adjustment.state in (state.REQUESTED, state.APPROVED):
        kinds, sentence = (Role.Kind.OFFICE,), _("加减分的初审和计入由绩效办办理。")
    else:
        return Verdict.no(_("这条加减分已经办结，没有下一步。"), code="settled")
    verdict = _of_bureau(user, adjustment.bureau, kinds, sentence)
    if verdict and user.pk == adjustment.employee_id:
        return OWN_ADJUSTMENT
    return verdict


def may_take_out_adjustment(user: Employee, adjustment: Adjustment) -> Verdict:
    """不予计入: on the way whoever takes the next step; of a counted one whoever may record it."""
    if adjustment.state != Adjustment.State.COUNTED:
        return may_step_adjustment(user, adjustment)
    return may_write_adjustment(user, adjustment.bureau, disciplinary=adjustment.disciplinary, of=adjustment.employee)


def may_write_department_scores(user: Employee, bureau: Bureau) -> Verdict:
    return _of_bureau(user, bureau, (Role.Kind.OFFICE,), _("部门得分由绩效办登记；需要更改请联系绩效办。"))


def _of_bureau(user: Employee, bureau: Bureau, kinds: tuple[str, ...], sentence: object) -> Verdict:
    if user.bureau_id != bureau.pk:
        return FOREIGN
    return Verdict.yes() if user.has_role(*kinds) else Verdict.no(sentence)  # type: ignore[arg-type]


# Appeals ----------------------------------------------------------------------------------------------------------


def may_file_appeal(user: Employee, score: Score, *, today: date, window: Window | None = None) -> Verdict:
    """Whether the person may object to a line of this score today: one's own, or as who assessed one of its results.

    Which results one assessed is asked of the line itself (`may_appeal_as_assessor`). `window` saves the query where it
    is known.
    """
    if score.bureau_id != user.bureau_id:
        return FOREIGN
    if score.employee_id != user.pk and not user.has_role(*SPEAKERS):
        return Verdict.no(_("申诉由被考评人本人提出，或由考评部门的负责人、联络员提出；请由他们办理。"))
    if not score.run.is_current:
        return Verdict.no(_("这是更正前的得分，已经不作数；请从现行的得分明细提出申诉。"), code="state")
    quarter = score.quarter
    window = window or appeal_window(quarter)
    if window is None and quarter.takes_input:
        return Verdict.no(
            _("%(quarter)s 还没有公示，得分还会变动；现在发现差错请找填报人或考评部门更正，公示后再提申诉。")
            % {"quarter": quarter.code},
            code="state",
        )
    if window is None or not window.holds(today):
        return Verdict.no(_closed(quarter.code, window), code="late")
    return Verdict.yes()


def _closed(code: str, window: Window | None) -> Sentence:
    if window is None:
        return _("%s 没有公示记录，不能再提申诉；确有差错请向绩效办反映，核实后办理更正计分。") % code
    return _(
        "%(quarter)s 的申诉应当在公示开始后 %(days)d 个工作日内提出，%(last)s 已经截止；"
        "确有差错请向绩效办反映，核实后办理更正计分。"
    ) % {"quarter": code, "days": window.workdays, "last": window.last}


def may_appeal_as_assessor(user: Employee, assessor_id: int | None) -> Verdict:
    """Head and liaison of the department that assesses the result, about other people's results."""
    if user.has_role(*SPEAKERS) and assessor_id == user.department_id:
        return Verdict.yes()
    return Verdict.no(_("只能对本部门负责考评的结果提出申诉；其他事项由被考评人本人提出。"))


def may_answer_appeal(user: Employee, appeal: Appeal) -> Verdict:
    """The assessing department, who accepted the claim, else the office; never a party (domain.md, Quarter's end)."""
    verdict = _impartial(user, appeal, _("您是这份申诉的当事人，不能由本人答复；请由其他人答复。"))
    if not verdict:
        return verdict
    if appeal.state != Appeal.State.FILED:
        return _not_in_state(appeal, _("申诉现在是“%(state)s”，不必再答复。"))
    if to_answer(user).filter(pk=appeal.pk).exists():
        return Verdict.yes()
    return Verdict.no(
        _("考评结果的申诉由考评部门的负责人、联络员答复，抢派单的由验收人或分管局领导答复，其他的由绩效办答复。")
    )


def may_decide_appeal(user: Employee, appeal: Appeal, *, today: date) -> Verdict:
    """The office with the leading group, after the answer or once its limit has passed; never a party."""
    verdict = _of_bureau(user, appeal.bureau, DECIDERS, _("申诉由绩效办会同局长裁定；请等候裁定。"))
    if verdict:
        verdict = _impartial(user, appeal, _("不能裁定涉及本人或由本人提出的申诉；请由其他绩效办人员或局长裁定。"))
    if not verdict:
        return verdict
    if not appeal.is_open:
        return _not_in_state(appeal, _("申诉现在是“%(state)s”，不必再裁定。"))
    if appeal.state == Appeal.State.FILED and today <= appeal.answer_due:
        return Verdict.no(
            _("还没有答复，答复期限是 %(due)s；答复后或期满后才能裁定。") % {"due": appeal.answer_due}, code="state"
        )
    return Verdict.yes()


def may_withdraw_appeal(user: Employee, appeal: Appeal) -> Verdict:
    """Whoever filed it, as long as nobody has decided."""
    if user.bureau_id != appeal.bureau_id:
        return FOREIGN
    if user.pk != appeal.filed_by_id:
        return Verdict.no(_("只有提出人可以撤回申诉；请联系提出人。"))
    if not appeal.is_open:
        return _not_in_state(appeal, _("申诉现在是“%(state)s”，不能再撤回。"))
    return Verdict.yes()


def _impartial(user: Employee, appeal: Appeal, sentence: Sentence) -> Verdict:
    if user.bureau_id != appeal.bureau_id:
        return FOREIGN
    return Verdict.no(sentence, code="own") if user.pk in (appeal.employee_id, appeal.filed_by_id) else Verdict.yes()


def _not_in_state(appeal: Appeal, sentence: Sentence) -> Verdict:
    return Verdict.no(sentence % {"state": appeal.get_state_display()}, code="state")


# Acknowledgement --------------------------------------------------------------------------------------------------


def may_acknowledge(user: Employee, score: Score) -> Verdict:
    """知悉 is the person's own; whether the score is final yet is a matter of its state."""
    if score.bureau_id != user.bureau_id:
        return FOREIGN
    if score.employee_id == user.pk:
        return Verdict.yes()
    return Verdict.no(_("得分由本人知悉，不能代为确认；可以在“知悉情况”里提醒本人。"))


def may_see_acknowledgements(user: Employee, bureau: Bureau) -> Verdict:
    """Who has acknowledged the scores: of the bureau, and for a head of the own department."""
    kinds = (*SEES_ALL_EXPLANATIONS, Role.Kind.DEPARTMENT_HEAD)
    return _of_bureau(user, bureau, kinds, _("知悉情况只对局长、绩效办、纪检和部门负责人开放。"))


def may_remind_of_scores(user: Employee, bureau: Bureau) -> Verdict:
    """Remind those who have not acknowledged: the office everybody, a head the own department."""
    kinds = (Role.Kind.OFFICE, Role.Kind.DEPARTMENT_HEAD)
    return _of_bureau(user, bureau, kinds, _("提醒由绩效办或部门负责人发出；需要时请联系绩效办。"))
