"""督办事项: reported, contributed to, extended, checked, closed out or not pursued; every act behind the letter's lock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import storage
from common.errors import Conflict, InvalidInput
from organization.files import file_lines, keep_rows
from organization.models import Employee
from supervision.models import ItemExtension, ItemReport, LetterItem, ReportFile
from supervision.permissions.letters import (
    may_ask_extension,
    may_check_report,
    may_contribute,
    may_decide_extension,
    may_drop_item,
    may_report_item,
)
from supervision.services.letter_steps import (
    close_if_settled,
    concerned,
    fresh_item,
    lay_aside_extension,
    move_item,
    office_of,
    record_item,
    tell_item,
)
from supervision.services.minuses import propose_minus
from tasks_market.services.steps import filled, require

FOLDER = "letters"
State = LetterItem.State


@transaction.atomic
def report_item(
    *, item: LetterItem, text: str, actor: Employee, today: date, now: datetime, files: Sequence[File[bytes]] = ()
) -> ItemReport:
    """反馈: what was done, with evidence; after the limit it counts as late and proposes a minus.

    An undecided extension falls away; it was asked for in time, so that no minus is proposed. Raises Refused, Conflict,
    InvalidInput.
    """
    item = fresh_item(item)
    require(may_report_item(actor, item))
    text = filled(text, "text", _("请写明办理情况。"))
    storage.check(files)
    late, before = today > item.due_on, item.state
    move_item(item, State.REPORTED)
    waited_for_the_office = lay_aside_extension(item, now=now)
    with storage.storing(FOLDER) as store:
        report = ItemReport.objects.create(item=item, text=text, by=actor, at=now, late=late)
        kept = keep_rows(ReportFile, map(store, files), actor=actor, now=now, report=report)
        record_item(
            item, "report", actor=actor, before={"state": before},
            after={"text": text, "late": late, "files": file_lines(kept)},
        )  # fmt: skip
        subject = gettext_lazy("%(letter)s“%(matter)s”已由%(department)s反馈，请审核")
        tell_item(item, office_of(item.letter.bureau, today), subject, f"report:{report.pk}", body=text)
        if late and not waited_for_the_office:
            propose_minus(item, now=now)
    return report


@transaction.atomic
def contribute(
    *, item: LetterItem, text: str, actor: Employee, today: date, now: datetime, files: Sequence[File[bytes]] = ()
) -> ItemReport:
    """补充情况 of an assisting department or the responsible person; whoever reports is told. Raises as `report_item`."""
    item = fresh_item(item)
    require(may_contribute(actor, item))
    text = filled(text, "text", _("请写明协办或办理的情况。"))
    storage.check(files)
    with storage.storing(FOLDER) as store:
        report = ItemReport.objects.create(item=item, text=text, by=actor, at=now, contribution=True)
        kept = keep_rows(ReportFile, map(store, files), actor=actor, now=now, report=report)
        record_item(item, "contribute", actor=actor, after={"text": text, "files": file_lines(kept)})
        subject = gettext_lazy("%(letter)s“%(matter)s”有补充情况")
        people = [one for one in concerned(item, today) if one.pk != actor.pk]
        tell_item(item, people, subject, f"contribute:{report.pk}", body=text)
    return report


@transaction.atomic
def ask_extension(
    *, item: LetterItem, wanted: date, reason: str, actor: Employee, today: date, now: datetime
) -> ItemExtension:
    """申请延期, before the limit. Raises Refused, Conflict (too late, or one is undecided), InvalidInput."""
    item = fresh_item(item)
    require(may_ask_extension(actor, item, today=today))
    reason = filled(reason, "reason", _("请写明延期的理由。"))
    if wanted <= item.due_on:
        sentence = _("延期后的日期应当晚于现在的期限 %s。") % item.due_on
        raise InvalidInput(sentence, fields={"wanted": sentence})
    if ItemExtension.objects.filter(item=item, granted__isnull=True).exists():
        raise Conflict(_("已经申请了延期，正在等绩效办审批。"), code="open")
    extension = ItemExtension.objects.create(item=item, wanted=wanted, reason=reason, asked_by=actor, asked_at=now)
    record_item(item, "ask_extension", actor=actor, after={"wanted": wanted}, reason=reason)
    subject = gettext_lazy("%(letter)s“%(matter)s”申请延期，请在 %(due)s 前审批")
    tell_item(item, office_of(item.letter.bureau, today), subject, f"extension:{extension.pk}", body=reason)
    return extension


@transaction.atomic
def decide_extension(
    *, extension: ItemExtension, granted: bool, actor: Employee, today: date, now: datetime,
    new_due: date | None = None, decision: str = "",
) -> ItemExtension:  # fmt: skip
    """延期审批: granted with a new limit, or declined with a reason. Raises Refused, Conflict, InvalidInput."""
    item = fresh_item(extension.item)
    extension = ItemExtension.objects.select_related("asked_by").get(pk=extension.pk)
    extension.item = item
    require(may_decide_extension(actor, extension))
    before = item.due_on
    if granted:
        new_due = _later(new_due or extension.wanted, max(today, before), "new_due")
    else:
        new_due = None
        decision = filled(decision, "decision", _("不同意延期要写明理由。"))
    undecided = ItemExtension.objects.filter(pk=extension.pk, granted__isnull=True)
    values: dict[str, Any] = {
        "granted": granted, "new_due": new_due, "decided_by": actor, "decided_at": now, "decision": decision.strip()
    }  # fmt: skip
    if undecided.update(**values) != 1:
        raise Conflict(_("这份延期申请刚刚被别人审批了；请刷新页面再看。"))
    for name, value in values.items():
        setattr(extension, name, value)
    if granted:
        move_item(item, item.state, due_on=new_due)
        subject = gettext_lazy("%(letter)s“%(matter)s”同意延期到 %(due)s")
    else:
        subject = gettext_lazy("%(letter)s“%(matter)s”不同意延期，期限仍是 %(due)s")
    record_item(
        item, "extend" if granted else "decline_extension", actor=actor, before={"due_on": before},
        after={"due_on": item.due_on}, reason=decision.strip(),
    )  # fmt: skip
    people = [*concerned(item, today, assisting=True), extension.asked_by]
    tell_item(item, people, subject, f"extension-decided:{extension.pk}", body=decision.strip())
    return extension


@transaction.atomic
def check_report(
    *, item: LetterItem, accepted: bool, actor: Employee, today: date, now: datetime, remark: str = "",
    new_due: date | None = None,
) -> ItemReport:  # fmt: skip
    """审核: accepted it is closed out (销号), and the letter with its last item; else 退回重办 with a remark.

    What is returned when its limit has come needs a new one. Raises Refused, Conflict, InvalidInput.
    """
    item = fresh_item(item)
    report = ItemReport.objects.filter(item=item, accepted__isnull=True, contribution=False).order_by("-at").first()
    require(may_check_report(actor, item, report))
    assert report is not None, "a reported item has a report"
    remark, before = remark.strip(), {"state": item.state, "due_on": item.due_on}
    if accepted:
        move_item(item, State.CLOSED, settled_by=actor, settled_at=now, settlement=remark)
        subject = gettext_lazy("%(letter)s“%(matter)s”审核通过，已销号")
    else:
        remark = filled(remark, "remark", _("退回重办要写明哪里不够、怎样补办。"))
        if new_due is None and item.due_on <= today:
            sentence = _("原期限 %s 已经到了；退回重办请给新的期限。") % item.due_on
            raise InvalidInput(sentence, fields={"new_due": sentence})
        due = _later(new_due, today, "new_due") if new_due else item.due_on
        move_item(item, State.RETURNED, due_on=due)
        subject = gettext_lazy("%(letter)s“%(matter)s”退回重办，请在 %(due)s 前再反馈")
    unchecked = ItemReport.objects.filter(pk=report.pk, accepted__isnull=True)
    if unchecked.update(accepted=accepted, remark=remark, checked_by=actor, checked_at=now) != 1:
        raise Conflict(_("这份反馈刚刚被别人审核了；请刷新页面再看。"))
    report.refresh_from_db()
    record_item(
        item, "close_out" if accepted else "send_back", actor=actor, before=before,
        after={"state": item.state, "due_on": item.due_on}, reason=remark,
    )  # fmt: skip
    people = [*concerned(item, today, assisting=True), report.by]
    tell_item(item, people, subject, f"check:{report.pk}", body=remark)
    if accepted:
        close_if_settled(item.letter, actor=actor, now=now)
    return report


@transaction.atomic
def drop_item(*, item: LetterItem, reason: str, actor: Employee, today: date, now: datetime) -> LetterItem:
    """不再督办, with a reason; the letter closes with its last item. Raises Refused, Conflict, InvalidInput."""
    item = fresh_item(item)
    require(may_drop_item(actor, item))
    reason = filled(reason, "reason", _("请写明不再督办的理由。"))
    before = item.state
    move_item(item, State.DROPPED, settled_by=actor, settled_at=now, settlement=reason)
    lay_aside_extension(item, now=now)
    record_item(item, "drop", actor=actor, before={"state": before}, after={"state": item.state}, reason=reason)
    people = concerned(item, today, assisting=True)
    tell_item(item, people, gettext_lazy("%(letter)s“%(matter)s”不再督办"), "drop", body=reason)
    close_if_settled(item.letter, actor=actor, now=now)
    return item


def _later(day: date, than: date, name: str) -> date:
    if day <= than:
        sentence = _("新的期限应当晚于 %s。") % than
        raise InvalidInput(sentence, fields={name: sentence})
    return day
