"""The lines of 领取 and 考评结果: items and results that are there, a page of each at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from common.exact import format2_or_dash
from indicators.models import Item, PointVersion, Quarter, Result
from indicators.queries.holdings import input_text, period_label
from indicators.queries.lines import Line


@dataclass(frozen=True, slots=True)
class ItemRow(Line):
    """One line of 领取."""

    pk: int
    full: str
    taken_on: str
    results: int


def item_rows(quarter: Quarter, page: Iterable[Item]) -> list[ItemRow]:
    """The lines of a page of items, whoever holds them."""
    items = _joined(page)
    versions = _versions(quarter, {item.point_id for item in items})
    results = Result.objects.filter(
        quarter=quarter,
        employee__in={item.employee_id for item in items},
        point__in={item.point_id for item in items},
    )
    entered = Counter(results.order_by().values_list("employee_id", "point_id"))
    rows = []
    for item in items:
        version = versions.get(item.point_id)
        rows.append(
            ItemRow.of(
                item.employee,
                item.point,
                version,
                pk=item.pk,
                full=format2_or_dash(version.full if version else None),
                taken_on=str(item.taken_on or ""),
                results=entered[item.employee_id, item.point_id],
            )
        )
    return rows


@dataclass(frozen=True, slots=True)
class ResultRow(Line):
    """One line of 考评结果."""

    pk: int
    period: str
    entered: str
    points: str
    state: str
    state_label: str
    late: bool
    by: str
    note: str


def result_rows(quarter: Quarter, page: Iterable[Result]) -> list[ResultRow]:
    """The lines of a page of results, with who entered them."""
    results = _joined(page, "entered_by")
    versions = _versions(quarter, {result.point_id for result in results})
    return [
        ResultRow.of(
            result.employee,
            result.point,
            versions.get(result.point_id),
            pk=result.pk,
            period=period_label(result.period),
            entered=input_text(result),
            points=format2_or_dash(result.points),
            state=result.state,
            state_label=str(result.get_state_display()),
            late=result.late,
            by=result.entered_by.name if result.entered_by else result.origin or _("系统"),
            note=result.return_reason or result.note,
        )
        for result in results
    ]


def _joined(page: Any, *more: str) -> list[Any]:
    """The rows of a page with what their lines name."""
    return list(page.object_list.select_related("employee__department", "point", *more))


def _versions(quarter: Quarter, points: set[int]) -> dict[int, PointVersion]:
    return {
        version.point_id: version for version in PointVersion.objects.in_force(quarter.code).filter(point__in=points)
    }
