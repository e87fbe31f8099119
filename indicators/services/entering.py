"""填报: facts of one node or of a whole grid are entered by the same code; each stands or falls by itself (domain.md, Results)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import services as audit
from audit.models import Entry
from common.errors import Conflict, DomainError, InvalidInput
from common.quarters import quarter_of_period
from common.text import clauses
from indicators import permissions
from indicators.cells import Content, written
from indicators.models import AssessmentPoint, Item, PointVersion, Quarter, Result
from indicators.queries import collection_closes
from indicators.rules import tier_name
from indicators.services.quarters import lock_for_input
from indicators.services.results import input_faults, label_of, node_faults, node_points, recorded, save_results
from organization.models import Bureau, Employee

State = Result.State
_WAY = (State.RETURNED, State.REPORTED, State.REVIEWED, State.CONFIRMED)
Node = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class NodeEntry:
    """What somebody enters for one node.

    `note` None leaves what is there. `seen` is the input that the person was looking at; if another one has been entered
    meanwhile, the entry is a conflict. None asks for no such care.
    """

    employee: Employee
    point: AssessmentPoint
    period: str
    value: Decimal | None = None
    tier: str = ""
    target: Decimal | None = None
    exempt: bool = False
    note: str | None = None
    seen: Content | None = None

    @property
    def node(self) -> Node:
        return self.employee.pk, self.point.pk, self.period


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an entry: the result as it now stands (None: the node is empty), or why it was not taken."""

    result: Result | None
    error: DomainError | None = None


@transaction.atomic
def enter_result(
    *,
    employee: Employee,
    point: AssessmentPoint,
    period: str,
    actor: Employee | None,
    today: date,
    value: Decimal | None = None,
    tier: str = "",
    target: Decimal | None = None,
    exempt: bool = False,
    note: str | None = "",
) -> Result:
    """Writes the fact of one node, new or in place of what was there, and works out its points.

    What an employee or liaison enters waits for the head's review, what the assessing department enters for its
    confirmation; what the office enters about others counts. Nothing entered empties the node, whose result comes back
    unsaved. Raises Refused, InvalidInput with a sentence for each field, Frozen or Conflict if the quarter takes no input,
    Conflict if the result is confirmed already.
    """
    entry = NodeEntry(employee, point, period, value, tier_name(tier), target, exempt, note)
    (outcome,) = enter_results(bureau=employee.bureau, entries=[entry], actor=actor, today=today)
    if outcome.error:
        raise outcome.error
    return outcome.result or Result(bureau=employee.bureau, employee=employee, point=point, period=period)


@transaction.atomic
def enter_results(
    *, bureau: Bureau, entries: Sequence[NodeEntry], actor: Employee | None, today: date
) -> list[Outcome]:
    """Takes the facts of many nodes of a bureau, each by the rules of `enter_result`, in as many queries as one.

    What is sound is saved, the rest answers with its own refusal; the outcomes are in the order of the entries.
    """
    desk = _Desk(bureau, entries, actor, today)
    refusals = [desk.take(entry) for entry in entries]
    desk.write()
    return [Outcome(desk.rows.get(entry.node), refusal) for entry, refusal in zip(entries, refusals, strict=True)]


class _Desk:
    """Everything that a block of entries is held against, read once; and the rows on their way into the database."""

    def __init__(self, bureau: Bureau, entries: Sequence[NodeEntry], actor: Employee | None, today: date) -> None:
        self.bureau = bureau
        self.actor = actor
        self.today = today
        self.quarters: dict[str, Quarter | DomainError] = {}
        self._codes: dict[str, str | InvalidInput] = {period: _code(period) for period in {e.period for e in entries}}
        self._lock()
        people, points = {e.employee.pk for e in entries}, {e.point.pk for e in entries}
        open_quarters = [quarter for quarter in self.quarters.values() if isinstance(quarter, Quarter)]
        # After the lock, so that no revision comes between a version and the points that it gives.
        self.versions = {
            quarter.code: {
                version.point_id: version
                for version in PointVersion.objects.in_force(quarter.code)
                .filter(point__in=points, withdrawn=False)
                .select_related("point", "assessor")
            }
            for quarter in open_quarters
        }
        self.closes = {quarter.code: collection_closes(bureau, quarter.code) for quarter in open_quarters}
        within: dict[str, Any] = {"quarter__in": open_quarters, "employee__in": people, "point__in": points}
        self.items = {
            (item.quarter_id, item.employee_id, item.point_id): item
            for item in Item.objects.filter(**within).order_by()
        }
        rows = Result.objects.select_for_update(of=("self",)).filter(**within).order_by("pk")
        self.rows: dict[Node, Result] = {(row.employee_id, row.point_id, row.period): row for row in rows}
        self.now = timezone.now()  # behind the rows' locks, so that no opening of what was there before is later
        self._before: dict[Node, dict[str, Any] | None] = {}

    def _lock(self) -> None:
        codes = {code for code in self._codes.values() if isinstance(code, str)}
        for quarter in Quarter.objects.filter(bureau=self.bureau, code__in=codes).order_by("code"):
            try:
                lock_for_input(quarter)
                self.quarters[quarter.code] = quarter
            except Conflict as refusal:
                self.quarters[quarter.code] = refusal

    def take(self, entry: NodeEntry) -> DomainError | None:
        """Checks an entry and puts it on its row; gives the refusal if there is one."""
        try:
            self._take(entry)
        except DomainError as refusal:
            return refusal
        return None

    def _take(self, entry: NodeEntry) -> None:
        quarter, actor = self._quarter(entry.period), self.actor
        version = self.versions[quarter.code].get(entry.point.pk)
        if version is None:
            sentence = _("%(quarter)s 没有在用的考点 %(point)s") % {"quarter": quarter.code, "point": entry.point.code}
            raise InvalidInput(sentence, fields={"point": sentence})
        permissions.may_enter_result(actor, entry.employee, version).require()
        if entry.exempt:
            permissions.may_mark_exempt(actor, self.bureau).require()
        given = Content.of(entry)
        faults = input_faults(version, **given._asdict())
        item = self.items.get((quarter.pk, entry.employee.pk, entry.point.pk))
        faults |= node_faults(version, quarter, entry.employee, entry.period, item)
        if faults:
            raise InvalidInput(clauses(faults.values()), fields=faults)
        old = self.rows.get(entry.node)
        if entry.seen is not None and entry.seen != (stands := Content.of(old) if old else Content()):
            raise Conflict(_("刚刚有人把这一格改成“%s”，您填的没有保存；请核对后再填。") % (written(stands) or _("空")))
        begins = _where_it_begins(actor, entry.employee, version)
        if self._says_the_same(old, entry, begins):
            return
        frees = entry.exempt or (old is not None and old.exempt and given.is_empty)  # no fact, the office's decision
        if actor is not None and not frees:
            permissions.may_enter_by_hand(version, old).require()
        if old and old.state == State.CONFIRMED and actor is not None and not actor.has_role("office"):
            raise Conflict(_("这条结果已经确认，不能再改；确需更正请联系绩效办。"))
        self._put(entry, given, version, quarter, begins)

    def _quarter(self, period: str) -> Quarter:
        code = self._codes[period]
        if isinstance(code, InvalidInput):
            raise code
        quarter = self.quarters.get(code)
        if quarter is None:
            sentence = _("%s 还没有开立") % code
            raise InvalidInput(sentence, fields={"period": sentence})
        if isinstance(quarter, DomainError):
            raise quarter
        return quarter

    @staticmethod
    def _says_the_same(old: Result | None, entry: NodeEntry, begins: str) -> bool:
        """Whether nothing comes of it: what is there already has come as far, and what was returned is sent again."""
        if old is None:
            return Content.of(entry).is_empty and not entry.note
        same = Content.of(old) == Content.of(entry) and entry.note in (None, old.note)
        return same and old.state != State.RETURNED and _WAY.index(State(old.state)) >= _WAY.index(State(begins))

    def _put(self, entry: NodeEntry, given: Content, version: PointVersion, quarter: Quarter, begins: str) -> None:
        node, actor = entry.node, self.actor
        row = self.rows.get(node)
        self._before.setdefault(node, recorded(row) if row else None)
        if row is None:
            row = self.rows[node] = Result(bureau=self.bureau, quarter=quarter, period=entry.period)
        row.employee, row.point = entry.employee, version.point
        for name, content in given._asdict().items():
            setattr(row, name, content)
        row.note = row.note if entry.note is None else entry.note
        row.points = node_points(version, **given._asdict())
        row.source, row.origin, row.return_reason = PointVersion.Source.MANUAL, "", ""
        row.late = self.today > self.closes[quarter.code]
        row.state, row.entered_by, row.entered_at = begins, actor, self.now
        row.reviewed_by = row.reviewed_at = None
        confirmed = begins == State.CONFIRMED
        row.confirmed_by, row.confirmed_at = (actor, self.now) if confirmed else (None, None)

    def write(self) -> None:
        """Writes what was taken, with a line of each."""
        gone = self._remove_emptied()
        touched = [node for node in self._before if node in self.rows]
        save_results(self.rows[node] for node in touched)
        audit.record_many(
            [self._line("result.enter", node, self.rows[node], recorded(self.rows[node])) for node in touched]
            + [self._line("result.clear", node, row, None) for node, row in gone.items()]
        )

    def _line(self, action: str, node: Node, row: Result, after: dict[str, Any] | None) -> Entry:
        return audit.compose(
            actor=self.actor, action=action, bureau=self.bureau, target=row, label=label_of(row),
            before=self._before[node], after=after,
        )  # fmt: skip

    def _remove_emptied(self) -> dict[Node, Result]:
        """A row that nothing is left of goes, so that its node is missing instead of waiting for a review.

        One that evidence or something of a higher floor hangs on stays, empty.
        """
        emptied = {
            node: self.rows[node]
            for node in self._before
            if Content.of(self.rows[node]).is_empty and not self.rows[node].note
        }
        if not emptied:
            return {}
        bare = Result.objects.filter(pk__in=[row.pk for row in emptied.values() if row.pk], evidence=None)
        going = set(bare.values_list("pk", flat=True))
        try:
            with transaction.atomic():
                Result.objects.filter(pk__in=going).delete()
        except ProtectedError:
            going = set()
        gone = {node: row for node, row in emptied.items() if row.pk is None or row.pk in going}
        for node in gone:
            del self.rows[node]
        return {node: row for node, row in gone.items() if row.pk}


def _code(period: str) -> str | InvalidInput:
    try:
        return str(quarter_of_period(period))
    except ValueError:
        sentence = _("期间“%s”不对，应当写成 2023-01 或 2023Q1 的样子") % period
        return InvalidInput(sentence, fields={"period": sentence})


def _where_it_begins(actor: Employee | None, employee: Employee, version: PointVersion) -> str:
    """The first state of what somebody enters (domain.md, Results)."""
    own = actor is not None and actor.pk == employee.pk
    if actor is None or (actor.has_role("office") and not own):
        return State.CONFIRMED
    if not own and permissions.acts_for_department(actor) and actor.department_id == version.assessor_id:
        return State.REVIEWED
    return State.REPORTED
