"""What the market tells of each person as a machine fact: whether tasks were handed in on time (domain.md, Results)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from indicators.sources import FactSource, Occurrence
from organization.models import Bureau
from tasks_market.models import Claim

State = Claim.State


def handed_in_on_time(bureau: Bureau, first: date, last: date, today: date) -> Iterator[Occurrence]:
    """Each claim on the day of its deadline: kept if handed in by then, broken if later, or not at all before `today`.

    What is neither handed in nor past its day is not decided; what went with a cancelled task never was due.
    """
    begin, end = _midnight(first), _midnight(last + timedelta(days=1))
    due = Q(due_at__gte=begin, due_at__lt=end) | Q(due_at__isnull=True, task__due_at__gte=begin, task__due_at__lt=end)
    claims = Claim.objects.filter(due, bureau=bureau).exclude(state=State.CANCELLED).select_related("task")
    fields = ("state", "late", "handed_in_at", "due_at", "employee_id", "task__due_at")
    for claim in claims.only(*fields).order_by():
        day = timezone.localtime(claim.deadline).date()
        handed_in = claim.state in (State.HANDED_IN, State.ACCEPTED) or (
            claim.state == State.REFUSED and claim.handed_in_at is not None
        )
        if handed_in or claim.state == State.REFUSED or day < today:
            yield Occurrence(claim.employee_id, day, kept=handed_in and not claim.late)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


ON_TIME = FactSource(
    key="market_on_time",
    label=_("任务按时交付"),
    things=_("到期的抢派单"),
    kept=_("按时交付"),
    broken=_("逾期"),
    measure=handed_in_on_time,
)
