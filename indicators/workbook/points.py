"""The sheet 考点 of the bureau workbook (workbook.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.quarters import QuarterCode
from common.workbook import Column, Row, SheetSpec, cells
from common.workbook.importing import Batch, Session, labels, words
from indicators.deadlines import parse_deadline
from indicators.models import AssessmentPoint, Item, KeyWork, Library, PointVersion, Result
from indicators.rules import RuleError, parse_rule
from indicators.services.points import ARITHMETIC, effect_of
from indicators.workbook.books import QuarterRef, QuarterSheet, settled_refusal
from indicators.workbook.libraries import year_column
from organization.models import Bureau
from organization.workbook.directory import bureau_column

EVERYBODY = "全员"
_LIBRARIES, _LIBRARY_WORDS = words(Library), labels(Library)
_NATURES, _NATURE_WORDS = words(PointVersion.Nature), labels(PointVersion.Nature)
_METHODS, _METHOD_WORDS = words(PointVersion.Method), labels(PointVersion.Method)
_CYCLES, _CYCLE_WORDS = words(PointVersion.Cycle), labels(PointVersion.Cycle)
_SOURCES, _SOURCE_WORDS = words(PointVersion.Source), labels(PointVersion.Source)


class Points(QuarterSheet):
    """考点. A row speaks of the point's last version; a revision with its reason is made in the application."""

    settles_after = "考评结果"
    spec = SheetSpec(
        "考点",
        (
            year_column(),
            bureau_column(),
            Column("考点编号", "code", cells.code(32), required=True),
            Column("重点工作编号", "key_work", cells.code(32), required=True),
            Column("指标库", "library", cells.choice(_LIBRARIES), required=True, choices=tuple(_LIBRARIES)),
            Column("名称", "name", cells.text(200), required=True, width=36),
            Column("考核类型", "nature", cells.choice(_NATURES), required=True, choices=tuple(_NATURES)),
            Column("计分方式", "method", cells.choice(_METHODS), required=True, choices=tuple(_METHODS)),
            Column(
                "分值", "full", cells.decimal(above=0, maximum=cells.MOST_POINTS, max_places=2), required=True, width=8
            ),
            Column(
                "计分参数",
                "parameters",
                cells.text(500),
                required=True,
                width=30,
                help=gettext_lazy(
                    "扣分：每次扣分=0.5；比例：目标=100;底线=60；分档：优=100;良=85;中=70;差=50；"
                    "计件：每件得分=0.5；完成：逾期每日扣分=0.2。"
                ),
            ),
            Column("质量标准", "standard", cells.text(), required=True, width=60),
            Column("考核周期", "cycle", cells.choice(_CYCLES), required=True, choices=tuple(_CYCLES)),
            Column(
                "完成时限",
                "deadline",
                cells.text(32),
                required=True,
                width=16,
                help=gettext_lazy("月：每月25日；季：每季末5日前；半年、年：6月20日。"),
            ),
            Column(
                "责任部门代码", "department", cells.code(32), required=True, help=gettext_lazy("共性考点填“全员”。")
            ),
            Column("责任岗位代码", "post", cells.code(32), help=gettext_lazy("共性考点填“全员”或留空。")),
            Column("考评部门代码", "assessor", cells.code(32), required=True),
            Column("数据来源", "source", cells.choice(_SOURCES), required=True, choices=tuple(_SOURCES)),
        ),
        key=("year", "bureau", "code"),
    )

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.works: dict[int, dict[tuple[int, str], int]] = {}
        self.recounted: list[tuple[Row, PointVersion]] = []

    def take(self, rows: list[Row]) -> None:
        bureaus = {row.number: self.bureau_of(row) for row in rows}
        known = self._existing(rows, {bureau for bureau in bureaus.values() if bureau})
        points, versions = Batch(self, AssessmentPoint), Batch(self, PointVersion)
        first: list[PointVersion] = []
        for row in rows:
            bureau_id = bureaus[row.number]
            if bureau_id is None:
                continue
            demands = self._demands(row, bureau_id, known)
            if row.faulty:
                continue
            year, code = row.values["year"], row.values["code"]
            version = known.get((bureau_id, year, code))
            if version is not None:
                self._change(row, version, demands, versions)
                continue
            start = self._start(row, bureau_id, year)
            if start:
                point = AssessmentPoint(bureau_id=bureau_id, year=year, code=code, library=row.values["library"])
                points.create(row, point)
                author = {"created_at": self.session.now, "created_by": self.session.actor}
                first.append(PointVersion(point=point, from_quarter=start, **author, **demands))
        points.flush()
        for version in first:
            version.point_id = version.point.pk
        PointVersion.objects.bulk_create(first)
        versions.flush()
        self.points.forget()

    def _existing(self, rows: list[Row], bureaus: set[int]) -> dict[tuple[int, int, str], PointVersion]:
        """The last version of each point."""
        years = {row.values["year"] for row in rows if "year" in row.values}
        versions = PointVersion.objects.filter(point__bureau_id__in=bureaus, point__year__in=years)
        related = versions.select_related("point", "point__bureau", "key_work", "department", "post", "assessor")
        return {
            (version.point.bureau_id, version.point.year, version.point.code): version
            for version in related.order_by("point", "number")
        }

    def _demands(self, row: Row, bureau_id: int, known: Mapping[tuple[int, int, str], PointVersion]) -> dict[str, Any]:
        """What the row demands, checked as far as its cells can be read."""
        given = row.values
        demands: dict[str, Any] = {
            name: given[name]
            for name in ("name", "nature", "method", "full", "standard", "cycle", "source")
            if name in given
        }
        if "parameters" in given and "method" in given:
            try:
                demands["parameters"] = str(parse_rule(given["method"], given["parameters"]))
            except RuleError as error:
                self.refuse(row, "parameters", str(error))
        if "deadline" in given and "cycle" in given:
            try:
                demands["deadline"] = str(parse_deadline(given["cycle"], given["deadline"]))
            except ValueError as error:
                self.refuse(row, "deadline", str(error))
        demands["assessor_id"] = self.department_of(row, "assessor", bureau_id)
        demands["key_work_id"] = self._work_of(row, bureau_id)
        old = known.get((bureau_id, given.get("year", 0), given.get("code", "")))
        demands |= self._responsible(row, bureau_id, old)
        return demands

    def _work_of(self, row: Row, bureau_id: int) -> int | None:
        year, code = row.values.get("year"), row.values.get("key_work")
        if year is None or code is None:
            return None
        if bureau_id not in self.works:
            works = KeyWork.objects.filter(bureau_id=bureau_id).values_list("year", "code", "pk")
            self.works[bureau_id] = {(year, code): pk for year, code, pk in works}
        found = self.works[bureau_id].get((year, code))
        if found is None:
            bureau = self.directory.code_of(bureau_id)
            message = _("单位 %(bureau)s 的 %(year)s 年没有重点工作“%(code)s”") % {
                "bureau": bureau,
                "year": year,
                "code": code,
            }
            hint = _("应当是重点工作表或系统里该年度已有的编号")
            self.missing(row, "key_work", "重点工作", (year, bureau, code), message, hint)
        return found

    def _responsible(self, row: Row, bureau_id: int, old: PointVersion | None) -> dict[str, int | None]:
        """责任部门 and 责任岗位: everybody for a common point, else a department and perhaps a post of it."""
        library, department = row.values.get("library"), row.values.get("department")
        common = library == Library.COMMON
        post = row.values.get("post")
        if common:
            if department not in (None, EVERYBODY):
                message = _("共性考点的责任部门不能是“%(code)s”") % {"code": department}
                self.refuse(row, "department", message, _("共性考点应当填“全员”"))
            if post not in (None, EVERYBODY):
                message = _("共性考点的责任岗位不能是“%(code)s”") % {"code": post}
                self.refuse(row, "post", message, _("共性考点应当填“全员”或留空"))
            return {"department_id": None, "post_id": None}
        if department == EVERYBODY:
            if library is not None:
                message = _("只有共性考点的责任部门可以是“全员”")
                self.refuse(row, "department", message, _("应当填承担这个考点的部门代码"))
            return {"department_id": None, "post_id": None}
        department_id = self.department_of(row, "department", bureau_id)
        if "post" not in row.values:
            return {"department_id": department_id, "post_id": old.post_id if old else None}
        if post in (None, EVERYBODY):
            return {"department_id": department_id, "post_id": None}
        found = self.post_of(row, "post", bureau_id, post)
        if found is not None and department_id is not None and found.department_id != department_id:
            message = _("岗位“%(post)s”不属于责任部门“%(department)s”") % {"post": post, "department": department}
            self.refuse(row, "post", message, _("应当填责任部门里的岗位"))
        return {"department_id": department_id, "post_id": found.id if found else None}

    def _change(self, row: Row, version: PointVersion, demands: Mapping[str, Any], batch: Batch) -> None:
        if version.point.library != row.values["library"]:
            now = _LIBRARY_WORDS[version.point.library]
            message = _("考点“%(code)s”已在%(library)s库") % {"code": version.point.code, "library": now}
            self.refuse(
                row, "library", message, _("指标库不能改；应当另立一个考点，或填回%(library)s") % {"library": now}
            )
            return
        different = batch.differing(version, _as_spelt(version, demands))
        if not different:
            self.counts.unchanged += 1
            return
        used = self._used_by(version)
        column = self._column(next(iter(different)))
        if used is not None:
            message, _hint = settled_refusal(used)
            self.refuse(row, column, message, _("请在指标库里修订这个考点，从以后的季度起执行"))
        elif version.withdrawn:
            message = _("考点“%(code)s”已经停用") % {"code": version.point.code}
            self.refuse(row, column, message, _("请在指标库里修订这个考点"))
        else:
            batch.update(row, version, different)
            if set(ARITHMETIC) & set(different):
                self.recounted.append((row, version))

    @staticmethod
    def _column(attribute: str) -> str:
        return attribute.removesuffix("_id")

    def _used_by(self, version: PointVersion) -> QuarterRef | None:
        """A settled quarter in which the point counted: for everybody if it is common, else where somebody holds it."""
        point = version.point
        begun = point.versions.order_by("number").values_list("from_quarter", flat=True)[0]
        for quarter in self.quarters.settled(point.bureau_id):
            if not begun <= quarter.code <= f"{point.year}Q4":
                continue
            if point.library == Library.COMMON:
                return quarter
            if (
                Item.objects.filter(point=point, quarter_id=quarter.id).exists()
                or Result.objects.filter(point=point, quarter_id=quarter.id).exists()
                or point.tasks.filter(quarter_id=quarter.id).exists()
            ):
                return quarter
        return None

    def _start(self, row: Row, bureau_id: int, year: int) -> str:
        """From which quarter a new point holds: its year's first, or the one after the last that is settled."""
        codes = [quarter.code for quarter in self.quarters.settled(bureau_id) if quarter.code.startswith(f"{year}Q")]
        if not codes:
            return f"{year}Q1"
        following = QuarterCode.parse(max(codes)).next()
        if following.year == year:
            return str(following)
        message = _("%(year)s 年的四个季度都已公示或发布") % {"year": year}
        self.refuse(row, "year", message, _("新增考点应当属于还有季度未发布的年度"))
        return ""

    def stand_in(self, row: Row) -> None:
        """A point by which results can be checked, if its rule and its nodes are sound."""
        bureau_id, given = self.own_bureau(row), row.values
        work = KeyWork.objects.filter(bureau_id=bureau_id).first() if bureau_id else None
        if work is None or not {"library", "method", "parameters", "cycle", "deadline"} <= given.keys():
            return
        try:
            parse_rule(given["method"], given["parameters"])
            parse_deadline(given["cycle"], given["deadline"])
        except ValueError:
            return
        key = {"bureau_id": bureau_id, "year": given["year"], "code": given["code"]}
        point, made = AssessmentPoint.objects.get_or_create(**key, defaults={"library": given["library"]})
        if made:
            PointVersion.objects.create(
                point=point,
                from_quarter=f"{point.year}Q1",
                key_work=work,
                name="",
                full=1,
                assessor_id=work.department_id,
                created_at=self.session.now,
                **{name: given[name] for name in ("method", "parameters", "cycle", "deadline")},
            )
            self.points.forget()

    def finish(self) -> None:
        """Results that fit the changed rule get their new points; the file may still mend the others."""
        for _row, version in self.recounted:
            changed = []
            for result, points in effect_of(version).changed:
                result.points = points
                changed.append(result)
            Result.objects.bulk_update(changed, ["points"], batch_size=500)

    def settle(self) -> None:
        for row, version in self.recounted:
            misfits = len(effect_of(version).misfits)
            if misfits:
                message = _("已有 %(count)d 条考评结果不符合改后的计分方式、参数或周期") % {"count": misfits}
                self.refuse(row, "method", message, _("应当在同一文件里一并改正这些结果，或在指标库里修订考点"))

    @classmethod
    def objects(cls, bureau: Bureau) -> Iterable[PointVersion]:
        last = {}
        versions = PointVersion.objects.filter(point__bureau=bureau).select_related(
            "point", "point__bureau", "key_work", "department", "post", "assessor"
        )
        for version in versions.order_by("point__year", "point__code", "number").iterator():
            last[version.point_id] = version
        return last.values()

    @classmethod
    def describe(cls, thing: PointVersion) -> dict[str, object]:
        common = thing.point.library == Library.COMMON
        return {
            "year": thing.point.year,
            "bureau": thing.point.bureau.code,
            "code": thing.point.code,
            "key_work": thing.key_work.code,
            "library": _LIBRARY_WORDS[thing.point.library],
            "name": thing.name,
            "nature": _NATURE_WORDS[thing.nature],
            "method": _METHOD_WORDS[thing.method],
            "full": thing.full,
            "parameters": thing.parameters,
            "standard": thing.standard,
            "cycle": _CYCLE_WORDS[thing.cycle],
            "deadline": thing.deadline,
            "department": thing.department.code if thing.department else EVERYBODY,
            "post": thing.post.code if thing.post else EVERYBODY if common else None,
            "assessor": thing.assessor.code,
            "source": _SOURCE_WORDS[thing.source],
        }


def _as_spelt(version: PointVersion, demands: Mapping[str, Any]) -> dict[str, Any]:
    """The demands with parameters and deadline in the stored spelling where they mean the same."""
    kept = dict(demands)
    if (
        version.method == demands["method"]
        and str(parse_rule(version.method, version.parameters)) == demands["parameters"]
    ):
        kept["parameters"] = version.parameters
    if (
        version.cycle == demands["cycle"]
        and str(parse_deadline(version.cycle, version.deadline)) == demands["deadline"]
    ):
        kept["deadline"] = version.deadline
    return kept
