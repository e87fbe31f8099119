"""Three months of warning sheets in the sample bureau, day by day through the services: most signed in time, some late,
some not at all; those of the last month have just come out. No score depends on any of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from common.digest import digest_of_text
from common.workdays import WorkCalendar
from notifications.models import Notification
from organization.models import Bureau, Employee
from organization.queries import work_calendar
from supervision.models import Warned, WarningSheet, WarningSignature
from supervision.queries.signers import Side, Signers
from supervision.queries.warning_texts import text_of
from supervision.services.warning_rounds import escalate_unsigned, settle_warnings
from supervision.services.warnings import make_sheets, sign_lines
from supervision.warning_clocks import first_workday, month_of

At = Callable[[date, int], datetime]
MONTHS = ("2023-07", "2023-08", "2023-09")
SLOW_HEADS = {"D04": 6, "D12": 5, "D17": 4}
"""Departments whose head signs so many working days after the sheet came; the others sign on the first or second."""
EARLY_HEADS = ("D02", "D07", "D10", "D16")
"""Whose head has signed the last month's sheet on the day it came."""
LATE_LIAISONS = {"D03": 1, "D09": 2, "D15": 1}
"""Departments whose liaison signs so many working days after the limit."""
FORGETFUL = {"D08", "D13"}
"""Departments in which every fourth point stays without the liaison's signature."""


def warn_departments(bureau: Bureau, today: date, at: At) -> int:
    """Makes the sheets and has them signed as far as `today`, once; returns how many sheets there are."""
    if WarningSheet.objects.filter(bureau=bureau).exists():
        return 0
    calendar = work_calendar()
    for month in MONTHS:
        first = first_workday(month, calendar)
        last = first
        for day in _workdays(first, today, calendar):
            if month_of(day) != month:
                break
            last = day
            with _Dated(bureau, at(day, 8)):
                if day == first:
                    make_sheets(bureau=bureau, month=month, today=day, now=at(day, 1))
                _sign(bureau, month, first, day, calendar, at)
                escalate_unsigned(bureau=bureau, today=day)
        if last < today:
            with _Dated(bureau, at(last, 17)):
                settle_warnings(bureau=bureau, today=last, now=at(last, 17))
    return WarningSheet.objects.filter(bureau=bureau).count()


class _Dated:
    """Notices told within the block carry its moment, and those of a past day were read."""

    def __init__(self, bureau: Bureau, moment: datetime) -> None:
        self.bureau, self.moment = bureau, moment

    def __enter__(self) -> None:
        self.before = Notification.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    def __exit__(self, *_exc: object) -> None:
        told = Notification.objects.filter(bureau=self.bureau, pk__gt=self.before)
        told.update(created_at=self.moment)
        if self.moment.date() < self.bureau.today:
            told.update(read_at=self.moment + timedelta(hours=2))


def _workdays(first: date, last: date, calendar: WorkCalendar) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day = calendar.add(day, 1)


def _sign(bureau: Bureau, month: str, first: date, day: date, calendar: WorkCalendar, at: At) -> None:
    """What heads and liaisons sign on a day, each department as its people are."""
    lines = Warned.objects.filter(sheet__bureau=bureau, sheet__month=month, outcome=Warned.Outcome.OPEN)
    near = Q(liaison_due__range=(calendar.add(day, -2), calendar.add(day, 1)))
    headless = ~Exists(WarningSignature.objects.filter(line=OuterRef("pk"), side=Side.HEAD))
    half = lines.filter(near | headless)
    related = half.select_related("sheet__department", "sheet__bureau", "quarter", "point", "version")
    by_sheet: dict[WarningSheet, list[Warned]] = defaultdict(list)
    for line in related.prefetch_related("signatures").order_by("sheet", "pk"):
        by_sheet[line.sheet].append(line)
    signers = Signers(bureau, day)
    for sheet, rows in by_sheet.items():
        code, place = sheet.department.code, sheet.department_id
        if _head_signs(code, place, month, day, first, calendar):
            _sign_for(sheet, Side.HEAD, rows, signers, day, at(day, 9 + place % 8))
        elif month != MONTHS[-1]:
            due = [row for row in rows if _liaison_signs(row, code, day, calendar)]
            _sign_for(sheet, Side.LIAISON, due, signers, day, at(day, 10 + place % 7))


def _head_signs(code: str, place: int, month: str, day: date, first: date, calendar: WorkCalendar) -> bool:
    if month == MONTHS[-1]:
        return code in EARLY_HEADS
    return day == calendar.add(first, SLOW_HEADS.get(code, 1 + place % 2))


def _liaison_signs(line: Warned, code: str, day: date, calendar: WorkCalendar) -> bool:
    if code in FORGETFUL and line.point_id % 4 == 0:
        return False
    late = LATE_LIAISONS.get(code, 0)
    return day == calendar.add(line.liaison_due, late if line.point_id % 3 else -1)


def _sign_for(
    sheet: WarningSheet,
    side: WarningSignature.Side,
    lines: Iterable[Warned],
    signers: Signers,
    day: date,
    now: datetime,
) -> None:
    """Signatures under the lines that have none of this side, by whoever signs there today."""
    texts: dict[Employee, dict[int, str]] = defaultdict(dict)
    for line in lines:
        signed = {one.side: one.by_id for one in line.signatures.all()}
        people = signers.of(sheet.department_id, side, other=next(iter(signed.values()), None)).people
        if side not in signed and people:
            texts[people[0]][line.pk] = digest_of_text(text_of(line))
    for person, digests in texts.items():
        sign_lines(sheet=sheet, side=side, digests=digests, actor=person, today=day, now=now)
