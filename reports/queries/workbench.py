"""我的工作台: what the reader should know on coming in — the last score, the running quarter, what is due, the notices."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Count, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from common.components import Duty, Step, quarter_label
from common.exact import share
from common.workdays import WorkCalendar
from indicators.models import Quarter, QuarterStep, Result
from indicators.queries import working_quarter
from indicators.queries.duties import REPORT
from notifications.models import Notification
from organization.models import Employee, Role
from organization.queries import work_calendar
from reports.permissions import sees_whole_bureau
from reports.queries.todo import Todo, todo
from scoring import statistics
from scoring.formula import SchemeValues
from scoring.models import Score, ScoreQuerySet, ScoreRun
from scoring.queries.acknowledgements import with_moment
from scoring.queries.costs import Cost, costs
from scoring.queries.coverage import has_loss
from scoring.queries.explanations import explanation
from scoring.queries.rankings import previous_ranks
from tasks_market.clocks import Countdown
from tasks_market.models import Task

MOST_DEADLINES = 6
MOST_DUTIES = 10
MOST_NOTICES = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """A score of one's own with what it takes to show it as a bar."""

    score: Score
    weights: tuple[Decimal, Decimal, Decimal]
    movement: int | None
    ranked_people: int

    @property
    def finding(self) -> str:
        """The heading's sentence."""
        score = self.score
        values = {"quarter": quarter_label(score.quarter.code), "total": score.total, "rank": score.bureau_rank}
        if score.bureau_rank:
            return _("%(quarter)s总分 %(total)s，单位第 %(rank)d 名") % values
        return _("%(quarter)s总分 %(total)s") % values


@dataclass(frozen=True, slots=True)
class Figure:
    """One key figure of a role's panel: the number, what it says, and the rows behind it."""

    label: str
    number: str
    unit: str
    finding: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class OnOffer:
    """A task of the market that has places left, and how long its window is open."""

    task: Task
    clock: Countdown | None


@dataclass(frozen=True)
class Workbench:
    """The page's parts; what costs a query is asked when the page shows it."""

    user: Employee
    today: date
    calendar: WorkCalendar = field(repr=False)
    now: datetime
    """The clock of the market, whose windows hold to the second; `today` may stand still in a demonstration."""

    @cached_property
    def quarter(self) -> Quarter | None:
        """The quarter that people work in."""
        return working_quarter(self.user.bureau)

    @cached_property
    def final(self) -> Standing | None:
        """One's newest score in publicity or published."""
        final = (one for one in self._own if one.quarter.is_settled and one.run.as_of is None)
        score = next(final, None)
        if score is None:
            return None
        before = previous_ranks(score.quarter, self.user).get(self.user.pk)
        return self._standing(score, before - score.bureau_rank if before and score.bureau_rank else None)

    @cached_property
    def provisional(self) -> Standing | None:
        """One's score of the running quarter as it stands; no rank is promised by it."""
        if self.quarter is None or self.quarter.is_settled:
            return None
        score = next((one for one in self._own if one.quarter_id == self.quarter.pk), None)
        return self._standing(score, None) if score else None

    @cached_property
    def costs(self) -> list[Cost]:
        """What cost most points in the running quarter, else in the last one."""
        standing = self.provisional or self.final
        if standing is None:
            return []
        return costs(explanation(standing.score), SchemeValues.from_mapping(standing.score.run.scheme))

    @cached_property
    def costly_score(self) -> Score | None:
        standing = self.provisional or self.final
        return standing.score if standing else None

    @cached_property
    def todo(self) -> Todo:
        """Everything that waits for the person, of which the page shows the first."""
        return todo(self.user, self.today, self.calendar)

    @property
    def nodes(self) -> list[Duty]:
        """The next own nodes to report: those ahead first, for what is past stays past; then the latest of the past."""
        nodes = self.todo.of(REPORT)
        ahead = [one for one in nodes if one.due and one.due >= self.today]
        past = [one for one in reversed(nodes) if one.due and one.due < self.today]
        return [*ahead[:MOST_DEADLINES], *past[:MOST_DEADLINES]]

    @property
    def overdue_count(self) -> int:
        """How many own nodes have passed without an input: each counts as 漏项 at the quarter's end."""
        return sum(one.due is not None and one.due < self.today for one in self.todo.of(REPORT))

    @property
    def duties(self) -> list[Duty]:
        """What else waits for the person, each with the page where it is done."""
        return self.todo.others(REPORT)[:MOST_DUTIES]

    @cached_property
    def notices(self) -> list[Notification]:
        return list(Notification.objects.visible_to(self.user)[:MOST_NOTICES])

    @cached_property
    def market(self) -> list[OnOffer]:
        """What can be claimed now, the window that closes first at the top; all of it, for the count."""
        tasks = Task.objects.visible_to(self.user).claimable(self.now).filter(quarter__state__in=Quarter.TAKES_INPUT)
        return [
            OnOffer(task, Countdown.until(task.claim_until, self.now, past="") if task.claim_until else None)
            for task in tasks.order_by("claim_until", "number")
        ]

    @cached_property
    def rail(self) -> list[Step]:
        """The running quarter's steps, for the office."""
        if self.quarter is None or not self.user.has_role(Role.Kind.OFFICE, Role.Kind.DIRECTOR):
            return []
        taken = {step.state: step for step in QuarterStep.objects.filter(quarter=self.quarter).select_related("by")}
        states: list[Quarter.State] = [state for state in Quarter.State if state != Quarter.State.OPEN]
        place = states.index(Quarter.State(self.quarter.state))
        frozen = self.quarter.is_frozen
        steps = []
        for position, state in enumerate(states):
            done = position < place or (frozen and position == place)
            step = taken.get(state) if position <= place else None
            steps.append(
                Step(
                    state.label,
                    "done" if done else "now" if position == place else "next",
                    who=step.by.name if step and step.by else "",
                    at=step.at if step else None,
                )
            )
        return steps

    @cached_property
    def figures(self) -> list[Figure]:
        """Three key figures for those who see the whole bureau, the department's for its head; [] for others."""
        if sees_whole_bureau(self.user):
            return self._health(Score.objects.filter(bureau_id=self.user.bureau_id))
        if self.user.has_role(Role.Kind.DEPARTMENT_HEAD):
            return self._health(Score.objects.filter(department_id=self.user.department_id))
        return []

    @cached_property
    def readiness(self) -> list[Figure]:
        """What stands between the running quarter and its publication, for the office."""
        if self.quarter is None or not self.user.has_role(Role.Kind.OFFICE):
            return []
        return self._readiness(self.quarter)

    @cached_property
    def _own(self) -> list[Score]:
        """One's current scores, the newest first: a handful a year."""
        scores = with_moment(Score.objects.current().filter(employee=self.user))
        return list(scores.select_related("quarter", "run", "bureau").order_by("-quarter__code"))

    @staticmethod
    def _standing(score: Score, movement: int | None) -> Standing:
        scheme = SchemeValues.from_mapping(score.run.scheme)
        weights = (scheme.common_weight, scheme.individual_weight, scheme.competitive_cap)
        return Standing(score, weights, movement, score.run.ranked)

    def _readiness(self, quarter: Quarter) -> list[Figure]:
        """What stands between the quarter and its publication, as counted by the last scoring (domain.md)."""
        unconfirmed = Result.objects.filter(quarter=quarter).exclude(state=Result.State.CONFIRMED)
        counted = unconfirmed.order_by().values("quarter").annotate(count=Count("pk")).values("count")
        without_individual = Count("scores", filter=Q(scores__has_individual=False))
        runs = ScoreRun.objects.filter(quarter=quarter, is_current=True)
        run = runs.annotate(without=without_individual, waiting=Coalesce(Subquery(counted), 0)).first()
        waiting = run.waiting if run else unconfirmed.count()
        url = f"{reverse('scoring:quarter', args=[quarter.code])}#ready"
        return [
            Figure(
                _("漏项"),
                str(run.missing) if run else "–",
                _("项"),
                _("上次计分时没有结果的节点") if run else _("%s还没有计分") % quarter_label(quarter.code),
                url,
            ),
            Figure(_("未确认结果"), str(waiting), _("条"), _("确认后才计分"), url),
            Figure(_("无个性任务"), str(run.without) if run else "–", _("人"), _("个性得分为零，须领取考点"), url),
        ]

    def _health(self, scores: ScoreQuerySet) -> list[Figure]:
        """Mean, largest gap and deduction coverage of the newest final quarter (domain.md, 扣分面 · 最大分差)."""
        final = (
            ScoreRun.objects.filter(
                bureau_id=self.user.bureau_id, is_current=True, as_of__isnull=True, quarter__state__in=Quarter.SETTLED
            )
            .select_related("quarter")
            .order_by("-quarter__code")
            .first()
        )
        if final is None:
            return []
        in_run = list(scores.filter(run=final))
        spread = statistics.spread([score.total for score in in_run if score.bureau_rank is not None])
        if spread is None:
            return []
        scheme = SchemeValues.from_mapping(final.scheme)
        lost = sum(has_loss(score, scheme) for score in in_run)
        code = final.quarter.code
        url = f"{reverse('reports:ranking')}?quarter={code}"
        return [
            Figure(
                _("平均分"),
                str(spread.mean),
                "",
                _("%(quarter)s单位排名 %(count)d 人，中位数 %(median)s")
                % {"quarter": quarter_label(code), "count": spread.count, "median": spread.median},
                url,
            ),
            Figure(
                _("最大分差"),
                str(spread.gap),
                "",
                _("最高 %(highest)s，最低 %(lowest)s") % {"highest": spread.highest, "lowest": spread.lowest},
                url,
            ),
            Figure(
                _("扣分面"),
                str(share(lost, len(in_run))),
                "%",
                _("%(scored)d 人中 %(lost)d 人被扣过分") % {"scored": len(in_run), "lost": lost},
                url,
            ),
        ]


def workbench(user: Employee, today: date) -> Workbench:
    """The workbench of a person on a day."""
    return Workbench(user, today, work_calendar(), timezone.now())
