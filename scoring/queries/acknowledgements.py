"""知悉: who has acknowledged the score as it stands, and who has not yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import DateTimeField, Exists, OuterRef, QuerySet, Subquery

from indicators.models import Quarter
from organization.models import Employee, Role
from scoring.models import SEES_ALL_EXPLANATIONS, Acknowledgement, Score, ScoreQuerySet


@dataclass(frozen=True, slots=True)
class Tally:
    """How many scores of a quarter there are to acknowledge, and how many wait for it."""

    scores: int
    waiting: int

    @property
    def done(self) -> int:
        return self.scores - self.waiting


def acknowledged_at(score: Score) -> datetime | None:
    """When the person acknowledged the score as it stands, in this run or, unchanged, in an earlier one; None if not yet."""
    found = Acknowledgement.objects.filter(
        score__employee_id=score.employee_id,
        score__quarter_id=score.quarter_id,
        digest=score.digest,
        total=score.total,
    )
    return found.order_by("at").values_list("at", flat=True).first()


def to_acknowledge(quarter: Quarter) -> ScoreQuerySet:
    """The current final scores of a quarter that is shown; none of any other."""
    scores = Score.objects.current().filter(quarter=quarter, run__as_of__isnull=True)
    return scores if quarter.is_settled else scores.none()


def scores_seen_by(user: Employee, quarter: Quarter) -> ScoreQuerySet:
    """The scores whose acknowledgement the user looks after: the bureau's, or a head's department's."""
    scores = to_acknowledge(quarter).filter(bureau_id=user.bureau_id)
    if user.has_role(*SEES_ALL_EXPLANATIONS):
        return scores
    if user.has_role(Role.Kind.DEPARTMENT_HEAD):
        return scores.filter(department_id=user.department_id)
    return scores.none()


def waiting(scores: ScoreQuerySet) -> ScoreQuerySet:
    """Those of the scores that nobody has acknowledged as they stand."""
    return scores.filter(~Exists(_as_it_stands()))


def with_moment(scores: ScoreQuerySet) -> ScoreQuerySet:
    """The scores with `seen_at`, the moment of the acknowledgement or None."""
    first = _as_it_stands().order_by("at").values("at")[:1]
    return scores.annotate(seen_at=Subquery(first, output_field=DateTimeField()))


def tally(scores: ScoreQuerySet) -> Tally:
    return Tally(scores.count(), waiting(scores).count())


def _as_it_stands() -> QuerySet[Acknowledgement]:
    return Acknowledgement.objects.filter(
        score__employee=OuterRef("employee"),
        score__quarter=OuterRef("quarter"),
        digest=OuterRef("digest"),
        total=OuterRef("total"),
    )
