"""Who may do what with a bulletin: one sentence for the greyed button, the refusal and the page (domain.md)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from common.errors import Sentence
from common.verdict import Verdict
from indicators.models import Quarter
from organization.models import Employee, Role
from reports.models import EDITS_BULLETINS, Bulletin
from scoring.models import ScoreRun

State = Bulletin.State
FOREIGN = Verdict.no(_("这是其他单位的通报。"), code="foreign")
SIGNS = (Role.Kind.DIRECTOR, Role.Kind.OFFICE)
"""Who publishes or returns a bulletin; never who handed it in."""


def may_draft_bulletins(user: Employee) -> Verdict:
    """起草 at all: the office."""
    return _office(user, user.bureau_id, _("通报由绩效办起草；印发以后可以在这里阅读。"))


def may_draft_bulletin(user: Employee, quarter: Quarter, run: ScoreRun | None) -> Verdict:
    """起草: the office, once the quarter's scores are shown; one bulletin a quarter is held by the table."""
    verdict = _office(user, quarter.bureau_id, _("通报由绩效办起草；请联系绩效办。"))
    if verdict and (not quarter.is_settled or run is None or run.is_provisional):
        words = _("%(quarter)s 还没有公示，成绩没有定；公示以后才能起草通报。")
        return Verdict.no(words % {"quarter": quarter.code}, code="state")
    return verdict


def may_edit_bulletin(user: Employee, bulletin: Bulletin) -> Verdict:
    """Write, take new figures: the office, while it is a draft."""
    verdict = _office(user, bulletin.bureau_id, _("通报由绩效办起草和修改；有意见请联系绩效办。"))
    if not verdict or bulletin.state == State.DRAFT:
        return verdict
    if bulletin.state == State.REVIEW:
        return Verdict.no(_("通报正在送审，不能修改；需要修改的先退回。"), code="state")
    return Verdict.no(_("通报已经印发，文字和数据不能再改。"), code="state")


def may_submit_bulletin(user: Employee, bulletin: Bulletin) -> Verdict:
    """送审: the office, with the first section written."""
    verdict = may_edit_bulletin(user, bulletin)
    if verdict and not bulletin.overview.strip():
        return Verdict.no(_("“总体情况”还没有写，不能送审。"), code="state")
    return verdict


def may_decide_bulletin(user: Employee, bulletin: Bulletin) -> Verdict:
    """退回 and 印发: the director or the office, but not who handed it in."""
    if user.bureau_id != bulletin.bureau_id:
        return FOREIGN
    if not user.has_role(*SIGNS):
        return Verdict.no(_("通报由局长或绩效办签发；请联系绩效办。"))
    if bulletin.state == State.PUBLISHED:
        return Verdict.no(_("通报已经印发过了，文号是 %(number)s。") % {"number": bulletin.number}, code="state")
    if bulletin.state == State.DRAFT:
        return Verdict.no(_("通报还没有送审。"), code="state")
    if user.pk == bulletin.reviewed_by_id:
        return Verdict.no(_("这份通报由您送审，不能由您签发或退回；请由局长或绩效办其他人员办理。"), code="own")
    return Verdict.yes()


def may_publish_bulletin(user: Employee, bulletin: Bulletin) -> Verdict:
    """印发: besides, the quarter is published, so that its figures no longer move without a correction run."""
    verdict = may_decide_bulletin(user, bulletin)
    if verdict and not bulletin.quarter.is_frozen:
        words = _("%(quarter)s 还没有发布，得分可能变动；季度发布以后才能印发通报。")
        return Verdict.no(words % {"quarter": bulletin.quarter.code}, code="state")
    return verdict


def may_see_receipts(user: Employee, bulletin: Bulletin) -> Verdict:
    """Who has read it: office, leaders, discipline."""
    if user.bureau_id != bulletin.bureau_id:
        return FOREIGN
    if not user.has_role(*EDITS_BULLETINS):
        return Verdict.no(_("阅读情况只对绩效办、局领导和纪检开放。"))
    if bulletin.state != State.PUBLISHED:
        return Verdict.no(_("通报还没有印发，没有阅读情况。"), code="state")
    return Verdict.yes()


def may_remind_readers(user: Employee, bulletin: Bulletin) -> Verdict:
    """催阅: the office, once it is published."""
    verdict = _office(user, bulletin.bureau_id, _("催阅由绩效办发出；请联系绩效办。"))
    if verdict and bulletin.state != State.PUBLISHED:
        return Verdict.no(_("通报还没有印发，不用催阅。"), code="state")
    return verdict


def _office(user: Employee, bureau_id: int, sentence: Sentence) -> Verdict:
    if user.bureau_id != bureau_id:
        return FOREIGN
    return Verdict.yes() if user.has_role(Role.Kind.OFFICE) else Verdict.no(sentence)
