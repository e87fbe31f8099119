"""How sheets find quarters, points and items; and the one refusal of what is settled (workbook.md, Published quarters)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from django.utils.translation import gettext as _

from common.quarters import QuarterCode, quarter_of_period
from common.text import listed
from common.workbook import Remark, Row
from common.workbook.importing import Session
from common.workbook.packed import PackedTable
from indicators.models import AssessmentPoint, Item, Library, PointVersion, Quarter
from indicators.queries import nodes_of
from indicators.services.quarters import ensure_quarter
from organization.models import Bureau
from organization.workbook.directory import BureauSheet, Directory, Person, PublishedEffects

_ID_BITS = 30


class QuarterRef(NamedTuple):
    id: int
    code: str
    state: str

    @property
    def is_settled(self) -> bool:
        return self.state in Quarter.SETTLED


class QuarterBook:
    """The quarters of the bureaus touched, locked until the end so that none is published under the import."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._quarters: dict[int, dict[str, QuarterRef]] = {}

    def of(self, bureau_id: int) -> dict[str, QuarterRef]:
        if bureau_id not in self._quarters:
            rows = Quarter.objects.select_for_update(no_key=True).filter(bureau_id=bureau_id).order_by("code")
            self._quarters[bureau_id] = {row.code: QuarterRef(row.pk, row.code, row.state) for row in rows}
        return self._quarters[bureau_id]

    def get(self, bureau_id: int, code: str) -> QuarterRef:
        """The quarter; quarters come into being by import (domain.md)."""
        known = self.of(bureau_id)
        if code not in known:
            bureau = Bureau.objects.get(pk=bureau_id)
            row = ensure_quarter(bureau, code, actor=self.session.actor, today=self.session.today)
            known[code] = QuarterRef(row.pk, row.code, row.state)
        return known[code]

    def settled(self, bureau_id: int) -> list[QuarterRef]:
        return [quarter for quarter in self.of(bureau_id).values() if quarter.is_settled]


def settled_refusal(quarter: QuarterRef) -> tuple[str, str]:
    """Why a row of a settled quarter is refused, and what to do instead."""
    if quarter.state == Quarter.State.PUBLISHED:
        return (
            _("%(code)s 已经发布，这一行会改变它") % {"code": quarter.code},
            _("应当与已发布的数据一致；确需更正请由绩效办做更正计分"),
        )
    return (
        _("%(code)s 正在公示，这一行会改变它") % {"code": quarter.code},
        _("公示期只能按申诉更正"),
    )


class PointRef:
    """A point with its versions; what holds in a quarter is worked out once."""

    __slots__ = ("_periods", "_versions", "code", "id", "library", "versions")

    def __init__(self, point_id: int, code: str, library: str) -> None:
        self.id = point_id
        self.code = code
        self.library = library
        self.versions: list[PointVersion] = []
        self._versions: dict[str, PointVersion | None] = {}
        self._periods: dict[str, frozenset[str]] = {}

    def in_force(self, quarter: str) -> PointVersion | None:
        """The version by which the quarter is assessed; None before the point begins or after it is withdrawn."""
        if quarter not in self._versions:
            begun = [version for version in self.versions if version.from_quarter <= quarter]
            last = begun[-1] if begun else None
            self._versions[quarter] = None if last is None or last.withdrawn else last
        return self._versions[quarter]

    def periods(self, quarter: str) -> frozenset[str]:
        """The periods of the nodes in a quarter."""
        if quarter not in self._periods:
            version = self.in_force(quarter)
            found = nodes_of(version, quarter) if version else []
            self._periods[quarter] = frozenset(node.period for node in found)
        return self._periods[quarter]


class PointBook:
    """The points of a bureau's year by code."""

    def __init__(self, _session: Session) -> None:
        self._points: dict[tuple[int, int], dict[str, PointRef]] = {}

    def of(self, bureau_id: int, year: int) -> dict[str, PointRef]:
        if (bureau_id, year) not in self._points:
            points = AssessmentPoint.objects.filter(bureau_id=bureau_id, year=year)
            found = {
                pk: PointRef(pk, code, library) for pk, code, library in points.values_list("pk", "code", "library")
            }
            for version in (
                PointVersion.objects.filter(point__in=points).defer("standard", "reason").order_by("point", "number")
            ):
                found[version.point_id].versions.append(version)
            self._points[bureau_id, year] = {point.code: point for point in found.values()}
        return self._points[bureau_id, year]

    def forget(self) -> None:
        self._points.clear()


def pair_key(employee_id: int, point_id: int) -> int:
    """Employee and point in one whole number."""
    return employee_id << _ID_BITS | point_id


class ItemBook:
    """Who holds which individual point in a quarter, and from which day; in a few bytes each.

    Filled for a quarter at the first question, by when the sheet 领取 of the same file has been written.
    """

    def __init__(self, _session: Session) -> None:
        self._held: dict[int, PackedTable] = {}

    def taken_on(self, quarter_id: int, employee_id: int, point_id: int) -> tuple[bool, date | None]:
        """Whether the point is held, and the day it was taken on if there is one."""
        if quarter_id not in self._held:
            rows = Item.objects.filter(quarter_id=quarter_id).order_by("employee_id", "point_id")
            self._held[quarter_id] = PackedTable(
                (pair_key(employee, point), day.toordinal() if day else 0)
                for employee, point, day in rows.values_list("employee_id", "point_id", "taken_on").iterator()
            )
        found = self._held[quarter_id].get(pair_key(employee_id, point_id))
        return found is not None, date.fromordinal(found) if found else None


@lru_cache(maxsize=512)
def quarter_of(period: str) -> QuarterCode:
    """The quarter of a node period."""
    return quarter_of_period(period)


class QuarterSheet(BureauSheet):
    """A sheet whose rows belong to a bureau's quarter."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.quarters = session.shared(QuarterBook)
        self.points = session.shared(PointBook)

    def refuse_settled(self, row: Row, field_name: str, *quarters: QuarterRef) -> bool:
        """Refuses a row that would change a settled quarter; says whether it did."""
        for quarter in quarters:
            if quarter.is_settled:
                self.refuse(row, field_name, *settled_refusal(quarter))
                return True
        return False

    def point_of(
        self, row: Row, field_name: str, bureau_id: int, quarter: QuarterCode, libraries: Sequence[str]
    ) -> PointRef | None:
        """The point by its code in the bureau's library of the quarter's year, in force and of one of the libraries."""
        code = row.values.get(field_name)
        if code is None:
            return None
        point = self.points.of(bureau_id, quarter.year).get(code)
        if point is None:
            bureau = self.directory.code_of(bureau_id)
            message = _("单位 %(bureau)s 的 %(year)s 年指标库没有考点“%(code)s”") % {
                "bureau": bureau,
                "year": quarter.year,
                "code": code,
            }
            hint = _("应当是考点表或指标库里该年度已有的考点编号")
            self.missing(row, field_name, "考点", (quarter.year, bureau, code), message, hint)
            return None
        if point.library not in libraries:
            self._refuse_library(row, field_name, point, libraries)
            return None
        if point.in_force(str(quarter)) is None:
            message = _("考点“%(code)s”在 %(quarter)s 没有在用的版本") % {"code": code, "quarter": quarter}
            self.refuse(row, field_name, message, _("应当是这个季度在用的考点"))
            return None
        return point

    def _refuse_library(self, row: Row, field_name: str, point: PointRef, libraries: Sequence[str]) -> None:
        names = {
            Library.COMMON.value: _("共性"),
            Library.INDIVIDUAL.value: _("个性"),
            Library.COMPETITIVE.value: _("竞争性"),
        }
        message = _("“%(code)s”是%(library)s考点") % {"code": point.code, "library": names[point.library]}
        wanted = listed(names[library] for library in libraries)
        self.refuse(row, field_name, message, _("这里应当填%(wanted)s考点") % {"wanted": wanted})


def in_post(person: Person, period: str) -> bool:
    """Whether the employment touches the period (scoring.md §2, §3)."""
    if "Q" in period:
        quarter = quarter_of(period)
        first, last = quarter.first_day, quarter.last_day
        return not ((person.joined and person.joined > last) or (person.left and person.left < first))
    return not (
        (person.joined is not None and period < f"{person.joined:%Y-%m}")
        or (person.left is not None and period > f"{person.left:%Y-%m}")
    )


def remark_published(session: Session, titles: Iterable[str]) -> None:
    """Says which published quarters a correction run would change (workbook.md, Published quarters)."""
    effects = session.shared(PublishedEffects)
    quarters = session.shared(QuarterBook)
    directory = session.shared(Directory)
    for title in titles:
        for (sheet, bureau_id), spans in effects.spans.items():
            if sheet != title:
                continue
            codes = [
                quarter.code
                for quarter in quarters.of(bureau_id).values()
                if quarter.state == Quarter.State.PUBLISHED and _touches(QuarterCode.parse(quarter.code), spans)
            ]
            if codes:
                message = _("单位 %(bureau)s 已发布的 %(codes)s 得分不变") % {
                    "bureau": directory.code_of(bureau_id),
                    "codes": listed(codes),
                }
                hint = _("这次变动若要计入，请对这些季度做更正计分")
                row = effects.rows[sheet, bureau_id]
                session.remarks.append(Remark(sheet, row, "", message, hint))


def _touches(quarter: QuarterCode, spans: list[tuple[date, date]]) -> bool:
    return any(first <= quarter.last_day and last >= quarter.first_day for first, last in spans)
