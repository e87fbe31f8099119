"""申诉: which line of a score it is about, until when it may be filed, who answers and decides it, what waits for whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.text import for_the_record
from indicators.models import Quarter, QuarterStep
from indicators.queries import process_values
from indicators.scheme import APPEAL_ANSWER, APPEAL_DECISION, APPEAL_FILING
from organization.models import Bureau, Employee, Role
from organization.queries import holders, staff, work_calendar
from scoring.models import Appeal, Score
from scoring.models.appeals import AppealQuerySet
from scoring.queries.corrections import Moved, moves_of_correction
from scoring.queries.explanations import ExplainedLine, explanation

SPEAKERS = (Role.Kind.DEPARTMENT_HEAD, Role.Kind.LIAISON)
"""Who speaks for the assessing department."""
DECIDERS = (Role.Kind.OFFICE, Role.Kind.DIRECTOR)
"""The office with the leading group (domain.md, Who may do what)."""
Subject = Appeal.Subject
State = Appeal.State


@dataclass(frozen=True, slots=True)
class Window:
    """The days on which an appeal may be filed, both included, and how many working days that are."""

    first: date
    last: date
    workdays: int

    def holds(self, day: date) -> bool:
        return day <= self.last


def appeal_window(quarter: Quarter) -> Window | None:
    """From the beginning of 公示 on, by default for 5 working days; None while a quarter was not shown.

    Publication does not close it: what was shown late and published early is still open to objections (domain.md,
    Quarter's end).
    """
    if not quarter.is_settled:
        return None
    step = QuarterStep.objects.filter(quarter=quarter, state=Quarter.State.PUBLICITY).order_by("at", "id").last()
    if step is None:
        return None
    first, workdays = day_of(step.at, quarter.bureau), limit_of(quarter, APPEAL_FILING)
    return Window(first, work_calendar().add(first, workdays), workdays)


def day_of(moment: datetime, bureau: Bureau) -> date:
    """The bureau's day of a moment; in a demonstration, whose calendar stands still, never later than that day."""
    day = timezone.localdate(moment)
    return min(day, bureau.stands_on) if bureau.stands_on else day


def limit_of(quarter: Quarter, key: str) -> int:
    """One of the three limits in working days."""
    return int(process_values(quarter.bureau, quarter.code)[key])


def answer_limit(quarter: Quarter, filed_on: date) -> tuple[date, date]:
    """Until when an appeal filed on a day is answered, and decided if the answer takes all its time."""
    values = process_values(quarter.bureau, quarter.code)
    answer_due = work_calendar().add(filed_on, int(values[APPEAL_ANSWER]))
    return answer_due, work_calendar().add(answer_due, int(values[APPEAL_DECISION]))


def decision_limit(quarter: Quarter, answered_on: date) -> date:
    """Until when an appeal answered on a day is decided."""
    return work_calendar().add(answered_on, limit_of(quarter, APPEAL_DECISION))


# The line ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Disputed:
    """A line of a score's explanation as an appeal names it."""

    key: str
    subject: Subject
    line: str
    detail: str
    figure: Decimal | None
    point_id: int | None = None
    period: str = ""
    result_id: int | None = None
    claim_id: int | None = None
    adjustment_id: int | None = None


def node_key(point_id: int | None, period: str) -> str:
    return f"node-{point_id}-{period}"


def line_key(line: ExplainedLine, above: ExplainedLine | None = None) -> str:
    """The name of a line in an address; empty for what is only arithmetic. `above` is a node's item.

    An item with one node is the same matter as its node.
    """
    if line.kind == "item" and len(line.children) == 1:
        return line_key(line.children[0], line)
    names = {
        "item": f"item-{line.point_id}",
        "node": node_key(above.point_id, line.label) if above else "",
        "claim": f"claim-{line.claim_id}",
        "adjustment": f"adjustment-{line.adjustment_id}",
        "component": line.key,
        "total": "total",
    }
    return names.get(line.kind, "")


def disputed_line(score: Score, key: str) -> Disputed | None:
    """The line of a stored score that a key names, in the installation's language; None if it has no such line."""
    with translation.override(settings.DEFAULT_LANGUAGE):
        return next((one for one in _disputed(score) if one.key == key), None)


def _disputed(score: Score) -> Iterator[Disputed]:
    explained = explanation(score)
    total = explained.total
    yield Disputed("total", Subject.OTHER, _("总分与名次"), total.detail, total.amount)
    for part in explained.parts:
        if part.key:
            yield Disputed(part.key, Subject.OTHER, part.label, part.detail, part.amount)
        for line in part.children:
            match line.kind:
                case "item":
                    yield from _disputed_item(line)
                case "claim":
                    yield Disputed(
                        line_key(line), Subject.CLAIM, line.label, line.detail, line.amount, claim_id=line.claim_id
                    )
                case "adjustment":
                    yield Disputed(
                        line_key(line),
                        Subject.ADJUSTMENT,
                        f"{line.label} {line.detail}",
                        _("依据：%s") % line.basis,
                        line.amount,
                        adjustment_id=line.adjustment_id,
                    )


def _disputed_item(item: ExplainedLine) -> Iterator[Disputed]:
    for node in item.children:
        yield Disputed(
            line_key(node, item),
            Subject.RESULT,
            f"{item.label} · {node.label}",
            node.detail,
            node.amount,
            point_id=item.point_id,
            period=node.label,
            result_id=node.result_id,
        )
    if len(item.children) > 1:
        yield Disputed(
            line_key(item), Subject.RESULT, item.label, item.detail, item.amount, point_id=item.point_id
        )  # fmt: skip


def periods_of(appeal: Appeal) -> list[str]:
    """The nodes of the point that the appeal is about, as its score names them."""
    if appeal.point_id is None:
        return []
    if appeal.period:
        return [appeal.period]
    score = Score.objects.select_related("run").filter(run=appeal.run_id, employee=appeal.employee_id).first()
    if score is None:
        return []
    items = (item for part in explanation(score).parts for item in part.children if item.kind == "item")
    return [node.label for item in items if item.point_id == appeal.point_id for node in item.children]


# Who -------------------------------------------------------------------------------------------------------------


def answerers(appeal: Appeal) -> list[Employee]:
    """Who answers an appeal, never one of its parties: the assessing department's head and liaison, for a claim who
    accepted it and the deputy director in charge, for everything else and where there is nobody the office. What the
    assessing department itself objects to, the office answers."""
    if appeal.side == Appeal.Side.ASSESSOR:
        found = []
    elif appeal.subject == Subject.RESULT:
        found = [
            one
            for one in holders(appeal.bureau, appeal.bureau.today, *SPEAKERS)
            if one.department_id == appeal.assessor_id
        ]
    elif appeal.claim is not None:
        ids = [appeal.claim.accepted_by_id, appeal.claim.task.department.deputy_id]
        found = list(staff(appeal.bureau, appeal.bureau.today).filter(pk__in=[pk for pk in ids if pk]))
    else:
        found = []
    return _impartial(appeal, found) or _impartial(
        appeal, holders(appeal.bureau, appeal.bureau.today, Role.Kind.OFFICE)
    )


def deciders(appeal: Appeal) -> list[Employee]:
    """Who decides an appeal: the office and the director, never one of its parties."""
    return _impartial(appeal, holders(appeal.bureau, appeal.bureau.today, *DECIDERS))


def _impartial(appeal: Appeal, people: Iterable[Employee]) -> list[Employee]:
    return [one for one in people if one.pk not in (appeal.employee_id, appeal.filed_by_id)]


def to_answer(user: Employee) -> AppealQuerySet:
    """The appeals that wait for this person's answer; the same rule as `answerers`, seen from the other side."""
    mine = Q(subject=Subject.CLAIM) & (Q(claim__accepted_by=user) | Q(claim__task__department__deputy=user))
    if user.has_role(*SPEAKERS):
        mine |= Q(subject=Subject.RESULT, side=Appeal.Side.ASSESSED, assessor=user.department_id)
    if user.has_role(Role.Kind.OFFICE):
        by_assessor = Q(side=Appeal.Side.ASSESSOR)
        mine |= Q(subject__in=(Subject.ADJUSTMENT, Subject.OTHER)) | by_assessor | _unspoken(user.bureau)
    waiting = Appeal.objects.visible_to(user).filter(mine, state=State.FILED)
    return waiting.exclude(employee=user).exclude(filed_by=user)


def _unspoken(bureau: Bureau) -> Q:
    """Appeals whose answerers of first choice are missing or parties."""
    today = bureau.today
    speakers = holders(bureau, today, *SPEAKERS).filter(department=OuterRef("assessor"))
    speakers = speakers.exclude(pk=OuterRef("employee")).exclude(pk=OuterRef("filed_by"))
    judges = staff(bureau, today).filter(
        Q(pk=OuterRef("claim__accepted_by")) | Q(pk=OuterRef("claim__task__department__deputy"))
    )
    judges = judges.exclude(pk=OuterRef("employee")).exclude(pk=OuterRef("filed_by"))
    return Q(subject=Subject.RESULT) & ~Q(Exists(speakers)) | Q(subject=Subject.CLAIM) & ~Q(Exists(judges))


def to_decide(user: Employee, *, today: date) -> AppealQuerySet:
    """The appeals that this person may decide today: answered, or not answered within the limit."""
    if not user.has_role(*DECIDERS):
        return Appeal.objects.none()
    ready = Q(state=State.ANSWERED) | Q(state=State.FILED, answer_due__lt=today)
    return Appeal.objects.visible_to(user).filter(ready).exclude(employee=user).exclude(filed_by=user)


# What pages show -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AppealRow:
    """An appeal as a list shows it; `due` is the day that it waits for, None once it is closed."""

    pk: int
    url: str
    line: str
    name: str
    number: str
    department: str
    quarter: str
    side: str
    state: str
    state_label: str
    filed_on: date
    due: date | None
    waits_for: str


def appeal_rows(appeals: Iterable[Appeal]) -> list[AppealRow]:
    """Appeals (`for_list`) as rows of a list, in the order they come in."""
    return [
        AppealRow(
            pk=one.pk,
            url=page_of(one),
            line=one.line,
            name=one.employee.name,
            number=one.employee.number,
            department=one.employee.department.name,
            quarter=one.quarter.code,
            side=str(one.get_side_display()),
            state=one.state,
            state_label=str(one.get_state_display()),
            filed_on=day_of(one.filed_at, one.bureau),
            due=due_of(one),
            waits_for={State.FILED: _("答复"), State.ANSWERED: _("裁定")}.get(State(one.state), ""),
        )
        for one in appeals
    ]


def due_of(appeal: Appeal) -> date | None:
    """The day that an open appeal waits for."""
    return {State.FILED: appeal.answer_due, State.ANSWERED: appeal.decide_due}.get(State(appeal.state))


def page_of(appeal: Appeal) -> str:
    return reverse("scoring:appeal", args=[appeal.pk])


def open_appeals(quarter: Quarter) -> AppealQuerySet:
    """What keeps the quarter from publication, whatever the reason given."""
    return Appeal.objects.filter(quarter=quarter).open().select_related("employee").order_by(F("filed_at").asc(), "pk")


def moves_shown(appeal: Appeal, user: Employee) -> list[Moved]:
    """Whom the correction moved, as far as the reader sees their scores in rankings; of oneself always."""
    if appeal.corrected_run is None:
        return []
    moves = moves_of_correction(appeal.corrected_run)
    return _seen(moves, appeal.corrected_run_id, user)


def _seen(moves: list[Moved], run_id: int | None, user: Employee) -> list[Moved]:
    numbers = set(Score.objects.filter(run=run_id).visible_to(user).values_list("number", flat=True))
    return [one for one in moves if one.number in numbers]


def run_reason(appeal: Appeal) -> str:
    """What the run of a correction gives as its reason; everybody reads it, so it names nobody."""
    return for_the_record(gettext_lazy("第 %d 号申诉裁定成立"), appeal.pk)
