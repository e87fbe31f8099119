"""Lost points (失分): what people did not earn at the assessment points they held, as the explanation shows it.

A loss is `full − earned` of one item of one person's quarter. Items without a node, or with all nodes exempt, leave the
sums here as they leave the score (scoring.md §2). Everything is worked out from the scores' snapshots by the engine
itself, so that it adds up to the sheets that people read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from common.exact import share
from scoring import formula
from scoring.models import Score
from scoring.queries.snapshots import Snapshots

Key = TypeVar("Key", bound=Hashable)
ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Held:
    """One item of a score, with what it earned; `missing` counts its nodes without input."""

    score: Score
    point_id: int
    code: str
    name: str
    library: str
    full: Decimal
    earned: Decimal
    missing: int

    @property
    def lost(self) -> Decimal:
        return self.full - self.earned

    @property
    def employee_id(self) -> int:
        return self.score.employee_id

    @property
    def department_id(self) -> int:
        return self.score.department_id


def held_points(scores: Iterable[Score]) -> Iterator[Held]:
    """Every item of the scores that counts, whether something was lost at it or not. The scores need their inputs."""
    snapshots = Snapshots()
    for score in scores:
        for item in snapshots.inputs_of(score).items:
            earned = formula.score_item(item)
            if earned.earned is not None:
                yield Held(
                    score=score,
                    point_id=int(item.ref),
                    code=item.code,
                    name=item.name,
                    library=item.library,
                    full=item.full,
                    earned=earned.earned,
                    missing=earned.missing,
                )


@dataclass(frozen=True, slots=True)
class Loss:
    """Items taken together: how many people held them, how many of those lost anything, and how much in all.

    `by_person` has what each of those who lost anything lost, those who lost most first, then by id.
    """

    items: tuple[Held, ...]
    holders: int
    by_person: tuple[tuple[int, Decimal], ...]

    @property
    def people(self) -> int:
        return len(self.by_person)

    @property
    def lost(self) -> Decimal:
        """Σ (full − earned), in points of the items' own 分值."""
        return sum((one.lost for one in self.items), ZERO)

    @property
    def full(self) -> Decimal:
        return sum((one.full for one in self.items), ZERO)

    @property
    def share(self) -> Decimal:
        """How many of the holders lost anything, in percent."""
        return share(self.people, self.holders)

    @property
    def missing(self) -> int:
        return sum(one.missing for one in self.items)


def loss_of(items: Iterable[Held]) -> Loss:
    """The loss at these items together."""
    rows = tuple(items)
    people: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for one in rows:
        people[one.employee_id] += one.lost
    lost = sorted(((person, points) for person, points in people.items() if points), key=lambda row: (-row[1], row[0]))
    return Loss(rows, len(people), tuple(lost))


def losses_by(keyed: Iterable[tuple[Key, Held]]) -> dict[Key, Loss]:
    """The losses of groups, those that lost most first; groups in which nobody lost anything are kept, last."""
    groups: dict[Key, list[Held]] = defaultdict(list)
    for key, one in keyed:
        groups[key].append(one)
    found = {key: loss_of(items) for key, items in groups.items()}
    return dict(sorted(found.items(), key=lambda row: (-row[1].lost, row[1].items[0].code)))
