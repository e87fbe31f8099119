"""One of everything of 结果运用 that an address can name, most of it about one person and the department."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from awards.grading import Word
from awards.models import TrainingAttendance, TrainingSession, UseLine, UseList
from indicators.models import AssessmentPoint
from organization.models import Department, Employee


@dataclass
class Uses:
    """Training needs in draft with a line of the department, a signed list with an improvement, and a training."""

    needs: UseList
    line: UseLine
    improvement: UseLine
    training: TrainingSession


def make_uses(name: str, person: Employee, department: Department, point: AssessmentPoint) -> Uses:
    now, bureau = timezone.now(), person.bureau
    needs = UseList.objects.create(bureau=bureau, kind=UseList.Kind.TRAINING, period="2023Q1", drawn_at=now)
    figures = {
        "code": point.code, "name": f"{name}考点", "library": "个性", "people": 1, "holders": 1, "share": "100.00",
        "lost": "1.00", "by_person": [[person.pk, "1.00"]], "department": department.name, "post": "",
    }  # fmt: skip
    line = UseLine.objects.create(
        use_list=needs, position=1, department=department, point=point, figures=figures, suggestion=Word.TRAIN,
        reason=f"{name}依据", decision=Word.TRAIN,
    )  # fmt: skip
    signed = UseList.objects.create(
        bureau=bureau, kind=UseList.Kind.IMPROVEMENT, period="2023", drawn_at=now, signed_at=now, digest="0" * 64,
        state=UseList.State.SIGNED,
    )  # fmt: skip
    improvement = UseLine.objects.create(
        use_list=signed, position=1, department=department, point=point, figures=figures, suggestion=Word.IMPROVE,
        reason=f"{name}依据", decision=Word.IMPROVE,
    )  # fmt: skip
    training = TrainingSession.objects.create(bureau=bureau, title=f"{name}培训", day=date(2023, 4, 20))
    training.needs.add(line)
    TrainingAttendance.objects.create(training=training, employee=person)
    return Uses(needs, line, improvement, training)
