"""个人绩效档案: what is known of one person across quarters and years, as far as the reader may know it.

The page and the PDF show the same object, and each part asks the queryset or the verdict of its own app, so that the
file opens nothing that its parts would refuse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from awards.models import TrainingAttendance, UseLine, UseList
from awards.queries.wall import Deed, PersonStars
from common.components import Bar361, TableBehind, quarter_label
from common.quarters import QuarterCode
from indicators.models import Quarter
from organization.models import Employee, Role
from reviews.models import Participant, Showing, Statement, Talk
from scoring.formula import SchemeValues
from scoring.models import Adjustment, Score
from scoring.permissions import may_see_score
from scoring.queries.annual import QUARTERS_OF_A_YEAR, AnnualRow, annual_years
from tasks_market.models import Claim
from tasks_market.queries.board import SchemeBook, workings_of


@dataclass(frozen=True, slots=True)
class QuarterLine:
    """One final score."""

    code: str
    department: str
    total: Decimal
    bar: Bar361
    parts: tuple[Decimal, Decimal, Decimal]
    weights: tuple[Decimal, Decimal, Decimal]
    adjustments: Decimal
    linkage: Decimal
    bureau_rank: int | None
    ranked: int
    category: str
    category_rank: int | None
    movement: int | None
    """Places gained (positive) since the quarter before it; None where one of the two has no rank."""
    not_ranked: str
    is_frozen: bool
    url: str


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task of the market; points only once it is accepted."""

    quarter: str
    number: str
    name: str
    way: str
    part: str
    state: str
    state_label: str
    points: Decimal | None
    late: bool


@dataclass(frozen=True, slots=True)
class AdjustmentLine:
    day: date
    quarter: str
    points: Decimal
    matter: str
    basis: str
    disciplinary: bool


@dataclass(frozen=True, slots=True)
class ShowingLine:
    """A showing that was held: whether there, and whether the statement was handed in."""

    month: str
    day: date | None
    present: bool
    attendance: str
    reason: str
    stated: bool


@dataclass(frozen=True, slots=True)
class TalkLine:
    day: date
    kind: str
    trigger: str
    talker: str
    state: str
    state_label: str
    url: str


@dataclass(frozen=True, slots=True)
class TrainingLine:
    day: date
    title: str
    came: str
    note: str


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """What was decided in a signed list."""

    period: str
    kind: str
    decision: str
    note: str
    signed_on: date | None


@dataclass(frozen=True)
class PersonalFile:
    """The file of one person for one reader; what costs a query is asked when it is shown."""

    person: Employee
    reader: Employee

    @property
    def is_own(self) -> bool:
        return self.person.pk == self.reader.pk

    # Scores -----------------------------------------------------------------------------------------------------

    @cached_property
    def _scores(self) -> list[Score]:
        """The current scores of quarters in publicity or published, the newest first."""
        final = Score.objects.current().filter(
            employee=self.person, quarter__state__in=Quarter.SETTLED, run__as_of__isnull=True
        )
        return list(
            final.select_related("quarter", "run", "department", "category").defer("inputs").order_by("-quarter__code")
        )

    @cached_property
    def _seen(self) -> list[Score]:
        """Those whose sheet the reader may open: a head has no right on what was scored in another department."""
        return [score for score in self._scores if may_see_score(self.reader, score)]

    @property
    def unseen(self) -> int:
        """How many quarters stay closed to the reader."""
        return len(self._scores) - len(self._seen)

    @cached_property
    def _schemes(self) -> dict[str, SchemeValues]:
        return {score.quarter.code: SchemeValues.from_mapping(score.run.scheme) for score in self._scores}

    @cached_property
    def quarters(self) -> list[QuarterLine]:
        ranks = {score.quarter.code: score.bureau_rank for score in self._seen}
        return [self._quarter(score, ranks) for score in self._seen]

    def _quarter(self, score: Score, ranks: Mapping[str, int | None]) -> QuarterLine:
        code = score.quarter.code
        before, now = ranks.get(str(QuarterCode.parse(code).previous())), score.bureau_rank
        scheme = self._schemes[code]
        weights = (scheme.common_weight, scheme.individual_weight, scheme.competitive_cap)
        parts = (score.common, score.individual, score.competitive)
        return QuarterLine(
            code=code,
            department=score.department.name,
            total=score.total,
            bar=Bar361.of(*parts, weights=weights),
            parts=parts,
            weights=weights,
            adjustments=score.adjustments,
            linkage=score.linkage,
            bureau_rank=now,
            ranked=score.run.ranked,
            category=score.category.name,
            category_rank=score.category_rank,
            movement=before - now if before and now else None,
            not_ranked="" if score.ranked else score.get_reason_display(),
            is_frozen=score.quarter.state == Quarter.State.PUBLISHED,
            url=reverse("reports:score", args=[score.pk]),
        )

    @cached_property
    def years(self) -> list[tuple[int, AnnualRow]]:
        """Annual scores, the newest first, of years in which the reader sees every quarter (scoring.md §5)."""
        closed = {self._year(score) for score in self._scores if score not in self._seen}
        open_years = {self._year(score) for score in self._seen} - closed
        found = annual_years(self.person.bureau, sorted(open_years, reverse=True)) if open_years else {}
        mine = {
            year: next((row for row in rows if row.employee_id == self.person.pk), None) for year, rows in found.items()
        }
        return [(year, row) for year, row in sorted(mine.items(), reverse=True) if row]

    @staticmethod
    def _year(score: Score) -> int:
        return int(score.quarter.code[:4])

    @property
    def trend(self) -> dict[str, Any]:
        """Totals as small multiples, a year each, the oldest first."""
        by_year: dict[str, list[float | None]] = {}
        for line in reversed(self.quarters):
            year = by_year.setdefault(line.code[:4], [None] * QUARTERS_OF_A_YEAR)
            year[int(line.code[-1]) - 1] = float(line.total)
        series = [{"label": _("%s年") % year, "values": values, "own": True} for year, values in by_year.items()]
        labels = [_("一季度"), _("二季度"), _("三季度"), _("四季度")]
        return {"labels": labels, "series": series, "max": 110}

    @property
    def trend_table(self) -> TableBehind:
        rows = [(quarter_label(line.code), f"{line.total}") for line in reversed(self.quarters)]
        return TableBehind([_("季度"), _("总分")], rows)

    @property
    def trend_finding(self) -> str:
        """What the trend tells; empty with fewer than two quarters."""
        if len(self.quarters) < 2:
            return ""
        new, old = self.quarters[0], self.quarters[1]
        values = {"old": old.total, "new": new.total, "quarter": quarter_label(new.code)}
        if new.total > old.total:
            return _("%(quarter)s总分从 %(old)s 升到 %(new)s") % values
        if new.total < old.total:
            return _("%(quarter)s总分从 %(old)s 降到 %(new)s") % values
        return _("%(quarter)s总分与上次持平，%(new)s") % values

    @property
    def finding(self) -> str:
        """The heading's sentence."""
        name = self.person.name
        if not self.quarters:
            return _("%(name)s的绩效档案") % {"name": name}
        newest = self.quarters[0]
        values = {
            "name": name, "n": len(self.quarters), "quarter": quarter_label(newest.code), "total": newest.total,
            "rank": newest.bureau_rank,
        }  # fmt: skip
        if newest.bureau_rank:
            return _("%(name)s：%(n)d 个季度，%(quarter)s %(total)s，单位第 %(rank)d 名") % values
        return _("%(name)s：%(n)d 个季度，%(quarter)s %(total)s") % values

    # Stars, tasks, pluses and minuses ---------------------------------------------------------------------------

    @cached_property
    def stars(self) -> list[Deed]:
        """Standing stars; withdrawn ones only for office, discipline and the person."""
        return PersonStars(self.person, self.reader).deeds

    @cached_property
    def tasks(self) -> list[TaskLine]:
        claims = Claim.objects.filter(employee=self.person).holding()
        rows = list(claims.select_related("task__quarter").order_by("-task__quarter__code", "task__number"))
        workings = workings_of(rows, SchemeBook(self.person.bureau, self._schemes)) if rows else {}
        return [
            TaskLine(
                quarter=claim.task.quarter.code,
                number=claim.task.number,
                name=claim.task.name,
                way=claim.get_way_display(),
                part=claim.get_part_display(),
                state=claim.state,
                state_label=claim.get_state_display(),
                points=workings[claim.pk].points if claim.outcome == Claim.Outcome.ACCEPTED else None,
                late=claim.late,
            )
            for claim in rows
        ]

    @cached_property
    def adjustments(self) -> list[AdjustmentLine]:
        counted = Adjustment.objects.visible_to(self.reader).filter(
            employee=self.person, state=Adjustment.State.COUNTED
        )
        return [
            AdjustmentLine(
                day=one.day,
                quarter=one.quarter.code,
                points=one.points if one.kind == Adjustment.Kind.PLUS else -one.points,
                matter=one.matter,
                basis=one.basis,
                disciplinary=one.disciplinary,
            )
            for one in counted.select_related("quarter").order_by("-day", "-pk")
        ]

    # Showings, talks, training, decisions -----------------------------------------------------------------------

    @cached_property
    def showings(self) -> list[ShowingLine]:
        handed_in = Statement.objects.filter(
            showing=OuterRef("showing"), employee=OuterRef("employee"), handed_in_at__isnull=False
        )
        held = Participant.objects.filter(employee=self.person).exclude(showing__state=Showing.State.SCHEDULED)
        rows = held.select_related("showing").annotate(stated=Exists(handed_in)).order_by("-showing__month")
        return [
            ShowingLine(
                month=one.showing.month,
                day=one.showing.held_on,
                present=one.was_there,
                attendance=one.get_attendance_display(),
                reason=one.reason,
                stated=one.stated,
            )
            for one in rows
        ]

    @property
    def attended(self) -> int:
        return sum(line.present for line in self.showings)

    @property
    def stated(self) -> int:
        return sum(line.stated for line in self.showings)

    @cached_property
    def talks(self) -> list[TalkLine]:
        """What the reader may know of; for everybody else there is no such part, since even the number is private."""
        rows = Talk.objects.visible_to(self.reader).filter(employee=self.person)
        return [
            TalkLine(
                day=talk.held_on,
                kind=talk.get_kind_display(),
                trigger=talk.get_trigger_display(),
                talker=talk.talker.name,
                state=talk.state,
                state_label=talk.get_state_display(),
                url=reverse("reviews:talk", args=[talk.pk]),
            )
            for talk in rows.select_related("talker").order_by("-held_on", "-pk")
        ]

    @property
    def shows_talks(self) -> bool:
        """Whether the part stands in the file: for the person and discipline always, for others where they see one."""
        return self.is_own or self.reader.has_role(Role.Kind.DISCIPLINE) or bool(self.talks)

    @cached_property
    def trainings(self) -> list[TrainingLine]:
        rows = TrainingAttendance.objects.filter(employee=self.person).select_related("training")
        said = {None: _("已安排"), True: _("参加"), False: _("未参加")}
        return [
            TrainingLine(one.training.day, one.training.title, said[one.came], one.note)
            for one in rows.order_by("-training__day", "-pk")
        ]

    @cached_property
    def decisions(self) -> list[DecisionLine]:
        """What follows from the scores, out of signed lists alone."""
        signed = UseLine.objects.visible_to(self.reader).filter(
            employee=self.person, use_list__state=UseList.State.SIGNED
        )
        return [self._decision(line) for line in signed.select_related("use_list").order_by("-use_list__period", "pk")]

    @staticmethod
    def _decision(line: UseLine) -> DecisionLine:
        signed = line.use_list
        return DecisionLine(
            period=period_label(signed.period),
            kind=signed.get_kind_display(),
            decision=str(signed.words.get(line.decision, line.decision)) or "–",
            note=line.note,
            signed_on=timezone.localdate(signed.signed_at) if signed.signed_at else None,
        )


def period_label(period: str) -> str:
    """A quarter or a year as people say it."""
    return quarter_label(period) if "Q" in period else _("%s年") % period
