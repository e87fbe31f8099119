"""互评抽签: who rates whom (domain.md, Three showings). No rows, no clock: the same people and seed give the same draw.

Everybody rates as many others as everybody else, and is rated by as many. Whom somebody rated in a month before is left
out as long as that leaves an even draw for all; a single month before can always be left out where nobody came or went
and the people are more than twice as many as each rates.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Collection, Iterable, Sequence

Pair = tuple[int, int]
"""Rater, ratee."""


def draw_peers(
    people: Iterable[int], *, each: int, seed: str, before: Sequence[Collection[Pair]] = ()
) -> dict[int, list[int]]:
    """Whom each of the people rates, in their order; never oneself, nobody twice.

    `each` is how many, or all others where there are not that many. `before` are the pairs of earlier months, the latest
    first: as many of these months are avoided as can be avoided wholly; of the latest, what exchanges reach (`_without`).
    """
    ring = sorted(set(people), key=lambda person: (_lot(seed, person), person))
    size, number = len(ring), max(0, min(each, len(ring) - 1))
    drawn = {one: {ring[(at + step) % size] for step in range(1, number + 1)} for at, one in enumerate(ring)}
    for months in range(len(before), 0, -1):
        avoided = frozenset().union(*before[:months])
        tried = _without(drawn, ring, avoided)
        if months == 1 or not any((one, other) in avoided for one in ring for other in tried[one]):
            drawn = tried
            break
    return {one: sorted(drawn[one]) for one in sorted(drawn)}


def _lot(seed: str, person: int) -> str:
    """Drawn by a digest, so that anybody can work it out again whatever the program's own dice do one day."""
    return hashlib.sha256(f"{seed}:{person}".encode()).hexdigest()


def _without(drawn: dict[int, set[int]], ring: Sequence[int], avoided: frozenset[Pair]) -> dict[int, set[int]]:
    """An equally even draw with as few avoided pairs as single exchanges reach; none, if one without any exists."""
    changed = {one: set(others) for one, others in drawn.items()}
    for rater in ring:
        for ratee in sorted(changed[rater]):
            if (rater, ratee) in avoided:
                _exchange(changed, ring, avoided, rater, ratee)
    return changed


def _exchange(
    drawn: dict[int, set[int]], ring: Sequence[int], avoided: frozenset[Pair], rater: int, ratee: int
) -> None:
    """Takes the pair out by handing people round: the rater takes x from somebody, who takes y from the next, until one
    takes the ratee. Everybody keeps as many as before and only pairs that need not be avoided are added."""
    came_by: dict[int, Pair] = {}  # who can be asked to give somebody up → who asks, for whom
    asked_for: set[int] = set()
    asking = deque([rater])
    while asking:
        one = asking.popleft()
        wanted = [other for other in ring if other != one and other not in drawn[one] and (one, other) not in avoided]
        if ratee in wanted and one != rater:
            gives = ratee
            while one != rater:
                asker, taken = came_by[one]
                drawn[one].remove(taken)
                drawn[one].add(gives)
                one, gives = asker, taken
            drawn[rater].remove(ratee)
            drawn[rater].add(gives)
            return
        for other in wanted:
            if other in asked_for:
                continue
            asked_for.add(other)
            for holder in ring:
                if other in drawn[holder] and holder not in came_by and holder != rater:
                    came_by[holder] = (one, other)
                    asking.append(holder)
