"""A selection as its pages show it: each star with its nominees, and what may be known of the vote by now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from awards.models import Nomination, Objection, PoolMember, Selection, StarAward, StarCategory
from awards.permissions.wall import reads_withdrawn
from awards.queries.nominees import by_category, standing
from awards.queries.selections import READS_OBJECTIONS, sees_whole_pool
from awards.queries.votes import Counted, counted, proposal
from awards.votes import Placed
from common.text import listed
from organization.models import Bureau, Employee, Role

Standing = PoolMember.Standing


@dataclass(frozen=True, slots=True)
class NomineeShown:
    """A nominee. What comes of the vote is empty while the ballot is not closed, and the sides' votes also where single
    ballots could be told from them."""

    pk: int
    name: str
    number: str
    department: str
    by: str
    deeds: str
    own: bool
    share: str = ""
    rank: int | None = None
    leaders: str = ""
    staff: str = ""
    elected: bool = False
    tied: bool = False
    award: StarAward | None = None
    withdrawal: str = ""
    """Why the star was withdrawn, for those who read that (permissions.wall)."""


@dataclass(frozen=True, slots=True)
class StarShown:
    """One star of a selection."""

    category: StarCategory
    nominees: list[NomineeShown]
    ballots: Counted | None = None

    @property
    def chosen(self) -> list[StarAward]:
        return [one.award for one in self.nominees if one.award]

    @property
    def sentence(self) -> str:
        """How many ballots the figures come from."""
        if self.ballots is None:
            return ""
        cast = self.ballots.ballots
        if not cast.shows_ranks:
            return _("共 %d 张选票，不足 3 张，不公布名次和票数。") % cast.cast
        if not cast.shows_sides:
            return _("共 %d 张选票；有一方不足 3 张，只公布名次，不公布票数。") % cast.cast
        return _("领导票 %(leaders)d 张，干部票 %(staff)d 张。") % {"leaders": cast.leaders, "staff": cast.staff}

    @property
    def tied(self) -> int:
        return len(self.ballots.result.tied) if self.ballots else 0

    @property
    def open_places(self) -> int:
        return self.ballots.result.open_places if self.ballots else 0


def stars_shown(selection: Selection, user: Employee) -> list[StarShown]:
    """The five stars with their nominees: in the order of nomination, after the ballot by rank."""
    if selection.shows_votes:
        return _with_votes(selection, user)
    nominees = by_category(standing(selection))
    return [
        StarShown(category, [_nominee(one, user) for one in nominees[category.pk]])
        for category in selection.categories.order_by("pk")
    ]


def _with_votes(selection: Selection, user: Employee) -> list[StarShown]:
    awards = StarAward.objects.filter(category__selection=selection).select_related(
        "employee", "department", "category"
    )
    by_nomination = {award.nomination_id: award for award in awards}
    shown = []
    for one in counted(selection):
        nominations = {row.pk: row for row in one.nominations}
        rows = [
            _nominee(nominations[placed.key], user, one, placed, by_nomination.get(placed.key))
            for placed in (one.result.rows if one.ballots.shows_ranks else sorted(one.result.rows, key=_by_nomination))
        ]
        shown.append(StarShown(one.category, rows, one))
    return shown


def _by_nomination(placed: Placed) -> int:
    return placed.key


def _nominee(
    one: Nomination,
    user: Employee,
    closed: Counted | None = None,
    placed: Placed | None = None,
    award: StarAward | None = None,
) -> NomineeShown:
    said = NomineeShown(
        pk=one.pk,
        name=one.employee.name,
        number=one.employee.number,
        department=one.employee.department.name,
        by=_said_by(one),
        deeds=one.deeds,
        own=one.employee_id == user.pk,
        award=award,
    )
    if closed is None or placed is None:
        return said
    sides = closed.ballots.shows_sides
    return NomineeShown(
        said.pk, said.name, said.number, said.department, said.by, said.deeds, said.own,
        share=closed.shown(placed),
        rank=placed.rank if closed.ballots.shows_ranks else None,
        leaders=f"{placed.leaders}/{closed.ballots.leaders}" if sides else "",
        staff=f"{placed.staff}/{closed.ballots.staff}" if sides else "",
        elected=placed.key in closed.result.elected,
        tied=placed.key in closed.result.tied,
        award=award,
        withdrawal=award.withdrawal if award and reads_withdrawn(user, one.employee) else "",
    )  # fmt: skip


def _said_by(one: Nomination) -> str:
    who = one.branch or one.department
    return who.name if who else ""


@dataclass(frozen=True, slots=True)
class Proposed:
    """What the decision page is filled with: those already chosen, else what the vote says."""

    chosen: dict[int, frozenset[int]]
    departures: dict[int, str]


def proposed(selection: Selection, shown: Iterable[StarShown]) -> Proposed:
    rows = list(shown)
    departures = {one.category.pk: one.category.departure for one in rows}
    chosen = {one.category.pk: frozenset(award.nomination_id for award in one.chosen) for one in rows}
    if not any(chosen.values()):
        chosen = proposal([one.ballots for one in rows if one.ballots])
    return Proposed(chosen, departures)


# The pool ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PoolRow:
    number: str
    name: str
    department: str
    rank: str
    standing: str
    label: str
    reason: str
    stars: str
    own: bool


def pool_rows(selection: Selection, user: Employee) -> list[PoolRow]:
    """The pool as far as the user reads it: office, leaders and discipline everybody; who nominates also all of the own
    department and branch; others who is in, and themselves. Ranks only as far as the bureau shows rankings."""
    members = PoolMember.objects.filter(seen_of_pool(user), selection=selection)
    stars: dict[int, list[str]] = {}
    for one in standing(selection):
        stars.setdefault(one.employee_id, []).append(str(one.category))
    whole = sees_whole_pool(user) or user.bureau.ranking_view != Bureau.RankingView.OWN
    rows = members.select_related("employee", "department").order_by("pk")
    ordered = sorted(rows, key=lambda one: (one.bureau_rank is None, one.bureau_rank or 0, one.employee.number))
    return [
        PoolRow(
            one.employee.number,
            one.employee.name,
            one.department.name,
            str(one.bureau_rank) if one.bureau_rank and (whole or one.employee_id == user.pk) else "",
            one.standing,
            str(one.get_standing_display()),
            one.reason if whole or one.employee_id == user.pk else "",
            listed(stars.get(one.employee_id, [])),
            one.employee_id == user.pk,
        )
        for one in ordered
    ]


def seen_of_pool(user: Employee) -> Q:
    """Which lines of a pool the user reads."""
    if sees_whole_pool(user):
        return Q()
    seen = Q(standing=Standing.IN) | Q(employee=user)
    if user.has_role(Role.Kind.DEPARTMENT_HEAD):
        seen |= Q(department=user.department_id)
    return seen


# Objections -------------------------------------------------------------------------------------------------------


def objections_shown(selection: Selection, user: Employee) -> list[Objection]:
    """All objections for the office, the committee and discipline; the own ones for everybody else."""
    rows = Objection.objects.filter(selection=selection).select_related(
        "by__department", "award__category", "award__employee", "answered_by", "selection__bureau"
    )
    if not user.has_role(*READS_OBJECTIONS):
        rows = rows.filter(by=user)
    return list(rows.order_by("at", "pk"))
