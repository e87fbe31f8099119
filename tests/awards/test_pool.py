"""候选池: the rule by itself, and against the samples' column 前30%."""

import pytest

from awards.pool import Scored, pool
from indicators.scheme import SchemeValues

DEFAULT = SchemeValues()


@pytest.mark.parametrize(("ranked", "limit"), [(1, 1), (3, 1), (6, 1), (7, 2), (10, 3), (206, 61)])
def test_the_limit_rounds_down_and_is_at_least_one(ranked: int, limit: int) -> None:
    assert {one.limit for one in pool([Scored(n, n) for n in range(1, ranked + 1)], DEFAULT)} == {limit}


def test_who_is_in_and_why_others_are_not() -> None:
    people = [
        Scored(1, 1),
        Scored(2, 2, disciplinary=True),
        Scored(3, 3),
        Scored(4, 3),
        *(Scored(n, n) for n in range(5, 11)),
        Scored(11, None, why_not="试用期"),
        Scored(12, None),
    ]
    placed = {one.scored.key: one for one in pool(people, DEFAULT)}
    assert {one.limit for one in placed.values()} == {3}
    assert [key for key, one in placed.items() if one.standing == "in"] == [1, 3, 4]
    assert placed[2].standing == "discipline"
    assert placed[5].standing == "rank"
    assert {placed[key].standing for key in (11, 12)} == {"not_ranked"}


def test_nobody_moves_up_for_the_disciplined() -> None:
    people = [Scored(n, n, disciplinary=n == 1) for n in range(1, 5)]
    assert [one.standing for one in pool(people, DEFAULT)] == ["discipline", "rank", "rank", "rank"]


def test_discipline_beyond_the_limit_is_out_by_rank() -> None:
    assert pool([Scored(1, 1), Scored(2, 2, disciplinary=True)], DEFAULT)[1].standing == "rank"
