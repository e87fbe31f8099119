"""名单: whom a department counts in a quarter, as scoring will place them, and whether its head has confirmed it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from common.digest import digest_of_data
from common.text import listed
from indicators.models import Quarter, RosterSignature
from organization.models import Absence, Department, Employee, Placement, Role
from organization.queries import Chiefs, standing

UNSIGNED, SIGNED, CHANGED = "unsigned", "signed", "changed"
SEES_ALL = (Role.Kind.OFFICE, Role.Kind.DISCIPLINE, Role.Kind.DIRECTOR)


@dataclass(frozen=True, slots=True)
class RosterLine:
    """One person of a list, in the words that were signed; `remark` names the absences that touch the quarter."""

    number: str
    name: str
    category: str
    post: str
    remark: str


@dataclass(frozen=True, slots=True)
class Alteration:
    """Somebody in whose line a word differs from what was signed."""

    line: RosterLine
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Gone:
    """Somebody who was on the signed list and is not any more, and why."""

    line: RosterLine
    to: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What has come between the signature and today's list."""

    came: list[RosterLine]
    gone: list[Gone]
    altered: list[Alteration]

    @property
    def sentence(self) -> str:
        parts = []
        if self.came:
            parts.append(_("增加 %d 人") % len(self.came))
        if self.gone:
            parts.append(_("减少 %d 人") % len(self.gone))
        if self.altered:
            parts.append(_("%d 人信息有变") % len(self.altered))
        return _("，").join(parts)


@dataclass(frozen=True)
class Roster:
    """A department's list of a quarter with its newest signature, if there is one."""

    quarter: Quarter
    department: Department
    day: date
    lines: tuple[RosterLine, ...]
    signature: RosterSignature | None
    signers: tuple[Employee, ...]
    """Who is to sign today: the heads, in their absence the leader in charge."""
    elsewhere: Mapping[str, str]
    """Where everybody of the bureau stands today, by staff number."""

    @cached_property
    def digest(self) -> str:
        return digest_of(self.lines)

    @property
    def state(self) -> str:
        if self.signature is None:
            return UNSIGNED
        return SIGNED if self.signature.digest == self.digest else CHANGED

    @property
    def state_label(self) -> str:
        return {UNSIGNED: _("未确认"), SIGNED: _("已确认"), CHANGED: _("名单有变，需要重新确认")}[self.state]

    @property
    def signer_names(self) -> str:
        return listed(person.name for person in self.signers)

    @cached_property
    def difference(self) -> Difference | None:
        """Who came, went or reads differently since the signature; None while it holds or there is none."""
        if self.signature is None or self.state == SIGNED:
            return None
        before = {line["number"]: RosterLine(**line) for line in self.signature.lines}
        now = {line.number: line for line in self.lines}
        return Difference(
            came=[line for number, line in now.items() if number not in before],
            gone=[
                Gone(line, self.elsewhere.get(number) or _("不在本季名单"))
                for number, line in before.items()
                if number not in now
            ],
            altered=[
                Alteration(line, _words(before[number], line), _words(line, before[number]))
                for number, line in now.items()
                if number in before and before[number] != line
            ],
        )


def _words(line: RosterLine, other: RosterLine) -> str:
    """Those words of a line that differ from the other's."""
    names = ("name", "category", "post", "remark")
    return listed(getattr(line, name) or _("无") for name in names if getattr(line, name) != getattr(other, name))


def roster_day(quarter: Quarter, today: date) -> date:
    """The day as of which a list stands: the quarter's last, or today while that lies ahead."""
    return min(quarter.period.last_day, today)


def rosters(quarter: Quarter, *, today: date, departments: Iterable[int] | None = None) -> list[Roster]:
    """The lists of a quarter by department code, of all departments that have people in it or of some.

    Eight queries, however many departments and people.
    """
    lines = _lines(quarter, today)
    everywhere = {department.pk: department for department in Department.objects.filter(bureau=quarter.bureau)}
    asked = set(everywhere) if departments is None else set(departments)
    elsewhere = {line.number: everywhere[pk].name for pk, found in lines.items() for line in found}
    signatures = RosterSignature.objects.filter(quarter=quarter).select_related("by").order_by("pk")
    newest = {signature.department_id: signature for signature in signatures}
    chiefs = Chiefs(quarter.bureau, quarter.bureau.today)
    return [
        Roster(
            quarter=quarter,
            department=department,
            day=roster_day(quarter, today),
            lines=lines[pk],
            signature=newest.get(pk),
            signers=tuple(chiefs.acting(pk)),
            elsewhere=elsewhere,
        )
        for pk, department in sorted(everywhere.items(), key=lambda pair: pair[1].code)
        if pk in asked and pk in lines
    ]


def _lines(quarter: Quarter, today: date) -> dict[int, tuple[RosterLine, ...]]:
    """Everybody's line by department, by category and staff number, in three queries.

    In post are those whom scoring would score if the quarter ended on the list's day (scoring.md §3, §4).
    """
    bureau, period, day = quarter.bureau, quarter.period, roster_day(quarter, today)
    people = Employee.objects.filter(bureau=bureau).in_post_between(period.first_day, max(day, period.first_day))
    placements: dict[int, list[Placement]] = defaultdict(list)
    for placement in Placement.objects.filter(employee__bureau=bureau).select_related("post", "category"):
        placements[placement.employee_id].append(placement)
    absences: dict[int, list[Absence]] = defaultdict(list)
    touching = Absence.objects.filter(employee__bureau=bureau).touching(period.first_day, period.last_day)
    for absence in touching.order_by("starts_on", "pk"):
        absences[absence.employee_id].append(absence)
    lines: dict[int, list[tuple[int, RosterLine]]] = defaultdict(list)
    with translation.override(settings.DEFAULT_LANGUAGE):  # what is signed reads the same to every reader
        for person in people.select_related("post", "category").order_by("number"):
            place = standing(person, placements[person.pk], day)
            line = RosterLine(
                number=person.number,
                name=person.name,
                category=place.category.name,
                post=place.post.name if place.post else "",
                remark=listed(_remark(absence) for absence in absences[person.pk]),
            )
            lines[place.department_id].append((place.category.position, line))
    return {
        department: tuple(line for _position, line in sorted(found, key=lambda pair: pair[0]))
        for department, found in lines.items()
    }


def roster_is_due(head: Employee, quarter: Quarter) -> bool:
    """Whether a head has a list that was never signed although the collecting is over; one query for the workbench.

    Of a signed list that has changed the head hears by a message (indicators.services.rosters.tell_signers).
    """
    due = quarter.state in (Quarter.State.REVIEWING, Quarter.State.PUBLICITY)
    if not due or not head.has_role(Role.Kind.DEPARTMENT_HEAD):
        return False
    return not RosterSignature.objects.filter(quarter=quarter, department=head.department_id).exists()


def as_signed(lines: Iterable[RosterLine]) -> list[dict[str, str]]:
    """A list as a signature keeps it, in the order of staff numbers."""
    return [asdict(line) for line in sorted(lines, key=lambda line: line.number)]


def digest_of(lines: Iterable[RosterLine]) -> str:
    """The SHA-256 of a list as it is signed."""
    return digest_of_data(as_signed(lines))


def roster_of(quarter: Quarter, department: Department, *, today: date) -> Roster | None:
    """The list of one department; None if nobody belongs there in the quarter."""
    return next(iter(rosters(quarter, today=today, departments=[department.pk])), None)


def rosters_to_confirm(quarter: Quarter, *, today: date) -> list[Roster]:
    """The lists that nobody has signed, or that have changed since."""
    return [roster for roster in rosters(quarter, today=today) if roster.state != SIGNED]


def departments_read_by(user: Employee) -> list[int] | None:
    """Whose lists a person reads: a head's own department, those that a leader is in charge of; None stands for all."""
    if user.has_role(*SEES_ALL):
        return None
    seen: set[int] = set()
    if user.has_role(Role.Kind.DEPUTY_DIRECTOR):
        seen.update(user.led_departments.values_list("pk", flat=True))
    if user.has_role(Role.Kind.DEPARTMENT_HEAD):
        seen.add(user.department_id)
    return sorted(seen)


def _remark(absence: Absence) -> str:
    kind = absence.get_kind_display()
    if absence.ends_on is None:
        return _("%(kind)s %(first)s 起") % {"kind": kind, "first": absence.starts_on}
    return _("%(kind)s %(first)s 至 %(last)s") % {"kind": kind, "first": absence.starts_on, "last": absence.ends_on}
