"""下级单位: the figures of the bureaus below, side by side, for one quarter.

This module holds every read that crosses from a bureau into those below it, and nothing that names a person: each query
is grouped by bureau in the database. `reports.upward_sums` decides what of the sums is shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum, Window
from django.db.models.functions import Coalesce, RowNumber
from django.utils import timezone
from django.utils.functional import cached_property

from awards.models import Selection, StarAward
from indicators.models import Quarter, SchemeSetting
from indicators.scheme import SCHEME_KEYS, parse_setting
from organization.models import Bureau, Employee, RankCategory
from reports.upward_sums import (
    ENDS,
    FEWEST,
    PARTS,
    WEIGHTS,
    Figures,
    Group,
    Ratio,
    gap_of,
    of_people,
    of_things,
    scored,
)
from scoring.formula import SchemeValues
from scoring.models import Score, ScoreRun
from scoring.queries.coverage import loses
from supervision.models import Warned, WarningSignature
from tasks_market.models import Claim, Task

LEADERS = next(key for key, attribute in SCHEME_KEYS.items() if attribute == "unranked_categories")
Outcome, Side = Warned.Outcome, WarningSignature.Side


@dataclass(frozen=True, slots=True)
class QuarterKnown:
    """A quarter that some bureau of the tree has begun; `settled` bureaus show their scores in it."""

    code: str
    settled: int


class Tree:
    """A bureau and all below it; one query."""

    def __init__(self, top: Bureau) -> None:
        rows = Bureau.objects.filter(Q(pk=top.pk) | Q(pk__in=Bureau.objects.below(top).values("pk"))).order_by("code")
        self.by_id = {row.pk: row for row in rows}
        self.by_code = {row.code: row for row in self.by_id.values()}
        self.top = self.by_id[top.pk]
        self._children: dict[int | None, list[Bureau]] = defaultdict(list)
        for row in self.by_id.values():
            self._children[row.parent_id].append(row)

    def children(self, bureau: Bureau) -> list[Bureau]:
        return self._children[bureau.pk]

    def within(self, bureau: Bureau) -> list[Bureau]:
        """The bureau and all below it."""
        found = [bureau]
        for one in found:  # grows while it is walked
            found += self.children(one)
        return found

    def path(self, bureau: Bureau) -> list[Bureau]:
        """From the top to the bureau."""
        found = [bureau]
        while found[0].pk != self.top.pk:
            parent = found[0].parent_id
            assert parent is not None
            found.insert(0, self.by_id[parent])
        return found

    @cached_property
    def quarters(self) -> list[QuarterKnown]:
        """The quarters that have begun anywhere in the tree, the newest first."""
        begun = Quarter.objects.filter(bureau__in=self.by_id).exclude(state=Quarter.State.OPEN).order_by("-code")
        final = Exists(ScoreRun.objects.filter(quarter=OuterRef("pk"), is_current=True, as_of__isnull=True))
        settled = Count("pk", filter=Q(final, state__in=Quarter.SETTLED))
        return [QuarterKnown(*row) for row in begun.values("code").annotate(n=settled).values_list("code", "n")]


class Reading:
    """The figures of some bureaus in one quarter, each bureau's own people alone; twelve queries at most, however many."""

    def __init__(self, bureaus: Sequence[Bureau], code: str) -> None:
        self.bureaus = [one.pk for one in bureaus]
        self.code = code

    @cached_property
    def states(self) -> dict[int, str]:
        """By bureau how far its quarter has come; those where it has not begun are left out."""
        rows = Quarter.objects.filter(bureau__in=self.bureaus, code=self.code).exclude(state=Quarter.State.OPEN)
        return dict(rows.order_by().values_list("bureau_id", "state"))

    @cached_property
    def runs(self) -> dict[int, tuple[int, SchemeValues]]:
        """By run that is shown, in publicity or published and final, its bureau and scheme."""
        rows = ScoreRun.objects.filter(
            bureau__in=self.bureaus, quarter__code=self.code, quarter__state__in=Quarter.SETTLED,
            is_current=True, as_of__isnull=True,
        )  # fmt: skip
        schemes: dict[str, SchemeValues] = {}
        found = {}
        for pk, bureau, scheme in rows.order_by().values_list("pk", "bureau_id", "scheme"):
            key = repr(sorted(scheme.items()))  # many bureaus share a few schemes, of which each is parsed once
            if key not in schemes:
                schemes[key] = SchemeValues.from_mapping(scheme)
            found[pk] = bureau, schemes[key]
        return found

    @cached_property
    def settled(self) -> set[int]:
        """The bureaus whose scores are shown."""
        return {bureau for bureau, _scheme in self.runs.values()}

    @cached_property
    def figures(self) -> dict[int, Figures]:
        """By bureau what is shown of it alone."""
        scores = {bureau: (groups, scheme) for bureau, groups, scheme in self._groups()}
        gaps, stars = self._gaps, self._stars
        found = {}
        for bureau in self.bureaus:
            present, staff = self._staff.get(bureau, (0, 0))
            shown: dict[str, Any] = {}
            if bureau in scores:
                shown |= {**scored(*scores[bureau]), "gap": gaps.get(bureau)}
            if shown.get("people") and bureau in stars:
                shown["stars"] = of_people(stars[bureau], shown["people"])
            if present >= FEWEST:
                shown |= self._on_time(bureau)
                shown["covered"] = (
                    of_people(self._covered.get(bureau, 0), staff) if bureau in self._with_tasks else None
                )
            found[bureau] = Figures(**shown)
        return found

    # Scores ---------------------------------------------------------------------------------------------------------

    def _groups(self) -> Iterable[tuple[int, list[Group], SchemeValues]]:
        if not self.runs:
            return
        sums: dict[str, Any] = {"people": Count("pk"), "lost": Count("pk", filter=self._by_scheme(loses))}
        sums |= {f"sum_{part}": Sum(part) for part in PARTS}  # a score has columns of the parts' names
        sums |= {f"gained_{part}": Count("pk", filter=Q(**{f"{part}__gt": 0})) for part in PARTS}
        sums |= {f"short_{part}": Count("pk", filter=self._by_scheme(_short(part))) for part in PARTS}
        scores = Score.objects.filter(run__in=self.runs).order_by().values("run_id", "department_id").annotate(**sums)
        groups: dict[int, list[Group]] = defaultdict(list)
        for run, *values in scores.values_list("run_id", *sums):
            groups[run].append(Group(*values))  # its fields are in the order of the sums
        for run, rows in groups.items():
            bureau, scheme = self.runs[run]
            yield bureau, rows, scheme

    def _by_scheme(self, condition: Callable[[SchemeValues], Q]) -> Q:
        """A condition that depends on the scheme, for all runs at once."""
        alike: dict[tuple[Decimal, ...], list[int]] = defaultdict(list)
        known = {}
        for run, (_bureau, scheme) in self.runs.items():
            weights = tuple(getattr(scheme, weight) for weight in WEIGHTS.values())
            alike[weights].append(run)
            known[weights] = scheme
        if len(alike) == 1:
            return condition(*known.values())
        return reduce(or_, (Q(run__in=runs) & condition(known[weights]) for weights, runs in alike.items()))

    @cached_property
    def _gaps(self) -> dict[int, Decimal]:
        """By bureau how far the highest few and the lowest few are apart."""
        placed = Score.objects.filter(run__in=self.runs, bureau_rank__isnull=False).annotate(
            ranked_=Window(Count("pk"), partition_by="run_id"),
            down=Window(RowNumber(), partition_by="run_id", order_by=[F("total").desc(), F("pk")]),
            up=Window(RowNumber(), partition_by="run_id", order_by=[F("total"), F("pk")]),
        )
        ends = placed.filter(Q(down__lte=ENDS) | Q(up__lte=ENDS)).order_by()
        highest, lowest, ranked = defaultdict(list), defaultdict(list), {}
        for run, total, down, up, count in ends.values_list("run_id", "total", "down", "up", "ranked_"):
            ranked[run] = count
            if down <= ENDS:
                highest[run].append(total)
            if up <= ENDS:
                lowest[run].append(total)
        gaps = {self.runs[run][0]: gap_of(highest[run], lowest[run], ranked[run]) for run in ranked}
        return {bureau: gap for bureau, gap in gaps.items() if gap is not None}

    @cached_property
    def _stars(self) -> dict[int, int]:
        """By bureau how many people got a star of the quarter, once it is public."""
        public = StarAward.objects.standing().filter(
            bureau__in=self.settled,
            category__selection__quarter__code=self.code,
            category__selection__state=Selection.State.PUBLISHED,
        )
        return _counted(public, "bureau_id", Count("employee", distinct=True))

    # People and market ----------------------------------------------------------------------------------------------

    def _in_post(self) -> QuerySet[Employee]:
        """Everybody in post on the date of the own bureau."""
        today = Coalesce("bureau__stands_on", timezone.localdate())
        people = Employee.objects.filter(bureau__in=self.bureaus).order_by()
        return people.filter(
            Q(joined_on__isnull=True) | Q(joined_on__lte=today), Q(left_on__isnull=True) | Q(left_on__gte=today)
        )

    @cached_property
    def _leading(self) -> list[int]:
        """The categories that the schemes leave out of the ranking (default 局领导): they are not counted as staff."""
        rows = SchemeSetting.objects.filter(bureau__in=self.bureaus, key=LEADERS, from_quarter__lte=self.code)
        named = dict(rows.order_by("from_quarter").values_list("bureau_id", "value"))
        left_out = {bureau: parse_setting(LEADERS, value) for bureau, value in named.items()}
        usual = SchemeValues().unranked_categories
        categories = RankCategory.objects.filter(bureau__in=self.bureaus).order_by()
        return [
            pk
            for pk, bureau, name in categories.values_list("pk", "bureau_id", "name")
            if name in left_out.get(bureau, usual)  # type: ignore[operator]  # of this key it is names
        ]

    @cached_property
    def _staff(self) -> dict[int, tuple[int, int]]:
        """By bureau how many are in post, and how many of them outside the leaders' categories."""
        people = self._in_post().values("bureau_id").annotate(n=Count("pk"))
        rows = people.annotate(staff=Count("pk", filter=~Q(category__in=self._leading)))
        return {bureau: (present, staff) for bureau, present, staff in rows.values_list("bureau_id", "n", "staff")}

    @property
    def _posted(self) -> QuerySet[Task]:
        states = (Task.State.POSTED, Task.State.CLOSED)
        return Task.objects.filter(bureau__in=self.bureaus, quarter__code=self.code, state__in=states).order_by()

    @cached_property
    def _with_tasks(self) -> set[int]:
        return set(self._posted.values_list("bureau_id", flat=True).distinct())

    @cached_property
    def _covered(self) -> dict[int, int]:
        """By bureau how many of the staff took part in a task of the quarter."""
        holding = Claim.objects.holding().filter(task__in=self._posted.values("pk")).order_by()
        staff = self._in_post().exclude(category__in=self._leading).filter(pk__in=holding.values("employee_id"))
        return _counted(staff, "bureau_id", Count("pk"))

    # Nodes and signatures -------------------------------------------------------------------------------------------

    @property
    def _lines(self) -> QuerySet[Warned]:
        return Warned.objects.filter(sheet__bureau__in=self.bureaus, quarter__code=self.code).order_by()

    @cached_property
    def _warned(self) -> dict[int, tuple[int, int, int]]:
        """By bureau how many warned nodes were done in time, of how many it is known, and the signatures that were missed:
        as `LineFacts.standing` tells them, neither given by their limit nor waived."""
        today = Coalesce("sheet__bureau__stands_on", timezone.localdate())
        sums = {
            "done": Count("pk", filter=Q(outcome=Outcome.DONE)),
            "known": Count("pk", filter=Q(outcome__in=(Outcome.DONE, Outcome.OVERDUE))),
        }
        for side in Side.values:
            limit = f"{side}_due"
            signed = Exists(WarningSignature.objects.filter(line=OuterRef("pk"), side=side))
            waived = Q(outcome=Outcome.DROPPED) | Q(outcome=Outcome.DONE, settled_at__date__lte=F(limit))
            sums[f"no_{side}"] = Count("pk", filter=~Q(signed) & ~waived & Q(**{f"{limit}__lt": today}))
        rows = self._lines.values("sheet__bureau_id").annotate(**sums)
        found = {}
        for bureau, done, known, *missed in rows.values_list("sheet__bureau_id", *sums):
            found[bureau] = done, known, sum(missed)
        return found

    @cached_property
    def _given(self) -> dict[int, tuple[int, int]]:
        """By bureau the signatures given in time, and all that were given."""
        given = WarningSignature.objects.filter(line__in=self._lines.values("pk")).order_by()
        rows = given.values("line__sheet__bureau_id").annotate(kept=Count("pk", filter=Q(late=False)), n=Count("pk"))
        return {bureau: (kept, n) for bureau, kept, n in rows.values_list("line__sheet__bureau_id", "kept", "n")}

    def _on_time(self, bureau: int) -> dict[str, Ratio | None]:
        done, known, missed = self._warned.get(bureau, (0, 0, 0))
        kept, given = self._given.get(bureau, (0, 0))
        return {"nodes": of_things(done, known), "signed": of_things(kept, given + missed)}


def _short(part: str) -> Callable[[SchemeValues], Q]:
    """The condition of having less than all of a part."""
    return lambda scheme: Q(**{f"{part}__lt": getattr(scheme, WEIGHTS[part])})


def _counted(rows: QuerySet[Any], key: str, number: Count) -> dict[int, int]:
    return dict(rows.order_by().values(key).annotate(n=number).values_list(key, "n"))
