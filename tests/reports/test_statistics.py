from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.exact import share
from scoring import statistics

totals = st.lists(st.decimals(0, 120, places=2), min_size=1, max_size=300)


def decimals(*texts):
    return [Decimal(text) for text in texts]


def test_nothing_makes_no_histogram():
    assert statistics.histogram([]) == []
    assert statistics.spread([]) is None


def test_classes_have_one_round_width_and_mark_ones_own():
    bins = statistics.histogram(decimals("80.00", "81.99", "82.00", "95.50"), Decimal("81.99"))
    assert [(one.low, one.high) for one in bins] == [(Decimal(low), Decimal(low + 2)) for low in range(80, 96, 2)]
    assert [one.count for one in bins] == [2, 1, 0, 0, 0, 0, 0, 1]
    assert [one.own for one in bins] == [True] + [False] * 7


def test_a_straggler_does_not_press_everybody_into_one_bar():
    bins = statistics.histogram([Decimal("29.11")] + [Decimal(80 + place % 20) for place in range(99)])
    assert bins[0].is_tail
    assert (bins[0].low, bins[0].high, bins[0].count) == (Decimal("29.11"), Decimal(80), 1)
    assert {one.high - one.low for one in bins[1:]} == {Decimal(2)}


@given(totals)
def test_a_histogram_counts_everybody_once(values):
    bins = statistics.histogram(values, values[0])
    assert sum(one.count for one in bins) == len(values)
    assert sum(one.own for one in bins) == 1
    assert len(bins) <= statistics.MOST_BINS
    for value in values:
        assert sum(one.low <= value < one.high for one in bins) == 1


def test_spread_rounds_half_up_once():
    spread = statistics.spread(decimals("90.00", "90.01", "80.00"))
    assert spread is not None
    assert (spread.highest, spread.lowest, spread.gap) == tuple(decimals("90.01", "80.00", "10.01"))
    assert (spread.mean, spread.median) == tuple(decimals("86.67", "90.00"))
    pair = statistics.spread(decimals("1.00", "1.01"))
    assert pair is not None
    assert pair.median == Decimal("1.01")


def test_groups_stand_by_their_exact_means():
    rows = statistics.group_means([(2, Decimal("90.00")), (1, Decimal("80.00")), (1, Decimal("99.99"))])
    assert [(row.key, row.count, row.mean) for row in rows] == [(2, 1, Decimal("90.00")), (1, 2, Decimal("90.00"))]
    assert (rows[1].highest, rows[1].lowest) == tuple(decimals("99.99", "80.00"))


@pytest.mark.parametrize(("part", "whole", "percent"), [(196, 210, "93.33"), (0, 0, "0.00"), (1, 8, "12.50")])
def test_a_share_in_percent(part, whole, percent):
    assert share(part, whole) == Decimal(percent)
