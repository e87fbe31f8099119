"""培训需求, 改进事项 and 部门约谈 as drawn: what many lost points on, and which departments stay behind.

All from published quarters. A point's lost points are the sum of 分值 less 得分 over its items, as the explanations show
them; the share (失分面) is how many of those who held it lost anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from awards import grading
from awards.grading import Word
from awards.models import UseLine, UseSettings
from awards.queries.drawn import Drawn, is_year, quarters_of, runs_of, scores_of
from common.exact import format2, round2
from common.quarters import QuarterCode
from common.text import clauses
from indicators.models import Library, PointVersion, Quarter
from organization.models import Bureau, Department, Employee, Placement, Post
from organization.queries import placement_in_force
from scoring.models import DepartmentScore, Score
from scoring.queries.losses import Held, Loss, held_points, losses_by

LEAST_IMPROVED = 5
"""An assessment point that fewer people hold is no widespread loss, whatever its share."""


def draw_training(bureau: Bureau, period: str, settings: UseSettings) -> Drawn:
    """Lost points grouped by assessment point and post, those who lost most first, from the bureau's thresholds on.

    The post is that of the quarter's last day; people without one are grouped by department.
    """
    quarters = quarters_of(bureau, period)
    scores = scores_of(quarters)
    posts = _posts(scores)
    groups = losses_by(((one.point_id, one.department_id, posts[one.score.pk]), one) for one in held_points(scores))
    shown = {
        key: loss
        for key, loss in groups.items()
        if loss.people >= settings.training_people and loss.people * 100 >= settings.training_share * loss.holders
    }
    names = dict(
        Post.objects.filter(pk__in={post for _point, _department, post in shown if post}).values_list("pk", "name")
    )
    departments = dict(Department.objects.filter(bureau=bureau).values_list("pk", "name"))
    lines = [
        UseLine(
            position=position,
            point_id=point,
            department_id=department,
            post_id=post,
            figures=_figures(loss)
            | {"department": departments[department], "post": names.get(post, "") if post else ""},
            suggestion=str(Word.TRAIN),
            reason=_("%(people)s 人失分（持有 %(holders)s 人，失分面 %(share)s%%），共失 %(lost)s 分") % _said(loss),
        )
        for position, ((point, department, post), loss) in enumerate(shown.items(), start=1)
    ]
    below = sum(1 for loss in groups.values() if loss.people) - len(shown)
    thresholds = {"people": settings.training_people, "share": settings.training_share, "below": below}
    return Drawn(lines, {"runs": runs_of(quarters)} | thresholds)


def draw_improvements(bureau: Bureau, period: str, settings: UseSettings) -> Drawn:
    """Points at which more than the bureau's share of their holders lost something in the year, the widest loss first."""
    quarters = quarters_of(bureau, period)
    groups = losses_by((one.point_id, one) for one in held_points(scores_of(quarters)))
    shown = {
        point: loss
        for point, loss in groups.items()
        if loss.holders >= LEAST_IMPROVED and loss.people * 100 >= settings.improvement_share * loss.holders
    }
    ordered = sorted(shown.items(), key=lambda row: (-row[1].share, -row[1].lost, row[1].items[0].code))
    responsible = _responsible(quarters, shown)
    lines = [
        UseLine(
            position=position,
            point_id=point,
            department_id=responsible.get(point),
            figures=_figures(loss),
            suggestion=str(Word.IMPROVE),
            reason=_("全年 %(people)s 人失分（持有 %(holders)s 人，失分面 %(share)s%%），共失 %(lost)s 分")
            % _said(loss),
        )
        for position, (point, loss) in enumerate(ordered, start=1)
    ]
    return Drawn(lines, {"runs": runs_of(quarters), "share": settings.improvement_share})


def draw_department_talks(bureau: Bureau, period: str, settings: UseSettings) -> Drawn:
    """Departments by the mean of their organisational scores (部门得分) in the year's published quarters.

    Those among the last are listed, 约谈 where they were it in the year before, too, 提醒 otherwise. A department has its
    place in a year by the quarters in which it has a score; the reason says how many those were.
    """
    years = (int(period), int(period) - 1)
    quarters = {year: quarters_of(bureau, str(year)) for year in years}
    means, counts = zip(*(_means(quarters[year]) for year in years), strict=True)
    suggested = grading.twice_last(*means, places=settings.last_departments)
    ranks = [grading.ranked(figures) for figures in means]
    names = dict(Department.objects.filter(bureau=bureau).values_list("pk", "name"))
    lines = []
    for position, key in enumerate(sorted(suggested, key=lambda key: (-ranks[0][key], names[key])), start=1):
        told = [_place(year, ranks[place].get(key), len(means[place]), means[place].get(key), counts[place].get(key, 0))
                for place, year in enumerate(years)]  # fmt: skip
        lines.append(
            UseLine(
                position=position,
                department_id=key,
                figures={
                    "department": names[key],
                    "rank": ranks[0][key],
                    "of": len(means[0]),
                    "mean": format2(means[0][key]),
                    "rank_before": ranks[1].get(key),
                    "mean_before": format2(means[1][key]) if key in means[1] else None,
                },
                suggestion=str(suggested[key].word),
                at_border=suggested[key].at_border,
                reason=clauses(told),
            )
        )
    basis = {"runs": {**runs_of(quarters[years[0]]), **runs_of(quarters[years[1]])}, "last": settings.last_departments}
    return Drawn(lines, basis | {"quarters": {str(year): len(quarters[year]) for year in years}})


def _place(year: int, rank: int | None, of: int, mean: Decimal | None, quarters: int) -> str:
    if rank is None or mean is None:
        return _("%s 年没有已发布的部门得分") % year
    said = {"year": year, "rank": rank, "of": of, "mean": format2(mean), "quarters": quarters}
    sentence = _("%(year)s 年 %(quarters)s 个季度平均 %(mean)s，在 %(of)s 个部门中列第 %(rank)s")
    return sentence % said + (_("（不满四个季度）") if quarters < 4 else "")


def _means(quarters: Iterable[Quarter]) -> tuple[dict[int, Decimal], dict[int, int]]:
    """The mean organisational score of each department, rounded once, and of how many quarters it is."""
    found: dict[int, list[Decimal]] = defaultdict(list)
    rows = DepartmentScore.objects.filter(quarter__in=list(quarters)).order_by("quarter__code", "department__code")
    for department, score in rows.values_list("department_id", "score"):
        found[department].append(score)
    means = {key: round2(sum(map(Fraction, scores), Fraction(0)) / len(scores)) for key, scores in found.items()}
    return means, {key: len(scores) for key, scores in found.items()}


def losses_at(quarter: Quarter | None, points: Iterable[int], people: Iterable[int]) -> dict[tuple[int, int], Held]:
    """What these people earned at these points in a published quarter, by employee and point; {} without the quarter."""
    if quarter is None:
        return {}
    wanted = set(points)
    scores = Score.objects.current().filter(quarter=quarter, employee__in=list(people))
    return {(one.employee_id, one.point_id): one for one in held_points(scores) if one.point_id in wanted}


def next_quarter(bureau: Bureau, period: str) -> tuple[str, Quarter | None]:
    """The quarter after a period, in which it shows whether a training helped: its code, and the row once published."""
    last = f"{period}Q4" if is_year(period) else period
    code = str(QuarterCode.parse(last).next())
    return code, next(iter(quarters_of(bureau, code)), None)


def _figures(loss: Loss) -> dict[str, Any]:
    one = loss.items[-1]
    return {
        "code": one.code,
        "name": one.name,
        "library": str(Library(one.library).label),
        "holders": loss.holders,
        "people": loss.people,
        "share": format2(loss.share),
        "lost": format2(loss.lost),
        "missing": loss.missing,
        "by_person": [[person, format2(lost)] for person, lost in loss.by_person],
    }


def _said(loss: Loss) -> dict[str, Any]:
    return {
        "people": loss.people,
        "holders": loss.holders,
        "share": format2(loss.share),
        "lost": format2(loss.lost),
    }


def _posts(scores: Iterable[Score]) -> dict[int, int | None]:
    """The post of each score's person on the last day of its quarter, of the employment for a leaver; by score id."""
    rows = list(scores)
    history: dict[int, list[Placement]] = defaultdict(list)
    for placement in Placement.objects.filter(employee__in={one.employee_id for one in rows}):
        history[placement.employee_id].append(placement)
    left = dict(Employee.objects.filter(pk__in=history, left_on__isnull=False).values_list("pk", "left_on"))
    found: dict[int, int | None] = {}
    for one in rows:
        day = one.quarter.period.last_day
        held = placement_in_force(history[one.employee_id], min(day, left.get(one.employee_id, day)))
        found[one.pk] = held.post_id if held else None
    return found


def _responsible(quarters: list[Quarter], points: Mapping[int, object]) -> dict[int, int | None]:
    """Which department answers for a point by its version of the last quarter; nobody alone for a common one."""
    if not quarters:
        return {}
    versions = PointVersion.objects.in_force(quarters[-1].code).filter(point__in=points)
    return dict(versions.values_list("point_id", "department_id"))
