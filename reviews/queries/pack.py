"""会议材料, its shape: every figure is a text with two decimals, so that the pack is frozen as it was shown.

`reviews.queries.packing` works it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from common.exact import format2
from indicators.models import Library

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Health:
    """The bureau's figures of the quarter; shares in percent (domain.md: 扣分面, 最大分差)."""

    scored: int
    ranked: int
    mean: str
    median: str
    highest: str
    lowest: str
    spread: str
    people_lost: int
    people_share: str
    departments_lost: int
    departments_share: str
    lost: str
    points: int


@dataclass(frozen=True, slots=True)
class DepartmentLine:
    """A department by the mean total of its people with a bureau rank; `gap` is to the next above.

    The organisational score stands beside it with a rank of its own where the quarter has one; empty texts where not.
    """

    id: int
    name: str
    rank: int
    people: int
    mean: str
    gap: str
    spread: str
    coverage: str
    lost: str
    score: str = ""
    score_rank: int | None = None
    score_gap: str = ""


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Somebody at an end of a category; `gap` is to the next above in it."""

    number: str
    name: str
    department_id: int
    department: str
    rank: int
    total: str
    gap: str
    in_pool: bool


@dataclass(frozen=True, slots=True)
class CategoryLine:
    name: str
    people: int
    top: tuple[PersonLine, ...]
    bottom: tuple[PersonLine, ...]


@dataclass(frozen=True, slots=True)
class LostLine:
    """What a department lost on a point: the sum over its people of 分值 less 得分, and how many of them lost."""

    department_id: int
    point_id: int
    code: str
    name: str
    library: str
    lost: str
    people: int

    @property
    def amount(self) -> Decimal:
        return Decimal(self.lost)

    @property
    def library_label(self) -> str:
        return str(Library(self.library).label)


@dataclass(frozen=True, slots=True)
class PointLine:
    """What the bureau lost on a point."""

    point_id: int
    code: str
    name: str
    library: str
    lost: str
    people: int
    departments: int

    @property
    def library_label(self) -> str:
        return str(Library(self.library).label)


@dataclass(frozen=True, slots=True)
class TrendLine:
    """A department over the quarters of the trend; empty texts where it had nobody with a bureau rank."""

    id: int
    name: str
    means: tuple[str, ...]
    spreads: tuple[str, ...]
    coverages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """The whole of it, and by which run it was made."""

    quarter: str
    run: int
    kind: str
    scored_at: str
    health: Health
    departments: tuple[DepartmentLine, ...]
    categories: tuple[CategoryLine, ...]
    points: tuple[PointLine, ...]
    lost: tuple[LostLine, ...]
    quarters: tuple[str, ...]
    trend: tuple[TrendLine, ...]

    def frozen(self) -> dict[str, Any]:
        """As JSON values, for the row of the meeting."""
        return asdict(self)

    def lost_of(self, department_id: int) -> list[LostLine]:
        return [line for line in self.lost if line.department_id == department_id]

    def department(self, department_id: int | None) -> DepartmentLine | None:
        return next((line for line in self.departments if line.id == department_id), None)

    @property
    def has_scores(self) -> bool:
        """Whether the quarter has organisational scores."""
        return any(line.score for line in self.departments)

    @property
    def floor(self) -> int:
        """Where the bars of the chart begin: five points below the lowest mean, so that differences can be seen."""
        means = [Decimal(mean) for line in self.trend for mean in line.means if mean]
        return max(0, int(min(means, default=ZERO)) - 5)

    def chart(self, own: int | None = None) -> dict[str, object]:
        """The departments' means as small multiples; the chart takes numbers as text, so that no float is made of them."""
        return {
            "labels": [_("%s季") % code[-1] for code in self.quarters],
            "min": self.floor,
            "max": min(100, int(max((Decimal(one.mean) for one in self.departments), default=Decimal(98))) + 2),
            "series": [
                {"label": line.name, "values": [mean or None for mean in line.means], "own": line.id == own}
                for line in self.trend
            ],
        }


def thawed(data: Mapping[str, Any]) -> Pack:
    """The pack of a meeting that was held."""
    rows: dict[str, type[Any]] = {
        "departments": DepartmentLine, "points": PointLine, "lost": LostLine,
    }  # fmt: skip
    values = dict(data) | {name: tuple(kind(**row) for row in data[name]) for name, kind in rows.items()}
    values["health"] = Health(**data["health"])
    values["quarters"] = tuple(data["quarters"])
    values["categories"] = tuple(
        CategoryLine(
            row["name"],
            row["people"],
            tuple(PersonLine(**one) for one in row["top"]),
            tuple(PersonLine(**one) for one in row["bottom"]),
        )
        for row in data["categories"]
    )
    values["trend"] = tuple(
        TrendLine(row["id"], row["name"], *(tuple(row[name]) for name in ("means", "spreads", "coverages")))
        for row in data["trend"]
    )
    return Pack(**values)


def total(lost: Iterable[LostLine]) -> str:
    """The sum of lines as a text."""
    return format2(sum((Decimal(line.lost) for line in lost), ZERO))
