"""A department's sheet 考评结果 of a quarter: given out with a row for every node, taken in by the right to enter.

Format, reader and faults are those of the bureau workbook (workbook.md); the rows go by the services of 填报, so that they
wait for review and confirmation like what is typed into the grid.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook

from audit import services as audit
from common.errors import DomainError
from common.workbook import Problem, Remark, Row, open_workbook, write_sheet
from common.workbook.importing import Session, chunks
from indicators.cells import Content
from indicators.models import AssessmentPoint, PointVersion, Quarter, Result
from indicators.permissions import may_upload_results
from indicators.queries.holdings import Held, Sight
from indicators.services.entering import NodeEntry, enter_results
from indicators.services.quarters import lock_for_input
from indicators.workbook.books import quarter_of
from indicators.workbook.holdings import Node, Results
from organization.models import Department, Employee
from organization.queries import work_calendar

_CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a department's workbook: how many rows were entered, or every fault and nothing entered."""

    entered: int
    unchanged: int
    problems: list[Problem]
    problem_count: int
    remarks: list[Remark]


def write_department(user: Employee, quarter: Quarter, department: Department, out: IO[bytes]) -> int:
    """Writes the department's results with an empty row for every manual node that has none; gives the rows."""
    may_upload_results(user, department).require()
    book = Workbook(write_only=True)
    count = write_sheet(book, Results.spec, _rows(user, quarter, department))
    book.save(out)
    return count


def _rows(user: Employee, quarter: Quarter, department: Department) -> Iterator[Mapping[str, object]]:
    people = list(Employee.objects.filter(department=department).order_by())
    held = Held(quarter, work_calendar(), people=people, versions=None)
    for pair in held.pairs(Sight(user)):
        for node in pair.nodes:
            result = held.results.get(pair.key(node))
            if result is not None:
                result.employee, result.point = pair.employee, pair.version.point
                yield Results.describe(result)
            elif pair.version.source == PointVersion.Source.MANUAL:
                yield {"period": node.period, "number": pair.employee.number, "point": pair.version.point.code}


def take_department(
    source: IO[bytes], *, name: str, actor: Employee, quarter: Quarter, department: Department
) -> Taken:
    """Reads, checks and enters a department's workbook, all or nothing (workbook.md, Import).

    Raises Refused, Frozen or Conflict if the quarter takes no input, UnreadableWorkbook if the file is no workbook.
    """
    may_upload_results(actor, department).require()
    session = Session(
        actor=actor,
        now=timezone.now(),
        today=department.bureau.today,
        bureau_id=department.bureau_id,
        bureau_code=department.bureau.code,
    )
    digest = hashlib.sha256(source.read()).hexdigest()
    source.seek(0)
    with open_workbook(source) as book, transaction.atomic():
        lock_for_input(quarter)
        sheet = DepartmentResults(session, department, quarter)
        title = sheet.spec.title
        if title not in book.sheets:
            session.problems.append(Problem(title, 0, "", _("文件里没有“%s”表") % title, _("请用下载的工作簿填写")))
        for chunk in chunks(book.read(sheet.spec, session.problems, session.remarks), _CHUNK):
            sheet.take(chunk)
        if session.problems.total:
            transaction.set_rollback(True)
        else:
            audit.record(
                actor=actor,
                action="import.apply",
                bureau=department.bureau,
                target=department,
                label=_("%(file)s，%(sheet)s表") % {"file": name, "sheet": title},
                after={"file": name, "sha256": digest, "updated": sheet.entered, "unchanged": sheet.unchanged},
            )
    problems = sorted(session.problems, key=lambda problem: problem.row)
    return Taken(sheet.entered, sheet.unchanged, problems, session.problems.total, list(session.remarks))


class DepartmentResults(Results):
    """The rows of one department and quarter; what they change is entered, not imported."""

    def __init__(self, session: Session, department: Department, quarter: Quarter) -> None:
        super().__init__(session)
        self.department = department
        self.quarter = quarter
        self.entered = self.unchanged = 0

    def take(self, rows: list[Row]) -> None:
        self.learn_people(rows)
        nodes = [node for node in map(self._place_here, rows) if node is not None]
        people = Employee.objects.in_bulk({node.person.id for node in nodes})
        points = AssessmentPoint.objects.in_bulk({node.point.id for node in nodes})
        stored = Result.objects.in_bulk([node.pk for node in nodes if node.pk is not None])
        entries: list[tuple[Row, NodeEntry]] = []
        for node in nodes:
            employee = people[node.person.id]
            if employee.department_id != self.department.pk:
                message = _("%(name)s不是%(department)s的人员") % {
                    "name": employee.name,
                    "department": self.department.name,
                }
                self.refuse(node.row, "number", message, _("这里只能填报本部门人员的结果"))
                continue
            entry = self._entry(node, employee, points[node.point.id], stored.get(node.pk or 0))
            if entry is not None:
                entries.append((node.row, entry))
        outcomes = enter_results(
            bureau=self.department.bureau,
            entries=[entry for _row, entry in entries],
            actor=self.session.actor,
            today=self.session.today,
        )
        for (row, _entry), outcome in zip(entries, outcomes, strict=True):
            if outcome.error is None:
                self.entered += 1
            else:
                self._refuse_entry(row, outcome.error)

    def _place_here(self, row: Row) -> Node | None:
        period = row.values.get("period")
        if period is not None and str(quarter_of(period)) != self.quarter.code:
            message = _("期间“%(period)s”不在 %(quarter)s 内") % {"period": period, "quarter": self.quarter.code}
            self.refuse(row, "period", message, _("应当填这个季度的月份或季度"))
            return None
        return self._place(row)

    def _entry(self, node: Node, employee: Employee, point: AssessmentPoint, found: Result | None) -> NodeEntry | None:
        """The row as an entry; None if it says what is there already."""
        row = node.row
        content = Content(
            self.given(row, "value", found.value if found else None),
            self.given(row, "tier", found.tier if found else "", empty=""),
            self.given(row, "target", found.target if found else None),
            self.given(row, "exempt", bool(found and found.exempt), empty=False),
        )
        note = self.given(row, "note", found.note if found else "", empty="")
        if (content, note) == ((Content.of(found), found.note) if found else (Content(), "")):
            self.unchanged += 1
            return None
        return NodeEntry(employee, point, row.values["period"], *content, note=note)

    def _refuse_entry(self, row: Row, refusal: DomainError) -> None:
        known = [name for name in refusal.fields if name in self.spec.by_field]
        filled = next((name for name in ("value", "tier", "exempt", "note") if row.values.get(name)), "value")
        for name in known or [filled]:
            message, _sign, hint = str(refusal.fields.get(name, refusal.message)).partition("；")
            self.refuse(row, name, message, hint)
