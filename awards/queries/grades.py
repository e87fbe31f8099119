"""等次 and 晋升参考 as drawn: everybody scored, those ranked with a suggestion and its reason, the others with theirs.

The quota counts those with a bureau rank (单位排名) of the period's last runs; who is not ranked, and the categories that
the scheme leaves out of the bureau ranking, are listed below without a suggestion.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from awards import grading
from awards.grading import Standing, Suggestion, Why
from awards.models import WORDS, StarKind, UseLine, UseList, UseSettings
from awards.queries.drawn import Drawn, misconduct, quarter_grades, quarters_of, runs_of, stars
from common.components import quarter_label
from common.exact import format2
from common.text import clauses, listed
from organization.models import Bureau
from scoring.models import Score
from scoring.queries.annual import AnnualRow, annual_rows


def draw_quarterly(bureau: Bureau, period: str, settings: UseSettings, percent: int) -> Drawn:
    """好/较好/一般/较差 of a published quarter, in the order of the bureau ranking."""
    quarters = quarters_of(bureau, period)
    minuses = misconduct(quarters)
    rows = Score.objects.current().filter(quarter__in=quarters).select_related("department", "category")
    scores = sorted(rows.defer("inputs"), key=lambda one: (one.bureau_rank is None, one.bureau_rank or 0, one.number))
    people = {
        one.employee_id: Standing(one.bureau_rank, one.total, one.employee_id in minuses)
        for one in scores
        if one.bureau_rank is not None
    }
    suggested = grading.quarterly(
        people, good_percent=percent, fair_percent=settings.fair_percent, poor_below=settings.poor_below
    )
    says = _Reasons(people, percent, settings.fair_percent, settings)
    lines = [
        UseLine(
            position=position,
            employee_id=one.employee_id,
            department_id=one.department_id,
            figures=_figures(one) | {"misconduct": minuses.get(one.employee_id, [])},
            **_columns(suggested.get(one.employee_id)),
            reason=says.of(one.employee_id, suggested[one.employee_id])
            if one.employee_id in suggested
            else _unranked(one),
        )
        for position, one in enumerate(scores, start=1)
    ]
    return Drawn(lines, _basis(bureau, period, people, percent))


def draw_annual(bureau: Bureau, period: str, settings: UseSettings, percent: int) -> Drawn:
    """优秀/称职/基本称职/不称职 of a year by the annual score (scoring.md §5)."""
    year = _Year(bureau, period)
    suggested = grading.annual(year.people, percent=percent, basic_below=settings.poor_below)
    says = _Reasons(year.people, percent, 0, settings)
    return Drawn(year.lines(suggested, says), _basis(bureau, period, year.people, percent))


def draw_promotion(bureau: Bureau, period: str, settings: UseSettings) -> Drawn:
    """优先/正常/暂缓 by the year, its quarters' grades, stars and misconduct."""
    year = _Year(bureau, period)
    percent, tail = settings.preferred_percent, settings.held_back_percent
    suggested = grading.promotion(year.people, preferred_percent=percent, held_back_percent=tail)
    says = _Reasons(year.people, percent, tail, settings)
    return Drawn(year.lines(suggested, says, tell_stars=True), _basis(bureau, period, year.people, percent))


class _Year:
    """The annual ranking with what else speaks for or against somebody in the year."""

    def __init__(self, bureau: Bureau, period: str) -> None:
        quarters = quarters_of(bureau, period)
        self.rows = annual_rows(bureau, int(period))
        self.minuses = misconduct(quarters)
        self.grades = quarter_grades(bureau, period)
        self.stars = stars(bureau, period)
        self.people = {
            row.employee_id: Standing(
                row.bureau_rank,
                row.score,
                row.employee_id in self.minuses,
                tuple(word for _period, word in self.grades.get(row.employee_id, ())),
            )
            for row in self.rows
            if row.bureau_rank is not None and row.score is not None
        }

    def lines(self, suggested: Mapping[int, Suggestion], says: _Reasons, *, tell_stars: bool = False) -> list[UseLine]:
        return [
            UseLine(
                position=position,
                employee_id=row.employee_id,
                department=row.department,
                figures=self._figures(row),
                **_columns(suggested.get(row.employee_id)),
                reason=self._reason(row, suggested, says, tell_stars),
            )
            for position, row in enumerate(self.rows, start=1)
        ]

    def _figures(self, row: AnnualRow) -> dict[str, Any]:
        return {
            "number": row.number,
            "name": row.name,
            "department": row.department.name,
            "category": row.category.name,
            "rank": row.bureau_rank,
            "category_rank": row.category_rank,
            "total": None if row.score is None else format2(row.score),
            "totals": [None if total is None else format2(total) for total in row.totals],
            "quarters": row.quarters,
            "grades": self.grades.get(row.employee_id, []),
            "stars": self.stars.get(row.employee_id, []),
            "misconduct": self.minuses.get(row.employee_id, []),
        }

    def _reason(self, row: AnnualRow, suggested: Mapping[int, Suggestion], says: _Reasons, tell_stars: bool) -> str:
        if row.employee_id not in suggested:
            return _("%s不参加单位排名") % row.category.name if row.ranked else _("参加排名的季度不足两个")
        parts = [says.of(row.employee_id, suggested[row.employee_id])]
        if told := self.grades.get(row.employee_id):
            words = WORDS[UseList.Kind.QUARTERLY_GRADE]
            parts.append(listed(f"{quarter_label(code)}{words[word]}" for code, word in told))
        if tell_stars and (won := self.stars.get(row.employee_id)):
            parts.append(listed(f"{quarter_label(code)}{StarKind(kind).label}" for code, kind in won))
        return clauses(parts)


class _Reasons:
    """Says why something is suggested, with the places and the tie it depends on."""

    def __init__(self, people: Mapping[int, Standing], percent: int, tail: int, settings: UseSettings) -> None:
        self.people, self.percent, self.tail, self.settings = people, percent, tail, settings
        self.places = grading.quota(len(people), percent)
        self.last = grading.quota(len(people), tail)
        self.tied = Counter(one.rank for one in people.values())

    def of(self, key: int, suggestion: Suggestion) -> str:
        one = self.people[key]
        if suggestion.at_border:
            return self._tie(one) if suggestion.why == Why.WITHIN_QUOTA else self._tie_at_the_end(one)
        sentences = {
            Why.WITHIN_QUOTA: _("单位排名第 %(rank)s，在 %(percent)s%% 以内的 %(places)s 名之内"),
            Why.AMONG_LAST: _("单位排名第 %(rank)s，在末 %(tail)s%% 的 %(last)s 名之内"),
            Why.UNDER_THRESHOLD: _("单位排名第 %(rank)s，得分 %(figure)s，低于 %(line)s"),
            Why.MISCONDUCT: _("单位排名第 %(rank)s，有计入的违纪减分"),
            Why.GRADED_DOWN: _("单位排名第 %(rank)s，有季度评为“一般”或“较差”"),
            Why.BETWEEN: _("单位排名第 %(rank)s"),
        }
        return sentences[suggestion.why] % {
            "rank": one.rank,
            "places": self.places,
            "percent": self.percent,
            "last": self.last,
            "tail": self.tail,
            "figure": format2(one.figure),
            "line": format2(self.settings.poor_below),
        }

    def _tie(self, one: Standing) -> str:
        left = max(0, self.places - one.rank + 1)
        said = {"rank": one.rank, "tied": self.tied[one.rank], "count": left}
        sentence = ngettext(
            "单位排名第 %(rank)s，%(tied)s 人并列，名额只剩 %(count)d 个，由人决定",
            "单位排名第 %(rank)s，%(tied)s 人并列，名额只剩 %(count)d 个，由人决定",
            left,
        )
        return sentence % said

    def _tie_at_the_end(self, one: Standing) -> str:
        said = {"rank": one.rank, "tied": self.tied[one.rank], "last": self.last}
        return _("单位排名第 %(rank)s，%(tied)s 人并列，跨过末 %(last)s 名的界线，由人决定") % said


def _columns(suggestion: Suggestion | None) -> dict[str, Any]:
    if suggestion is None:
        return {"suggestion": "", "at_border": False}
    return {"suggestion": str(suggestion.word), "at_border": suggestion.at_border}


def _figures(one: Score) -> dict[str, Any]:
    return {
        "number": one.number,
        "name": one.name,
        "department": one.department.name,
        "category": one.category.name,
        "rank": one.bureau_rank,
        "category_rank": one.category_rank,
        "total": format2(one.total),
    }


def _unranked(one: Score) -> str:
    if one.ranked:
        return _("%s不参加单位排名") % one.category.name
    return _("不参加排名：%s") % one.get_reason_display()


def _basis(bureau: Bureau, period: str, people: Mapping[int, Standing], percent: int) -> dict[str, Any]:
    quarters = quarters_of(bureau, period)
    return {
        "runs": runs_of(quarters),
        "ranked": len(people),
        "percent": percent,
        "places": grading.quota(len(people), percent),
    }
