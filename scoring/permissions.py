"""Who may score, publish and correct, record adjustments, and see whose score (domain.md, Who may do what)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from common.verdict import Verdict
from organization.models import Bureau, Employee, Role
from scoring.models import SEES_ALL_EXPLANATIONS, Score

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


def may_see_readiness(user: Employee, bureau: Bureau) -> Verdict:
    """Read the quarter's readiness list, which names people with missing results."""
    return _of_bureau(user, bureau, SEES_ALL_EXPLANATIONS, _("发布前检查只对局长、绩效办和纪检开放。"))


def may_see_adjustments(user: Employee, bureau: Bureau) -> Verdict:
    """Browse everybody's plus and minus items and the department scores."""
    return _of_bureau(
        user, bureau, SEES_ALL_EXPLANATIONS, _("全局加减分只对局长、绩效办和纪检开放；自己的加减分见“我的得分”。")
    )


def may_write_adjustment(user: Employee, bureau: Bureau, *, disciplinary: bool) -> Verdict:
    """Record a plus or minus: the office any, the discipline role disciplinary minuses."""
    if disciplinary and user.bureau_id == bureau.pk and user.has_role(Role.Kind.DISCIPLINE):
        return Verdict.yes()
    return _of_bureau(
        user, bureau, (Role.Kind.OFFICE,), _("加减分由绩效办登记，违纪减分也可由纪检登记；请联系绩效办。")
    )


def may_write_department_scores(user: Employee, bureau: Bureau) -> Verdict:
    return _of_bureau(user, bureau, (Role.Kind.OFFICE,), _("部门得分由绩效办登记；需要更改请联系绩效办。"))


def _of_bureau(user: Employee, bureau: Bureau, kinds: tuple[str, ...], sentence: object) -> Verdict:
    if user.bureau_id != bureau.pk:
        return Verdict.no(_("这是其他单位的事项，只有该单位的人员可以办理。"), code="foreign")
    return Verdict.yes() if user.has_role(*kinds) else Verdict.no(sentence)  # type: ignore[arg-type]
