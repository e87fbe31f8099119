"""What several pages of the market need: the reader, a task or claim that they may see, the time that is left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from common.exact import format2, plain
from common.verdict import Verdict
from organization.models import Employee
from tasks_market.models import Claim, Task
from tasks_market.queries.board import Offer


def reader(request: HttpRequest) -> Employee:
    """The signed-in employee; the middleware lets nobody else in."""
    assert isinstance(request.user, Employee)
    return request.user


def this_moment() -> datetime:
    """The clock that windows and deadlines are measured by."""
    return timezone.now()


def task_seen(request: HttpRequest, number: str) -> Task:
    """The task of that number, 404 for what the reader may not see."""
    rows = Task.objects.visible_to(reader(request)).select_related(
        "bureau", "quarter", "department__deputy", "post", "point", "drafted_by", "posted_by"
    )
    return get_object_or_404(rows, number=number)


def claim_seen(request: HttpRequest, pk: int) -> Claim:
    """The claim, 404 for one of a task that the reader may not see."""
    rows = Claim.objects.filter(task__in=Task.objects.visible_to(reader(request))).select_related(
        "bureau", "employee", "task__bureau", "task__quarter", "task__department"
    )
    return get_object_or_404(rows, pk=pk)


def spoken_working(
    task: Task, coefficient: Decimal, quality: Decimal | None, share: Fraction, points: Decimal, part: str = ""
) -> str:
    """The arithmetic of a claim as one reads it aloud (scoring.md §3): 基础分 2 × 难度高 1.5 × 质量 1 = 3.00."""
    working = _("基础分 %(base)s × 难度%(difficulty)s %(coefficient)s × 质量 %(quality)s") % {
        "base": plain(task.base),
        "difficulty": task.get_difficulty_display(),
        "coefficient": plain(coefficient),
        "quality": "1" if quality is None else plain(quality),
    }
    if task.sharing != Task.Sharing.EACH:
        name = part or task.get_sharing_display()
        working += _(" × %(part)s份额 %(share)s") % {"part": name, "share": _spoken_share(share)}
    return f"{working} = {format2(points)}"


def _spoken_share(share: Fraction) -> str:
    """A share as people write it: 0.8 where two decimals say it all, else 1/3."""
    hundredths = share * 100
    return plain(Decimal(hundredths.numerator) / 100) if hundredths.denominator == 1 else str(share)


@dataclass(frozen=True, slots=True)
class Place:
    """An offer in words: what it is called, its points with their working, and the button that takes it."""

    part: str
    name: str
    """主办 or 协办; nothing where parts do not matter."""
    button: str
    worth: Decimal
    working: str
    free: Verdict


def spoken_offers(task: Task, offers: Iterable[Offer]) -> tuple[Place, ...]:
    """The places that a task has to offer, as the board and the task's page set them out."""
    buttons = {"": _("抢单"), Claim.Part.LEAD: _("抢主办"), Claim.Part.ASSISTANT: _("抢协办")}
    places = []
    for offer in offers:
        name = str(Claim.Part(offer.part).label) if offer.part else ""
        working = spoken_working(task, offer.coefficient, None, offer.share, offer.worth, name)
        places.append(Place(offer.part, name, str(buttons[offer.part]), offer.worth, working, offer.free))
    return tuple(places)


def remark_on(task: Task) -> str:
    """What the points of a place not yet accepted suppose."""
    match Task.Sharing(task.sharing):
        case Task.Sharing.SPLIT:
            return _("按质量系数 1、%d 人都通过估算；通过的人少，每人分得多。") % task.places
        case Task.Sharing.LEAD:
            return _("主办、协办由抢单的人自己选，主办只有一人；按质量系数 1、名额抢满并全部通过估算。")
        case _each:
            return _("按质量系数 1 估算，验收时评定 0 至 1.2。")
