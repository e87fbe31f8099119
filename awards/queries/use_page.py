"""A list of use made ready for its pages: findings, rail, rows as texts, and what the reader may do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from awards.grading import Word
from awards.models import READS_USES, UseLine, UseList
from awards.permissions import uses as permissions
from awards.queries import uses as queries
from awards.queries.drawn import period_label
from awards.queries.sheets import Column, columns_of
from common.components import Step, Tone
from common.text import listed
from common.verdict import Verdict
from organization.models import Employee

ABOUT_PEOPLE = (UseList.Kind.QUARTERLY_GRADE, UseList.Kind.ANNUAL_GRADE, UseList.Kind.PROMOTION)

TONES: dict[str, Tone] = {
    **dict.fromkeys((Word.GOOD, Word.EXCELLENT, Word.PREFERRED), Tone.GOOD),
    **dict.fromkeys((Word.BETTER, Word.COMPETENT, Word.NORMAL), Tone.NEUTRAL),
    **dict.fromkeys((Word.TRAIN, Word.IMPROVE), Tone.ACCENT),
    **dict.fromkeys((Word.FAIR, Word.BASIC, Word.COACH, Word.REMIND), Tone.RISK),
    **dict.fromkeys((Word.POOR, Word.INCOMPETENT, Word.HELD_BACK, Word.TALK), Tone.BAD),
    **dict.fromkeys((Word.UNGRADED, Word.SKIP), Tone.PLAIN),
}


@dataclass(frozen=True, slots=True)
class ListRow:
    """A list among the lists."""

    url: str
    title: str
    kind: str
    period: str
    state: str
    state_label: str
    lines: int
    decided: int
    drawn_by: str
    drawn_at: object
    signed_by: str
    signed_at: object


def list_rows(lists: Iterable[UseList], user: Employee) -> list[ListRow]:
    """The lists of a page with how many of the lines that the reader sees are decided; one query more."""
    rows = list(lists)
    counts: dict[int, list[str]] = {one.pk: [] for one in rows}
    seen = UseLine.objects.visible_to(user).filter(use_list__in=rows).order_by()
    for pk, decision in seen.values_list("use_list_id", "decision"):
        counts[pk].append(decision)
    return [
        ListRow(
            url=reverse("awards:use", args=[one.pk]),
            title=queries.title_of(one),
            kind=str(UseList.Kind(one.kind).label),
            period=period_label(one.period),
            state=one.state,
            state_label=str(one.get_state_display()),
            lines=len(counts[one.pk]),
            decided=sum(bool(decision) for decision in counts[one.pk]),
            drawn_by=one.drawn_by.name if one.drawn_by else "",
            drawn_at=one.drawn_at,
            signed_by=one.signed_by.name if one.signed_by else "",
            signed_at=one.signed_at,
        )
        for one in rows
    ]


@dataclass(frozen=True, slots=True)
class Cell:
    label: str
    text: str
    number: bool


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line as a row: the first of its cells is its title."""

    pk: int
    url: str
    position: int
    title: str
    cells: tuple[Cell, ...]
    suggestion: str
    suggestion_tone: str
    at_border: bool
    reason: str
    decision: str
    decision_tone: str
    departs: bool
    note: str


def row_of(line: UseLine, columns: list[Column]) -> LineRow:
    return LineRow(
        pk=line.pk,
        url=reverse("awards:use-line", args=[line.pk]),
        position=line.position,
        title=columns[0].text(line),
        cells=tuple(Cell(str(one.label), one.text(line), one.is_number) for one in columns[1:]),
        suggestion=line.suggestion_label,
        suggestion_tone=str(TONES.get(line.suggestion, Tone.NEUTRAL)),
        at_border=line.at_border,
        reason=line.reason,
        decision=line.decision_label,
        decision_tone=str(TONES.get(line.decision, Tone.NEUTRAL)),
        departs=line.departs,
        note=line.note,
    )


class UsePage:
    """One list for one reader; what costs a query is asked when the page shows it."""

    def __init__(self, use_list: UseList, user: Employee) -> None:
        self.use_list, self.user = use_list, user
        self.title = queries.title_of(use_list)
        self.period = period_label(use_list.period)
        self.reads_all = user.has_role(*READS_USES)
        self.is_training = use_list.kind == UseList.Kind.TRAINING
        self.is_about_people = use_list.kind in ABOUT_PEOPLE
        self.tells_reason = self.is_about_people or use_list.kind == UseList.Kind.DEPARTMENT_TALK

    @cached_property
    def counted(self) -> queries.Counted:
        if self.reads_all:
            return queries.counted(self.use_list)
        return queries.counted(self.use_list, queries.lines_seen(self.use_list, self.user))

    @cached_property
    def quota(self) -> queries.Quota | None:
        return queries.quota_of(self.use_list) if self.reads_all else None

    @cached_property
    def outdated(self) -> str:
        """The quarters whose scores changed since the list was drawn."""
        return listed(queries.outdated(self.use_list)) if self.reads_all else ""

    @property
    def heading(self) -> str:
        """The finding."""
        named = {"title": self.title, "lines": self.counted.lines, "decided": self.counted.decided}
        if not self.counted.lines:
            return _("%(title)s没有列出任何人和事项") % named
        if not self.use_list.is_draft:
            return _("%(title)s已签发，%(decided)s 条有决定") % named
        waiting = self.counted.waiting
        if not waiting:
            return _("%(title)s都已决定，等待签发") % named
        sentence = ngettext("%(title)s还有 %(count)d 条等人决定", "%(title)s还有 %(count)d 条等人决定", waiting)
        return sentence % (named | {"count": waiting})

    @property
    def rail(self) -> list[Step]:
        """拟定 → 决定 → 签发."""
        one, waiting = self.use_list, self.counted.waiting
        drawn = Step(_("拟定"), "done", one.drawn_by.name if one.drawn_by else "", one.drawn_at)
        if not one.is_draft:
            signer = one.signed_by.name if one.signed_by else ""
            return [drawn, Step(_("逐条决定"), "done"), Step(_("签发"), "done", signer, one.signed_at)]
        said = ngettext("还有 %(count)d 条", "还有 %(count)d 条", waiting) % {"count": waiting}
        decide = Step(_("逐条决定"), "now", note=said) if waiting else Step(_("逐条决定"), "done")
        if blocked := self.blocked:
            return [drawn, decide, Step(_("签发"), "blocked", note=blocked)]
        return [drawn, decide, Step(_("签发"), "next" if waiting else "now")]

    @property
    def blocked(self) -> str:
        """What besides open decisions keeps the list from being signed."""
        if self.outdated:
            return _("得分有变，须重新拟定")
        return _("超过名额") if self.quota and self.quota.exceeded else ""

    @cached_property
    def columns(self) -> list[Column]:
        return columns_of(self.use_list, on_page=True)

    @property
    def sheet_columns(self) -> list[Column]:
        return columns_of(self.use_list)

    def rows(self, lines: Iterable[UseLine], *, on_page: bool = True) -> list[LineRow]:
        columns = self.columns if on_page else self.sheet_columns
        found = []
        for line in lines:
            line.use_list = self.use_list
            found.append(row_of(line, columns))
        return found

    @cached_property
    def may_draw(self) -> Verdict:
        return permissions.may_draw(self.user, self.use_list.bureau)

    @cached_property
    def may_decide(self) -> Verdict:
        return permissions.may_decide(self.user, self.use_list)

    @cached_property
    def may_sign(self) -> Verdict:
        return permissions.may_sign(self.user, self.use_list)

    @property
    def may_plan(self) -> bool:
        return self.is_training and bool(permissions.may_plan_training(self.user, self.use_list.bureau))

    @property
    def adoptable(self) -> int:
        """How many lines adopting the suggestions would decide."""
        return self.counted.waiting - self.counted.at_border

    @property
    def first_waiting(self) -> str:
        """Where deciding goes on, for whoever decides."""
        if not self.may_decide or not self.counted.waiting:
            return ""
        first = queries.first_waiting(self.use_list)
        return reverse("awards:use-line", args=[first]) if first else ""

    @property
    def is_ready(self) -> bool:
        return self.use_list.is_draft and bool(self.counted.lines) and not self.counted.waiting and not self.blocked

    @cached_property
    def digest(self) -> str:
        """Of the list as it is shown, for whoever signs it."""
        return queries.digest_of(self.use_list, queries.lines_of(self.use_list))

    @property
    def is_intact(self) -> bool:
        """Whether a signed list still is what was signed."""
        return self.digest == self.use_list.digest


class LineShown:
    """One line on its page: its figures, those who lost on it, what else speaks, and the decision's trace."""

    def __init__(self, line: UseLine, user: Employee) -> None:
        self.line, self.user = line, user
        self.row = row_of(line, columns_of(line.use_list))
        self.title = queries.title_of(line.use_list)
        self.may_decide = permissions.may_decide(user, line.use_list)
        self.may_carry = permissions.may_carry(user, line)
        self.is_improvement = line.use_list.kind == UseList.Kind.IMPROVEMENT
        self.tone = str(TONES.get(line.suggestion, Tone.NEUTRAL))
        self.decision_tone = str(TONES.get(line.decision, Tone.NEUTRAL))

    @cached_property
    def people(self) -> list[tuple[str, str, str]]:
        """Who lost on the point: name, number, points; to a head only the own people, though a department answers for
        points that others hold, too."""
        lost = dict(self.line.figures.get("by_person", []))
        rows = Employee.objects.filter(pk__in=lost, bureau=self.line.use_list.bureau_id)
        if not self.user.has_role(*READS_USES):
            rows = rows.filter(department=self.user.department_id)
        named = {pk: (name, number) for pk, name, number in rows.values_list("pk", "name", "number")}
        return [(*named[pk], points) for pk, points in lost.items() if pk in named]

    @cached_property
    def trainings(self) -> list[tuple[str, str, object]]:
        """The trainings planned for the line: address, title, day."""
        rows = self.line.trainings.order_by("day", "pk")
        return [(reverse("awards:training", args=[one.pk]), one.title, one.day) for one in rows]
