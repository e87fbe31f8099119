"""What of the letters waits for a person: answering, checking, deciding on extensions and minuses, archiving."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.components import Duty
from common.questions import Found, Question
from indicators.queries.asked import Asked, DutyQuestion
from organization.models import Employee, Role
from supervision.models import ItemExtension, Letter, LetterItem, ProposedMinus
from supervision.permissions.letters import ANSWERS
from supervision.queries.letters import AT_WORK


def letter_duties(user: Employee) -> Iterator[DutyQuestion]:
    """The duties of departments and responsible persons one by one, those of the office too."""
    mine = Q(responsible=user)
    if user.has_role(*ANSWERS):
        mine |= Q(department=user.department_id)
    items = LetterItem.objects.filter(mine, letter__bureau=user.bureau_id, state__in=AT_WORK)
    yield Question(items, _to_answer, key="pk", text="matter", note="state", day="due_on")
    if user.has_role(Role.Kind.OFFICE):
        yield from _of_the_office(user)


def _of_the_office(user: Employee) -> Iterator[DutyQuestion]:
    reported = LetterItem.objects.filter(letter__bureau=user.bureau_id, state=LetterItem.State.REPORTED)
    yield Question(reported, _to_check, key="pk", text="matter", day="due_on")
    extensions = ItemExtension.objects.filter(item__letter__bureau=user.bureau_id, granted__isnull=True)
    asked = extensions.exclude(asked_by=user)
    yield Question(asked, _to_extend, key="item", text="item__matter", day="item__due_on")
    minuses = ProposedMinus.objects.filter(item__letter__bureau=user.bureau_id, state=ProposedMinus.State.PROPOSED)
    yield Question(minuses, _to_decide, counted=True)
    closed = Letter.objects.filter(bureau=user.bureau_id, state=Letter.State.CLOSED)
    yield Question(closed, _to_archive, key="pk", text="number")


def _to_answer(_asked: Asked, found: list[Found]) -> Iterator[Duty]:
    for row in found:
        words = _("督办退回重办：%s") if row.note == LetterItem.State.RETURNED else _("督办事项待反馈：%s")
        yield Duty(words % row.text, _item_url(row), row.day)


def _to_check(_asked: Asked, found: list[Found]) -> Iterator[Duty]:
    for row in found:
        yield Duty(_("督办反馈待审核：%s") % row.text, _item_url(row))


def _to_extend(_asked: Asked, found: list[Found]) -> Iterator[Duty]:
    for row in found:
        yield Duty(_("督办延期待审批：%s") % row.text, _item_url(row), row.day)


def _to_decide(_asked: Asked, found: list[Found]) -> Iterator[Duty]:
    for row in found:
        words = ngettext("%(n)d 条督办减分建议待决定", "%(n)d 条督办减分建议待决定", row.number)
        yield Duty(words % {"n": row.number}, reverse("supervision:letter-minuses"))


def _to_archive(_asked: Asked, found: list[Found]) -> Iterator[Duty]:
    for row in found:
        yield Duty(_("督办函待归档：%s") % row.text, reverse("supervision:letter", args=[row.key]))


def _item_url(row: Found) -> str:
    return reverse("supervision:letter-item", args=[row.key])
