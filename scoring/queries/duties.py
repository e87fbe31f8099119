"""What of the scores waits for a person: an own score to acknowledge, pluses and minuses, appeals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.components import Duty, quarter_label
from common.workdays import WorkCalendar
from indicators.models import Quarter
from organization.models import Employee
from scoring.models import Adjustment, Score
from scoring.queries.acknowledgements import with_moment
from scoring.queries.adjustments import waiting_for
from scoring.queries.appeals import appeal_duties


def duties_of(user: Employee, *, today: date, calendar: WorkCalendar) -> list[Duty]:
    """Everything of the scores that waits for this person."""
    return [*_unseen(user), *_adjustments(user), *_appeals(user, today)]


def _unseen(user: Employee) -> Iterator[Duty]:
    """The newest own score, until it is acknowledged."""
    final = Score.objects.current().filter(employee=user, quarter__state__in=Quarter.SETTLED, run__as_of__isnull=True)
    newest = with_moment(final).select_related("quarter").defer("inputs").order_by("-quarter__code").first()
    if newest is not None and getattr(newest, "seen_at", None) is None:
        code = newest.quarter.code
        yield Duty(_("请查看并知悉%s得分") % quarter_label(code), f"{reverse('reports:mine')}?quarter={code}")


def _adjustments(user: Employee) -> Iterator[Duty]:
    page, state = reverse("scoring:adjustments"), Adjustment.State
    for one, number in waiting_for(user).items():
        words = {
            state.REQUESTED: ngettext("待初审 %(n)d 条加减分", "待初审 %(n)d 条加减分", number),
            state.REVIEWED: ngettext("待审定 %(n)d 条加减分", "待审定 %(n)d 条加减分", number),
            state.APPROVED: ngettext("待计入 %(n)d 条加减分", "待计入 %(n)d 条加减分", number),
        }
        yield Duty(words[state(one)] % {"n": number}, f"{page}?state={one}")


def _appeals(user: Employee, today: date) -> Iterator[Duty]:
    waiting, page = appeal_duties(user, today=today), reverse("scoring:appeals")
    if waiting.answer:
        words = ngettext("待答复 %(n)d 件申诉", "待答复 %(n)d 件申诉", waiting.answer)
        yield Duty(words % {"n": waiting.answer}, f"{page}?show=answer", waiting.answer_due)
    if waiting.decide:
        words = ngettext("待裁定 %(n)d 件申诉", "待裁定 %(n)d 件申诉", waiting.decide)
        yield Duty(words % {"n": waiting.decide}, f"{page}?show=decide", waiting.decide_due)
