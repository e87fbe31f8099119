"""Scoring a bureau's quarter: the one path behind the button, the command and the nightly job (scoring.md §6)."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.services import record
from common.composed import composed_once
from common.errors import Frozen, InvalidInput
from common.text import for_the_record
from common.upsert import upsert
from indicators.models import Quarter
from organization.models import Bureau, Employee
from scoring.models import RunBasis, Score, ScoreRun
from scoring.permissions import may_run_quarter
from scoring.queries.outcomes import Outcome, differs, score_now, stored_columns
from scoring.queries.scorer import STORED


def lock_quarter(bureau: Bureau, quarter_code: str) -> Quarter:
    """The bureau's quarter, locked until the transaction ends: two scorings of it wait for each other.

    Raises InvalidInput if the bureau has no such quarter.
    """
    rows = Quarter.objects.select_for_update(no_key=True).filter(bureau=bureau, code=quarter_code)
    quarter = rows.order_by("pk").first()  # the model's own order would join the bureau, and lock it too
    if quarter is None:
        raise InvalidInput(
            _("%(bureau)s没有 %(quarter)s 这个季度；请先导入该季度的数据，或在“季度”里开立。")
            % {"bureau": bureau.name, "quarter": quarter_code}
        )
    quarter.bureau = bureau
    return quarter


@composed_once
def _current(quarter: int) -> QuerySet[ScoreRun, ScoreRun]:
    return ScoreRun.objects.filter(quarter=quarter, is_current=True).order_by("pk")


@transaction.atomic
def score_quarter(*, bureau: Bureau, quarter_code: str, actor: Employee | None, as_of: date | None = None) -> ScoreRun:
    """Scores everybody of the bureau in the quarter and writes what changed; the same inputs again write nothing.

    `actor` None is the system. `as_of` makes it provisional: only nodes due before that day count (scoring.md §1).
    Raises Refused, Frozen for a published quarter, InvalidInput for an unknown quarter or a scheme that cannot be
    scored with.
    """
    if actor is not None:
        may_run_quarter(actor, bureau).require()
    quarter = lock_quarter(bureau, quarter_code)
    if quarter.is_frozen:
        raise Frozen(
            _("%(bureau)s %(quarter)s 已经发布，得分不再变动；确需更正的，请办理更正计分并写明理由。")
            % {"bureau": bureau.name, "quarter": quarter_code}
        )
    run = next(iter(_current(quarter.pk)), None)
    stored = stored_columns(run.pk) if run else []
    outcome = score_now(quarter, as_of=as_of).beside(stored)
    if run and run.as_of == as_of and outcome.matches(stored, run.scheme):
        if actor is not None:
            _record(run, actor, changed=0)
        return run
    run = run or ScoreRun(bureau=bureau, quarter=quarter)
    write_run(run, outcome, actor=actor, as_of=as_of)
    _record(run, actor, changed=write_scores(run, outcome, stored))
    return run


@transaction.atomic
def score_as_it_stands(*, bureau: Bureau, quarter_code: str, today: date, actor: Employee | None = None) -> ScoreRun:
    """Brings a quarter's scores up to date, by night or on demand: provisional before its end, final after it.

    What the office has scored finally stays final. Raises as `score_quarter`.
    """
    quarter = lock_quarter(bureau, quarter_code)
    ended = today > quarter.period.last_day
    final = ended or ScoreRun.objects.filter(quarter=quarter, is_current=True, as_of__isnull=True).exists()
    return score_quarter(bureau=bureau, quarter_code=quarter_code, actor=actor, as_of=None if final else today)


def write_run(run: ScoreRun, outcome: Outcome, *, actor: Employee | None, as_of: date | None = None) -> None:
    """Saves the head of a run: the scheme and points it was scored with, the numbers it came to, who and when."""
    run.scheme = outcome.scheme.to_mapping()
    run.scored_at, run.scored_by, run.as_of = timezone.now(), actor, as_of
    run.scored, run.ranked, run.missing = len(outcome.people), outcome.ranked, outcome.missing
    run.save()
    upsert(
        RunBasis, ("run_id", "points"), [(run.pk, json.dumps(outcome.points, ensure_ascii=False))], unique=("run_id",)
    )


def write_scores(run: ScoreRun, outcome: Outcome, stored: list[dict[str, Any]]) -> int:
    """Brings the run's score rows to the outcome, touching only what differs; returns how many rows it wrote.

    A row keeps its id, so that links to an explanation hold after scoring again.
    """
    known = {row["employee_id"]: row for row in stored}
    changed = [person for person in outcome.people if differs(person, known.get(person.employee_id))]
    if changed:
        upsert(
            Score,
            ("run_id", "bureau_id", "quarter_id", *STORED),
            [(run.pk, run.bureau_id, run.quarter_id, *one.stored()) for one in changed],
            unique=("run_id", "employee_id"),
        )
    gone = known.keys() - {person.employee_id for person in outcome.people}
    if gone:
        Score.objects.filter(run=run, employee_id__in=gone).delete()
    return len(changed) + len(gone)


def _record(run: ScoreRun, actor: Employee | None, *, changed: int) -> None:
    record(
        actor=actor,
        action="score.run",
        bureau=run.bureau,
        target=run,
        label=for_the_record(gettext_lazy("%(quarter)s 计分"), quarter=run.quarter.code),
        after={
            "quarter": run.quarter.code,
            "scored": run.scored,
            "ranked": run.ranked,
            "missing": run.missing,
            "changed": changed,
            "as_of": run.as_of,
        },
    )
