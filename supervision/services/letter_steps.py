"""What every act on a letter does: locks it, moves it or an item by the state that was read, leaves its lines."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import services as audit
from common.errors import Conflict
from common.text import for_the_record
from notifications.services import notify
from organization.models import Bureau, Department, Employee, Role
from organization.queries import holders
from supervision.models import ItemExtension, Letter, LetterItem, LetterStep
from supervision.permissions.letters import ANSWERS


def lock_letter(letter_id: int) -> Letter:
    """The letter as it stands, locked until the transaction's end: its items settle one after another."""
    rows = Letter.objects.select_for_update(no_key=True, of=("self",)).select_related("bureau").order_by()
    found = rows.filter(pk=letter_id).first()
    if found is None:
        raise Conflict(_("这份函已经删除；请刷新页面再看。"), code="gone")
    return found


def fresh_item(item: LetterItem) -> LetterItem:
    """The item as it stands behind the lock of its letter."""
    lock_letter(item.letter_id)
    return LetterItem.objects.select_related("letter__bureau", "department", "responsible").get(pk=item.pk)


def move_letter(letter: Letter, to: str, *, actor: Employee | None, now: datetime, reason: str = "", **values: Any) -> None:  # fmt: skip
    """Moves a letter by an UPDATE that names the state it was read in, and notes the step; Conflict if it moved."""
    values["state"] = to
    if Letter.objects.filter(pk=letter.pk, state=letter.state).update(**values) != 1:
        raise Conflict(_("这份函刚刚被别人处理过；请刷新页面再看。"))
    for name, value in values.items():
        setattr(letter, name, value)
    LetterStep.objects.create(letter=letter, state=to, at=now, by=actor, reason=reason)


def move_item(item: LetterItem, to: str, **values: Any) -> None:
    """Moves an item by an UPDATE that names the state it was read in; Conflict if somebody was faster."""
    values["state"] = to
    if LetterItem.objects.filter(pk=item.pk, state=item.state).update(**values) != 1:
        raise Conflict(_("这件督办事项刚刚被别人处理过；请刷新页面再看。"))
    for name, value in values.items():
        setattr(item, name, value)


def lay_aside_extension(item: LetterItem, *, now: datetime) -> bool:
    """A request that nobody has to decide any more, because the item went on without it; whether there was one."""
    waiting = ItemExtension.objects.filter(item=item, granted__isnull=True)
    said = for_the_record(gettext_lazy("事项已反馈或办结，不再审批。"))
    return bool(waiting.update(granted=False, decided_at=now, decision=said))


def close_if_settled(letter: Letter, *, actor: Employee | None, now: datetime) -> bool:
    """A letter is closed by itself once its last item is settled; the caller holds its lock."""
    if LetterItem.objects.filter(letter=letter, state__in=LetterItem.OPEN).exists():
        return False
    move_letter(letter, Letter.State.CLOSED, actor=None, now=now)
    record_letter(
        letter, "close_out", actor=actor, before={"state": Letter.State.ISSUED}, after={"state": letter.state}
    )
    tell_letter(
        letter,
        office_of(letter.bureau, letter.bureau.today),
        gettext_lazy("%(letter)s 全部事项已销号，请归档"),
        "close",
    )
    return True


def record_letter(letter: Letter, verb: str, *, actor: Employee | None, reason: str = "", **change: Any) -> None:
    audit.record(
        actor=actor, action=f"letter.{verb}", bureau=letter.bureau, target=letter,
        label=" ".join(filter(None, (letter.number, letter.title))), reason=reason, **change,
    )  # fmt: skip


def record_item(item: LetterItem, verb: str, *, actor: Employee | None, reason: str = "", **change: Any) -> None:
    audit.record(
        actor=actor, action=f"letter_item.{verb}", bureau=item.letter.bureau, target=item,
        label=f"{item.letter} {item.matter}", reason=reason, **change,
    )  # fmt: skip


def office_of(bureau: Bureau, today: date) -> list[Employee]:
    return list(holders(bureau, today, Role.Kind.OFFICE))


def answering(bureau: Bureau, departments: Iterable[Department | int], today: date) -> list[Employee]:
    """Heads and liaisons of the departments."""
    wanted = [one if isinstance(one, int) else one.pk for one in departments]
    return list(holders(bureau, today, *ANSWERS).filter(department__in=wanted))


def concerned(item: LetterItem, today: date, *, assisting: bool = False) -> list[Employee]:
    """Heads and liaisons of the leading (and the assisting) departments, and the responsible person."""
    departments = [item.department_id]
    if assisting:
        departments += item.assisting.values_list("pk", flat=True)
    people = answering(item.letter.bureau, departments, today)
    return people + ([item.responsible] if item.responsible else [])


def doers(item: LetterItem, today: date) -> list[Employee]:
    """Who works on an item: the responsible person and the liaisons, where there is neither the heads."""
    liaisons = holders(item.letter.bureau, today, Role.Kind.LIAISON).filter(department=item.department_id)
    people = list(liaisons) + ([item.responsible] if item.responsible else [])
    return people or answering(item.letter.bureau, [item.department_id], today)


def tell_letter(
    letter: Letter, people: Iterable[Employee], subject: Promise, occasion: str, *, body: str = ""
) -> int:  # fmt: skip
    return notify(
        recipients=people,
        subject=for_the_record(subject, letter=letter.number or letter.title),
        body=body or letter.title,
        url=reverse("supervision:letter", args=[letter.pk]),
        occasion=f"letter.{occasion}:{letter.pk}",
    )


def tell_item(
    item: LetterItem, people: Iterable[Employee], subject: Promise, occasion: str, *, body: str = "", private: bool = False
) -> int:  # fmt: skip
    """Tells people of a step of an item; the sentence may name `letter`, `matter`, `due` and `department`."""
    sentence = for_the_record(
        subject, letter=item.letter.number, matter=item.matter, due=item.due_on, department=item.department.name
    )
    return notify(
        recipients=people,
        subject=sentence,
        body=body or item.requirement,
        url=reverse("supervision:letter-item", args=[item.pk]),
        occasion=f"letter-item.{occasion}:{item.pk}",
        private=private,
    )


def present_states() -> Q:
    """Items that somebody has to work on."""
    return Q(state__in=(LetterItem.State.ASSIGNED, LetterItem.State.RETURNED), letter__state=Letter.State.ISSUED)
