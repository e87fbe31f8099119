"""The sheets 领取 and 考评结果 of the bureau workbook (workbook.md)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.exact import plain
from common.quarters import QuarterCode
from common.text import listed
from common.workbook import Column, Row, SheetSpec, cells
from common.workbook.importing import Batch, Session
from common.workbook.packed import PackedTable
from indicators.models import Item, Library, PointVersion, Result
from indicators.queries import rule_of
from indicators.rules import check_input, tier_name
from indicators.services.results import node_points
from indicators.workbook.books import ItemBook, PointRef, QuarterRef, QuarterSheet, in_post, pair_key, quarter_of
from organization.models import Bureau
from organization.workbook.directory import Person, number_column

_EXCEL_DIGITS = 15
_MONTHS = 4
"""A quarter has at most four kinds of periods: three months, or itself."""


def _tier(raw: object) -> str:
    """A tier in the spelling of the rules; a number as it is shown."""
    return tier_name(cells.shown(raw))


class Items(QuarterSheet):
    spec = SheetSpec(
        "领取",
        (
            Column("季度", "quarter", cells.quarter_cell, required=True, help=gettext_lazy("如 2023Q1。")),
            number_column(),
            Column("考点编号", "point", cells.code(32), required=True, help=gettext_lazy("只有个性考点需要领取。")),
            Column("领取日期", "taken", cells.date_cell, help=gettext_lazy("应当在该季度内；空为整个季度。")),
        ),
        key=("quarter", "number", "point"),
    )

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.known: dict[int, PackedTable] = {}

    def take(self, rows: list[Row]) -> None:
        self.learn_people(rows)
        resolved: list[tuple[Row, Person, PointRef, QuarterRef, int | None]] = []
        for row in rows:
            quarter: QuarterCode | None = row.values.get("quarter")
            person = self.person_of(row)
            if quarter is None or person is None:
                continue
            point = self.point_of(row, "point", person.bureau_id, quarter, (Library.INDIVIDUAL.value,))
            taken = row.values.get("taken")
            if taken is not None and not quarter.contains(taken):
                message = _("领取日期 %(day)s 不在 %(quarter)s 内") % {"day": taken, "quarter": quarter}
                hint = _("应当在 %(first)s 到 %(last)s 之间") % {"first": quarter.first_day, "last": quarter.last_day}
                self.refuse(row, "taken", message, hint)
            if row.faulty or point is None:
                continue
            ref = self.quarters.get(person.bureau_id, str(quarter))
            resolved.append((row, person, point, ref, self._known(ref.id).get(pair_key(person.id, point.id))))
        self._write(resolved)

    def _known(self, quarter_id: int) -> PackedTable:
        """The quarter's items before this file, by employee and point."""
        if quarter_id not in self.known:
            rows = Item.objects.filter(quarter_id=quarter_id).order_by("employee_id", "point_id")
            self.known[quarter_id] = PackedTable(
                (pair_key(employee, point), pk)
                for employee, point, pk in rows.values_list("employee_id", "point_id", "pk").iterator()
            )
        return self.known[quarter_id]

    def _write(self, resolved: list[tuple[Row, Person, PointRef, QuarterRef, int | None]]) -> None:
        batch = Batch(self, Item)
        stored = Item.objects.select_related("quarter", "employee", "point").in_bulk(
            [pk for *_row, pk in resolved if pk is not None]
        )
        for row, person, point, quarter, pk in resolved:
            found = stored[pk] if pk is not None else None
            taken = self.given(row, "taken", found.taken_on if found else None)
            if found is not None and found.taken_on == taken:
                self.counts.unchanged += 1
            elif not self.refuse_settled(row, "quarter", quarter):
                if found is not None:
                    batch.update(row, found, {"taken_on": taken})
                else:
                    ids = {"bureau_id": person.bureau_id, "employee_id": person.id, "point_id": point.id}
                    batch.create(row, Item(quarter_id=quarter.id, taken_on=taken, **ids))
        batch.flush()

    def stand_in(self, row: Row) -> None:
        person = self.find_person(row.values["number"])
        quarter: QuarterCode = row.values["quarter"]
        point = self.points.of(person.bureau_id, quarter.year).get(row.values["point"]) if person else None
        if person is not None and point is not None and point.library == Library.INDIVIDUAL:
            ref = self.quarters.get(person.bureau_id, str(quarter))
            if ref.is_settled:
                return  # nothing stands in a settled quarter, not even until the file is rolled back
            ids = {"quarter_id": ref.id, "employee_id": person.id, "point_id": point.id}
            Item.objects.get_or_create(**ids, defaults={"bureau_id": person.bureau_id})

    def finish(self) -> None:
        self.known.clear()

    @classmethod
    def objects(cls, bureau: Bureau) -> Iterable[Item]:
        rows = Item.objects.filter(bureau=bureau).select_related("quarter", "employee", "point")
        return rows.order_by("quarter__code", "employee__number", "point__code").iterator()

    @classmethod
    def describe(cls, thing: Item) -> dict[str, object]:
        return {
            "quarter": thing.quarter.code,
            "number": thing.employee.number,
            "point": thing.point.code,
            "taken": thing.taken_on,
        }


class Node(NamedTuple):
    """A row that found its place: whose node of which version it is, and the stored result if there is one."""

    row: Row
    person: Person
    point: PointRef
    version: PointVersion
    quarter: QuarterRef
    pk: int | None


class Results(QuarterSheet):
    spec = SheetSpec(
        "考评结果",
        (
            Column(
                "期间",
                "period",
                cells.month_or_quarter,
                required=True,
                help=gettext_lazy("按月的考点如 2023-01，其余如 2023Q1。"),
            ),
            number_column(),
            Column("考点编号", "point", cells.code(32), required=True),
            Column("目标值", "target", cells.decimal(percent=True), percent=True, help=gettext_lazy("只用于比例。")),
            Column("完成值", "value", cells.decimal(percent=True), percent=True),
            Column("档次", "tier", _tier, help=gettext_lazy("只用于分档。")),
            Column("不适用", "exempt", cells.yes_no(), choices=("是", "否")),
            Column("说明", "note", cells.text(), width=40),
        ),
        key=("period", "number", "point"),
    )

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.known: dict[int, PackedTable] = {}
        self.items = session.shared(ItemBook)

    def take(self, rows: list[Row]) -> None:
        self.learn_people(rows)
        nodes = [node for node in map(self._place, rows) if node is not None]
        stored = Result.objects.select_related("employee", "point").in_bulk(
            [node.pk for node in nodes if node.pk is not None]
        )
        batch = Batch(self, Result)
        for node in nodes:
            self._store(node, stored.get(node.pk) if node.pk is not None else None, batch)
        batch.flush()

    def _place(self, row: Row) -> Node | None:
        """Finds person, point and node of a row; None if one of them is not there."""
        period: str | None = row.values.get("period")
        person = self.person_of(row)
        if period is None or person is None:
            return None
        quarter = quarter_of(period)
        code = str(quarter)
        point = self.point_of(row, "point", person.bureau_id, quarter, (Library.COMMON.value, Library.INDIVIDUAL.value))
        version = point.in_force(code) if point else None
        if point is None or version is None:
            return None
        if period not in point.periods(code):
            self._refuse_period(row, period, point, version, code)
        ref = self.quarters.get(person.bureau_id, code)
        taken: date | None = None
        if point.library == Library.INDIVIDUAL:
            held, taken = self.items.taken_on(ref.id, person.id, point.id)
            if not held and point.periods(code):  # the wrong quarter is one fault, not two
                message = _("%(number)s 在 %(quarter)s 没有领取个性考点“%(point)s”") % {
                    "number": row.values["number"],
                    "quarter": code,
                    "point": point.code,
                }
                key = (quarter, row.values["number"], point.code)
                self.missing(row, "point", "领取", key, message, _("应当先在领取表里登记这一项"))
        if row.faulty:
            return None
        self._remark_ignored(row, person, period, taken)
        pk = self._known(ref.id).get(_node_key(person.id, point.id, period))
        return Node(row, person, point, version, ref, pk)

    def _refuse_period(self, row: Row, period: str, point: PointRef, version: PointVersion, quarter: str) -> None:
        monthly = version.cycle == PointVersion.Cycle.MONTH
        names = {"code": point.code, "period": period, "quarter": quarter, "deadline": version.deadline}
        if monthly and "Q" in period:
            message = _("考点“%(code)s”按月考核，期间不能填“%(period)s”") % names
            self.refuse(row, "period", message, _("应当填月份，如 %s") % listed(sorted(point.periods(quarter))))
        elif not monthly and "Q" not in period:
            message = _("考点“%(code)s”不按月考核，期间不能填“%(period)s”") % names
            self.refuse(row, "period", message, _("应当填季度，如 %s") % quarter)
        else:
            message = _("考点“%(code)s”在 %(quarter)s 没有节点（完成时限 %(deadline)s）") % names
            self.refuse(row, "period", message, _("应当填完成时限所在的季度"))

    def _remark_ignored(self, row: Row, person: Person, period: str, taken: date | None) -> None:
        """An input for a node that the employee does not answer for is kept and ignored in scores (scoring.md §2)."""
        if not any(row.values.get(name) for name in ("tier", "exempt")) and row.values.get("value") is None:
            return
        if not in_post(person, period):
            self.remark(row.number, "period", _("这个期间不在任职期内，结果已导入，但计分时忽略"))
        elif taken is not None and "Q" not in period and period < f"{taken:%Y-%m}":
            message = _("这个月早于领取日期 %(day)s，结果已导入，但计分时忽略") % {"day": taken}
            self.remark(row.number, "period", message)

    def _known(self, quarter_id: int) -> PackedTable:
        """The quarter's results before this file, by employee, point and period."""
        if quarter_id not in self.known:
            rows = Result.objects.filter(quarter_id=quarter_id).order_by("employee_id", "point_id", "period")
            self.known[quarter_id] = PackedTable(
                (_node_key(employee, point, period), pk)
                for employee, point, period, pk in rows.values_list(
                    "employee_id", "point_id", "period", "pk"
                ).iterator()
            )
        return self.known[quarter_id]

    def _store(self, node: Node, found: Result | None, batch: Batch) -> None:
        row, version = node.row, node.version
        inputs: dict[str, Any] = {
            "target": self.given(row, "target", found.target if found else None),
            "value": self.given(row, "value", found.value if found else None),
            "tier": self.given(row, "tier", found.tier if found else "", empty=""),
            "exempt": self.given(row, "exempt", bool(found and found.exempt), empty=False),
        }
        faults = check_input(rule_of(version), **inputs)
        for fault in faults:
            message, _sign, hint = fault.sentence.partition("；")
            self.refuse(row, fault.field, message, hint)
        if faults:
            return
        if found is not None and _contradicts_a_system(found, inputs):
            if not self.refuse_settled(row, "period", node.quarter):
                self._keep_fact(row, found)
            return
        values = {**inputs, "note": self.given(row, "note", found.note if found else "", empty="")}
        values["points"] = node_points(version, **inputs)
        values["state"] = Result.State.CONFIRMED
        signed = {"confirmed_by": self.session.actor, "confirmed_at": self.session.now}
        entered = {"entered_by": self.session.actor, "entered_at": self.session.now}
        if found is None:
            if self.refuse_settled(row, "period", node.quarter):
                return
            ids = {"bureau_id": node.person.bureau_id, "employee_id": node.person.id, "point_id": node.point.id}
            batch.create(
                row,
                Result(
                    quarter_id=node.quarter.id,
                    period=row.values["period"],
                    source=version.source,
                    **ids,
                    **values,
                    **signed,
                    **entered,
                ),
            )
            return
        different = batch.differing(found, values)
        if not different:
            self.counts.unchanged += 1
        elif not self.refuse_settled(row, "period", node.quarter):
            only_confirmed = different.keys() <= {"state", "points"}
            batch.update(row, found, different, signed if only_confirmed else {**signed, **entered})

    def _keep_fact(self, row: Row, found: Result) -> None:
        """What a system measured is not edited by hand, nor by a workbook (domain.md, Results)."""
        message = _("这是“%(origin)s”的机考数据，与文件不同，保留原数据；有异议请在公示期内申诉")
        self.remark(row.number, "tier" if row.values.get("tier") else "value", message % {"origin": found.origin})
        self.counts.unchanged += 1

    def finish(self) -> None:
        self.known.clear()

    @classmethod
    def objects(cls, bureau: Bureau) -> Iterable[Result]:
        """The confirmed ones: what is imported counts as confirmed, which an export must not bring about by itself."""
        rows = Result.objects.filter(bureau=bureau, state=Result.State.CONFIRMED).select_related("employee", "point")
        return (
            rows.only("period", "target", "value", "tier", "exempt", "note", "employee__number", "point__code")
            .order_by("quarter__code", "employee__number", "point__code", "period")
            .iterator()
        )

    @classmethod
    def describe(cls, thing: Result) -> dict[str, object]:
        return {
            "period": thing.period,
            "number": thing.employee.number,
            "point": thing.point.code,
            "target": _cell(thing.target),
            "value": _cell(thing.value),
            "tier": thing.tier or None,
            "exempt": thing.exempt or None,
            "note": thing.note or None,
        }


def _cell(value: Decimal | None) -> Decimal | str | None:
    """The number; as text if Excel, which keeps fifteen digits, would shorten it."""
    return plain(value) if value is not None and len(value.as_tuple().digits) > _EXCEL_DIGITS else value


def _node_key(employee_id: int, point_id: int, period: str) -> int:
    """A node within its quarter as one whole number: months 0 to 2, the quarter itself 3."""
    place = 3 if "Q" in period else (int(period[5:]) - 1) % 3
    return pair_key(employee_id, point_id) * _MONTHS + place


def _contradicts_a_system(found: Result, inputs: dict[str, Any]) -> bool:
    """Whether a row says something else than what a system measured; 不适用 is no fact, but the office's decision."""
    differs = any(getattr(found, name) != content for name, content in inputs.items())
    return bool(found.origin) and not inputs["exempt"] and differs
