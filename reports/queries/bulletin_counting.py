"""What a bulletin counts: figures with where they came from, its tables, and the quarter before beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from indicators.models import Quarter
from organization.models import Bureau
from reports.queries.bulletin_figures import DepartmentRow, Figure, MovedRow, Sentence
from reports.queries.ranking import FEWEST
from reviews.queries.pack import DepartmentLine, Pack, PointLine
from reviews.queries.packing import pack_of
from scoring.models import ScoreRun

MOST_POINTS = 10


class Counting:
    """Collects the figures and sentences of one draft. Its tables leave out what would be one person's figure."""

    def __init__(self, run: ScoreRun, today: date) -> None:
        self.run, self.today = run, today
        self.figures: dict[str, Figure] = {}
        self.sentences: list[Sentence] = []
        self.quarter: Quarter = run.quarter
        self.bureau: Bureau = run.bureau
        self.pack: Pack = pack_of(run)
        self.before = self._run_before()
        self.pack_before = pack_of(self.before) if self.before else None

    def fig(
        self, key: str, label: str, value: object, unit: str = "", url: str = "", *, everybody: bool = False
    ) -> str:
        """Keeps a figure and returns it as the sentence prints it."""
        self.figures[key] = Figure(key, label, str(value), unit, url, everybody)
        return str(value)

    def say(self, section: str, part: str, sentence: str, *, keys: tuple[str, ...] = (), **values: Any) -> None:
        """A sentence; the names of its values are the keys of its figures, unless others are given. What is no figure
        only names something."""
        keys = keys or tuple(key for key in values if key in self.figures)
        self.sentences.append(Sentence(section, part, sentence % values, keys))

    def ranking(self, page: str = "ranking") -> str:
        return f"{reverse(f'reports:{page}')}?{urlencode({'quarter': self.quarter.code})}"

    def _run_before(self) -> ScoreRun | None:
        code = str(self.quarter.period.previous())
        rows = ScoreRun.objects.filter(
            bureau=self.bureau, is_current=True, as_of__isnull=True, quarter__code=code,
            quarter__state__in=Quarter.SETTLED,
        )  # fmt: skip
        return rows.select_related("quarter", "bureau").first()

    @property
    def shows_all(self) -> bool:
        return self.bureau.ranking_view == Bureau.RankingView.ALL

    def departments(self) -> tuple[DepartmentRow, ...]:
        """Ranked among those that are listed: a gap would be the rank of one that is left out."""
        before = {one.id: one for one in self._listed(self.pack_before)} if self.pack_before else {}
        places_before = _places(before.values())
        listed = self._listed(self.pack)
        places = _places(listed)
        rows = []
        for one in listed:
            earlier = before.get(one.id)
            rows.append(
                DepartmentRow(
                    name=one.name,
                    rank=places[one.id],
                    people=one.people,
                    mean=one.mean,
                    before=earlier.mean if earlier else "",
                    change=_change(earlier.mean, one.mean) if earlier else "",
                    moved=places_before[one.id] - places[one.id] if earlier else None,
                    coverage=one.coverage,
                    lost=one.lost,
                )
            )
        return tuple(rows)

    def _listed(self, pack: Pack) -> list[DepartmentLine]:
        """Without departments of so few that a figure is a person's; if those are so few together, without the smallest
        of the others as well, or the bureau's figures less the listed ones would tell."""
        if self.shows_all:
            return list(pack.departments)
        by_size = sorted(pack.departments, key=lambda one: one.people)
        few = sum(one.people < FEWEST for one in by_size)
        if few and sum(one.people for one in by_size[:few]) < FEWEST:
            few += 1
        left_out = {one.id for one in by_size[:few]}
        return [one for one in pack.departments if one.id not in left_out]

    def points(self) -> list[PointLine]:
        shown = [one for one in self.pack.points if one.people >= FEWEST or self.shows_all]
        return shown[:MOST_POINTS]

    def moved(self) -> Iterator[MovedRow]:
        if self.pack_before is None:
            return
        now, before = self.pack.health, self.pack_before.health
        if min(now.ranked, before.ranked) < FEWEST and not self.shows_all:
            return
        for label, name in (
            (_("平均分"), "mean"), (_("最高分"), "highest"), (_("最低分"), "lowest"), (_("最大分差"), "spread"),
            (_("扣分面（%）"), "people_share"), (_("部门扣分面（%）"), "departments_share"), (_("失分合计"), "lost"),
        ):  # fmt: skip
            earlier, later = getattr(before, name), getattr(now, name)
            if earlier and later:
                yield MovedRow(label, earlier, later, _change(earlier, later))


def _places(lines: Collection[DepartmentLine]) -> dict[int, int]:
    """The rank of each among these; equal means share one."""
    means = sorted((Decimal(one.mean) for one in lines), reverse=True)
    return {one.id: means.index(Decimal(one.mean)) + 1 for one in lines}


def _change(before: str, now: str) -> str:
    """The difference with its sign: +0.32, −1.10, 0.00."""
    found = Decimal(now) - Decimal(before)
    return f"{'+' if found > 0 else '−' if found < 0 else ''}{abs(found)}"
