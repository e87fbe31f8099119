"""互评抽签: even for everybody, whatever the size, and repeatable."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.draw import draw_peers

SIZES, NUMBERS = st.integers(0, 60), st.integers(1, 20)
SEEDS = st.integers(1, 10**6).map(str)


def pairs(drawn):
    return {(rater, ratee) for rater, ratees in drawn.items() for ratee in ratees}


def check_even(drawn, people, each):
    """Everybody rates as many and is rated by as many: `each`, or all others."""
    number = max(0, min(each, len(people) - 1))
    assert set(drawn) == set(people)
    assert all(len(ratees) == len(set(ratees)) == number for ratees in drawn.values())
    assert all(rater != ratee for rater, ratee in pairs(drawn))
    times = Counter(ratee for ratees in drawn.values() for ratee in ratees)
    assert {times[one] for one in people} <= {number}


@given(size=SIZES, each=NUMBERS, seed=SEEDS)
def test_even_never_oneself_nobody_twice(size, each, seed):
    people = range(100, 100 + size)
    check_even(draw_peers(people, each=each, seed=seed), people, each)


@given(size=SIZES, each=NUMBERS, seed=SEEDS, data=st.data())
def test_even_whatever_is_to_be_avoided(size, each, seed, data):
    """Any pairs of any months, of people who are not even there."""
    people = range(size)
    numbers = st.integers(0, size)
    month = st.sets(st.tuples(numbers, numbers), max_size=40)
    before = data.draw(st.lists(month, max_size=3))
    check_even(draw_peers(people, each=each, seed=seed, before=before), people, each)


@given(size=SIZES, each=NUMBERS, seed=SEEDS)
def test_last_month_is_left_out_where_the_others_are_enough(size, each, seed):
    people = range(size)
    last = pairs(draw_peers(people, each=each, seed=f"last-{seed}"))
    drawn = draw_peers(people, each=each, seed=seed, before=[last])
    check_even(drawn, people, each)
    if size - 1 >= 2 * each:
        assert not pairs(drawn) & last


@given(size=st.integers(2, 40), each=st.integers(1, 6), seed=SEEDS)
def test_as_many_months_are_left_out_as_the_branch_is_large(size, each, seed):
    people = range(size)
    months: list[set[tuple[int, int]]] = []
    for number in range(4):
        months.insert(0, pairs(draw_peers(people, each=each, seed=f"{seed}-{number}", before=months)))
    for number in range(1, 4):
        if size - 1 >= (number + 1) * each:
            assert not months[0] & set().union(*months[1 : number + 1])


@pytest.mark.parametrize(("people", "each", "expected"), [
    ([], 3, {}),
    ([7], 3, {7: []}),
    ([7, 8], 3, {7: [8], 8: [7]}),
    ([1, 2, 3], 5, {1: [2, 3], 2: [1, 3], 3: [1, 2]}),
])  # fmt: skip
def test_few_people_rate_all_others(people, each, expected):
    assert draw_peers(people, each=each, seed="1") == expected


def test_where_repeats_cannot_be_helped_there_are_as_few_as_can_be():
    """Of four others three were rated last month: the fourth is new to each."""
    last = pairs(draw_peers(range(5), each=3, seed="1"))
    drawn = draw_peers(range(5), each=3, seed="2", before=[last])
    assert all(
        len(set(ratees) - {other for one, other in last if one == rater}) == 1 for rater, ratees in drawn.items()
    )


@given(size=SIZES, each=NUMBERS, seed=SEEDS)
def test_the_same_seed_draws_the_same_in_whatever_order_people_come(size, each, seed):
    people = list(range(size))
    assert draw_peers(people, each=each, seed=seed) == draw_peers(reversed(people), each=each, seed=seed)


def test_the_draw_of_a_seed_stays_as_it_was():
    """Whoever asks next year why these three were drawn gets the same answer."""
    assert draw_peers(range(1, 8), each=2, seed="42") == {
        1: [4, 6], 2: [1, 6], 3: [1, 2], 4: [5, 7], 5: [2, 3], 6: [4, 7], 7: [3, 5]
    }  # fmt: skip
    assert draw_peers(range(1, 8), each=2, seed="43") != draw_peers(range(1, 8), each=2, seed="42")
