"""考评结果: the rules that every way of writing one shares: its points, what is wrong with an input, its line in the log."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from common.exact import from_hundredths, hundredths
from common.text import listed
from indicators.models import Item, Library, PointVersion, Quarter, Result
from indicators.queries import nodes_held, rule_of
from indicators.rules import check_input, points_hundredths
from organization.models import Employee

INPUTS = ("value", "tier", "target", "exempt", "note")
WRITTEN = (
    *INPUTS, "points", "source", "origin", "late", "state", "return_reason",
    "entered_by", "entered_at", "reviewed_by", "reviewed_at", "confirmed_by", "confirmed_at",
)  # fmt: skip
"""What entering changes of a row that is there already."""


def node_points(
    version: PointVersion,
    *,
    value: Decimal | None = None,
    tier: str = "",
    target: Decimal | None = None,
    exempt: bool = False,
) -> Decimal | None:
    """Points of one node by the version's rule (scoring.md §1); None if it is exempt or its input is missing."""
    if exempt:
        return None
    points = points_hundredths(hundredths(version.full), rule_of(version), value=value, tier=tier, target=target)
    return None if points is None else from_hundredths(points)


def input_faults(
    version: PointVersion,
    *,
    value: Decimal | None = None,
    tier: str = "",
    target: Decimal | None = None,
    exempt: bool = False,
) -> dict[str, object]:
    """What the version's rule finds wrong with an input, by field (scoring.md §1)."""
    faults: dict[str, object] = {}
    for fault in check_input(rule_of(version), value=value, tier=tier, target=target, exempt=exempt):
        faults.setdefault(fault.field, fault.sentence)
    return faults


def label_of(result: Result) -> str:
    """How a result is named in the audit log."""
    return f"{result.period} {result.employee} {result.point.code}"


def node_faults(
    version: PointVersion, quarter: Quarter, employee: Employee, period: str, item: Item | None
) -> dict[str, object]:
    """Whether the employee answers for the point in that period at all (scoring.md §2)."""
    library = version.point.library
    if library == Library.COMPETITIVE:
        return {"point": _("竞争性考点只归集任务，没有考评结果")}
    if library == Library.INDIVIDUAL and item is None:
        return {
            "point": _("%(name)s 在 %(quarter)s 没有领取 %(point)s")
            % {"name": employee.name, "quarter": quarter.code, "point": version.point.code}
        }
    taken_on = item.taken_on if item else None
    periods = [node.period for node in nodes_held(version, quarter.code, employee, taken_on=taken_on)]
    if period in periods:
        return {}
    known = listed(periods) or _("无")
    return {"period": _("%(period)s 没有这个考点的节点；应当是：%(known)s") % {"period": period, "known": known}}


def recorded(result: Result) -> dict[str, Any]:
    """A result for the audit log."""
    return {name: getattr(result, name) for name in (*INPUTS, "points", "state", "late")}


def save_results(rows: Iterable[Result]) -> None:
    """Writes rows, those that are new and those that are there already, in as few statements as can be."""
    new: list[Result] = []
    known: list[Result] = []
    for row in rows:
        (known if row.pk else new).append(row)
    Result.objects.bulk_create(new, batch_size=500)
    # One statement with the new values beats a CASE for each row of a bulk_update by far.
    Result.objects.bulk_create(
        known, update_conflicts=True, unique_fields=["id"], update_fields=WRITTEN, batch_size=500
    )
