"""The sheet 离岗 of the bureau workbook (workbook.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.workbook import Column, Row, SheetSpec, cells
from common.workbook.importing import Batch, labels, words
from organization.models import Absence, Bureau
from organization.workbook.directory import BureauSheet, PublishedEffects, number_column

_ABSENCES, _ABSENCE_WORDS = words(Absence.Kind), labels(Absence.Kind)


class Absences(BureauSheet):
    spec = SheetSpec(
        "离岗",
        (
            number_column(),
            Column("类型", "kind", cells.choice(_ABSENCES), required=True, choices=tuple(_ABSENCES)),
            Column("起始日期", "starts", cells.date_cell, required=True),
            Column("截止日期", "ends", cells.date_cell, help=gettext_lazy("空为至今。")),
        ),
        key=("number", "kind", "starts"),
    )

    def take(self, rows: list[Row]) -> None:
        self.learn_people(rows)
        batch = Batch(self, Absence)
        people = {row.number: self.person_of(row) for row in rows}
        ids = {person.id for person in people.values() if person}
        known: dict[int, dict[tuple[str, date], Absence]] = defaultdict(dict)
        for absence in Absence.objects.filter(employee_id__in=ids).select_related("employee"):
            known[absence.employee_id][absence.kind, absence.starts_on] = absence
        effects = self.session.shared(PublishedEffects)
        for row in rows:
            person = people[row.number]
            if row.faulty or person is None:
                continue
            kind, starts = row.values["kind"], row.values["starts"]
            found = known[person.id].get((kind, starts))
            ends = self.given(row, "ends", found.ends_on if found else None)
            if ends is not None and ends < starts:
                message = _("截止日期早于起始日期 %(starts)s") % {"starts": starts}
                self.refuse(row, "ends", message, _("应当不早于起始日期"))
                continue
            if found is None:
                batch.create(row, Absence(employee_id=person.id, kind=kind, starts_on=starts, ends_on=ends))
                effects.note(self.spec.title, row, person.bureau_id, starts, ends)
            else:
                before = found.ends_on
                if batch.store(row, found, {"ends_on": ends}):
                    borders = sorted(day or date.max for day in (before, ends))
                    effects.note(self.spec.title, row, person.bureau_id, borders[0], borders[1])
        batch.flush()

    @classmethod
    def objects(cls, bureau: Bureau) -> Iterable[Absence]:
        rows = Absence.objects.filter(employee__bureau=bureau).select_related("employee")
        return rows.order_by("employee__number", "starts_on", "kind").iterator()

    @classmethod
    def describe(cls, thing: Absence) -> dict[str, object]:
        return {
            "number": thing.employee.number,
            "kind": _ABSENCE_WORDS[thing.kind],
            "starts": thing.starts_on,
            "ends": thing.ends_on,
        }
