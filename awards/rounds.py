"""Patterns in who won when (轮流坐庄). Pure: no ORM, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise


def longest_run(won: Sequence[bool]) -> range:
    """The places of the most wins after each other, the first of equals."""
    longest = current = range(0)
    for place, one in enumerate(won):
        current = range(current.start, place + 1) if one else range(place + 1, place + 1)
        longest = max(longest, current, key=len)
    return longest


def longest_round(turns: Sequence[Sequence[str]], ring: Sequence[str]) -> list[list[str]]:
    """The longest stretch of `turns` after each other in which the winners go on along `ring`, each the next of the last.

    Within a turn, too; a ring closes after its last member, and a turn without a winner ends the stretch.
    """
    place = {number: position for position, number in enumerate(ring)}
    best: list[list[str]] = []
    current: list[list[str]] = []
    for winners in turns:
        turn = _along(winners, place)
        follows = turn and current and place[turn[0]] == (place[current[-1][-1]] + 1) % len(ring)
        current = [*current, turn] if follows else [turn] if turn else []
        if len(current) > len(best):
            best = current
    return best


def _along(winners: Sequence[str], place: dict[str, int]) -> list[str]:
    """The winners of one turn in the order of the ring, starting after its gap; [] if they do not stand side by side."""
    if not winners or any(number not in place for number in winners) or len(winners) == len(place):
        return []
    around = sorted(winners, key=place.__getitem__)
    for start in range(len(around)):
        order = [*around[start:], *around[:start]]
        if all(place[after] == (place[before] + 1) % len(place) for before, after in pairwise(order)):
            return order
    return []
