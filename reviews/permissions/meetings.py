"""Who may do what at a review meeting: one sentence for the greyed button, the refusal and the page (domain.md)."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from common.errors import Sentence
from common.verdict import Verdict
from indicators.models import Quarter
from organization.models import Employee, Role
from reviews.models import ATTENDS_MEETINGS, LostPoint, MeetingAction, ReviewMeeting

State = ReviewMeeting.State
FOREIGN = Verdict.no(_("这是其他单位的讲评会。"), code="foreign")
ONLY_OFFICE = _("讲评会由绩效办筹备；需要时请联系绩效办。")
CLOSED = Verdict.no(_("纪要已经定稿，讲评会的内容不能再改；议定事项仍可办理。"), code="state")


def may_see_meetings(user: Employee) -> Verdict:
    """The list of meetings: who sits in them; the others have their own actions."""
    if user.has_role(*ATTENDS_MEETINGS):
        return Verdict.yes()
    return Verdict.no(_("讲评会的材料和纪要只对参会人员开放；由您负责的议定事项在“议定事项”里。"))


def may_prepare_meetings(user: Employee) -> Verdict:
    """Prepare a meeting at all."""
    return _office(user, user.bureau_id, ONLY_OFFICE)


def may_prepare_meeting(user: Employee, quarter: Quarter) -> Verdict:
    """筹备: the office, once the quarter's scores are shown; one meeting a quarter is held by the table."""
    verdict = _office(user, quarter.bureau_id, ONLY_OFFICE)
    if verdict and not quarter.is_settled:
        return Verdict.no(
            _("%(quarter)s 还没有公示，成绩没有定；公示以后才能筹备讲评会。") % {"quarter": quarter.code}, code="state"
        )
    return verdict


def may_arrange_meeting(user: Employee, meeting: ReviewMeeting) -> Verdict:
    """Change day, place, chair and agenda: the office, before the meeting."""
    verdict = _office(user, meeting.bureau_id, _("讲评会的时间、地点和议程由绩效办安排；有意见请联系绩效办。"))
    if verdict and meeting.state != State.PREPARING:
        return Verdict.no(_("讲评会已经召开，时间、地点和议程不能再改。"), code="state")
    return verdict


def may_hold_meeting(user: Employee, meeting: ReviewMeeting, *, today: date) -> Verdict:
    """召开: the office, on the day or later."""
    verdict = _office(user, meeting.bureau_id, _("召开由绩效办登记；请联系绩效办。"))
    if not verdict:
        return verdict
    if meeting.state != State.PREPARING:
        return Verdict.no(_("讲评会已经召开过了。"), code="state")
    if not meeting.quarter.is_settled:
        return Verdict.no(
            _("%(quarter)s 已退回，成绩没有定；重新公示以后才能召开讲评会。") % {"quarter": meeting.quarter.code},
            code="state",
        )
    if today < meeting.day:
        return Verdict.no(_("讲评会定在 %(day)s，还没有到；提前召开请先改日期。") % {"day": meeting.day}, code="state")
    return verdict


def may_write_report(user: Employee, meeting: ReviewMeeting) -> Verdict:
    """绩效办汇报."""
    verdict = _office(user, meeting.bureau_id, _("汇报由绩效办撰写。"))
    return CLOSED if verdict and meeting.state == State.CLOSED else verdict


def may_explain(user: Employee, row: LostPoint, *, headless: bool = False) -> Verdict:
    """扣分说明: head or liaison of the department, before the meeting; the office where the department has neither."""
    meeting = row.meeting
    if user.bureau_id != meeting.bureau_id:
        return FOREIGN
    own = user.department_id == row.department_id and user.has_role(Role.Kind.DEPARTMENT_HEAD, Role.Kind.LIAISON)
    if not own and not (headless and user.has_role(Role.Kind.OFFICE)):
        return Verdict.no(_("扣分由本部门负责人或联络员说明；请由他们填写。"))
    if meeting.state != State.PREPARING:
        return Verdict.no(_("讲评会已经召开，扣分说明不能再改；补充意见请在会上提出，写入纪要。"), code="state")
    return Verdict.yes()


def may_comment(user: Employee, meeting: ReviewMeeting) -> Verdict:
    """局领导点评."""
    if user.bureau_id != meeting.bureau_id:
        return FOREIGN
    if not user.has_role(Role.Kind.DEPUTY_DIRECTOR):
        return Verdict.no(_("点评由分管局领导作出。"))
    return CLOSED if meeting.state == State.CLOSED else Verdict.yes()


def may_sum_up(user: Employee, meeting: ReviewMeeting) -> Verdict:
    """局长总结: the director, or whoever takes the chair in the director's place."""
    if user.bureau_id != meeting.bureau_id:
        return FOREIGN
    if not user.has_role(Role.Kind.DIRECTOR) and user.pk != meeting.chair_id:
        return Verdict.no(_("总结由局长或会议主持人作出。"))
    return CLOSED if meeting.state == State.CLOSED else Verdict.yes()


def may_write_minutes(user: Employee, meeting: ReviewMeeting) -> Verdict:
    """Draft, edit and finish the minutes, and record what was decided: the office, after the meeting."""
    verdict = _office(user, meeting.bureau_id, _("纪要和议定事项由绩效办登记；有意见请联系绩效办。"))
    if verdict and meeting.state == State.PREPARING:
        return Verdict.no(_("讲评会还没有召开；召开以后再写纪要、登记议定事项。"), code="state")
    return CLOSED if verdict and meeting.state == State.CLOSED else verdict


def may_report_outcome(user: Employee, action: MeetingAction) -> Verdict:
    """报告办理结果: who is to do it."""
    if user.bureau_id != action.meeting.bureau_id:
        return FOREIGN
    if user.pk != action.owner_id:
        return Verdict.no(_("办理结果由责任人报告；请联系责任人。"))
    return _open(action)


def may_settle_action(user: Employee, action: MeetingAction) -> Verdict:
    """办结、不再办理, and giving it to somebody else or to another day: the office."""
    verdict = _office(user, action.meeting.bureau_id, _("议定事项由绩效办办结、改期或转交；请联系绩效办。"))
    return _open(action) if verdict else verdict


def _open(action: MeetingAction) -> Verdict:
    if action.state == MeetingAction.State.OPEN:
        return Verdict.yes()
    return Verdict.no(
        _("这件事项已经是“%(state)s”，不用再办理。") % {"state": action.get_state_display()}, code="state"
    )


def _office(user: Employee, bureau_id: int, sentence: Sentence) -> Verdict:
    if user.bureau_id != bureau_id:
        return FOREIGN
    return Verdict.yes() if user.has_role(Role.Kind.OFFICE) else Verdict.no(sentence)
