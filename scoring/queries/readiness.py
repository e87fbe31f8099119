"""What stands between a quarter and its publication (domain.md, Quarter's end): a list in which every line has a cure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from common.errors import InvalidInput
from common.text import listed
from indicators.models import Quarter, QuarterStep
from indicators.queries.rosters import CHANGED, rosters_to_confirm
from organization.models import Employee
from organization.queries import work_calendar
from scoring.formula import NodeScore
from scoring.models import Adjustment, ScoreRun
from scoring.queries.adjustments import UNDERWAY
from scoring.queries.appeals import open_appeals, page_of
from scoring.queries.outcomes import Outcome, score_now, stored_columns
from scoring.queries.rankings import current_run
from scoring.queries.scorer import ScoredPerson
from tasks_market.models import Claim

PUBLICITY_WORKDAYS = 5
"""Working days of 公示 (domain.md, Quarter's end)."""
APPEALS = "appeals"


@dataclass(frozen=True, slots=True)
class Concerned:
    """A person on a line of the list, and which of their nodes it is about; a department has no `employee_id`.

    `url` leads to the cure for this one alone; without it the line's own address is narrowed by the number.
    """

    employee_id: int | None
    number: str
    name: str
    details: tuple[str, ...] = ()
    result_ids: tuple[int, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One line of the readiness list with its cure: all that the page, the API and the commands say about it.

    `kind` names the check, `sentence` says what is in the way and how many, `count` the same as a number. What is not
    `overridable` has to be cured; the rest can be overridden with a reason. `url` leads to where it is cured (see
    `address`), `action` is what that link says, `by` who may do it.
    """

    kind: str
    sentence: str
    overridable: bool
    people: tuple[Concerned, ...] = ()
    count: int = 1
    url: str = ""
    action: str = ""
    by: str = ""

    def url_of(self, one: Concerned) -> str:
        """Where the matter is cured for one of those it concerns."""
        return one.url or (f"{self.url}&{urlencode({'q': one.number})}" if self.url else "")


def address(page: str, quarter: Quarter, **query: str) -> str:
    """The address of a page for the quarter, narrowed to what a line of the list is about."""
    return f"{reverse(page)}?{urlencode({'quarter': quarter.code, **query})}"


@dataclass(frozen=True, slots=True)
class Readiness:
    """Everything between a quarter and its next step; empty means ready."""

    quarter: Quarter
    run: ScoreRun | None
    obstacles: tuple[Obstacle, ...]

    @property
    def ready(self) -> bool:
        return not self.obstacles

    def remaining(self, *, forced: bool) -> tuple[Obstacle, ...]:
        """What still stands in the way when a reason overrides what may be overridden."""
        return tuple(one for one in self.obstacles if not (forced and one.overridable))

    def without_publicity(self) -> Readiness:
        """The list as it decides on the beginning of 公示, in which appeals are dealt with."""
        kept = tuple(one for one in self.obstacles if one.kind not in ("publicity", APPEALS))
        return Readiness(self.quarter, self.run, kept)

    @property
    def outdated(self) -> bool:
        return any(one.kind == "outdated" for one in self.obstacles)


@dataclass(frozen=True, slots=True)
class Checked:
    """What the checks look at."""

    quarter: Quarter
    run: ScoreRun | None
    outcome: Outcome
    today: date

    def is_past(self, node: NodeScore) -> bool:
        """Whether the node's day is over, by the bureau's calendar."""
        today = self.quarter.bureau.stands_on or self.today
        return node.node.due is None or node.node.due < today


def readiness(quarter: Quarter, *, today: date) -> Readiness:
    """The readiness list of a quarter as its inputs stand now; scores it in memory, writes nothing."""
    run = current_run(quarter)
    try:
        outcome = score_now(quarter)
    except InvalidInput as error:
        return Readiness(quarter, run, (_scheme(quarter, error.message),))
    checked = Checked(quarter, run, outcome, today)
    return Readiness(quarter, run, tuple(found for check in CHECKS if (found := check(checked))))


def is_outdated(quarter: Quarter) -> bool:
    """Whether scoring (or, once published, a correction run) would change the stored run; False without a run.

    Raises InvalidInput if the scheme cannot be scored with.
    """
    run = current_run(quarter)
    return run is not None and not score_now(quarter, as_of=run.as_of).matches(stored_columns(run.pk), run.scheme)


def publicity_began(quarter: Quarter) -> QuarterStep | None:
    """The step by which 公示 began, the last one if it was broken off; None if the quarter is not shown."""
    if not quarter.is_settled:
        return None
    return QuarterStep.objects.filter(quarter=quarter, state=Quarter.State.PUBLICITY).order_by("at", "id").last()


def publicity_ends(quarter: Quarter) -> date | None:
    """The last day of 公示: the fifth working day after it began; None if it has not begun."""
    step = publicity_began(quarter)
    return None if step is None else work_calendar().add(timezone.localdate(step.at), PUBLICITY_WORKDAYS)


def _scheme(quarter: Quarter, sentence: str) -> Obstacle:
    return Obstacle(
        "scheme",
        sentence,
        overridable=False,
        url=address("indicators:scheme", quarter),
        action=_("打开考评方案"),
        by=_("绩效办"),
    )


def _score(checked: Checked) -> Obstacle | None:
    run = checked.run
    if run is None:
        return _to_score("unscored", _("还没有计分；请先计分。"))
    if run.is_provisional:
        return _to_score("provisional", _("现有的只是 %s 之前到期节点的预计得分；请正式计分。") % run.as_of)
    if not checked.outcome.matches(stored_columns(run.pk), run.scheme):
        return _to_score("outdated", _("输入已变，需要重新计分。"))
    return None


def _to_score(kind: str, sentence: str) -> Obstacle:
    return Obstacle(kind, sentence, overridable=False, by=_("绩效办"))


def _is_empty(node: NodeScore) -> bool:
    """Whether nothing was entered; what waits for confirmation stands on a line of its own."""
    return node.missing and "state" not in node.node.trace


def _missing(checked: Checked) -> Obstacle | None:
    people = tuple(_people(checked.outcome, lambda node: _is_empty(node) and checked.is_past(node)))
    if not people:
        return None
    count = sum(len(one.details) for one in people)
    return Obstacle(
        "missing",
        _("漏项 %(count)d 个，涉及 %(people)d 人，按 0 分计；请补录，或标为不适用。")
        % {"count": count, "people": len(people)},
        overridable=True,
        people=people,
        count=count,
        url=address("indicators:results", checked.quarter, state="missing"),
        action=_("打开漏项清单，补录或标为不适用"),
        by=_("本人、部门联络员或部门负责人补录；不适用由绩效办标注"),
    )


def _ahead(checked: Checked) -> Obstacle | None:
    """Nodes without an input whose time has not come: nobody is late, but scoring now would count them 0."""
    ahead = [
        node.node.due
        for person in checked.outcome.people
        for item in person.score.items
        for node in item.nodes
        if node.node.due and _is_empty(node) and not checked.is_past(node)
    ]
    if not ahead:
        return None
    return Obstacle(
        "ahead",
        _("还有 %(count)d 个节点没有到期，最晚的 %(last)s 到期；现在公示或发布，没有填报的按 0 分计。")
        % {"count": len(ahead), "last": max(ahead)},
        overridable=True,
        count=len(ahead),
        by=_("到期前由本人或部门联络员填报"),
    )


def _unconfirmed(checked: Checked) -> Obstacle | None:
    people = tuple(_people(checked.outcome, lambda node: "state" in node.node.trace))
    if not people:
        return None
    count = sum(len(one.details) for one in people)
    return Obstacle(
        "unconfirmed",
        _("未确认的结果 %(count)d 个，涉及 %(people)d 人，暂按 0 分计；请考评部门确认或退回。")
        % {"count": count, "people": len(people)},
        overridable=True,
        people=people,
        count=count,
        url=address("indicators:results", checked.quarter, state="waiting"),
        action=_("打开待确认的结果，确认或退回"),
        by=_("部门负责人初审，考评部门确认"),
    )


def _no_individual(checked: Checked) -> Obstacle | None:
    nothing = (_("本季没有参与计分的个性考点"),)
    people = tuple(_concerned(person, nothing) for person in checked.outcome.people if not person.has_individual)
    if not people:
        return None
    return Obstacle(
        "no_individual",
        _("没有个性任务的 %d 人，个性得分计 0 分；请领取个性考点。") % len(people),
        overridable=True,
        people=people,
        count=len(people),
        url=address("indicators:items", checked.quarter),
        action=_("打开领取，登记个性考点"),
        by=_("本人领取，或由绩效办登记"),
    )


def _unfinished_claims(checked: Checked) -> Obstacle | None:
    """Tasks of the quarter that somebody holds and nobody has accepted or refused: they bring no points (domain.md)."""
    rows = Claim.objects.open().filter(task__quarter=checked.quarter).order_by("employee__number", "task__number")
    tasks: dict[tuple[int, str, str], list[str]] = defaultdict(list)
    for *person, task, state in rows.values_list(
        "employee_id", "employee__number", "employee__name", "task__number", "state"
    ):
        tasks[tuple(person)].append(f"{task} {Claim.State(state).label}")
    if not tasks:
        return None
    count = sum(map(len, tasks.values()))
    return Obstacle(
        "unfinished",
        _("没有办结的任务 %(count)d 份，涉及 %(people)d 人，现在不计分；请验收、退回重办或判为未通过。")
        % {"count": count, "people": len(tasks)},
        overridable=True,
        people=tuple(Concerned(*person, tuple(details)) for person, details in tasks.items()),
        count=count,
        url=address("tasks_market:board", checked.quarter, lane="unfinished"),
        action=_("打开没有办结的任务"),
        by=_("承担人交付，分管局领导或绩效办验收"),
    )


def _appeals(checked: Checked) -> Obstacle | None:
    """Open appeals: no reason passes over them (interfaces.md, publish_quarter)."""
    waiting = list(open_appeals(checked.quarter))
    if not waiting:
        return None
    return Obstacle(
        APPEALS,
        _("未结的申诉 %(count)d 件，涉及 %(people)d 人；请先答复、裁定，未裁定不能发布。")
        % {"count": len(waiting), "people": len({one.employee_id for one in waiting})},
        overridable=False,
        people=tuple(
            Concerned(one.employee_id, one.employee.number, one.employee.name, (one.line,), url=page_of(one))
            for one in waiting
        ),
        count=len(waiting),
        url=address("scoring:appeals", checked.quarter, show="all", state="open"),
        action=_("打开未结的申诉"),
        by=_("考评部门、验收人或绩效办答复，绩效办会同局长裁定"),
    )


def _adjustments(checked: Checked) -> Obstacle | None:
    """Pluses and minuses still on their way; what is not counted by then does not enter the scores."""
    rows = Adjustment.objects.filter(quarter=checked.quarter, state__in=UNDERWAY).select_related("employee")
    found = list(rows.order_by("employee__number", "day", "pk"))
    if not found:
        return None
    matters: dict[Employee, list[str]] = defaultdict(list)
    for one in found:
        matters[one.employee].append(f"{one.get_kind_display()} {one.points} {one.matter}（{one.get_state_display()}）")
    return Obstacle(
        "adjustments",
        _("还在办理的加减分 %(count)d 条，涉及 %(people)d 人，没有计入的不进得分；请审定计入，或不予计入。")
        % {"count": len(found), "people": len(matters)},
        overridable=True,
        people=tuple(
            Concerned(person.pk, person.number, person.name, tuple(texts)) for person, texts in matters.items()
        ),
        count=len(found),
        url=address("scoring:adjustments", checked.quarter, state="underway"),
        action=_("打开本季的加减分，逐条办理"),
        by=_("绩效办初审、计入，局领导审定"),
    )


def _rosters(checked: Checked) -> Obstacle | None:
    """Departments whose list nobody has confirmed, or whose list has changed since (domain.md, Quarter's end)."""
    quarter = checked.quarter
    if quarter.is_frozen:
        return None
    waiting = rosters_to_confirm(quarter, today=quarter.bureau.stands_on or checked.today)
    if not waiting:
        return None
    changed = sum(roster.state == CHANGED for roster in waiting)
    sentence = _("没有确认名单的部门 %(count)d 个，其中 %(changed)d 个签字后名单有变：%(names)s；请部门负责人确认。")
    if not changed:
        sentence = _("没有确认名单的部门 %(count)d 个：%(names)s；请部门负责人确认。")
    names = listed(roster.department.name for roster in waiting)
    return Obstacle(
        "rosters",
        sentence % {"count": len(waiting), "changed": changed, "names": names},
        overridable=True,
        people=tuple(
            Concerned(
                None,
                roster.department.code,
                roster.department.name,
                (roster.difference.sentence if roster.difference else roster.state_label,),
                url=reverse("indicators:roster", args=[quarter.code, roster.department.code]),
            )
            for roster in waiting
        ),
        count=len(waiting),
        url=address("indicators:rosters", quarter),
        action=_("打开名单确认，签字或提醒"),
        by=_("部门负责人，不在岗的由分管局领导；绩效办可以写明理由代为确认"),
    )


def _publicity(checked: Checked) -> Obstacle | None:
    if checked.quarter.is_frozen:
        return None
    last = publicity_ends(checked.quarter)
    if last is None:
        sentence = _("还没有公示；公示满 %d 个工作日后才能发布。") % PUBLICITY_WORKDAYS
    elif checked.today <= last:
        left = work_calendar().count(checked.today, last)
        sentence = _("公示到 %(last)s 为止，还剩 %(left)d 个工作日。") % {"last": last, "left": left}
    else:
        return None
    return Obstacle(
        "publicity", sentence, overridable=True, by=_("期满且没有未结申诉时自动发布，局长或绩效办也可以发布")
    )


CHECKS: tuple[Callable[[Checked], Obstacle | None], ...] = (
    _score,
    _missing,
    _ahead,
    _unconfirmed,
    _no_individual,
    _unfinished_claims,
    _adjustments,
    _rosters,
    _appeals,
    _publicity,
)
"""The list's lines in order; each looks at one thing and answers None when there is nothing to say. A further check is a
further function here, its cure with it."""


def _people(outcome: Outcome, concerns: Callable[[NodeScore], bool]) -> Iterable[Concerned]:
    for person in outcome.people:
        details: dict[str, list[str]] = defaultdict(list)
        results = []
        for item in person.score.items:
            for node in item.nodes:
                if concerns(node):
                    details[item.item.code].append(node.node.period)
                    if node.node.ref:
                        results.append(int(node.node.ref))
        if details:
            texts = tuple(f"{code} {period}" for code, periods in details.items() for period in periods)
            yield _concerned(person, texts, tuple(results))


def _concerned(person: ScoredPerson, details: tuple[str, ...] = (), result_ids: tuple[int, ...] = ()) -> Concerned:
    return Concerned(person.employee_id, person.number, person.name, details, result_ids)
