"""Two review meetings of a bureau: one that was held, with an action of `person`, and one that is being prepared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils import timezone

from indicators.models import AssessmentPoint, Quarter
from organization.models import Employee
from reviews.models import AgendaItem, LostPoint, MeetingAction, ReviewMeeting
from reviews.queries.packing import pack_of
from scoring.models import ScoreRun


@dataclass
class Gathering:
    held: ReviewMeeting
    coming: ReviewMeeting
    lost: LostPoint
    action: MeetingAction


def make_gathering(name: str, person: Employee, point: AssessmentPoint, run: ScoreRun, quarter: Quarter) -> Gathering:
    now, past = timezone.now(), date(2023, 4, 20)
    fixed = {"bureau": person.bureau, "run": run, "day": past, "explain_until": past, "place": f"{name}会议室"}
    held = ReviewMeeting.objects.create(
        quarter=run.quarter, state=ReviewMeeting.State.HELD, pack=pack_of(run).frozen(), prepared_at=now, held_at=now,
        **fixed,
    )  # fmt: skip
    coming = ReviewMeeting.objects.create(quarter=quarter, prepared_at=now, **fixed)
    for meeting in (held, coming):
        AgendaItem.objects.create(meeting=meeting, position=1, kind=AgendaItem.Kind.REPORT, title=f"{name}汇报")
    place = person.department
    return Gathering(
        held=held,
        coming=coming,
        lost=LostPoint.objects.create(meeting=coming, department=place, point=point, lost=Decimal(1), people=1),
        action=MeetingAction.objects.create(
            meeting=held, task=f"{name}整改", department=place, owner=person, due_on=past, made_at=now
        ),
    )
