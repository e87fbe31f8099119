"""Who may do what with a letter and its items: one sentence for the greyed button, the refusal and the page (domain.md)."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from common.errors import Sentence
from common.verdict import Verdict
from organization.models import Bureau, Employee, Role
from supervision.models import SEES_ALL_LETTERS, ItemExtension, ItemReport, Letter, LetterItem, ProposedMinus

State = Letter.State
FOREIGN = Verdict.no(_("这是其他单位的督查督办函。"), code="foreign")
ANSWERS = (Role.Kind.DEPARTMENT_HEAD, Role.Kind.LIAISON)
OWN = Verdict.no(_("这件事项由您本人负责或反馈，不能由您审核；请由绩效办的其他人员办理。"), code="own")


def may_write_letters(user: Employee, bureau: Bureau) -> Verdict:
    """立项 and the agreements about letters: the office."""
    return _office(user, bureau.pk, _("督查督办函由绩效办立项；有线索请向绩效办提出。"))


def may_edit_letter(user: Employee, letter: Letter) -> Verdict:
    """Change or throw away a draft: the office, before it is issued."""
    verdict = _office(user, letter.bureau_id, _("督查督办函由绩效办起草；有意见请联系绩效办。"))
    if verdict and letter.state != State.DRAFT:
        return Verdict.no(_("这份函已经交办，不能再改；确有错误请写明理由撤回，另行立项。"), code="state")
    return verdict


def may_issue_letter(user: Employee, letter: Letter) -> Verdict:
    """交办: the office, once."""
    verdict = _office(user, letter.bureau_id, _("督查督办函由绩效办交办；请联系绩效办。"))
    if verdict and letter.state != State.DRAFT:
        return Verdict.no(_("这份函已经交办过了，文号是 %(number)s。") % {"number": letter.number}, code="state")
    return verdict


def may_revoke_letter(user: Employee, letter: Letter) -> Verdict:
    """撤回: the office, as long as not everything is settled."""
    verdict = _office(user, letter.bureau_id, _("督查督办函由绩效办撤回；有意见请联系绩效办。"))
    return _in_state(letter, State.ISSUED, _("只有已交办、还没有销号的函可以撤回。")) if verdict else verdict


def may_archive_letter(user: Employee, letter: Letter) -> Verdict:
    """归档: the office, once everything is settled."""
    verdict = _office(user, letter.bureau_id, _("督查督办函由绩效办归档；请联系绩效办。"))
    return _in_state(letter, State.CLOSED, _("全部事项销号以后才能归档。")) if verdict else verdict


def may_report_item(user: Employee, item: LetterItem) -> Verdict:
    """反馈: head or liaison of the leading department, while it is being worked on."""
    if user.bureau_id != item.letter.bureau_id:
        return FOREIGN
    if not _answers_for(user, item):
        return Verdict.no(_("督办事项由主办部门的负责人或联络员反馈；请由他们办理。"))
    return _at_work(item)


def may_contribute(user: Employee, item: LetterItem, assisting: frozenset[int] | None = None) -> Verdict:
    """补充情况: head or liaison of an assisting department, and the responsible person, until it is settled.

    `assisting` are the ids of the assisting departments, where the page has them.
    """
    if user.bureau_id != item.letter.bureau_id:
        return FOREIGN
    helps = user.has_role(*ANSWERS) and (
        user.department_id in assisting
        if assisting is not None
        else item.assisting.filter(pk=user.department_id).exists()
    )
    if not helps and user.pk != item.responsible_id:
        return Verdict.no(_("补充情况由协办部门的负责人、联络员或责任人填写。"))
    return Verdict.yes() if item.state in LetterItem.OPEN else _settled(item)


def may_ask_extension(user: Employee, item: LetterItem, *, today: date) -> Verdict:
    """申请延期: who reports, before the due date."""
    if user.bureau_id != item.letter.bureau_id:
        return FOREIGN
    if not _answers_for(user, item):
        return Verdict.no(_("延期由主办部门的负责人或联络员申请。"))
    verdict = _at_work(item)
    if verdict and today >= item.due_on:
        return Verdict.no(
            _("延期要在期限 %(due)s 之前申请，现在已经不能申请；请尽快办理并反馈。") % {"due": item.due_on}, code="late"
        )
    return verdict


def may_decide_extension(user: Employee, extension: ItemExtension) -> Verdict:
    """延期审批: the office, and not whoever asked."""
    item = extension.item
    verdict = _office(user, item.letter.bureau_id, _("延期由绩效办审批；请等绩效办办理。"))
    if not verdict:
        return verdict
    if user.pk == extension.asked_by_id:
        return Verdict.no(_("延期由您本人申请，不能由您审批；请由绩效办的其他人员办理。"), code="own")
    if extension.granted is not None:
        return Verdict.no(_("这份延期申请已经审批过了。"), code="state")
    return _at_work(item)


def may_check_report(user: Employee, item: LetterItem, report: ItemReport | None = None) -> Verdict:
    """审核: the office; nobody checks an own report or an own item."""
    verdict = _office(user, item.letter.bureau_id, _("反馈由绩效办审核；请等绩效办办理。"))
    if not verdict:
        return verdict
    if item.state != LetterItem.State.REPORTED:
        return Verdict.no(_("这件事项现在没有待审核的反馈。"), code="state")
    if user.pk == item.responsible_id or (report is not None and user.pk == report.by_id):
        return OWN
    return Verdict.yes()


def may_drop_item(user: Employee, item: LetterItem) -> Verdict:
    """不再督办: the office, until it is settled; not for an own one."""
    verdict = _office(user, item.letter.bureau_id, _("不再督办由绩效办决定；有意见请联系绩效办。"))
    if not verdict:
        return verdict
    if user.pk == item.responsible_id:
        return OWN
    return Verdict.yes() if item.state in LetterItem.OPEN else _settled(item)


def may_see_minuses(user: Employee) -> Verdict:
    """The list of proposed minuses: office, director, discipline."""
    if user.has_role(*SEES_ALL_LETTERS):
        return Verdict.yes()
    return Verdict.no(_("减分建议只对绩效办、局长和纪检开放；涉及您的，提请减分时会通知您。"))


def may_decide_minus(user: Employee, minus: ProposedMinus) -> Verdict:
    """督考合一: a person of the office decides, and never about oneself."""
    verdict = _office(user, minus.item.letter.bureau_id, _("减分建议由绩效办决定；请等绩效办办理。"))
    if not verdict:
        return verdict
    if user.pk == minus.employee_id:
        return Verdict.no(_("这条减分建议涉及您本人，不能由您决定；请由绩效办的其他人员办理。"), code="own")
    if minus.state != ProposedMinus.State.PROPOSED:
        return Verdict.no(
            _("这条减分建议已经是“%(state)s”，不用再决定。") % {"state": minus.get_state_display()}, code="state"
        )
    return Verdict.yes()


def _answers_for(user: Employee, item: LetterItem) -> bool:
    return user.department_id == item.department_id and user.has_role(*ANSWERS)


def _at_work(item: LetterItem) -> Verdict:
    if item.state in (LetterItem.State.ASSIGNED, LetterItem.State.RETURNED):
        return Verdict.yes()
    if item.state == LetterItem.State.REPORTED:
        return Verdict.no(_("已经反馈，正在等绩效办审核。"), code="state")
    if item.state == LetterItem.State.PLANNED:
        return Verdict.no(_("这份函还没有交办。"), code="state")
    return _settled(item)


def _settled(item: LetterItem) -> Verdict:
    return Verdict.no(_("这件事项现在是“%(state)s”，不用再办理。") % {"state": item.get_state_display()}, code="state")


def _in_state(letter: Letter, state: str, sentence: Sentence) -> Verdict:
    return Verdict.yes() if letter.state == state else Verdict.no(sentence, code="state")


def _office(user: Employee, bureau_id: int, sentence: Sentence) -> Verdict:
    if user.bureau_id != bureau_id:
        return FOREIGN
    return Verdict.yes() if user.has_role(Role.Kind.OFFICE) else Verdict.no(sentence)
