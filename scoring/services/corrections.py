"""更正: what an upheld appeal, or the office after publication, changes in a quarter that people have seen (scoring.md §6)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.services import record
from common.errors import Conflict, InvalidInput
from common.text import for_the_record
from indicators.models import Quarter
from indicators.services.quarters import lock_for_input
from organization.models import Employee
from scoring.models import Adjustment, AdjustmentStep, ScoreRun
from scoring.queries.outcomes import score_now, stored_columns
from scoring.queries.rankings import current_run
from scoring.services.scoring import write_run, write_scores


def add_correction_run(quarter: Quarter, *, actor: Employee | None, reason: str) -> ScoreRun | None:
    """Scores a locked quarter again into a run of its own beside the current one, which is kept; None if nothing differs.

    Raises InvalidInput for a scheme that cannot be scored with.
    """
    before = current_run(quarter)
    stored = stored_columns(before.pk) if before else []
    outcome = score_now(quarter).beside(stored)
    if before is not None and outcome.matches(stored, before.scheme):
        return None
    run = ScoreRun(bureau=quarter.bureau, quarter=quarter, kind=ScoreRun.Kind.CORRECTION, reason=reason)
    if before is not None:
        run.number = before.number + 1
        ScoreRun.objects.filter(pk=before.pk).update(is_current=False)
    write_run(run, outcome, actor=actor)
    write_scores(run, outcome, [])
    record(
        actor=actor,
        action="score.correct",
        bureau=quarter.bureau,
        target=run,
        label=for_the_record(
            gettext_lazy("%(quarter)s 更正计分第 %(number)d 次"), quarter=quarter.code, number=run.number
        ),
        before={"run": before.number if before else None},
        after={"run": run.number, "scored": run.scored, "ranked": run.ranked, "missing": run.missing},
        reason=reason,
    )
    return run


@transaction.atomic
def correct_adjustment(
    *, adjustment: Adjustment, actor: Employee, points: Decimal | None, reason: str, now: datetime
) -> Adjustment:
    """Gives a counted plus or minus other points, or with None takes it out of the scores (不予计入).

    Who may decide is the caller's to ask, and a settled quarter has to be opened for the correction. Raises Frozen or
    Conflict if it is not, or if the adjustment does not count, InvalidInput.
    """
    lock_for_input(adjustment.quarter)
    found = (
        Adjustment.objects.select_for_update(of=("self",)).select_related("employee", "bureau").get(pk=adjustment.pk)
    )
    if found.state != Adjustment.State.COUNTED:
        raise Conflict(_("这条加减分现在没有计入得分，没有可以更正的；请刷新页面再看。"))
    if points is not None and (points <= 0 or not points.is_finite() or round(points, 2) != points):
        sentence = _("分值应当大于 0，最多两位小数")
        raise InvalidInput(sentence, fields={"points": sentence})
    if points == found.points:
        sentence = _("更正后的分值与原来一样；要维持原结果，请裁定申诉不成立")
        raise InvalidInput(sentence, fields={"points": sentence})
    if points is None:
        before, after = {"state": found.state}, {"state": Adjustment.State.REFUSED.value}
        found.state = Adjustment.State.REFUSED
        AdjustmentStep.objects.create(adjustment=found, state=found.state, at=now, by=actor, reason=reason)
    else:
        before, after = {"points": str(found.points)}, {"points": str(points)}
        found.points = points
    found.save(update_fields=["state", "points"])
    record(
        actor=actor,
        action="adjustment.correct",
        target=found,
        label=f"{found.employee} {found}",
        before=before,
        after=after,
        reason=reason,
    )
    return found
