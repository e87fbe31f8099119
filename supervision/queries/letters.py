"""The register of letters and items (督办台账), one letter and one item as their pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, IntegerField, Min, Q, QuerySet, Value, When
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from common.components import Event, Step
from common.text import listed
from common.workdays import WorkCalendar
from organization.models import Department, Employee
from supervision.models import ItemExtension, ItemReport, Letter, LetterItem, ProposedMinus

AT_WORK = (LetterItem.State.ASSIGNED, LetterItem.State.RETURNED)
TONES = {
    Letter.State.DRAFT: "neutral", Letter.State.ISSUED: "accent", Letter.State.CLOSED: "good",
    Letter.State.ARCHIVED: "plain", Letter.State.REVOKED: "plain",
}  # fmt: skip
ITEM_TONES = {
    LetterItem.State.PLANNED: "neutral", LetterItem.State.ASSIGNED: "accent", LetterItem.State.REPORTED: "accent",
    LetterItem.State.RETURNED: "risk", LetterItem.State.CLOSED: "good", LetterItem.State.DROPPED: "plain",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the register is narrowed by; empty values narrow nothing."""

    kind: str = ""
    state: str = ""
    department: Department | None = None
    overdue: bool = False
    year: int | None = None
    text: str = ""


def overdue_items(today: date, at: str = "") -> Q:
    """Items that are past their limit and not reported; `at` is the way from the searched model to them."""
    return Q(**{f"{at}state__in": AT_WORK, f"{at}due_on__lt": today})


def letters_in(user: Employee, wanted: Wanted, today: date) -> QuerySet[Letter]:
    """The letters that the person may see and that fit, the newest first, with the counts of their items."""
    items = LetterItem.objects.filter(**({"department": wanted.department} if wanted.department else {}))
    rows: QuerySet[Letter] = Letter.objects.visible_to(user)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.year:
        rows = rows.filter(Q(year=wanted.year) | Q(year__isnull=True, drafted_at__year=wanted.year))
    if wanted.department:
        asked = LetterItem.objects.filter(Q(department=wanted.department) | Q(assisting=wanted.department))
        rows = rows.filter(pk__in=asked.values("letter"))
    if wanted.overdue:
        rows = rows.filter(pk__in=items.filter(overdue_items(today)).values("letter"))
    if wanted.text:
        asked = LetterItem.objects.filter(_text(wanted.text))
        named = Q(number__icontains=wanted.text) | Q(title__icontains=wanted.text)
        rows = rows.filter(named | Q(pk__in=asked.values("letter")))
    return rows.annotate(
        items_all=Count("items", distinct=True),
        items_open=Count("items", filter=Q(items__state__in=LetterItem.OPEN), distinct=True),
        items_overdue=Count("items", filter=overdue_items(today, "items__"), distinct=True),
        next_due=Min("items__due_on", filter=Q(items__state__in=(*AT_WORK, LetterItem.State.PLANNED))),
    ).order_by("-drafted_at", "-pk")


def items_in(user: Employee, wanted: Wanted, today: date) -> QuerySet[LetterItem]:
    """The items of those letters, open ones by their limit first."""
    rows = LetterItem.objects.filter(letter__in=Letter.objects.visible_to(user))
    if wanted.kind:
        rows = rows.filter(letter__kind=wanted.kind)
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.year:
        rows = rows.filter(Q(letter__year=wanted.year) | Q(letter__year__isnull=True, due_on__year=wanted.year))
    if wanted.department:
        helped = LetterItem.assisting.through.objects.filter(department=wanted.department)
        rows = rows.filter(Q(department=wanted.department) | Q(pk__in=helped.values("letteritem")))
    if wanted.overdue:
        rows = rows.filter(overdue_items(today))
    if wanted.text:
        named = Q(letter__number__icontains=wanted.text) | Q(letter__title__icontains=wanted.text)
        rows = rows.filter(named | _text(wanted.text))
    rows = rows.select_related("letter", "department", "responsible").prefetch_related("assisting")
    settled = Case(When(state__in=LetterItem.OPEN, then=Value(0)), default=Value(1), output_field=IntegerField())
    return rows.annotate(settled=settled).order_by("settled", "due_on", "letter_id", "position")


def _text(text: str) -> Q:
    found = Q()
    for name in ("matter", "problem", "requirement", "responsible__name"):
        found |= Q(**{f"{name}__icontains": text})
    return found


@dataclass(frozen=True, slots=True)
class Counts:
    """What stands at the head of the register."""

    letters: int
    items: int
    items_open: int
    overdue: int
    to_check: int


def counts(user: Employee, today: date) -> Counts:
    """All that the person may see, in two queries."""
    seen = Letter.objects.visible_to(user)
    items = LetterItem.objects.filter(letter__in=seen).aggregate(
        all=Count("pk"),
        open=Count("pk", filter=Q(state__in=LetterItem.OPEN)),
        overdue=Count("pk", filter=overdue_items(today)),
        to_check=Count("pk", filter=Q(state=LetterItem.State.REPORTED)),
    )
    return Counts(seen.count(), items["all"], items["open"], items["overdue"], items["to_check"])


def years_of(user: Employee) -> list[int]:
    """The years of the letters that the person may see, the newest first."""
    seen = Letter.objects.visible_to(user).filter(year__isnull=False)
    found = seen.order_by("-year").values_list("year", flat=True).distinct()
    return [year for year in found if year is not None]


def proposals(user: Employee, state: str = "") -> QuerySet[ProposedMinus]:
    """The minuses that items of the bureau propose, undecided ones first by the day of the proposal."""
    rows = ProposedMinus.objects.filter(item__letter__bureau_id=user.bureau_id)
    if state:
        rows = rows.filter(state=state)
    return rows.select_related(
        "item__letter__bureau", "item__department", "employee__department", "adjustment", "decided_by"
    ).order_by("-proposed_at", "-pk")


# One letter -------------------------------------------------------------------------------------------------------


def unknown_years(items: Iterable[LetterItem], calendar: WorkCalendar) -> list[int]:
    """Years in which items are due and of which the State Council's calendar is not known: weekdays are counted there."""
    return sorted({item.due_on.year for item in items if not calendar.knows(item.due_on)})


def letter_rail(letter: Letter) -> list[Step]:
    """立项 → 交办 → 办理 → 销号 → 归档, and where it was called back."""
    steps = {step.state: step for step in letter.steps.select_related("by")}
    underway = letter.state == Letter.State.ISSUED
    worked = Step(_("办理"), "now" if underway else "next" if letter.state == Letter.State.DRAFT else "done")
    rail: list[Step] = []
    for state in (Letter.State.DRAFT, Letter.State.ISSUED, Letter.State.CLOSED, Letter.State.ARCHIVED):
        found = steps.get(state)
        if state == Letter.State.CLOSED:
            if gone := steps.get(Letter.State.REVOKED):
                return [*rail, Step(_("撤回"), "blocked", gone.by.name if gone.by else "", gone.at, gone.reason)]
            rail.append(worked)
        if found is not None:
            rail.append(Step(state.label, "done", found.by.name if found.by else "", found.at))
        else:
            comes = bool(rail) and rail[-1].state == "done"
            rail.append(Step(state.label, "now" if comes else "next"))
    return rail


def items_of(letter: Letter) -> list[LetterItem]:
    """The items of a letter with everything that its page and its Word file say of them."""
    rows = letter.items.select_related("department", "responsible", "letter__bureau").prefetch_related("assisting")
    return list(rows.order_by("position", "pk"))


def lead_departments(items: Sequence[LetterItem]) -> list[str]:
    """主送: the leading departments, each once, in the order of the items."""
    return list(dict.fromkeys(item.department.name for item in items))


def assisting_departments(items: Sequence[LetterItem]) -> list[str]:
    """抄送: those that assist and lead nothing."""
    leading = set(lead_departments(items))
    names = (one.name for item in items for one in item.assisting.all())
    return [name for name in dict.fromkeys(names) if name not in leading]


def assisting_names(item: LetterItem) -> str:
    return listed(one.name for one in item.assisting.all())


# One item ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ItemHistory:
    """What happened to an item: its reports with files, its extensions, its proposed minus."""

    item: LetterItem

    @cached_property
    def reports(self) -> list[ItemReport]:
        rows = self.item.reports.select_related("by__department", "checked_by").prefetch_related("files__by")
        return list(rows.order_by("at", "pk"))

    @cached_property
    def extensions(self) -> list[ItemExtension]:
        return list(self.item.extensions.select_related("asked_by", "decided_by").order_by("asked_at", "pk"))

    @property
    def waiting_extension(self) -> ItemExtension | None:
        return next((one for one in self.extensions if one.granted is None), None)

    @property
    def waiting_report(self) -> ItemReport | None:
        return next((one for one in self.reports if one.accepted is None and not one.contribution), None)

    @cached_property
    def minus(self) -> ProposedMinus | None:
        return ProposedMinus.objects.filter(item=self.item).select_related("employee", "adjustment").first()

    @property
    def rail(self) -> list[Step]:
        """交办 → 办理 → 反馈 → 审核 → 销号, as far as it has come."""
        item, state = self.item, self.item.state
        states = LetterItem.State
        last = next((one for one in reversed(self.reports) if not one.contribution), None)
        now = {states.PLANNED: 0, states.ASSIGNED: 1, states.RETURNED: 1, states.REPORTED: 3}.get(
            states(state), 5
        )  # fmt: skip
        labels = (_("交办"), _("办理"), _("反馈"), _("审核"), _("销号"))
        issuer = item.letter.issued_by
        facts: list[tuple[str, Any, Any]] = [
            (issuer.name if issuer else "", item.assigned_on, ""),
            ("", None, _("退回重办") if state == states.RETURNED else ""),
            (last.by.name, last.at, _("逾期") if last.late else "") if last and now > 1 else ("", None, ""),
            ("", None, ""),
            ("", None, ""),
        ]
        if state == states.CLOSED:
            who = item.settled_by.name if item.settled_by else ""
            facts[3] = facts[4] = (who, item.settled_at, "")
        steps = [
            Step(label, "done" if place < now else "now" if place == now else "next", *fact)
            for place, (label, fact) in enumerate(zip(labels, facts, strict=True))
        ]
        if state == states.DROPPED:
            who = item.settled_by.name if item.settled_by else ""
            gone = Step(_("不再督办"), "blocked", who, item.settled_at, item.settlement)
            return [*([steps[0]] if item.assigned_on else []), gone]
        return steps

    @property
    def events(self) -> list[Event]:
        """Extensions as a history; reports stand on the page by themselves."""
        found: list[Event] = []
        for one in self.extensions:
            found.append(Event(_("申请延到 %s") % one.wanted, one.asked_by.name, one.asked_at, one.reason))
            if one.decided_at is not None:
                what = _("同意延到 %s") % one.new_due if one.granted else _("没有延期")
                who = one.decided_by.name if one.decided_by else _("系统")
                found.append(Event(what, who, one.decided_at, one.decision))
        return sorted(found, key=lambda event: str(event.at), reverse=True)
