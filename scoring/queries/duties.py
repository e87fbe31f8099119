"""What of the scores waits for a person: an own score to acknowledge, pluses and minuses, appeals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import Min
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from common.components import Duty, quarter_label
from common.questions import Found, Question, tallied
from indicators.models import Quarter
from indicators.queries.asked import Asked, Asker, DutyQuestion
from organization.models import Employee
from scoring.models import Adjustment, Appeal, Score
from scoring.queries.acknowledgements import with_moment
from scoring.queries.adjustments import waiting_rows
from scoring.queries.appeals import to_answer, to_decide


def duties_of(asker: Asker) -> Iterator[DutyQuestion]:
    """Everything of the scores that waits for this person."""
    final = Score.objects.current().filter(
        employee=asker.user, quarter__state__in=Quarter.SETTLED, run__as_of__isnull=True
    )
    yield Question(with_moment(final), _unseen, key="pk", text="quarter__code", day=TruncDate("seen_at"))
    rows = waiting_rows(asker.user)
    if rows is not None:
        yield Question(rows, _adjustments, text="state", counted=True)
    yield from _appeals(asker.user, asker.today)


def _unseen(_asked: Asked, found: list[Found]) -> Iterator[Duty]:
    """The newest own score, until it is acknowledged."""
    newest = max(found, key=lambda row: row.text, default=None)
    if newest is not None and newest.day is None:
        url = f"{reverse('reports:mine')}?quarter={newest.text}"
        yield Duty(_("请查看并知悉%s得分") % quarter_label(newest.text), url)


def _adjustments(_asked: Asked, found: list[Found]) -> Iterator[Duty]:
    page, state = reverse("scoring:adjustments"), Adjustment.State
    for row in sorted(found, key=lambda row: list(state).index(state(row.text))):
        words = {
            state.REQUESTED: ngettext("待初审 %(n)d 条加减分", "待初审 %(n)d 条加减分", row.number),
            state.REVIEWED: ngettext("待审定 %(n)d 条加减分", "待审定 %(n)d 条加减分", row.number),
            state.APPROVED: ngettext("待计入 %(n)d 条加减分", "待计入 %(n)d 条加减分", row.number),
        }
        yield Duty(words[state(row.text)] % {"n": row.number}, f"{page}?state={row.text}")


def _appeals(user: Employee, today: date) -> Iterator[DutyQuestion]:
    page = reverse("scoring:appeals")
    answer = tallied(ngettext_lazy("待答复 %(n)d 件申诉", "待答复 %(n)d 件申诉", "n"), f"{page}?show=answer")
    decide = tallied(ngettext_lazy("待裁定 %(n)d 件申诉", "待裁定 %(n)d 件申诉", "n"), f"{page}?show=decide")
    waiting = Appeal.objects.filter(bureau_id=user.bureau_id)
    answering = waiting.filter(pk__in=to_answer(user).values("pk"))
    yield Question(answering, answer, day=Min("answer_due"), counted=True)
    deciding = to_decide(user, today=today)
    if not deciding.query.is_empty():
        rows = waiting.filter(pk__in=deciding.values("pk"))
        yield Question(rows, decide, day=Min("decide_due"), counted=True)
