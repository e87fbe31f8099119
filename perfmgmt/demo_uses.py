"""What the sample bureau has made of its published scores: one signed list, one half decided, trainings for the needs.

Nothing here changes a figure: the lists are drawn from what is published.
"""

from __future__ import annotations

from datetime import date, datetime, time

from django.db import transaction
from django.utils import timezone

from awards.grading import Word
from awards.models import TrainingAttendance, TrainingSession, UseLine, UseList
from awards.queries.uses import adoptable, digest_of, lines_of
from awards.services.trainings import plan_training, record_attendance
from awards.services.uses import adopt_suggestions, decide_line, draw_list, sign_list
from notifications.models import Notification
from organization.models import Bureau, Employee, Role

Kind = UseList.Kind

SIGNED, HALF_DECIDED = "2023Q1", "2023Q2"
GRADED_ON, GRADES_SIGNED_ON, DRAWN_ON = date(2023, 4, 18), date(2023, 4, 21), date(2023, 7, 17)
HELD_ON, PLANNED_ON = date(2023, 7, 28), date(2023, 9, 8)
DECIDED_OF_ALL = 2
"""How many parts a half decided list has."""
LIFTED = "牵头征期现场值守，投诉为零；班子会议研究同意"
TRAININGS = (
    ("个体税源优惠政策入户辅导实务", HELD_ON, "二楼培训室", "税政一股 业务骨干"),
    ("税源入库与综合内勤操作规范", PLANNED_ON, "三楼会议室", "征收管理股"),
)
AWAY = "外出入户，已发课件自学"


@transaction.atomic
def use_results(bureau: Bureau) -> int:
    """Draws, decides and signs once; returns how many lists there are now, 0 if they were there already."""
    if UseList.objects.filter(bureau=bureau).exists():
        return 0
    office, director = _first(bureau, Role.Kind.OFFICE), _first(bureau, Role.Kind.DIRECTOR)
    _sign_first(bureau, office, director)
    _decide_half(bureau, office)
    _train(bureau, office)
    return UseList.objects.filter(bureau=bureau).count()


def _sign_first(bureau: Bureau, office: Employee, director: Employee) -> None:
    decided, signed = _at(GRADED_ON, 10), _at(GRADES_SIGNED_ON, 16)
    grades = draw_list(bureau=bureau, kind=Kind.QUARTERLY_GRADE, period=SIGNED, actor=office, now=_at(GRADED_ON, 9))
    near = UseLine.objects.filter(use_list=grades, suggestion=Word.BETTER, figures__misconduct=[]).order_by("position")
    decide_line(line=near[0], decision=Word.GOOD, note=LIFTED, actor=office, now=decided)
    adopt_suggestions(use_list=grades, actor=office, now=decided)
    digest = digest_of(grades, lines_of(grades))
    sign_list(use_list=grades, digest=digest, actor=director, now=signed)
    told = Notification.objects.filter(occasion__in=(f"use.signed:{grades.pk}", f"use.graded:{grades.pk}"))
    told.update(created_at=signed)


def _decide_half(bureau: Bureau, office: Employee) -> None:
    grades = draw_list(
        bureau=bureau, kind=Kind.QUARTERLY_GRADE, period=HALF_DECIDED, actor=office, now=_at(DRAWN_ON, 9)
    )
    suggested = [line.pk for line in lines_of(grades) if adoptable(line)]
    half = suggested[: len(suggested) // DECIDED_OF_ALL]
    adopt_suggestions(use_list=grades, actor=office, now=_at(DRAWN_ON, 15), only=half)


def _train(bureau: Bureau, office: Employee) -> None:
    needs = draw_list(bureau=bureau, kind=Kind.TRAINING, period=HALF_DECIDED, actor=office, now=_at(DRAWN_ON, 10))
    wide = [line for line in lines_of(needs) if line.figures["people"] > 2][: len(TRAININGS) + 1]
    chosen = [decide_line(line=line, decision=Word.TRAIN, actor=office, now=_at(DRAWN_ON, 16)) for line in wide]
    for line, (title, day, place, trainer) in zip(chosen[1:], TRAININGS, strict=True):
        training = plan_training(
            bureau=bureau, needs=[line], title=title, day=day, place=place, trainer=trainer, actor=office,
            today=DRAWN_ON,
        )  # fmt: skip
        Notification.objects.filter(occasion=f"training.plan:{training.pk}").update(created_at=_at(DRAWN_ON, 17))
        if day == HELD_ON:
            _hold(training, office)


def _hold(training: TrainingSession, office: Employee) -> None:
    """Everybody came but one."""
    invited = TrainingAttendance.objects.filter(training=training).order_by("employee__number")
    *came, absent = invited.values_list("employee_id", flat=True)
    at = _at(HELD_ON, 17)
    record_attendance(
        training=training, came=came, notes={absent: AWAY}, actor=office, today=HELD_ON, now=at
    )  # fmt: skip


def _first(bureau: Bureau, kind: str) -> Employee:
    """Who acts in the role: the demonstration's login where there is one."""
    held = Employee.objects.filter(role__kind=kind, bureau=bureau)
    return held.order_by("-is_demo", "number")[0]


def _at(day: date, hour: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))
