"""互评: who has to say something about whom, who has not yet, and what came of it once all was in (domain.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from organization.models import Employee
from reviews.marks import Ballot, Flags, flags_of, is_trimmed, mean_mark
from reviews.models import Rating, Showing

MONTHS_BACK = 12
"""The draw looks no further back than a year."""
Kind = Rating.Kind


@dataclass(frozen=True, slots=True)
class Rater:
    """Somebody with ballots in a showing: how many, and whether they were handed in. Nothing of what is in them."""

    employee: Employee
    ballots: int
    handed_in: bool


@dataclass(frozen=True, slots=True)
class Comment:
    """What was said of somebody, and by whom; the mark beside it stays with its writer."""

    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Result:
    """What the ratings of one person came to. `mean` is None without marks; `trimmed`: highest and lowest left out."""

    mean: Decimal | None = None
    raters: int = 0
    trimmed: bool = False
    comments: tuple[Comment, ...] = ()
    leader: tuple[Comment, ...] = ()


@dataclass(frozen=True, slots=True)
class Flagged:
    """A rater whose ballots strike one."""

    name: str
    number: str
    flags: Flags


def earlier_pairs(showing: Showing, people: Collection[int]) -> list[set[tuple[int, int]]]:
    """Who of these rated whom of them in the months before, the latest month first."""
    drawn = Rating.objects.filter(
        kind=Kind.PEER, rater__in=people, ratee__in=people, showing__month__lt=showing.month
    ).order_by("-showing__month")
    rows = drawn.values_list("showing__month", "rater", "ratee")
    months = [{(rater, ratee) for _month, rater, ratee in month} for _key, month in groupby(rows, lambda row: row[0])]
    return months[:MONTHS_BACK]


def own_ballots(user: Employee, showing: Showing) -> list[Rating]:
    """What this person says of others in the showing: the peers first, then as leader, each in order of number."""
    own = Rating.objects.filter(showing=showing, rater=user).select_related("ratee__department", "ratee__branch")
    return list(own.order_by("-kind", "ratee__number"))


def as_ballots(ratings: Iterable[Rating]) -> list[Ballot]:
    return [Ballot(rating.mark, rating.comment) for rating in ratings]


def raters(showing: Showing) -> list[Rater]:
    """Everybody with ballots in the showing, those who have not handed in first."""
    found: dict[Employee, list[bool]] = defaultdict(list)
    rows = showing.ratings.select_related("rater").order_by("rater__number")
    for rating in rows.only("handed_in_at", "showing", "rater__number", "rater__name"):
        found[rating.rater].append(rating.handed_in_at is not None)
    people = [Rater(person, len(ballots), all(ballots)) for person, ballots in found.items()]
    return sorted(people, key=lambda rater: rater.handed_in)


def missing_raters(showing: Showing) -> list[Employee]:
    """Who has not handed in yet."""
    return [rater.employee for rater in raters(showing) if not rater.handed_in]


def results(showing: Showing) -> dict[int, Result]:
    """By employee, what the ratings came to; empty before they are open, whoever asks."""
    if not showing.ratings_are_open:
        return {}
    told: dict[int, list[Rating]] = defaultdict(list)
    for rating in _handed_in(showing):
        told[rating.ratee_id].append(rating)
    return {ratee: _result(ratings) for ratee, ratings in told.items()}


def _result(ratings: list[Rating]) -> Result:
    peers = [rating for rating in ratings if rating.kind == Kind.PEER]
    leaders = [rating for rating in ratings if rating.kind == Kind.LEADER]
    return Result(
        mean=mean_mark([rating.mark for rating in peers if rating.mark is not None]),
        raters=len(peers),
        trimmed=is_trimmed(len(peers)),
        comments=tuple(Comment(rating.rater.name, rating.comment) for rating in peers),
        leader=tuple(Comment(rating.rater.name, rating.comment) for rating in leaders),
    )


def flagged(showing: Showing) -> list[Flagged]:
    """Raters whose ballots strike one; empty before the ratings are open. For those whom `may_see_flags` names."""
    if not showing.ratings_are_open:
        return []
    given: dict[Employee, list[Rating]] = defaultdict(list)
    for rating in _handed_in(showing):
        given[rating.rater].append(rating)
    found = [Flagged(person.name, person.number, flags_of(as_ballots(own))) for person, own in given.items()]
    return [one for one in found if one.flags]


def _handed_in(showing: Showing) -> Iterable[Rating]:
    rows = Rating.objects.filter(showing=showing, handed_in_at__isnull=False)
    return rows.select_related("rater").order_by("rater__number", "pk")
