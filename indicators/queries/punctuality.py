"""What results tell of each person as a machine fact: whether they were reported in time (domain.md, Results)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.quarters import QuarterCode
from indicators.models import PointVersion, Result
from indicators.sources import FactSource, Occurrence, span_of
from organization.models import Bureau


def reported_in_time(bureau: Bureau, first: date, last: date, today: date) -> Iterator[Occurrence]:
    """Each manual result with an input, on the last day of its period: kept unless it came after the window (迟报).

    A node that nobody reported counts 0 points itself and stands nowhere here; 不适用 was not due.
    """
    quarters = {str(QuarterCode.of(first)), str(QuarterCode.of(last))}
    rows = Result.objects.filter(
        ~Q(value__isnull=True, tier=""),
        bureau=bureau,
        quarter__code__range=(min(quarters), max(quarters)),
        source=PointVersion.Source.MANUAL,
        exempt=False,
    )
    days: dict[str, date] = {}
    for employee_id, period, late in rows.order_by().values_list("employee_id", "period", "late").iterator():
        if period not in days:
            days[period] = span_of("", period).last
        yield Occurrence(employee_id, days[period], kept=not late)


ON_TIME = FactSource(
    key="reports_on_time",
    label=_("结果按时填报"),
    things=_("已填报的结果"),
    kept=_("按时"),
    broken=_("迟报"),
    measure=reported_in_time,
)
