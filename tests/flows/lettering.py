"""Letters of a bureau in each state that some right needs, about the department of `person`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from common.storage import path_of
from organization.models import Employee
from supervision.models import (
    ItemExtension,
    ItemReport,
    Letter,
    LetterItem,
    LetterStep,
    ProposedMinus,
    ReportFile,
)


@dataclass
class Lettering:
    draft: Letter
    issued: Letter
    closed: Letter
    asking: LetterItem
    reported: LetterItem
    file: ReportFile
    minus: ProposedMinus


def make_lettering(code: str, name: str, person: Employee, colleague: Employee) -> Lettering:
    now, today = timezone.now(), timezone.localdate()

    def letter(state: str, serial: int = 0) -> Letter:
        given = (
            {"number": f"{code}督〔2023〕{serial}号", "serial": serial, "year": 2023, "issued_on": today}
            if serial
            else {}
        )
        made = Letter.objects.create(
            bureau=person.bureau, kind=Letter.Kind.DESK, title=f"{name}督办", state=state, drafted_at=now, **given
        )
        LetterStep.objects.create(letter=made, state=Letter.State.DRAFT, at=now)
        return made

    def item(of: Letter, position: int, state: str) -> LetterItem:
        return LetterItem.objects.create(
            letter=of, position=position, matter=f"{name}事项", problem=f"{name}问题", requirement=f"{name}要求",
            department=person.department, responsible=person, due_on=today + timedelta(days=30), state=state,
            assigned_on=None if of.state == Letter.State.DRAFT else today,
        )  # fmt: skip

    draft, issued, closed = letter("draft"), letter("issued", 1), letter("closed", 2)
    item(draft, 1, LetterItem.State.PLANNED)
    asking, reported = item(issued, 1, LetterItem.State.ASSIGNED), item(issued, 2, LetterItem.State.REPORTED)
    item(closed, 1, LetterItem.State.CLOSED)
    ItemExtension.objects.create(
        item=asking, wanted=today + timedelta(days=60), reason=f"{name}延期", asked_by=colleague, asked_at=now
    )
    report = ItemReport.objects.create(item=reported, text=f"{name}办理", by=colleague, at=now)
    stored = f"{code}-letter.txt"
    path_of(stored).write_text(name)
    return Lettering(
        draft=draft,
        issued=issued,
        closed=closed,
        asking=asking,
        reported=reported,
        file=ReportFile.objects.create(
            report=report, stored=stored, name=f"{name}清册.txt", size=6, content_type="text/plain", sha256="0" * 64,
            at=now, by=colleague,
        ),
        minus=ProposedMinus.objects.create(
            item=reported, employee=person, points=Decimal("0.50"), reason=f"{name}逾期", proposed_at=now
        ),
    )  # fmt: skip
