"""督查督办函: 立项 → 交办 → 销号 → 归档, or 撤回; the number is given at issue, one after the other without a gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.services import record
from common.errors import ChangedElsewhere, InvalidInput
from common.text import for_the_record, listed, version_of
from organization.models import Bureau, Department, Employee
from organization.queries import work_calendar
from organization.services.agreed import agree
from supervision.models import Letter, LetterItem, LetterSettings, LetterStep
from supervision.permissions.letters import (
    may_archive_letter,
    may_edit_letter,
    may_issue_letter,
    may_revoke_letter,
    may_write_letters,
)
from supervision.queries.deadlines import default_due, letter_settings
from supervision.services.letter_steps import (
    concerned,
    lay_aside_extension,
    lock_letter,
    move_item,
    move_letter,
    record_letter,
    tell_item,
    tell_letter,
)
from supervision.services.minuses import lay_aside_minuses
from tasks_market.services.steps import filled, require

State = Letter.State
MOST_ITEMS = 50
SETTINGS = ("number_word", "on_site_days", "written_days", "desk_days", "minus_points", "minus_text")


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What a draft says of an item; without `due_on` the limit that the kind of the letter gives."""

    matter: str
    problem: str
    requirement: str
    department: Department
    assisting: Sequence[Department] = ()
    responsible: Employee | None = None
    due_on: date | None = None


def letter_version(letter: Letter) -> str:
    """By which a window says which draft it has read; the same words are the same draft."""
    items = letter.items.prefetch_related("assisting").order_by("position", "pk")
    return version_of(letter.kind, letter.title, letter.opening, *(str(_item_columns(one)) for one in items))


@transaction.atomic
def draft_letter(
    *, bureau: Bureau, kind: str, title: str, items: Sequence[ItemFacts], actor: Employee, today: date, now: datetime,
    opening: str = "",
) -> Letter:  # fmt: skip
    """立项: a draft with its items, not shown to anybody but office, director and discipline.

    Raises Refused, InvalidInput.
    """
    require(may_write_letters(actor, bureau))
    facts = _letter_facts(kind, title, opening)
    letter = Letter.objects.create(bureau=bureau, drafted_by=actor, drafted_at=now, **facts)
    LetterStep.objects.create(letter=letter, state=State.DRAFT, at=now, by=actor)
    _write_items(letter, items, today)
    record_letter(letter, "draft", actor=actor, after=facts | _items_text(letter))
    return letter


@transaction.atomic
def change_letter(
    *, letter: Letter, kind: str, title: str, items: Sequence[ItemFacts], actor: Employee, today: date,
    opening: str = "", known: str | None = None,
) -> Letter:  # fmt: skip
    """Writes a draft again with all its items. `known` is the `letter_version` that the window has read.

    Raises Refused, Conflict (issued meanwhile, or changed in another window), InvalidInput.
    """
    letter = lock_letter(letter.pk)
    require(may_edit_letter(actor, letter))
    if known is not None and known != letter_version(letter):
        raise ChangedElsewhere(_("这份草稿刚刚在别处改过，没有保存；您填写的内容还在下面，请对照最新的草稿再保存。"))
    before = {"kind": letter.kind, "title": letter.title, "opening": letter.opening} | _items_text(letter)
    facts = _letter_facts(kind, title, opening)
    for name, value in facts.items():
        setattr(letter, name, value)
    letter.save(update_fields=list(facts))
    letter.items.all().delete()
    _write_items(letter, items, today)
    after = facts | _items_text(letter)
    if before != after:
        record_letter(
            letter, "change", actor=actor,
            before={name: value for name, value in before.items() if after[name] != value},
            after={name: value for name, value in after.items() if before[name] != value},
        )  # fmt: skip
    return letter


@transaction.atomic
def discard_letter(*, letter: Letter, actor: Employee) -> None:
    """Throws a draft away; it has no number, so none is missing. Raises Refused, Conflict."""
    letter = lock_letter(letter.pk)
    require(may_edit_letter(actor, letter))
    record_letter(letter, "discard", actor=actor, before={"title": letter.title} | _items_text(letter))
    letter.delete()


@transaction.atomic
def issue_letter(*, letter: Letter, actor: Employee, today: date, now: datetime) -> Letter:
    """交办: gives the next number of the bureau's year and hands the items to their departments.

    Raises Refused, Conflict, InvalidInput for a letter without items or with a limit that has passed.
    """
    bureau = Bureau.objects.select_for_update(no_key=True).get(pk=letter.bureau_id)  # one number after the other
    letter = lock_letter(letter.pk)
    require(may_issue_letter(actor, letter))
    items = list(letter.items.select_related("department", "responsible").order_by("position"))
    if not items:
        raise InvalidInput(_("还没有督办事项；请至少写一件再交办。"))
    for item in items:
        if item.due_on <= today:
            sentence = _("第 %(n)d 件“%(matter)s”的期限 %(due)s 已经到了；请改为以后的日期再交办。")
            raise InvalidInput(sentence % {"n": item.position, "matter": item.matter, "due": item.due_on})
    serial, number = _next_number(bureau, today.year)
    move_letter(
        letter, State.ISSUED, actor=actor, now=now, year=today.year, serial=serial, number=number, issued_by=actor,
        issued_on=today,
    )  # fmt: skip
    letter.items.update(state=LetterItem.State.ASSIGNED, assigned_on=today)
    record_letter(letter, "dispatch", actor=actor, before={"state": State.DRAFT}, after={"number": number, "items": len(items)})  # fmt: skip
    for item in items:
        item.letter = letter
        subject = gettext_lazy("%(letter)s 交办“%(matter)s”，%(department)s主办，请在 %(due)s 前反馈")
        tell_item(item, concerned(item, today, assisting=True), subject, "assign")
        leader = item.department.deputy
        if leader is not None:
            tell_item(item, [leader], gettext_lazy("%(letter)s 向您分管的%(department)s交办“%(matter)s”"), "assign")
    return letter


@transaction.atomic
def revoke_letter(*, letter: Letter, reason: str, actor: Employee, today: date, now: datetime) -> Letter:
    """撤回: an issued letter keeps its number, its open items are not pursued. Raises Refused, Conflict, InvalidInput."""
    letter = lock_letter(letter.pk)
    require(may_revoke_letter(actor, letter))
    reason = filled(reason, "reason", _("请写明撤回的理由。"))
    items = letter.items.filter(state__in=LetterItem.OPEN).select_related("department", "responsible")
    taken = list(items.order_by("position"))
    move_letter(letter, State.REVOKED, actor=actor, now=now, reason=reason)
    people: list[Employee] = []
    for item in taken:
        item.letter = letter
        move_item(item, LetterItem.State.DROPPED, settled_by=actor, settled_at=now, settlement=reason)
        lay_aside_extension(item, now=now)
        people += concerned(item, today, assisting=True)
    lay_aside_minuses(letter, reason=reason, actor=actor, now=now)
    record_letter(
        letter, "recall", actor=actor, before={"state": State.ISSUED}, after={"items": len(taken)}, reason=reason
    )
    tell_letter(letter, people, gettext_lazy("%(letter)s 已撤回，不用再办理"), "revoke", body=reason)
    return letter


@transaction.atomic
def archive_letter(*, letter: Letter, actor: Employee, now: datetime) -> Letter:
    """归档, by the office after close-out. Raises Refused, Conflict."""
    letter = lock_letter(letter.pk)
    require(may_archive_letter(actor, letter))
    move_letter(letter, State.ARCHIVED, actor=actor, now=now)
    record_letter(letter, "archive", actor=actor, before={"state": State.CLOSED}, after={"state": letter.state})
    return letter


@transaction.atomic
def set_letter_settings(*, bureau: Bureau, actor: Employee, **values: Any) -> LetterSettings:
    """Sets those of SETTINGS that are named, from now on; letters that are written keep their limits.

    Raises Refused, InvalidInput with a sentence for each field that cannot be.
    """
    require(may_write_letters(actor, bureau))
    row, before, after = agree(bureau, letter_settings, SETTINGS, values)
    if after:
        record(
            actor=actor, action="letter_settings.set", bureau=bureau, target=row,
            label=for_the_record(gettext_lazy("督办的约定")),
            before={name: str(value) for name, value in before.items()},
            after={name: str(value) for name, value in after.items()},
        )  # fmt: skip
    return row


# Steps ------------------------------------------------------------------------------------------------------------


def _next_number(bureau: Bureau, year: int) -> tuple[int, str]:
    """The serial after the last of the year, and the number that names it; the caller holds the bureau's lock."""
    last = Letter.objects.filter(bureau=bureau, year=year).aggregate(last=Max("serial"))["last"] or 0
    return last + 1, f"{letter_settings(bureau).number_word}〔{year}〕{last + 1}号"


def _letter_facts(kind: str, title: str, opening: str) -> dict[str, str]:
    if kind not in Letter.Kind.values:
        sentence = _("请选择督查方式：实地、书面或案头。")
        raise InvalidInput(sentence, fields={"kind": sentence})
    title = filled(title, "title", _("请填写标题。"))
    if len(title) > 200:
        sentence = _("标题最多 200 字。")
        raise InvalidInput(sentence, fields={"title": sentence})
    return {"kind": kind, "title": title, "opening": opening.strip()}


def _write_items(letter: Letter, items: Sequence[ItemFacts], today: date) -> None:
    if len(items) > MOST_ITEMS:
        raise InvalidInput(_("一份函最多 %d 件督办事项；请分几份立项。") % MOST_ITEMS)
    due = default_due(letter_settings(letter.bureau), letter.kind, today, work_calendar())
    for position, facts in enumerate(items, 1):
        _check_item(letter.bureau_id, position, facts)
        item = LetterItem.objects.create(
            letter=letter, position=position, matter=facts.matter.strip(), problem=facts.problem.strip(),
            requirement=facts.requirement.strip(), department=facts.department, responsible=facts.responsible,
            due_on=facts.due_on or due,
        )  # fmt: skip
        item.assisting.set(facts.assisting)


def _check_item(bureau_id: int, position: int, facts: ItemFacts) -> None:
    texts = {"督办事项": facts.matter, "存在问题": facts.problem, "整改要求": facts.requirement}
    labels = {"督办事项": _("督办事项"), "存在问题": _("存在问题"), "整改要求": _("整改要求")}
    for name, text in texts.items():
        if not text.strip():
            raise InvalidInput(_("第 %(n)d 件没有填写“%(field)s”。") % {"n": position, "field": labels[name]})
    if len(facts.matter.strip()) > 200:
        raise InvalidInput(_("第 %d 件的督办事项超过 200 字；请把细节写进存在问题和整改要求。") % position)
    places = [facts.department, *facts.assisting]
    if any(place.bureau_id != bureau_id for place in places) or (
        facts.responsible is not None and facts.responsible.bureau_id != bureau_id
    ):
        raise InvalidInput(_("第 %d 件的部门和责任人应当是本单位的。") % position)
    if facts.department in facts.assisting:
        raise InvalidInput(_("第 %d 件的主办部门不能同时是协办部门。") % position)
    if facts.responsible is not None and facts.responsible.department_id not in {place.pk for place in places}:
        raise InvalidInput(
            _("第 %(n)d 件的责任人%(name)s不在主办或协办部门；请另选责任人。")
            % {"n": position, "name": facts.responsible.name}
        )


def _item_columns(item: LetterItem) -> list[str]:
    """An item as the log and the version of a draft know it."""
    assisting = listed(one.name for one in item.assisting.order_by("code"))
    who = str(item.responsible) if item.responsible else ""
    texts = (item.matter, item.problem, item.requirement, item.department.name, assisting, who, str(item.due_on))
    return list(texts)


def _items_text(letter: Letter) -> dict[str, Any]:
    items = letter.items.select_related("department", "responsible").order_by("position")
    return {"items": [" | ".join(_item_columns(one)) for one in items]}
