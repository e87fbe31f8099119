"""轮流坐庄: who won when, by department and by person, and the patterns in it that somebody should look at.

A pattern is a question, not a finding: people who work well win again, and chance makes rows, too. Hence every flag
says what was counted, and opens its rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from django.utils.http import urlencode
from django.utils.translation import gettext as _

from awards.models import PoolMember, Selection, StarAward
from awards.queries.wall import Star, star_of, with_names
from awards.rounds import longest_round, longest_run
from common.components import quarter_label
from common.exact import round2, share
from common.text import listed
from organization.models import Bureau

SPANS = (4, 8, 12)
DEFAULT_SPAN = 8
IN_A_ROW = 3
"""Selections after each other with a star from which on a person, or a round of a department, is flagged."""
FEWEST_IN_A_ROUND = 3
"""Two people who alternate make no round."""
FEW_STARS = 2
"""Stars more or fewer than the pool would make likely, from which on a department is flagged …"""
TIMES = 2
"""… if they are also this many times as many, or as few."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A pattern: what, why in figures, and the address of the rows that it was read from."""

    what: str
    why: str
    url: str


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A winner, and the stars by selection."""

    number: str
    name: str
    department: str
    cells: tuple[tuple[Star, ...], ...]
    total: int
    row: range
    """The places of the longest stretch of selections after each other with a star."""


@dataclass(frozen=True, slots=True)
class DepartmentRow:
    """A department's stars by selection beside its share of those who could have won."""

    code: str
    name: str
    cells: tuple[int, ...]
    total: int
    pool: int
    expected: Decimal
    """Stars that its share of the pools would bring, to two decimals."""


@dataclass(frozen=True, slots=True)
class _Member:
    """Somebody who could be nominated in a selection."""

    selection_id: int
    department_id: int
    number: str


class Rotation:
    """The published selections of a bureau, the newest `span` of them, and what shows in their winners.

    A department is the one at the quarter's end, as selection and award keep it; somebody's stars from before a
    transfer stay with the department in which they were won.
    """

    def __init__(self, bureau: Bureau, span: int = DEFAULT_SPAN) -> None:
        self.bureau, self.span = bureau, span

    @cached_property
    def selections(self) -> list[Selection]:
        """The oldest first."""
        published = Selection.objects.filter(bureau=self.bureau, state=Selection.State.PUBLISHED)
        newest = published.select_related("quarter").order_by("-quarter__code")[: self.span]
        return list(newest)[::-1]

    @cached_property
    def quarters(self) -> list[str]:
        return [one.quarter.code for one in self.selections]

    @cached_property
    def awards(self) -> list[StarAward]:
        """Standing stars of these selections, in the order of time."""
        standing = StarAward.objects.filter(category__selection__in=self.selections).standing()
        return list(with_names(standing))[::-1]

    @cached_property
    def stars(self) -> list[Star]:
        return [star_of(award) for award in self.awards]

    @cached_property
    def _pool(self) -> list[_Member]:
        """Who could be nominated, selection by selection."""
        rows = PoolMember.objects.filter(selection__in=self.selections, standing=PoolMember.Standing.IN)
        values = rows.order_by("employee__number").values_list("selection_id", "department_id", "employee__number")
        return [_Member(*row) for row in values]

    def rows_of(self, *, department: str = "", person: str = "") -> list[Star]:
        """The stars behind a flag or a cell, the newest first."""
        return [
            star
            for star in reversed(self.stars)
            if department in ("", star.department_code) and person in ("", star.number)
        ]

    # Persons ----------------------------------------------------------------------------------------------------

    @cached_property
    def persons(self) -> list[PersonRow]:
        """Winners, those with most stars first."""
        by_person: dict[str, list[Star]] = defaultdict(list)
        for star in self.stars:
            by_person[star.number].append(star)
        rows = [self._person(stars) for stars in by_person.values()]
        return sorted(rows, key=lambda one: (-one.total, -len(one.row), one.number))

    def _person(self, stars: Sequence[Star]) -> PersonRow:
        cells = tuple(tuple(star for star in stars if star.quarter == code) for code in self.quarters)
        last = stars[-1]
        row = longest_run([bool(cell) for cell in cells])
        return PersonRow(last.number, last.name, last.department, cells, len(stars), row)

    @property
    def repeated(self) -> int:
        """How many people won in more than one selection."""
        return sum(sum(map(bool, row.cells)) > 1 for row in self.persons)

    # Departments ------------------------------------------------------------------------------------------------

    @cached_property
    def departments(self) -> list[DepartmentRow]:
        """Departments with a star or with people in a pool, those with most stars first."""
        names = {award.department_id: (award.department.code, award.department.name) for award in self.awards}
        pool: dict[int, int] = defaultdict(int)
        for member in self._pool:
            pool[member.department_id] += 1
        without = pool.keys() - names.keys()
        if without:
            codes = self.bureau.departments.filter(pk__in=without).values_list("pk", "code", "name")
            names |= {pk: (code, name) for pk, code, name in codes}
        rows = [self._department(pk, *names[pk], pool[pk]) for pk in names]
        return sorted(rows, key=lambda row: (-row.total, -row.pool, row.code))

    def _department(self, pk: int, code: str, name: str, pool: int) -> DepartmentRow:
        won = [award for award in self.awards if award.department_id == pk]
        cells = tuple(sum(one.category.selection_id == each.pk for one in won) for each in self.selections)
        everybody = len(self._pool)
        expected = round2(Fraction(len(self.awards) * pool, everybody)) if everybody else Decimal("0.00")
        return DepartmentRow(code, name, cells, len(won), pool, expected)

    # Flags ------------------------------------------------------------------------------------------------------

    @cached_property
    def flags(self) -> list[Flag]:
        return [*self._in_a_row(), *self._rounds(), *self._shares()]

    def _in_a_row(self) -> Iterator[Flag]:
        for person in self.persons:
            if len(person.row) >= IN_A_ROW:
                quarters = listed(quarter_label(self.quarters[place]) for place in person.row)
                yield Flag(
                    _("%(name)s连续 %(n)d 次获奖") % {"name": person.name, "n": len(person.row)},
                    _("%(department)s，%(quarters)s都获得星级。")
                    % {"department": person.department, "quarters": quarters},
                    self._url(person=person.number),
                )

    def _rounds(self) -> Iterator[Flag]:
        """Stars that go round the members of a department: each time the next on its list, by staff number."""
        departments = {award.department_id: award.department for award in self.awards}
        for department_id, department in departments.items():
            ring = sorted({one.number for one in self._pool if one.department_id == department_id})
            turns = [self._winners(selection.pk, department_id) for selection in self.selections]
            found = longest_round(turns, ring) if len(ring) >= FEWEST_IN_A_ROUND else []
            if len(found) >= IN_A_ROW:
                winners = [self._named[number] for turn in found for number in turn]
                yield Flag(
                    _("%(department)s的星级依次轮到各人") % {"department": department.name},
                    _("连续 %(n)d 次，每次都轮到入围名单（按工号）上的下一位：%(names)s。")
                    % {"n": len(found), "names": listed(winners)},
                    self._url(department=department.code),
                )

    def _winners(self, selection_id: int, department_id: int) -> list[str]:
        won = {
            award.employee.number
            for award in self.awards
            if award.category.selection_id == selection_id and award.department_id == department_id
        }
        return sorted(won)

    @cached_property
    def _named(self) -> dict[str, str]:
        return {star.number: star.name for star in self.stars}

    def _shares(self) -> Iterator[Flag]:
        everybody = len(self._pool)
        for row in self.departments:
            away = abs(row.total - row.expected)
            far = row.total >= TIMES * row.expected or row.total * TIMES <= row.expected
            if not everybody or away < FEW_STARS or not far:
                continue
            values: dict[str, Any] = {
                "department": row.name, "won": row.total, "expected": row.expected,
                "share": share(row.pool, everybody), "pool": row.pool, "everybody": everybody,
            }  # fmt: skip
            much = (
                _("%(department)s得星多于入围占比") if row.total > row.expected else _("%(department)s得星少于入围占比")
            )
            yield Flag(
                much % values,
                _(
                    "入围 %(pool)d 人次，占 %(everybody)d 人次的 %(share)s%%，按此约得 %(expected)s 颗，实得 %(won)d 颗。"
                )
                % values,
                self._url(department=row.code),
            )

    def _url(self, **asked: str) -> str:
        return f"?{urlencode({'span': str(self.span), **asked})}#rows"

    @property
    def finding(self) -> str:
        """The heading's sentence."""
        if not self.selections:
            return _("还没有公布过五星评选")
        values = {"n": len(self.selections), "stars": len(self.awards), "people": len(self.persons)}
        told = _("近 %(n)d 次评选的 %(stars)d 颗星由 %(people)d 人获得") % values
        if not self.flags:
            return _("%(told)s，没有发现轮流的迹象") % {"told": told}
        return _("%(told)s，%(flags)d 处值得核对") % {"told": told, "flags": len(self.flags)}
