"""The sheets 方案 and 重点工作 of the bureau workbook (workbook.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.text import listed
from common.workbook import Column, Row, SheetSpec, cells
from common.workbook.importing import Batch, Session, labels, words
from indicators.models import KeyWork, SchemeSetting
from indicators.scheme import PROCESS_KEYS, SCHEME_KEYS, SchemeError, SchemeValues, parse_setting, setting_text
from indicators.workbook.books import QuarterSheet, settled_refusal
from organization.models import Bureau
from organization.workbook.directory import BureauSheet, bureau_column

_WORK_KINDS, _WORK_WORDS = words(KeyWork.Kind), labels(KeyWork.Kind)
_WEIGHTS = ("共性权重", "个性权重", "竞争性上限")


def year_column() -> Column:
    return Column("年度", "year", cells.whole(minimum=1000, maximum=9998), required=True, width=8)


class Scheme(QuarterSheet):
    spec = SheetSpec(
        "方案",
        (
            bureau_column(),
            Column("起始季度", "quarter", cells.quarter_cell, required=True, help=gettext_lazy("如 2023Q1。")),
            Column(
                "项目",
                "key",
                cells.choice((*SCHEME_KEYS, *PROCESS_KEYS)),
                required=True,
                width=22,
                choices=(*SCHEME_KEYS, *PROCESS_KEYS),
            ),
            Column("值", "value", cells.text(200), required=True, width=28),
        ),
        key=("bureau", "quarter", "key"),
    )

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.rows: dict[int, list[Row]] = defaultdict(list)

    def take(self, rows: list[Row]) -> None:
        for row in rows:
            bureau_id = self.bureau_of(row)
            if bureau_id is not None and "key" in row.values and "value" in row.values:
                row.values["value"] = self._checked(row, bureau_id)
            if not row.faulty and bureau_id is not None:
                self.rows[bureau_id].append(row)

    def _checked(self, row: Row, bureau_id: int) -> str:
        """The value in the spelling that is kept."""
        try:
            parsed = parse_setting(row.values["key"], row.values["value"])
        except SchemeError as error:
            self.refuse(row, "value", str(error))
            return ""
        if isinstance(parsed, tuple):
            known = self.directory.categories(bureau_id)
            unknown = [name for name in parsed if name not in known]
            if unknown:
                message = _("这个单位没有序列“%(names)s”") % {"names": listed(unknown)}
                self.refuse(row, "value", message, _("应当填：%(words)s") % {"words": listed(known)})
        return setting_text(parsed)

    def finish(self) -> None:
        for bureau_id, rows in self.rows.items():
            settings = list(SchemeSetting.objects.filter(bureau_id=bureau_id).select_related("bureau"))
            before = {(setting.from_quarter, setting.key): setting.value for setting in settings}
            after = before | {(str(row.values["quarter"]), row.values["key"]): row.values["value"] for row in rows}
            self._check_settled(bureau_id, rows, before, after)
            self._check_weights(bureau_id, rows, after)
            self._write(bureau_id, [row for row in rows if not row.faulty], settings)

    def _check_settled(
        self,
        bureau_id: int,
        rows: list[Row],
        before: Mapping[tuple[str, str], str],
        after: Mapping[tuple[str, str], str],
    ) -> None:
        for quarter in self.quarters.settled(bureau_id):
            for row in rows:
                key = row.values["key"]
                start = _in_force(after, key, quarter.code)
                if start != str(row.values["quarter"]) or row.faulty or key in PROCESS_KEYS:
                    continue
                old = _in_force(before, key, quarter.code)
                was = before[old, key] if old else setting_text(_default(key))
                if was != after[start, key]:
                    self.refuse(row, "value", *settled_refusal(quarter))

    def _check_weights(self, bureau_id: int, rows: list[Row], after: Mapping[tuple[str, str], str]) -> None:
        """The weights of the last state add up to 100; a quarter in between that does not is only remarked."""
        weighing = [row for row in rows if row.values["key"] in _WEIGHTS]
        if not weighing:
            return
        quarters = sorted({quarter for quarter, key in after if key in _WEIGHTS})
        for quarter in quarters:
            found = {key: _in_force(after, key, quarter) for key in _WEIGHTS}
            values = {key: after[start, key] for key, start in found.items() if start}
            for sentence in SchemeValues.from_mapping(values).problems():
                there = [row for row in weighing if str(row.values["quarter"]) == quarter]
                row = (there or weighing)[-1]
                message = _("%(quarter)s 起：%(sentence)s") % {"quarter": quarter, "sentence": sentence}
                if quarter == quarters[-1]:
                    self.refuse(row, "value", message, _("请一并改正三项中的另外两项"))
                elif there:
                    self.remark(row.number, "value", message)

    def _write(self, bureau_id: int, rows: list[Row], settings: list[SchemeSetting]) -> None:
        batch = Batch(self, SchemeSetting)
        known = {(setting.from_quarter, setting.key): setting for setting in settings}
        for row in rows:
            quarter, key, value = str(row.values["quarter"]), row.values["key"], row.values["value"]
            found = known.get((quarter, key))
            if found is None:
                batch.create(row, SchemeSetting(bureau_id=bureau_id, from_quarter=quarter, key=key, value=value))
            else:
                batch.store(row, found, {"value": value})
        batch.flush()

    @classmethod
    def objects(cls, bureau: Bureau) -> Iterable[SchemeSetting]:
        return SchemeSetting.objects.filter(bureau=bureau).select_related("bureau").order_by("from_quarter", "key")

    @classmethod
    def describe(cls, thing: SchemeSetting) -> dict[str, object]:
        return {"bureau": thing.bureau.code, "quarter": thing.from_quarter, "key": thing.key, "value": thing.value}


def _in_force(values: Mapping[tuple[str, str], str], key: str, quarter: str) -> str:
    """From which quarter the value of a key comes that holds in this quarter; "" for the default."""
    return max((start for start, name in values if name == key and start <= quarter), default="")


def _default(key: str) -> Any:
    return getattr(SchemeValues(), SCHEME_KEYS[key])


class KeyWorks(BureauSheet):
    spec = SheetSpec(
        "重点工作",
        (
            year_column(),
            bureau_column(),
            Column("编号", "code", cells.code(32), required=True),
            Column("类别", "kind", cells.choice(_WORK_KINDS), required=True, choices=tuple(_WORK_KINDS)),
            Column("名称", "name", cells.text(200), required=True, width=48),
            Column("责任部门代码", "department", cells.code(32), required=True),
        ),
        key=("year", "bureau", "code"),
    )

    def take(self, rows: list[Row]) -> None:
        batch = Batch(self, KeyWork)
        bureaus = {row.number: self.bureau_of(row) for row in rows}
        wanted = Q(
            bureau_id__in=set(bureaus.values()) - {None}, year__in={row.values.get("year") for row in rows} - {None}
        )
        known = {(work.bureau_id, work.year, work.code): work for work in KeyWork.objects.filter(wanted)}
        for row in rows:
            bureau_id = bureaus[row.number]
            department_id = self.department_of(row, "department", bureau_id) if bureau_id else None
            if row.faulty or bureau_id is None:
                continue
            values = {"kind": row.values["kind"], "name": row.values["name"], "department_id": department_id}
            key = (bureau_id, row.values["year"], row.values["code"])
            if key in known:
                batch.store(row, known[key], values)
            else:
                batch.create(row, KeyWork(bureau_id=key[0], year=key[1], code=key[2], **values))
        batch.flush()

    def stand_in(self, row: Row) -> None:
        bureau_id = self.own_bureau(row)
        department_id = self.directory.any_department(bureau_id) if bureau_id else None
        if department_id is not None:
            key = {"bureau_id": bureau_id, "year": row.values["year"], "code": row.values["code"]}
            other = {"kind": KeyWork.Kind.BUSINESS, "name": "", "department_id": department_id}
            KeyWork.objects.get_or_create(**key, defaults=other)

    @classmethod
    def objects(cls, bureau: Bureau) -> Iterable[KeyWork]:
        return KeyWork.objects.filter(bureau=bureau).select_related("bureau", "department").order_by("year", "code")

    @classmethod
    def describe(cls, thing: KeyWork) -> dict[str, object]:
        return {
            "year": thing.year,
            "bureau": thing.bureau.code,
            "code": thing.code,
            "kind": _WORK_WORDS[thing.kind],
            "name": thing.name,
            "department": thing.department.code,
        }
