"""What three showings tell of each person as machine facts: whether one was there, whether the statement was handed in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from indicators.sources import FactSource, Occurrence
from organization.models import Bureau
from reviews.models import Participant, Showing, Statement

Attendance = Participant.Attendance


def showings_attended(bureau: Bureau, first: date, last: date, _today: date) -> Iterator[Occurrence]:
    """Each showing that was held, on its day: kept by whoever was there; who was excused neither kept nor broke it."""
    listed = _listed(bureau, first, last).filter(attendance__in=(Attendance.PRESENT, Attendance.ABSENT))
    for employee, day, attendance in listed.values_list("employee", "showing__held_on", "attendance"):
        assert day is not None  # it was held
        yield Occurrence(employee, day, kept=attendance == Attendance.PRESENT)


def statements_handed_in(bureau: Bureau, first: date, last: date, _today: date) -> Iterator[Occurrence]:
    """Each showing that was held, on its day: kept by whoever had handed in the statement, also without coming.

    One that was entered only after its day asked nobody for a statement, and counts for nobody.
    """
    handed_in = Statement.objects.filter(
        showing=OuterRef("showing"), employee=OuterRef("employee"), handed_in_at__isnull=False
    )
    asked = _listed(bureau, first, last).exclude(showing__scheduled_at__date__gt=F("showing__day"))
    listed = asked.annotate(kept=Exists(handed_in))
    for employee, day, kept in listed.values_list("employee", "showing__held_on", "kept"):
        assert day is not None  # it was held
        yield Occurrence(employee, day, kept=kept)


def _listed(bureau: Bureau, first: date, last: date) -> QuerySet[Participant]:
    held = Showing.objects.filter(bureau=bureau, held_on__gte=first, held_on__lte=last)
    return Participant.objects.filter(showing__in=held).order_by()


ATTENDED = FactSource(
    key="showings_attended",
    label=_("三晒到会"),
    things=_("召开的三晒"),
    kept=_("到会"),
    broken=_("缺席"),
    measure=showings_attended,
)
HANDED_IN = FactSource(
    key="statements_handed_in",
    label=_("三晒发言提交"),
    things=_("召开的三晒"),
    kept=_("提交发言"),
    broken=_("没有提交"),
    measure=statements_handed_in,
)
