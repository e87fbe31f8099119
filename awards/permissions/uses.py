"""Who draws, decides, signs and reads what results are used for (domain.md, Use of results).

The office draws and proposes, the director signs, deputies and discipline read; heads read the lines about their own
people. A line is decided by people: by the office, and by the director who will sign it.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from awards.grading import Word
from awards.models import READS_USES, UseLine, UseList
from common.errors import Sentence
from common.verdict import Verdict
from organization.models import Bureau, Employee, Role

FOREIGN = Verdict.no(_("这是其他单位的事项，只有该单位的人员可以办理。"), code="foreign")
SIGNED = Verdict.no(_("名单已经签发，内容固定，不能再拟定或修改；更正请在下一期名单中办理。"), code="signed")


def may_read_uses(user: Employee) -> Verdict:
    """Open the pages of what results are used for, as far as `visible_to` goes."""
    if user.has_role(*READS_USES, Role.Kind.DEPARTMENT_HEAD):
        return Verdict.yes()
    return Verdict.no(_("结果运用名单对绩效办、局领导、纪检和部门负责人开放；对您本人的决定在签发后记入个人档案。"))


def may_draw(user: Employee, bureau: Bureau) -> Verdict:
    """Draw a list from published scores, and ask for its signature."""
    return _of(user, bureau, (Role.Kind.OFFICE,), _("名单由绩效办拟定；需要时请联系绩效办。"))


def may_set_uses(user: Employee, bureau: Bureau) -> Verdict:
    """Change quotas and thresholds."""
    return _of(user, bureau, (Role.Kind.OFFICE,), _("比例和分数线由绩效办设定；需要时请联系绩效办。"))


def may_decide(user: Employee, use_list: UseList) -> Verdict:
    """Decide on lines of a list that is not signed yet."""
    allowed = _of(
        user,
        use_list.bureau,
        (Role.Kind.OFFICE, Role.Kind.DIRECTOR),
        _("名单由绩效办提出决定意见、局长签发；有意见请向绩效办提出。"),
    )
    return allowed if not allowed or use_list.is_draft else SIGNED


def may_sign(user: Employee, use_list: UseList) -> Verdict:
    """Sign a list off, after which it is fixed."""
    allowed = _of(user, use_list.bureau, (Role.Kind.DIRECTOR,), _("名单由局长签发；绩效办可以提请签发。"))
    return allowed if not allowed or use_list.is_draft else SIGNED


def may_plan_training(user: Employee, bureau: Bureau) -> Verdict:
    """Plan trainings for the needs, and record who came."""
    return _of(user, bureau, (Role.Kind.OFFICE,), _("培训由绩效办安排和登记；需要时请联系绩效办。"))


def may_carry(user: Employee, line: UseLine) -> Verdict:
    """Carry an improvement into the next year's library; once, from a signed list, where people decided so."""
    use_list = line.use_list
    allowed = _of(user, use_list.bureau, (Role.Kind.OFFICE,), _("改进事项由绩效办转入下年度指标库。"))
    if not allowed:
        return allowed
    if use_list.is_draft:
        return Verdict.no(_("名单还没有签发；签发后再转入下年度指标库。"), code="draft")
    if line.decision != Word.IMPROVE:
        return Verdict.no(_("这一项没有决定列入下年度，不转入指标库。"), code="decided_otherwise")
    if line.carried_to_id is not None:
        return Verdict.no(_("这一项已经转入下年度指标库，不能再转一次。"), code="carried")
    return Verdict.yes()


def _of(user: Employee, bureau: Bureau, kinds: tuple[str, ...], sentence: Sentence) -> Verdict:
    if user.bureau_id != bureau.pk:
        return FOREIGN
    return Verdict.yes() if user.has_role(*kinds) else Verdict.no(sentence)
