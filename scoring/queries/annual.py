"""The year: the mean of everybody's ranked, published quarters, ranked in the bureau and category of 31 December."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from indicators.models import Quarter
from organization.models import Bureau, Department, Employee, Placement, RankCategory
from scoring import formula
from scoring.models import Score, ScoreRun

QUARTERS_OF_A_YEAR = 4
Places = dict[int, list[Decimal | None]]
"""Everybody's totals by quarter."""


@dataclass(frozen=True, slots=True)
class AnnualRow:
    """One employee's year; `totals` are the four quarters', None where not ranked or not published."""

    employee_id: int
    number: str
    name: str
    department: Department
    category: RankCategory
    totals: tuple[Decimal | None, ...]
    quarters: int
    score: Decimal | None
    ranked: bool
    bureau_rank: int | None
    category_rank: int | None


def published_quarters(bureau: Bureau, year: int) -> list[Quarter]:
    """The published quarters of a year in order: what an annual score is made of."""
    published = Quarter.objects.filter(bureau=bureau, code__in=_codes(year), state=Quarter.State.PUBLISHED)
    return list(published.order_by("code"))


def annual_rows(bureau: Bureau, year: int) -> list[AnnualRow]:
    """The annual scores of everybody scored in a published quarter of the year, ranked ones first (scoring.md §5).

    Department and category are those of 31 December, of the last day of employment for a leaver (scoring.md §4). The
    categories that the latest published quarter's scheme leaves out of the bureau ranking get no bureau rank.
    """
    return annual_years(bureau, [year]).get(year, [])


def annual_years(bureau: Bureau, years: Iterable[int]) -> dict[int, list[AnnualRow]]:
    """The annual scores of several years, in as many queries as of one; years without a published quarter are absent."""
    codes = [code for year in years for code in _codes(year)]
    published = ScoreRun.objects.filter(
        bureau=bureau, is_current=True, quarter__code__in=codes, quarter__state=Quarter.State.PUBLISHED
    )
    runs = list(published.select_related("quarter").order_by("quarter__code"))
    if not runs:
        return {}
    last = {int(run.quarter.code[:4]): run for run in runs}
    scores = Score.objects.filter(run__in=runs).order_by("quarter__code")
    values = scores.values_list("employee_id", "quarter__code", "ranked", "total")
    places: dict[int, Places] = {year: defaultdict(lambda: [None] * QUARTERS_OF_A_YEAR) for year in last}
    for employee_id, code, ranked, total in values:
        places[int(code[:4])][employee_id][int(code[-1]) - 1] = total if ranked else None
    everybody = {pk for of_year in places.values() for pk in of_year}
    history = _histories(everybody)
    people = {pk: placements[0].employee for pk, placements in history.items()}
    return {
        year: _rows(
            {pk: person for pk, person in people.items() if pk in places[year]},
            places[year],
            _placements(people, history, date(year, 12, 31)),
            formula.SchemeValues.from_mapping(run.scheme),
        )
        for year, run in last.items()
    }


def _codes(year: int) -> list[str]:
    return [f"{year:04d}Q{number}" for number in range(1, QUARTERS_OF_A_YEAR + 1)]


def _rows(
    people: dict[int, Employee], places: Places, placements: dict[int, Placement], scheme: formula.SchemeValues
) -> list[AnnualRow]:
    years = {pk: formula.annual([total for total in places[pk] if total is not None]) for pk in people}
    placings = formula.rank(
        [
            formula.RankRow(
                number=person.number,
                total=years[pk].score or Decimal("0.00"),
                category=placements[pk].category.name,
                ranked=years[pk].ranked,
            )
            for pk, person in people.items()
        ],
        scheme,
    )
    rows = [
        AnnualRow(
            employee_id=pk,
            number=person.number,
            name=person.name,
            department=placements[pk].department,
            category=placements[pk].category,
            totals=tuple(places[pk]),
            quarters=years[pk].quarters,
            score=years[pk].score,
            ranked=years[pk].ranked,
            bureau_rank=placings[person.number].bureau_rank,
            category_rank=placings[person.number].category_rank,
        )
        for pk, person in people.items()
    ]
    return sorted(rows, key=lambda row: (row.bureau_rank is None, row.bureau_rank or 0, row.number))


def _histories(people: Iterable[int]) -> dict[int, list[Placement]]:
    """The placements of people in the order of time; the people themselves come along, by their numbers."""
    history: dict[int, list[Placement]] = defaultdict(list)
    dated = Placement.objects.filter(employee__in=people).select_related("employee", "department", "category")
    for placement in dated.order_by("employee__number", "effective_from"):
        history[placement.employee_id].append(placement)
    return history


def _placements(
    people: dict[int, Employee], history: dict[int, list[Placement]], last_day: date
) -> dict[int, Placement]:
    """Everybody's placement on the year's last day, or on the last day of employment; the earliest holds before it."""
    found = {}
    for pk, person in people.items():
        day = min(last_day, person.left_on) if person.left_on else last_day
        held = [placement for placement in history[pk] if placement.effective_from <= day]
        found[pk] = held[-1] if held else history[pk][0]
    return found
