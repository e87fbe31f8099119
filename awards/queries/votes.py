"""What may be known of a ballot: who has voted for what while it is open, the result once it is closed.

Nothing here can say for whom somebody voted, because no row does (docs/awards.md, The secret ballot).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from django.db.models import Count, QuerySet

from awards import votes
from awards.models import BallotCast, Nomination, Selection, StarCategory, Tally, Voter
from common.exact import format2
from organization.models import Employee

Side = Voter.Side


@dataclass(frozen=True, slots=True)
class Turnout:
    """How many of a side have voted for every star that can be voted for, and how many ballots they have cast."""

    side: str
    label: str
    voters: int
    done: int

    @property
    def percent(self) -> int:
        return self.done * 100 // self.voters if self.voters else 0


def turnout(selection: Selection) -> list[Turnout]:
    """How many of each side have cast all their ballots; figures of sides, never of people."""
    stars = len(stars_to_vote(selection))
    voters = Voter.objects.filter(selection=selection).order_by()
    registered = dict(voters.values("side").annotate(n=Count("pk")).values_list("side", "n"))
    cast = voters.annotate(n=Count("cast"))
    done = cast.filter(n__gte=stars) if stars else cast.none()
    finished: dict[str, int] = defaultdict(int)
    for side in done.values_list("side", flat=True):
        finished[side] += 1
    return [Turnout(side, str(side.label), registered.get(side, 0), finished[side]) for side in Side]


def stars_to_vote(selection: Selection) -> list[StarCategory]:
    """The stars with a nominee."""
    nominated = Nomination.objects.filter(withdrawn_at__isnull=True, category__selection=selection)
    return list(StarCategory.objects.filter(pk__in=nominated.values("category_id")).order_by("pk"))


def voter_of(selection: Selection, user: Employee) -> Voter | None:
    return Voter.objects.filter(selection=selection, employee=user).first()


def voted_for(voter: Voter) -> set[int]:
    """The stars (ids) for which somebody has cast a ballot."""
    return set(BallotCast.objects.filter(voter=voter).values_list("category_id", flat=True))


def late_voters(selection: Selection) -> QuerySet[Employee]:
    """Who has not voted for every star."""
    stars = len(stars_to_vote(selection))
    late = Voter.objects.filter(selection=selection).order_by().annotate(n=Count("cast")).filter(n__lt=stars)
    return Employee.objects.filter(pk__in=late.values("employee_id"), is_active=True)


@dataclass(frozen=True, slots=True)
class Participation:
    """Who has voted, for the office and discipline."""

    number: str
    name: str
    department: str
    side: str
    cast: int
    stars: int

    @property
    def done(self) -> bool:
        return self.cast >= self.stars


def participation(selection: Selection) -> list[Participation]:
    """Everybody who may vote with the number of ballots cast; whoever has not finished first, then by staff number."""
    stars = len(stars_to_vote(selection))
    voters = Voter.objects.filter(selection=selection).annotate(n=Count("cast"))
    rows = voters.select_related("employee__department").order_by("employee__number")
    found = [
        Participation(
            row.employee.number,
            row.employee.name,
            row.employee.department.name,
            str(row.get_side_display()),
            row.n,
            stars,
        )
        for row in rows
    ]
    return sorted(found, key=lambda row: row.done)


# After the ballot -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Counted:
    """The closed ballot of one star: ballots, nominees, and what follows from them."""

    category: StarCategory
    nominations: Sequence[Nomination]
    ballots: votes.Ballots
    counts: Sequence[votes.Count]
    leaders_percent: int

    @cached_property
    def result(self) -> votes.Result:
        return self.without(())

    def without(self, keys: Sequence[int] | frozenset[int]) -> votes.Result:
        """The result when these nominations leave because their people get another star."""
        return votes.result(
            self.counts,
            self.ballots,
            leaders_percent=self.leaders_percent,
            places=self.category.winners,
            without=frozenset(keys),
        )

    def shown(self, placed: votes.Placed) -> str:
        """The weighted share as it may be shown; empty where single ballots could be told from it."""
        return format2(placed.share) if self.ballots.shows_sides else ""


def counted(selection: Selection) -> list[Counted]:
    """The results of all stars. Raises ValueError while the ballot is open: nobody asks before it is closed."""
    if not selection.shows_votes:
        raise ValueError(f"the ballot of selection {selection.pk} is not closed")
    nominations: dict[int, list[Nomination]] = defaultdict(list)
    rows = Nomination.objects.filter(category__selection=selection, withdrawn_at__isnull=True)
    for one in rows.select_related("employee", "employee__department", "department", "branch").order_by("pk"):
        nominations[one.category_id].append(one)
    tallies: dict[int, dict[str, int]] = defaultdict(dict)
    for nomination, side, number in Tally.objects.filter(nomination__category__selection=selection).values_list(
        "nomination_id", "side", "votes"
    ):
        tallies[nomination][side] = number
    ballots = _ballots(selection)
    return [
        Counted(
            category=category,
            nominations=nominations[category.pk],
            ballots=ballots[category.pk],
            counts=[
                votes.Count(one.pk, tallies[one.pk].get(Side.LEADERS, 0), tallies[one.pk].get(Side.STAFF, 0))
                for one in nominations[category.pk]
            ],
            leaders_percent=selection.leaders_percent,
        )
        for category in selection.categories.order_by("pk")
    ]


def _ballots(selection: Selection) -> Mapping[int, votes.Ballots]:
    cast: dict[int, dict[str, int]] = defaultdict(dict)
    rows = BallotCast.objects.filter(category__selection=selection).order_by()
    for category, side, number in rows.values_list("category_id", "voter__side").annotate(n=Count("pk")):
        cast[category][side] = number
    found: dict[int, votes.Ballots] = defaultdict(lambda: votes.Ballots(0, 0))
    for category, sides in cast.items():
        found[category] = votes.Ballots(sides.get(Side.LEADERS, 0), sides.get(Side.STAFF, 0))
    return found


def elsewhere(one: Counted, taken: Mapping[int, set[int]]) -> frozenset[int]:
    """The nominations of a star whose people are chosen for another and not for this one."""
    star = one.category.pk
    return frozenset(row.pk for row in one.nominations if (stars := taken.get(row.employee_id)) and star not in stars)


def proposal(found: Iterable[Counted]) -> dict[int, frozenset[int]]:
    """What the vote says, by star: those elected beyond doubt, each person for one star alone.

    Whoever is elected for several keeps the one with the larger share (then the earlier star), and the next move up.
    """
    rows = list(found)
    given: dict[int, int] = {}
    while True:
        lost = {
            one.category.pk: frozenset(
                row.pk for row in one.nominations if given.get(row.employee_id, one.category.pk) != one.category.pk
            )
            for one in rows
        }
        elected = {one.category.pk: one.without(lost[one.category.pk]).elected for one in rows}
        person_of = {row.pk: row.employee_id for one in rows for row in one.nominations}
        wins = Counter(person_of[key] for keys in elected.values() for key in keys)
        several = sorted(person for person, stars in wins.items() if stars > 1)
        if not several:
            return elected
        person = several[0]
        best = max(
            (one for one in rows if any(person_of[key] == person for key in elected[one.category.pk])),
            key=lambda one: (_share(one, person), -one.category.pk),
        )
        given[person] = best.category.pk


def _share(one: Counted, person: int) -> Fraction:
    nomination = next(row.pk for row in one.nominations if row.employee_id == person)
    return next(placed.share for placed in one.result.rows if placed.key == nomination)
