"""The sheets 加减分, 部门得分 and 得分 of the bureau workbook (workbook.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.quarters import QuarterCode
from common.workbook import Column, Row, SheetSpec, cells
from common.workbook.importing import Batch, labels, words
from indicators.workbook.books import QuarterRef, QuarterSheet
from organization.models import Bureau
from organization.workbook.directory import Person, bureau_column, number_column
from scoring.models import Adjustment, DepartmentScore, Score

_KINDS, _KIND_WORDS = words(Adjustment.Kind), labels(Adjustment.Kind)


class Adjustments(QuarterSheet):
    """加减分. What a sheet brings counts (计入); its quarter is that of its day."""

    spec = SheetSpec(
        "加减分",
        (
            Column("日期", "day", cells.date_cell, required=True),
            number_column(),
            Column("类型", "kind", cells.choice(_KINDS), required=True, choices=tuple(_KINDS), width=8),
            Column(
                "分值",
                "points",
                cells.decimal(above=0, maximum=cells.MOST_POINTS, max_places=2),
                required=True,
                width=8,
            ),
            Column("事由", "matter", cells.text(200), required=True, width=40),
            Column("依据", "basis", cells.text(), required=True, width=48),
            Column(
                "违纪", "disciplinary", cells.yes_no(), choices=("是", "否"), width=8, help=gettext_lazy("只用于减分。")
            ),
        ),
        key=("day", "number", "kind", "matter"),
    )

    def take(self, rows: list[Row]) -> None:
        self.learn_people(rows)
        batch = Batch(self, Adjustment)
        people = {row.number: self.person_of(row) for row in rows}
        stored = Adjustment.objects.select_related("employee").filter(
            employee_id__in={person.id for person in people.values() if person},
            day__in={row.values["day"] for row in rows if "day" in row.values},
        )
        known = {(one.day, one.employee_id, one.kind, one.matter): one for one in stored}
        for row in rows:
            person = people[row.number]
            if row.values.get("disciplinary") and row.values.get("kind") == Adjustment.Kind.PLUS:
                self.refuse(row, "disciplinary", _("加分不能标为违纪"), _("只有减分才填“是”"))
            if row.faulty or person is None:
                continue
            day: date = row.values["day"]
            found = known.get((day, person.id, row.values["kind"], row.values["matter"]))
            quarter = self.quarters.get(person.bureau_id, str(QuarterCode.of(day)))
            self._store(row, person, quarter, found, batch)
        batch.flush()

    def _store(self, row: Row, person: Person, quarter: QuarterRef, found: Adjustment | None, batch: Batch) -> None:
        values = {
            "points": row.values["points"],
            "basis": row.values["basis"],
            "disciplinary": self.given(row, "disciplinary", bool(found and found.disciplinary), empty=False),
            "state": Adjustment.State.COUNTED,
        }
        counted = {"counted_by": self.session.actor, "counted_at": self.session.now}
        if found is None:
            if self.refuse_settled(row, "day", quarter):
                return
            ids = {"bureau_id": person.bureau_id, "quarter_id": quarter.id, "employee_id": person.id}
            key = {name: row.values[name] for name in ("day", "kind", "matter")}
            entered = {"entered_by": self.session.actor, "entered_at": self.session.now}
            batch.create(row, Adjustment(**ids, **key, **values, **counted, **entered))
            return
        different = batch.differing(found, values)
        if not different:
            self.counts.unchanged += 1
        elif not self.refuse_settled(row, "day", quarter):
            batch.update(row, found, different, counted)

    @classmethod
    def objects(cls, bureau: Bureau) -> Iterable[Adjustment]:
        """The counted ones: what is imported counts, which an export must not bring about by itself."""
        rows = Adjustment.objects.filter(bureau=bureau, state=Adjustment.State.COUNTED).select_related("employee")
        return rows.order_by("day", "employee__number", "kind", "matter").iterator()

    @classmethod
    def describe(cls, thing: Adjustment) -> dict[str, object]:
        return {
            "day": thing.day,
            "number": thing.employee.number,
            "kind": _KIND_WORDS[thing.kind],
            "points": thing.points,
            "matter": thing.matter,
            "basis": thing.basis,
            "disciplinary": thing.disciplinary,
        }


class DepartmentScores(QuarterSheet):
    spec = SheetSpec(
        "部门得分",
        (
            Column("季度", "quarter", cells.quarter_cell, required=True),
            bureau_column(),
            Column("部门代码", "department", cells.code(32), required=True),
            Column(
                "得分",
                "score",
                cells.decimal(minimum=0, maximum=cells.MOST_POINTS, max_places=2),
                required=True,
                number_format="0.00",
            ),
        ),
        key=("quarter", "bureau", "department"),
    )

    def take(self, rows: list[Row]) -> None:
        batch = Batch(self, DepartmentScore)
        resolved: list[tuple[Row, int, int, QuarterRef]] = []
        for row in rows:
            bureau_id = self.bureau_of(row)
            department_id = self.department_of(row, "department", bureau_id) if bureau_id else None
            if not row.faulty and bureau_id and department_id:
                quarter = self.quarters.get(bureau_id, str(row.values["quarter"]))
                resolved.append((row, bureau_id, department_id, quarter))
        wanted = Q(
            quarter_id__in={quarter.id for *_row, quarter in resolved},
            department_id__in={department for _row, _bureau, department, _quarter in resolved},
        )
        stored = DepartmentScore.objects.filter(wanted).select_related("quarter", "bureau", "department")
        known = {(score.quarter_id, score.department_id): score for score in stored}
        for row, bureau_id, department_id, quarter in resolved:
            found = known.get((quarter.id, department_id))
            score = row.values["score"]
            if found is not None and found.score == score:
                self.counts.unchanged += 1
            elif self.refuse_settled(row, "quarter", quarter):
                continue
            elif found is not None:
                batch.update(row, found, {"score": score})
            else:
                ids = {"bureau_id": bureau_id, "quarter_id": quarter.id, "department_id": department_id}
                batch.create(row, DepartmentScore(score=score, **ids))
        batch.flush()

    @classmethod
    def objects(cls, bureau: Bureau) -> Iterable[DepartmentScore]:
        rows = DepartmentScore.objects.filter(bureau=bureau).select_related("quarter", "bureau", "department")
        return rows.order_by("quarter__code", "department__code")

    @classmethod
    def describe(cls, thing: DepartmentScore) -> dict[str, object]:
        return {
            "quarter": thing.quarter.code,
            "bureau": thing.bureau.code,
            "department": thing.department.code,
            "score": thing.score,
        }


_POINTS = "0.00"
SCORES = SheetSpec(
    "得分",
    (
        Column("季度", "quarter", cells.text(), width=10),
        Column("单位代码", "bureau", cells.text(), width=10),
        number_column(),
        Column("姓名", "name", cells.text()),
        Column("部门代码", "department", cells.text()),
        Column("部门名称", "department_name", cells.text(), width=28),
        Column("序列", "category", cells.text()),
        Column("共性得分", "common", cells.text(), number_format=_POINTS),
        Column("个性得分", "individual", cells.text(), number_format=_POINTS),
        Column("竞争性得分", "competitive", cells.text(), number_format=_POINTS),
        Column("加减分", "adjustments", cells.text(), number_format=_POINTS),
        Column("组织联动", "linkage", cells.text(), number_format=_POINTS),
        Column("总分", "total", cells.text(), number_format=_POINTS),
        Column("是否参与排名", "ranked", cells.text()),
        Column("单位排名", "bureau_rank", cells.text(), number_format="0"),
        Column("序列排名", "category_rank", cells.text(), number_format="0"),
        Column("前30%", "in_pool", cells.text()),
        Column("说明", "reason", cells.text(), width=24),
    ),
)
"""得分 is given out only; an import passes over it."""


def score_rows(bureau: Bureau) -> Iterator[dict[str, object]]:
    """The bureau's scores of every quarter scored to its end, by rank and then by staff number."""
    reasons = labels(Score.Reason)
    scores = Score.objects.current().filter(bureau=bureau, run__as_of__isnull=True).defer("inputs")
    related = scores.select_related("quarter", "bureau", "department", "category")
    ordered = related.order_by("quarter__code", F("bureau_rank").asc(nulls_last=True), "number")
    plain = ("number", "name", "common", "individual", "competitive", "adjustments", "linkage", "total")
    for score in ordered.iterator():
        yield {
            **{name: getattr(score, name) for name in (*plain, "ranked", "bureau_rank", "category_rank", "in_pool")},
            "quarter": score.quarter.code,
            "bureau": score.bureau.code,
            "department": score.department.code,
            "department_name": score.department.name,
            "category": score.category.name,
            "reason": reasons.get(score.reason),
        }
