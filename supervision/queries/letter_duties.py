"""What of the letters waits for a person: answering, checking, deciding on extensions and minuses, archiving."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.components import Duty
from organization.models import Employee, Role
from supervision.models import ItemExtension, Letter, LetterItem, ProposedMinus
from supervision.permissions.letters import ANSWERS
from supervision.queries.letters import AT_WORK


def letter_duties(user: Employee) -> Iterator[Duty]:
    """The duties of departments and responsible persons one by one, those of the office too."""
    yield from _to_answer(user)
    if user.has_role(Role.Kind.OFFICE):
        yield from _of_the_office(user)


def _to_answer(user: Employee) -> Iterator[Duty]:
    mine = Q(responsible=user)
    if user.has_role(*ANSWERS):
        mine |= Q(department=user.department_id)
    items = LetterItem.objects.filter(mine, letter__bureau=user.bureau_id, state__in=AT_WORK)
    for pk, matter, due, state in items.order_by("due_on", "pk").values_list("pk", "matter", "due_on", "state"):
        words = _("督办退回重办：%s") if state == LetterItem.State.RETURNED else _("督办事项待反馈：%s")
        yield Duty(words % matter, reverse("supervision:letter-item", args=[pk]), due)


def _of_the_office(user: Employee) -> Iterator[Duty]:
    reported = LetterItem.objects.filter(letter__bureau=user.bureau_id, state=LetterItem.State.REPORTED)
    for pk, matter in reported.order_by("due_on", "pk").values_list("pk", "matter"):
        yield Duty(_("督办反馈待审核：%s") % matter, reverse("supervision:letter-item", args=[pk]))
    asked = ItemExtension.objects.filter(item__letter__bureau=user.bureau_id, granted__isnull=True)
    rows = asked.exclude(asked_by=user).order_by("item__due_on", "pk")
    for pk, matter, due in rows.values_list("item", "item__matter", "item__due_on"):
        yield Duty(_("督办延期待审批：%s") % matter, reverse("supervision:letter-item", args=[pk]), due)
    proposed = ProposedMinus.objects.filter(
        item__letter__bureau=user.bureau_id, state=ProposedMinus.State.PROPOSED
    ).count()
    if proposed:
        words = ngettext("%(n)d 条督办减分建议待决定", "%(n)d 条督办减分建议待决定", proposed) % {"n": proposed}
        yield Duty(words, reverse("supervision:letter-minuses"))
    closed = Letter.objects.filter(bureau=user.bureau_id, state=Letter.State.CLOSED)
    for pk, number in closed.order_by("pk").values_list("pk", "number"):
        yield Duty(_("督办函待归档：%s") % number, reverse("supervision:letter", args=[pk]))
