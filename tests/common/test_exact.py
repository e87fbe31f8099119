from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.exact import (
    canonical,
    format2,
    from_hundredths,
    hundredths,
    is_whole,
    parse_number,
    plain,
    round2,
    round_ratio,
    shares_of_mean,
)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        (Fraction(1, 200), "0.01"),
        (Fraction(-1, 200), "-0.01"),
        (Decimal("2.675"), "2.68"),
        (Decimal("-2.675"), "-2.68"),
        (Decimal("2.6749999999999999999999999999999999"), "2.67"),
        (Fraction(2, 3), "0.67"),
        (Fraction(-1, 1000), "0.00"),
        (7, "7.00"),
        (Fraction(10**30 + 1, 8), "125000000000000000000000000000.13"),
    ],
)
def test_round2_goes_half_away_from_zero(value, rounded):
    assert str(round2(value)) == rounded
    assert format2(value) == rounded


@pytest.mark.parametrize(
    ("value", "whole"),
    [("3", True), ("3.0", True), ("-0.5", False), ("1" * 39, True), ("1" * 39 + ".5", False), ("1E+300", True)],
)
def test_a_whole_number_may_be_of_any_length(value, whole):
    assert is_whole(Decimal(value)) is whole


def test_hundredths_and_back():
    assert hundredths(Decimal("69.4")) == 6940
    assert hundredths(Decimal("-0.05")) == -5
    assert str(from_hundredths(6940)) == "69.40"
    with pytest.raises(ValueError, match="两位小数"):
        hundredths(Decimal("1.005"))


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        (0.1 + 0.2, "0.3"),
        (97.5, "97.5"),
        (10232300001.0, "10232300001"),
        (1e-7, "0.0000001"),
        (3, "3"),
        (Decimal("97.50"), "97.5"),
        (" 9７．５\u3000", "97.5"),
        ("－０．３", "-0.3"),
        ("＋4", "4"),
        ("1,234.5", "1234.5"),
        ("１，２３４", "1234"),
        (".5", "0.5"),
        ("5.", "5"),
        ("-0", "0"),
    ],
)
def test_numbers_are_read_as_excel_shows_them(raw, number):
    assert plain(parse_number(raw)) == number


@pytest.mark.parametrize(
    "raw", ["", "abc", "1,23", "1 2", "--1", "1e5", "97%", "九", True, None, float("nan"), float("inf"), Decimal("NaN")]
)
def test_what_is_no_number_is_refused(raw):
    with pytest.raises(ValueError, match="数字"):
        parse_number(raw)


def test_a_percent_sign_counts_where_it_is_asked_for():
    assert parse_number("97％", percent=True) == 97
    assert parse_number("97.5 %", percent=True) == Decimal("97.5")


def test_plain_and_canonical_spell_a_number_in_one_way():
    assert plain(Decimal("1E+2")) == "100"
    assert plain(Decimal("0.00")) == "0"
    assert str(canonical(Decimal("100.00"))) == "100"


@pytest.mark.parametrize(
    ("full", "points", "shares"),
    [
        (200, [0, 200, 200], [(0, 67), (66, 66), (67, 67)]),
        (400, [350, 400, 400], [(117, 133), (133, 134), (133, 133)]),
        (100, [], []),
        (100, [0, 0], [(0, 50), (0, 50)]),
    ],
)
def test_shares_of_a_mean_add_up_and_none_has_more_than_its_part(full, points, shares):
    assert list(shares_of_mean(full, points)) == shares


@given(full=st.integers(1, 1000), shares=st.lists(st.fractions(0, 1), min_size=1, max_size=12))
def test_any_shares_of_a_mean_add_up_to_it(full, shares):
    points = [int(full * share) for share in shares]
    found = list(shares_of_mean(full, points))
    assert sum(earned for earned, _offer in found) == round_ratio(sum(points), len(points))
    assert sum(offer for _earned, offer in found) == full
    assert all(0 <= earned <= offer for earned, offer in found)
