"""The weighted result of a ballot, by hand: two people with a pencil reach the same figures."""

from fractions import Fraction

import pytest

from awards.votes import Ballots, Count, result, share_of
from common.exact import format2


def test_leaders_weigh_forty_and_staff_sixty() -> None:
    ballots = Ballots(leaders=4, staff=9)
    assert share_of(Count(1, leaders=3, staff=2), ballots, 40) == Fraction(40 * 3, 4) + Fraction(60 * 2, 9)
    assert format2(share_of(Count(1, leaders=3, staff=2), ballots, 40)) == "43.33"


@pytest.mark.parametrize(
    ("ballots", "share"),
    [(Ballots(0, 3), Fraction(100, 3)), (Ballots(4, 0), Fraction(25)), (Ballots(0, 0), Fraction(0))],
)
def test_a_side_without_ballots_gives_its_weight_to_the_other(ballots: Ballots, share: Fraction) -> None:
    assert share_of(Count(1, leaders=1, staff=1), ballots, 40) == share


def test_equal_shares_share_a_rank_and_the_next_rank_skips() -> None:
    counts = [Count(1, 0, 2), Count(2, 0, 5), Count(3, 0, 2), Count(4, 0, 1)]
    found = result(counts, Ballots(0, 9), leaders_percent=40, places=1)
    assert [(row.key, row.rank) for row in found.rows] == [(2, 1), (1, 2), (3, 2), (4, 4)]


def test_a_tie_is_exact_and_not_one_of_the_rounded_figures() -> None:
    """40·1/3 + 60·1/7 against 40·0/3 + 60·(1+14/9)/7: the shown figures are near, the fractions differ."""
    near = [Count(1, 1, 100), Count(2, 0, 322)]
    found = result(near, Ballots(3, 1000), leaders_percent=40, places=1)
    first, second = found.rows
    assert first.share == Fraction(40, 3) + 6
    assert second.share == Fraction(60 * 322, 1000)
    assert format2(first.share) == "19.33"
    assert format2(second.share) == "19.32"
    assert found.elected == {1}


def test_a_tie_at_the_border_is_left_to_the_committee() -> None:
    counts = [Count(1, 0, 5), Count(2, 0, 3), Count(3, 0, 3), Count(4, 0, 1)]
    found = result(counts, Ballots(0, 12), leaders_percent=40, places=2)
    assert (found.elected, found.tied, found.open_places, found.places) == ({1}, {2, 3}, 1, 2)
    assert found.follows([1, 2])
    assert found.follows([1, 3])
    assert not found.follows([1])
    assert not found.follows([1, 2, 3])
    assert not found.follows([2, 3])
    assert not found.follows([1, 4])


def test_a_tie_inside_the_places_is_none() -> None:
    counts = [Count(1, 0, 3), Count(2, 0, 3), Count(3, 0, 1)]
    found = result(counts, Ballots(0, 7), leaders_percent=40, places=2)
    assert (found.elected, found.tied) == ({1, 2}, set())


def test_nobody_is_elected_without_a_vote() -> None:
    found = result([Count(1, 0, 2), Count(2, 0, 0)], Ballots(0, 2), leaders_percent=40, places=2)
    assert (found.elected, found.tied, found.places) == ({1}, set(), 1)
    assert found.follows([1])
    assert not found.follows([1, 2])


def test_the_next_moves_up_for_somebody_with_another_star() -> None:
    counts = [Count(1, 0, 5), Count(2, 0, 3), Count(3, 0, 2)]
    found = result(counts, Ballots(0, 9), leaders_percent=40, places=2, without={1})
    assert found.elected == {2, 3}
    assert [row.rank for row in found.rows] == [1, 2, 3]


@pytest.mark.parametrize(
    ("leaders", "staff", "shows"), [(0, 9, True), (1, 9, False), (2, 9, False), (3, 9, True), (9, 2, False)]
)
def test_few_ballots_of_a_side_hide_both_sides(leaders: int, staff: int, shows: bool) -> None:
    assert Ballots(leaders, staff).shows_sides is shows


@pytest.mark.parametrize(("leaders", "staff", "shows"), [(0, 0, False), (1, 1, False), (0, 2, False), (1, 2, True)])
def test_fewer_than_three_ballots_in_all_hide_the_order(leaders: int, staff: int, shows: bool) -> None:
    assert Ballots(leaders, staff).shows_ranks is shows
