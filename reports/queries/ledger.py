"""台账: every node that somebody answers for in a quarter, with its state and what it brought (domain.md, 台账).

Three scopes of the same rows: one's own, a department's, the bureau's. Nothing is typed into a ledger: it is read from
points, items and results when it is opened.

An item is worth the mean of its nodes (scoring.md §2). So that rows add up, each node carries its share of the item, in
whole hundredths that sum to the item's figure on the score sheet, whatever the rows are grouped by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.components import RISK_FROM_WORKDAYS, month_label
from common.exact import from_hundredths, hundredths, shares_of_mean
from common.text import code as as_code
from common.workdays import WorkCalendar
from indicators.models import Library, PointVersion, Quarter, Result
from indicators.queries import points_in_force, rule_of
from indicators.queries.holdings import Held, Pair
from indicators.rules import points_hundredths
from organization.models import Department, Employee
from organization.queries import people_like


class State(StrEnum):
    """How a node stands; the words that bureaus write into a ledger."""

    AHEAD = "ahead"
    REPORT = "report"
    REVIEW = "reported"
    CONFIRM = "reviewed"
    COUNTED = "confirmed"
    OVERDUE = "overdue"
    EXEMPT = "exempt"


STATES: dict[State, str | Promise] = {
    State.AHEAD: gettext_lazy("未到期"),
    State.REPORT: gettext_lazy("待填报"),
    State.REVIEW: gettext_lazy("待初审"),
    State.CONFIRM: gettext_lazy("待确认"),
    State.COUNTED: gettext_lazy("已计入"),
    State.OVERDUE: gettext_lazy("逾期"),
    State.EXEMPT: gettext_lazy("不适用"),
}
PAST = "past"
"""Asked for like a state: what is due and counts nowhere yet, whoever has it."""
_NEXT = {Result.State.REPORTED: State.REVIEW, Result.State.REVIEWED: State.CONFIRM}


class Found(NamedTuple):
    """What the ledger needs of a result."""

    pk: int
    state: str
    exempt: bool
    value: Decimal | None
    tier: str
    target: Decimal | None


class Entry(NamedTuple):
    """One node that one person answers for, in hundredths: `points` by its rule, None without an input; `earned` and
    `full` its share of the item, None while it does not count."""

    person: Employee
    version: PointVersion
    period: str
    due: date
    state: State
    past: bool
    result: Found | None
    points: int | None
    earned: int | None
    full: int | None

    @property
    def lost(self) -> int:
        return (self.full or 0) - (self.earned or 0)


@dataclass(frozen=True, slots=True)
class Choice:
    """What is asked of a ledger; an empty field asks nothing."""

    library: str = ""
    state: str = ""
    department: str = ""
    person: str = ""
    source: str = ""
    q: str = ""
    group: str = ""
    sort: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str], *, group: str) -> Choice:
        """From an address; what is no such thing asks nothing. `group` is the ledger's own grouping."""

        def one_of(name: str, known: Iterable[str]) -> str:
            value = asked.get(name, "")
            return value if value in known else ""

        return cls(
            library=one_of("library", (Library.COMMON, Library.INDIVIDUAL)),
            state=one_of("state", (*State, PAST)),
            department=asked.get("department", ""),
            person=asked.get("person", ""),
            source=one_of("source", PointVersion.Source.values),
            q=as_code(asked.get("q", ""))[:50],
            group=one_of("group", GROUPS) or group,
            sort=one_of("sort", [sign + key for key in SORTS for sign in ("", "-")]),
        )


@dataclass(slots=True)
class Sums:
    """What rows add up to, in hundredths; `parts` by library, as the score sheet has them."""

    nodes: int = 0
    parts: dict[str, list[int]] = field(default_factory=dict)
    states: Counter[State] = field(default_factory=Counter)

    def add(self, entry: Entry) -> None:
        self.nodes += 1
        self.states[entry.state] += 1
        if entry.full is not None and entry.earned is not None:
            part = self.parts.setdefault(entry.version.point.library, [0, 0])
            part[0] += entry.earned
            part[1] += entry.full

    @property
    def earned(self) -> Decimal:
        return from_hundredths(sum(part[0] for part in self.parts.values()))

    @property
    def full(self) -> Decimal:
        return from_hundredths(sum(part[1] for part in self.parts.values()))

    @property
    def lost(self) -> Decimal:
        return self.full - self.earned

    @property
    def by_library(self) -> list[tuple[str, Decimal, Decimal]]:
        """Name, earned and full of each library that counts something, common first."""
        return [
            (str(label), *(from_hundredths(figure) for figure in self.parts[value]))  # type: ignore[misc]
            for value, label in Library.choices
            if value in self.parts
        ]

    @property
    def overdue(self) -> int:
        return self.states[State.OVERDUE]

    @property
    def open(self) -> int:
        """Nodes that somebody still has to do something about."""
        return sum(self.states[one] for one in (State.REPORT, State.REVIEW, State.CONFIRM, State.OVERDUE))


SORTS: dict[str, Callable[[Entry], Any]] = {
    "due": lambda entry: entry.due,
    "code": lambda entry: entry.version.point.code,
    "person": lambda entry: entry.person.number,
    "state": lambda entry: list(State).index(entry.state),
    "lost": lambda entry: entry.lost,
}


class Grouping(NamedTuple):
    """A way to put rows together: its name, what the groups are ordered by, and the heading of a group."""

    label: str | Promise
    key: Callable[[Entry], tuple[Any, ...]]
    heading: Callable[[Entry], str]


GROUPS: dict[str, Grouping] = {
    "library": Grouping(
        gettext_lazy("按指标库"),
        lambda entry: (entry.version.point.library != Library.COMMON,),
        lambda entry: str(entry.version.point.get_library_display()),
    ),
    "person": Grouping(
        gettext_lazy("按人员"),
        lambda entry: (entry.person.department.code, entry.person.number),
        lambda entry: f"{entry.person.name} {entry.person.number} {entry.person.department.name}",
    ),
    "department": Grouping(
        gettext_lazy("按部门"),
        lambda entry: (entry.person.department.code,),
        lambda entry: entry.person.department.name,
    ),
    "point": Grouping(
        gettext_lazy("按考点"),
        lambda entry: (entry.version.point.code,),
        lambda entry: f"{entry.version.point.code} {entry.version.name}",
    ),
    "key_work": Grouping(
        gettext_lazy("按重点工作"),
        lambda entry: (entry.version.key_work.code,),
        lambda entry: f"{entry.version.key_work.code} {entry.version.key_work.name}",
    ),
    "month": Grouping(
        gettext_lazy("按月份"),
        lambda entry: (entry.due.year, entry.due.month),
        lambda entry: month_label(entry.due.month),
    ),
    "none": Grouping(gettext_lazy("不分组"), lambda _entry: (), lambda _entry: ""),
}


@dataclass(frozen=True)
class Scope:
    """Whose rows a ledger holds: of these people, or of everybody in the bureau when None."""

    key: str
    title: str
    group: str
    departments: Sequence[Department] | None = None
    person: Employee | None = None

    def whose(self) -> Q:
        if self.person is not None:
            return Q(pk=self.person.pk)
        if self.departments is not None:
            return Q(department__in=[one.pk for one in self.departments])
        return Q()


class Ledger:
    """The rows of one scope and quarter that fit what is asked, in groups; about nine queries however many they are."""

    def __init__(self, scope: Scope, quarter: Quarter, choice: Choice, *, today: date, calendar: WorkCalendar) -> None:
        self.scope, self.quarter, self.choice = scope, quarter, choice
        self.today, self.calendar = today, calendar
        self._near: dict[date, bool] = {}

    @cached_property
    def entries(self) -> list[Entry]:
        """All rows that fit, in the order of the groups and, within them, as sorted."""
        found = [entry for entry in self._all() if self._fits(entry)]
        found.sort(key=lambda entry: (entry.person.number, entry.version.point.code, entry.due))
        sort = self.choice.sort
        if sort:
            found.sort(key=SORTS[sort.removeprefix("-")], reverse=sort.startswith("-"))
        found.sort(key=self.key)
        return found

    @cached_property
    def sums(self) -> Sums:
        total = Sums()
        for entry in self.entries:
            total.add(entry)
        return total

    @cached_property
    def groups(self) -> dict[tuple[Any, ...], Sums]:
        """The sums of each group as a whole, whatever part of it a page shows."""
        found: dict[tuple[Any, ...], Sums] = {}
        for entry in self.entries:
            found.setdefault(self.key(entry), Sums()).add(entry)
        return found

    @property
    def key(self) -> Callable[[Entry], tuple[Any, ...]]:
        return GROUPS[self.choice.group].key

    # Rows -----------------------------------------------------------------------------------------------------------

    @cached_property
    def _people(self) -> list[Employee] | None:
        """The people whom scope and choice leave; None for everybody of the bureau."""
        whose = self.scope.whose()
        if self.choice.department:
            whose &= Q(department__code=self.choice.department)
        if self.choice.person:
            whose &= Q(number=self.choice.person)
        if not whose:
            return None
        return list(Employee.objects.filter(whose, bureau=self.quarter.bureau_id).only("pk"))

    @cached_property
    def _versions(self) -> list[PointVersion]:
        return [
            version
            for version in points_in_force(self.quarter.bureau, self.quarter.code)
            if version.point.library != Library.COMPETITIVE
            and self.choice.library in ("", version.point.library)
            and self.choice.source in ("", version.source)
        ]

    @cached_property
    def _named(self) -> set[int]:
        """The people whom the search's words mean."""
        people = Employee.objects.filter(people_like(self.choice.q), bureau=self.quarter.bureau_id)
        return set(people.values_list("pk", flat=True))

    def _fits(self, entry: Entry) -> bool:
        choice = self.choice
        if choice.state == PAST:
            if not entry.past or entry.state in (State.COUNTED, State.EXEMPT):
                return False
        elif choice.state not in ("", entry.state):
            return False
        if not choice.q or entry.person.pk in self._named:
            return True
        words, version = choice.q.lower(), entry.version
        return words in version.point.code.lower() or words in version.name.lower()

    def _all(self) -> Iterator[Entry]:
        held = Held(self.quarter, self.calendar, people=self._people, versions=self._versions)
        results = self._results()
        for pair in held.pairs():
            yield from self._entries(pair, results)

    def _results(self) -> dict[tuple[int, int, str], Found]:
        rows = Result.objects.filter(quarter=self.quarter).order_by()
        if self._people is not None:
            rows = rows.filter(employee__in=[person.pk for person in self._people])
        columns = ("employee_id", "point_id", "period", "pk", "state", "exempt", "value", "tier", "target")
        return {(row[0], row[1], row[2]): Found(*row[3:]) for row in rows.values_list(*columns)}

    def _entries(self, pair: Pair, results: Mapping[tuple[int, int, str], Found]) -> Iterator[Entry]:
        """The nodes of one item, each with its share of the item's figure (scoring.md §2)."""
        version = pair.version
        full, rule = hundredths(version.full), rule_of(version)
        found = [results.get(pair.key(node)) for node in pair.nodes]
        points = [
            None
            if one is None or one.exempt
            else points_hundredths(full, rule, value=one.value, tier=one.tier, target=one.target)
            for one in found
        ]
        counting = [self._counts(node.due, one) for node, one in zip(pair.nodes, found, strict=True)]
        counted = (
            (figure or 0) if one is not None and one.state == Result.State.CONFIRMED else 0
            for one, figure, counts in zip(found, points, counting, strict=True)
            if counts
        )
        parts = shares_of_mean(full, list(counted))
        for node, one, figure, counts in zip(pair.nodes, found, points, counting, strict=True):
            earned, share = next(parts) if counts else (None, None)
            past, state = node.due < self.today, self._state(node.due, one)
            yield Entry(pair.employee, version, node.period, node.due, state, past, one, figure, earned, share)

    def _counts(self, due: date, found: Found | None) -> bool:
        """Whether the node stands in the sheet's sums: due, or of a quarter that is scored to its end, and not 不适用."""
        if found is not None and found.exempt and found.state == Result.State.CONFIRMED:
            return False
        return due < self.today or self.quarter.is_settled

    def _state(self, due: date, found: Found | None) -> State:
        if found is not None and found.state == Result.State.CONFIRMED:
            return State.EXEMPT if found.exempt else State.COUNTED
        if found is not None and found.state in _NEXT:
            return _NEXT[Result.State(found.state)]
        if due < self.today:
            return State.OVERDUE
        if found is not None:  # returned, so it waits for the person again
            return State.REPORT
        if due not in self._near:
            self._near[due] = self.calendar.workdays_left(self.today, due) <= RISK_FROM_WORKDAYS
        return State.REPORT if self._near[due] else State.AHEAD

    # Words ----------------------------------------------------------------------------------------------------------

    @property
    def finding(self) -> str:
        """The heading's sentence."""
        sums = self.sums
        if not sums.nodes:
            return _("没有符合条件的节点")
        values = {"nodes": sums.nodes, "counted": sums.states[State.COUNTED], "overdue": sums.overdue}
        if sums.overdue:
            return _("%(nodes)d 个节点，已计入 %(counted)d 个，逾期 %(overdue)d 个") % values
        if values["counted"] == sums.nodes:
            return _("%(nodes)d 个节点全部计入") % values
        return _("%(nodes)d 个节点，已计入 %(counted)d 个，没有逾期") % values
