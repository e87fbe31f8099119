"""How assessors mark: which results show a judgement, and which of them are full, short of it, or like most others'.

The levelling radar counts by these conditions, and the list of results is narrowed by the same ones.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, QuerySet, Subquery, Window
from django.utils.translation import gettext_lazy as _

from indicators.models import PointVersion, Quarter, Result
from indicators.queries.assessing import full_marks, versions_of_row
from organization.models import Department

SCORED, FULL, SHORT, ALIKE = "scored", "full", "short", "alike"
MARKS = ((SCORED, _("有得分")), (FULL, _("满分")), (SHORT, _("未得满分")), (ALIKE, _("与过半数人同分")))
FEWEST_ALIKE = 5
"""Of fewer people at one node, that they got the same says nothing."""


def judged(quarter: Quarter, department: Department | None = None) -> QuerySet[Result]:
    """The confirmed results of a quarter that somebody gave points for: neither machine facts nor 不适用."""
    rows = Result.objects.filter(
        quarter=quarter,
        state=Result.State.CONFIRMED,
        source=PointVersion.Source.MANUAL,
        points__isnull=False,
    )
    return rows if department is None else rows.filter(employee__department=department)


def assessed_by(rows: QuerySet[Result], assessor: Department) -> QuerySet[Result]:
    """Those of the results whose point the department assesses in their quarter."""
    return rows.annotate(
        assessor=Subquery(versions_of_row().values("assessor")[:1]),
        gone=Subquery(versions_of_row().values("withdrawn")[:1]),
    ).filter(assessor=assessor.pk, gone=False)


def marked(
    rows: QuerySet[Result], marks: str, quarter: Quarter, department: Department | None = None
) -> QuerySet[Result]:
    """Those of the quarter's results with such marks; `department` says among whose people half is more than half."""
    if marks == SCORED:
        return rows.filter(points__isnull=False)
    if marks == ALIKE:
        return rows.filter(pk__in=_alike(judged(quarter, department)))
    with_full = rows.annotate(full=full_marks())
    return with_full.filter(points__gte=F("full")) if marks == FULL else with_full.filter(points__lt=F("full"))


def _alike(rows: QuerySet[Result]) -> QuerySet[Any, Any]:
    """The results whose points more than half of those at the same node got."""
    node = [F("point"), F("period")]
    counted = rows.order_by().annotate(
        at_node=Window(Count("pk"), partition_by=node), with_same=Window(Count("pk"), partition_by=[*node, F("points")])
    )
    most = counted.annotate(twice=F("with_same") * 2).filter(at_node__gte=FEWEST_ALIKE, twice__gt=F("at_node"))
    return most.values("pk")
