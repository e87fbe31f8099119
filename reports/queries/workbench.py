"""我的工作台: what waits for the reader, where the reader stands, what is new; for some roles, what they look after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db.models import Count, F, QuerySet, Window
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from awards.models import Selection
from common.components import Duty, Step, quarter_label
from common.composed import composed_once, stand_in
from common.questions import Found, Question, Questions
from common.workdays import WorkCalendar
from indicators.models import Item, Quarter
from indicators.queries import collection_closes
from indicators.queries.asked import Asked
from indicators.queries.duties import REPORT
from notifications.models import Notification
from organization.models import Employee, Role
from organization.queries import work_calendar
from organization.somebody import ids_of, somebody
from reports.models import Bulletin
from reports.permissions import may_open_cockpit
from reports.queries.standing import OwnScore, Past, Standing, costs_of, final_standing, last_quarters, own_scores
from reports.queries.todo import Todo, Urgency, todo_of
from reports.queries.workbench_panels import Figure, accounts_of, health_of, rail_of, readiness_of
from scoring.queries.costs import Cost
from tasks_market.clocks import Countdown
from tasks_market.models import Task

MOST_DUTIES = 7
MOST_LATE_NODES = 2
"""Of own nodes that have passed the latest stand for all: they stay until the quarter ends and would hide what can be done."""
PRESSING = (Urgency.OVERDUE, Urgency.TODAY, Urgency.SOON, Urgency.OPEN, Urgency.LATER)
MOST_NOTICES = 4
MOST_TASKS = 3


@dataclass(frozen=True, slots=True)
class OnOffer:
    """A task of the market that has places left, and how long its window is open."""

    number: str
    name: str
    places_left: int
    clock: Countdown | None


@dataclass(frozen=True, slots=True)
class Published:
    """Something that was made known to the whole bureau."""

    label: str
    url: str
    day: date | None = None


@dataclass(frozen=True, slots=True)
class FirstStep:
    """What somebody does who has no score of the quarter yet."""

    label: str
    why: str
    url: str
    due: date | None = None
    done: bool = False


@dataclass(frozen=True)
class Workbench:
    """The page's parts; what costs a query is asked when the page shows it."""

    user: Employee
    today: date
    calendar: WorkCalendar = field(repr=False)
    now: datetime
    """The clock of the market, whose windows hold to the second; `today` may stand still in a demonstration."""

    # What waits -------------------------------------------------------------------------------------------------

    @cached_property
    def asked(self) -> Asked:
        return Asked(self.user, self.today, self.calendar, now=self.now)

    @property
    def quarter(self) -> Quarter | None:
        """The quarter that people work in."""
        return self.asked.quarter

    @cached_property
    def todo(self) -> Todo:
        """Everything that waits for the person, of which the page shows the first."""
        return todo_of(self.asked)

    @cached_property
    def first(self) -> list[tuple[Duty, str | Promise]]:
        """The first of what waits, each with the name of its kind: what has no limit, for others wait for it, before what
        has time."""
        late = self._late_nodes
        spared = late[: max(0, len(late) - MOST_LATE_NODES)]
        left = [one for one in self.todo.duties if one not in spared]
        pressing = sorted(left, key=lambda duty: PRESSING.index(self.todo.urgency(duty)))
        return self.todo.named(pressing[:MOST_DUTIES])

    @property
    def overdue_count(self) -> int:
        """How many own nodes have passed without an input: each counts as 漏项 at the quarter's end."""
        return len(self._late_nodes)

    @property
    def _late_nodes(self) -> list[Duty]:
        return [one for one in self.todo.of(REPORT) if one.due and one.due < self.today]

    @cached_property
    def finding(self) -> str:
        """The heading's sentence: how much waits, and how urgent the first of it is."""
        duties = self.todo.duties
        if not duties:
            return _("眼下没有要您办的事") if self._own else _("%(name)s，欢迎使用 361 绩效") % {"name": self.user.name}
        counts = Counter(self.todo.urgency(one) for one in duties)
        words = {"n": len(duties), "late": counts[Urgency.OVERDUE], "today": counts[Urgency.TODAY]}
        if counts[Urgency.OVERDUE]:
            return (
                ngettext("%(n)d 件待办，%(late)d 件已经逾期", "%(n)d 件待办，%(late)d 件已经逾期", len(duties)) % words
            )
        if counts[Urgency.TODAY]:
            return (
                ngettext("%(n)d 件待办，%(today)d 件今天截止", "%(n)d 件待办，%(today)d 件今天截止", len(duties))
                % words
            )
        if duties[0].due is None:
            return ngettext("%(n)d 件待办，都没有期限", "%(n)d 件待办，都没有期限", len(duties)) % words
        words["left"] = self.calendar.workdays_left(self.today, duties[0].due)
        return ngettext(
            "%(n)d 件待办，最近的一件剩 %(left)d 个工作日", "%(n)d 件待办，最近的一件剩 %(left)d 个工作日", len(duties)
        ) % words  # fmt: skip

    # Where one stands -------------------------------------------------------------------------------------------

    @cached_property
    def final(self) -> Standing | None:
        """One's newest score in publicity or published."""
        return final_standing(self._own)

    @cached_property
    def provisional(self) -> Standing | None:
        """One's score of the running quarter as it stands; no rank is promised by it."""
        if self.quarter is None or self.quarter.is_settled:
            return None
        running = self.quarter.bureau_id, self.quarter.code
        return next((Standing(one) for one in self._own if (one.bureau, one.quarter) == running), None)

    @property
    def shown(self) -> Standing | None:
        """The score that the page draws large: the running quarter's, else the last one."""
        return self.provisional or self.final

    @cached_property
    def years(self) -> list[Past]:
        """The last quarters, the newest first."""
        return last_quarters(self._own)

    @cached_property
    def costs(self) -> list[Cost]:
        """What cost most points in the score that is shown."""
        return costs_of(self.shown.score) if self.shown else []

    @cached_property
    def first_steps(self) -> list[FirstStep]:
        """What to do and by when, for whoever has no score of the running quarter; [] for the others."""
        quarter = self.quarter
        if self._own or quarter is None or not quarter.takes_input:
            return []
        taken = Item.objects.filter(quarter=quarter, employee=self.user).exists()
        closes = collection_closes(self.user.bureau, quarter.code)
        return [
            FirstStep(
                _("领取本岗位的个性考点"),
                _("个性得分从领取的考点来，没有领取就没有得分；领别的岗位的考点要部门负责人同意。"),
                reverse("indicators:take"),
                closes,
                taken,
            ),
            FirstStep(
                _("到时限前填报结果"),
                _("每个考点有自己的节点，写清办了什么、附上依据，部门负责人初审、考评部门确认后计分。"),
                reverse("indicators:mine"),
                closes,
            ),
            FirstStep(
                _("到任务市场抢一单"),
                _("竞争性得分从这里来：急难险重的任务先抢先得，验收后计分。"),
                reverse("tasks_market:board"),
            ),
            FirstStep(
                _("每天看一眼得分"),
                _("系统每晚算一次，哪一分从哪里来、在哪里丢，逐项可查；公示时有异议可以申诉。"),
                reverse("reports:mine"),
            ),
        ]

    # What is new ------------------------------------------------------------------------------------------------

    @cached_property
    def published(self) -> list[Published]:
        """The last bulletin and the last stars; one query."""
        answers = _publications().answers(self.user, self.user.bureau_id)
        return [one for published in answers for one in published]

    @cached_property
    def notices(self) -> list[Any]:
        """The last messages, with url, subject and created_at."""
        return _newest_notices(self.user.pk)

    @cached_property
    def market(self) -> list[OnOffer]:
        """The first of what can be claimed now, the window that closes first at the top."""
        return [
            OnOffer(number, name, left, Countdown.until(until, self.now, past="") if until else None)
            for number, name, left, until, _together in self._claimable
        ]

    @property
    def market_count(self) -> int:
        """How many tasks can be claimed now."""
        return self._claimable[0][-1] if self._claimable else 0

    @cached_property
    def _claimable(self) -> list[tuple[Any, ...]]:
        return _first_claimable(*ids_of(self.user), self.now, roles=self.user.roles)

    @cached_property
    def has_cockpit(self) -> bool:
        return bool(may_open_cockpit(self.user))

    @cached_property
    def figures(self) -> list[Figure]:
        """Three key figures of the department for its head; whoever sees more has the cockpit."""
        if self.has_cockpit or not self.user.has_role(Role.Kind.DEPARTMENT_HEAD):
            return []
        return health_of(self.user.department)

    @cached_property
    def rail(self) -> list[Step]:
        """The running quarter's steps, for the office and the director."""
        if self.quarter is None or not self.user.has_role(Role.Kind.OFFICE, Role.Kind.DIRECTOR):
            return []
        return rail_of(self.quarter)

    @cached_property
    def readiness(self) -> list[Figure]:
        """What stands between the running quarter and its publication, for the office."""
        if self.quarter is None or not self.user.has_role(Role.Kind.OFFICE):
            return []
        return readiness_of(self.quarter)

    @cached_property
    def accounts(self) -> list[Figure]:
        """Who comes in and who cannot, for the system administrator."""
        if not self.user.has_role(Role.Kind.SYSTEM_ADMIN):
            return []
        return accounts_of(self.user.bureau, self.today, self.now)

    @cached_property
    def _own(self) -> list[OwnScore]:
        return own_scores(self.user)


@composed_once
def _newest_notices(person: int) -> QuerySet[Any, Any]:
    newest = Notification.objects.visible_to(Employee(pk=person))
    return newest.values_list("url", "subject", "created_at", named=True)[:MOST_NOTICES]


@composed_once
def _first_claimable(
    person: int, bureau: int, department: int, now: datetime, *, roles: frozenset[str]
) -> QuerySet[Any, Any]:
    """Number, name, places left and end of each, and how many there are altogether."""
    seen = Task.objects.visible_to(somebody((person, bureau, department), roles)).claimable(now)
    tasks = seen.filter(quarter__state__in=Quarter.TAKES_INPUT).order_by("claim_until", "number")
    left = F("places") - F("places_taken")
    return tasks.values_list("number", "name", left, "claim_until", Window(Count("pk")))[:MOST_TASKS]


@cache
def _publications() -> Questions[Employee, Published]:
    bureau = stand_in(int, 0)
    bulletins = Bulletin.objects.filter(bureau=bureau, state=Bulletin.State.PUBLISHED)
    selections = Selection.objects.filter(bureau=bureau, state=Selection.State.PUBLISHED)
    questions = [
        Question(bulletins, _last_bulletin, key="pk", text="quarter__code", day="published_on"),
        Question(selections, _last_stars, key="pk", text="quarter__code"),
    ]
    return Questions(questions, [bureau])


def _last_bulletin(_user: Employee, found: list[Found]) -> Iterator[Published]:
    for row in sorted(found, key=lambda row: row.text)[-1:]:
        label = _("%s绩效通报") % quarter_label(row.text)
        yield Published(label, reverse("reports:bulletin", args=[row.key]), row.day)


def _last_stars(_user: Employee, found: list[Found]) -> Iterator[Published]:
    for row in sorted(found, key=lambda row: row.text)[-1:]:
        yield Published(_("%s五星荣誉墙") % quarter_label(row.text), reverse("awards:wall"))


def workbench(user: Employee, today: date) -> Workbench:
    """The workbench of a person on a day."""
    return Workbench(user, today, work_calendar(), timezone.now())
