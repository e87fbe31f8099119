"""知悉 in the demonstration: most people have acknowledged the last published quarter, some have not."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from organization.models import Bureau
from scoring.models import Acknowledgement, Score
from scoring.services.acknowledgements import acknowledge

FORGETFUL = 12
"""Every twelfth person still has to; so do the logins of the demonstration, which may try it."""


@transaction.atomic
def acknowledge_most(bureau: Bureau, code: str, shown: date) -> int:
    """People acknowledge in the days after `shown`, once; returns how many did."""
    if Acknowledgement.objects.filter(score__bureau=bureau).exists():
        return 0
    scores = Score.objects.current().filter(bureau=bureau, quarter__code=code, employee__is_demo=False)
    done = 0
    for place, score in enumerate(scores.select_related("run", "quarter", "bureau", "employee").order_by("number")):
        if place % FORGETFUL == FORGETFUL - 1:
            continue
        at = datetime.combine(shown + timedelta(days=place % 3), time(9 + place % 8, place * 7 % 60))
        acknowledge(score=score, actor=score.employee, now=timezone.make_aware(at))
        done += 1
    return done
