"""会议材料: ranks with their gaps, lost points by point, trend — worked out from the scores of one run, never retyped.

Means are rounded once, from exact sums; ranks and gaps are those of the figures as printed, so that the table adds up by
hand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from common.exact import format2, share
from indicators.models import Quarter
from organization.models import Department, RankCategory
from reviews.queries.pack import (
    ZERO,
    CategoryLine,
    DepartmentLine,
    Health,
    LostLine,
    Pack,
    PersonLine,
    PointLine,
    TrendLine,
    total,
)
from scoring.formula import SchemeValues
from scoring.models import DepartmentScore, Score, ScoreRun
from scoring.queries.coverage import has_loss
from scoring.queries.losses import held_points
from scoring.statistics import group_means, spread

ENDS = 3
"""How many of the best and of the last of a category the pack names."""
QUARTERS = 4
"""How many quarters the trend goes back, this one included."""


def pack_of(run: ScoreRun) -> Pack:
    """The pack of a run's quarter; seven queries, however many people, departments and points."""
    quarter = run.quarter
    scores = _scores(run)
    names = dict(Department.objects.filter(bureau=run.bureau_id).order_by("code").values_list("pk", "name"))
    lost = _lost(scores, names)
    runs = _runs(quarter, run)
    groups = _groups(runs, {run.pk: scores})
    departments = _departments(groups[run.pk], names, lost)
    return Pack(
        quarter=quarter.code,
        run=run.number,
        kind=run.kind,
        scored_at=run.scored_at.isoformat(),
        health=_health(scores, run, lost),
        departments=_with_scores(departments, quarter),
        categories=_categories(scores, names, run),
        points=_points(lost),
        lost=lost,
        quarters=tuple(one.quarter.code for one in runs),
        trend=_trend([groups[one.pk] for one in runs], departments),
    )


# Lost points ------------------------------------------------------------------------------------------------------


def lost_lines(run: ScoreRun) -> tuple[LostLine, ...]:
    """What every department of a run lost on every point, by department code, the costliest point first; three queries."""
    scores = _scores(run, "department_id", "inputs")
    return _lost(
        scores, dict(Department.objects.filter(bureau=run.bureau_id).order_by("code").values_list("pk", "name"))
    )


def _scores(run: ScoreRun, *columns: str) -> list[Score]:
    scores = Score.objects.filter(run=run).order_by("number")
    found = list(scores.only(*columns) if columns else scores)
    for score in found:
        score.run = run
    return found


def _lost(scores: Iterable[Score], names: Mapping[int, str]) -> tuple[LostLine, ...]:
    sums: dict[tuple[int, int], Decimal] = defaultdict(lambda: ZERO)
    people: dict[tuple[int, int], int] = defaultdict(int)
    known = {}
    for one in held_points(scores):
        if not one.lost:
            continue
        key = (one.department_id, one.point_id)
        sums[key] += one.lost
        people[key] += 1
        known[one.point_id] = one
    places = {department: place for place, department in enumerate(names)}
    ordered = sorted(sums, key=lambda key: (places[key[0]], -sums[key], known[key[1]].code))
    return tuple(
        LostLine(
            department,
            point,
            known[point].code,
            known[point].name,
            known[point].library,
            format2(sums[department, point]),
            people[department, point],
        )
        for department, point in ordered
    )


def _points(lost: Iterable[LostLine]) -> tuple[PointLine, ...]:
    groups: dict[int, list[LostLine]] = defaultdict(list)
    for line in lost:
        groups[line.point_id].append(line)
    found = [
        PointLine(
            point, rows[0].code, rows[0].name, rows[0].library, total(rows), sum(row.people for row in rows), len(rows)
        )
        for point, rows in groups.items()
    ]
    return tuple(sorted(found, key=lambda line: (-Decimal(line.lost), line.code)))


# Departments and trend --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Group:
    """A department in one run."""

    people: int
    mean: Decimal
    spread: Decimal
    coverage: Decimal


def _runs(quarter: Quarter, run: ScoreRun) -> list[ScoreRun]:
    """This run and the current ones of the settled quarters before it, the oldest first."""
    earlier = (
        ScoreRun.objects.filter(
            bureau=run.bureau_id,
            is_current=True,
            as_of__isnull=True,
            quarter__code__lt=quarter.code,
            quarter__state__in=Quarter.SETTLED,
        )
        .select_related("quarter")
        .order_by("-quarter__code")[: QUARTERS - 1]
    )
    return [*reversed(earlier), run]


def _groups(runs: Sequence[ScoreRun], read: Mapping[int, Sequence[Score]]) -> dict[int, dict[int, _Group]]:
    """Every run's departments; the scores of runs that were not `read` come in one query, without their inputs."""
    scores: dict[int, Sequence[Score]] = {**read}
    others: dict[int, list[Score]] = {run.pk: [] for run in runs if run.pk not in read}
    for score in Score.objects.filter(run__in=others).defer("inputs").order_by():
        others[score.run_id].append(score)
    scores.update(others)
    return {run.pk: _of_run(run, scores[run.pk]) for run in runs}


def _of_run(run: ScoreRun, scores: Sequence[Score]) -> dict[int, _Group]:
    scheme = SchemeValues.from_mapping(run.scheme)
    everybody: dict[int, int] = defaultdict(int)
    losing: dict[int, int] = defaultdict(int)
    for score in scores:
        everybody[score.department_id] += 1
        losing[score.department_id] += has_loss(score, scheme)
    ranked = ((score.department_id, score.total) for score in scores if score.bureau_rank is not None)
    return {
        row.key: _Group(row.count, row.mean, row.highest - row.lowest, share(losing[row.key], everybody[row.key]))
        for row in group_means(ranked)
    }


def _departments(
    groups: Mapping[int, _Group], names: Mapping[int, str], lost: Iterable[LostLine]
) -> tuple[DepartmentLine, ...]:
    by_department: dict[int, list[LostLine]] = defaultdict(list)
    for line in lost:
        by_department[line.department_id].append(line)
    places = _places({key: group.mean for key, group in groups.items()})
    return tuple(
        DepartmentLine(
            id=key,
            name=names[key],
            rank=rank,
            people=groups[key].people,
            mean=str(groups[key].mean),
            gap=gap,
            spread=str(groups[key].spread),
            coverage=str(groups[key].coverage),
            lost=total(by_department[key]),
        )
        for key, (rank, gap) in places.items()
    )


def _places(figures: Mapping[int, Decimal]) -> dict[int, tuple[int, str]]:
    """Rank and gap to the next above, the highest first; equal figures share a rank, the next one skips."""
    ordered = sorted(figures.items(), key=lambda pair: (-pair[1], pair[0]))
    places: dict[int, tuple[int, str]] = {}
    above, rank = None, 0
    for position, (key, figure) in enumerate(ordered, start=1):
        rank = rank if figure == above else position
        places[key] = (rank, "" if above is None else str(above - figure))
        above = figure
    return places


def _with_scores(lines: tuple[DepartmentLine, ...], quarter: Quarter) -> tuple[DepartmentLine, ...]:
    scores = dict(DepartmentScore.objects.filter(quarter=quarter).order_by().values_list("department_id", "score"))
    places = _places(scores)
    return tuple(
        replace(line, score=str(scores[line.id]), score_rank=places[line.id][0], score_gap=places[line.id][1])
        if line.id in scores
        else line
        for line in lines
    )


def _trend(groups: Sequence[Mapping[int, _Group]], lines: Sequence[DepartmentLine]) -> tuple[TrendLine, ...]:
    def over(line: DepartmentLine, name: str) -> tuple[str, ...]:
        return tuple(str(getattr(group[line.id], name)) if line.id in group else "" for group in groups)

    return tuple(
        TrendLine(line.id, line.name, over(line, "mean"), over(line, "spread"), over(line, "coverage"))
        for line in lines
    )


# People -----------------------------------------------------------------------------------------------------------


def _health(scores: Sequence[Score], run: ScoreRun, lost: Sequence[LostLine]) -> Health:
    scheme = SchemeValues.from_mapping(run.scheme)
    found = spread([score.total for score in scores if score.bureau_rank is not None])
    losing = [score for score in scores if has_loss(score, scheme)]
    departments, hit = {score.department_id for score in scores}, {score.department_id for score in losing}
    return Health(
        scored=len(scores),
        ranked=found.count if found else 0,
        mean=str(found.mean) if found else "",
        median=str(found.median) if found else "",
        highest=str(found.highest) if found else "",
        lowest=str(found.lowest) if found else "",
        spread=str(found.gap) if found else "",
        people_lost=len(losing),
        people_share=str(share(len(losing), len(scores))),
        departments_lost=len(hit),
        departments_share=str(share(len(hit), len(departments))),
        lost=total(lost),
        points=len({line.point_id for line in lost}),
    )


def _categories(scores: Sequence[Score], names: Mapping[int, str], run: ScoreRun) -> tuple[CategoryLine, ...]:
    labels = dict(
        RankCategory.objects.filter(bureau=run.bureau_id).order_by("position", "pk").values_list("pk", "name")
    )
    groups: dict[int, list[Score]] = defaultdict(list)
    for score in scores:
        if score.category_rank is not None and score.bureau_rank is not None:
            groups[score.category_id].append(score)
    return tuple(_category(label, groups[key], names) for key, label in labels.items() if key in groups)


def _category(label: str, scores: list[Score], names: Mapping[int, str]) -> CategoryLine:
    ordered = sorted(scores, key=lambda score: (score.category_rank or 0, score.number))
    lines = [
        PersonLine(
            number=score.number,
            name=score.name,
            department_id=score.department_id,
            department=names[score.department_id],
            rank=score.category_rank or 0,
            total=str(score.total),
            gap=str(ordered[place - 1].total - score.total) if place else "",
            in_pool=score.in_pool,
        )
        for place, score in enumerate(ordered)
    ]
    return CategoryLine(label, len(lines), tuple(lines[:ENDS]), tuple(lines[max(ENDS, len(lines) - ENDS) :]))
