"""What is shown of a bureau's sums and what is not: by hand, and as somebody who wants to know more would try."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest

from reports.upward_sums import FEWEST, Figures, Group, How, Ratio, gap_of, of_people, of_things, scored, together
from scoring.formula import SchemeValues

SCHEME = SchemeValues()


def group(people: int, lost: int = 0, **values: object) -> Group:
    """People who have everything but what is said."""
    full = {"common": Decimal(30 * people), "individual": Decimal(60 * people), "competitive": Decimal(10 * people)}
    counts = {f"gained_{part}": people for part in full} | {f"short_{part}": 0 for part in full}
    return Group(**{"people": people, "lost": lost} | full | counts | values)


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (0, 4, None), (4, 4, None), (0, 5, "0.00"), (5, 5, "100.00"),
        (1, 5, None), (3, 7, None), (4, 8, None), (3, 8, "≤50.00"),  # few on both sides
        (4, 9, "≤44.44"), (1, 200, "≤2.00"), (4, 200, "≤2.00"), (5, 200, "2.50"),
        (195, 200, "97.50"), (196, 200, "≥98.00"), (199, 200, "≥98.00"), (200, 200, "100.00"), (5, 9, "≥55.56"),
    ],
)  # fmt: skip
def test_a_few_people_are_only_bounded(part: int, whole: int, shown: str | None) -> None:
    ratio = of_people(part, whole)
    assert (ratio.text if ratio else None) == shown


def test_no_number_from_one_to_four_can_be_told_from_another() -> None:
    """Neither of those counted nor of the rest, whatever the size."""
    for whole in range(1, 30):
        shown = {part: of_people(part, whole) for part in range(whole + 1)}
        for one, other in product(shown, shown):
            if shown[one] is None or shown[one] != shown[other] or one == other:
                continue
            assert (0 < one < FEWEST and 0 < other < FEWEST) or (
                0 < whole - one < FEWEST and 0 < whole - other < FEWEST
            )
        exact = [part for part, ratio in shown.items() if ratio and ratio.how is How.EXACT]
        assert all(part == 0 or part >= FEWEST for part in exact)
        assert all(part == whole or whole - part >= FEWEST for part in exact)


def test_things_are_shown_from_five_on() -> None:
    assert of_things(1, 4) is None
    assert of_things(1, 5) == Ratio(1, 5)


def test_sums_are_made_of_what_is_shown() -> None:
    assert together([None, None]) is None
    assert together([None, Ratio(4, 9, How.AT_MOST)]) == Ratio(4, 9, How.AT_MOST)
    assert together([Ratio(6, 12), Ratio(5, 8)]) == Ratio(11, 20)
    assert together([Ratio(4, 9, How.AT_MOST), Ratio(5, 8)]) == Ratio(9, 17, How.ABOUT)


def test_the_largest_gap_stands_for_several() -> None:
    several = [Figures(people=5), Figures(people=7, gap=Decimal("3.10")), Figures(gap=Decimal("9.00"))]
    assert Figures.sum(several) == Figures(people=12, gap=Decimal("9.00"))


def test_scores_of_fewer_than_five_tell_nothing() -> None:
    assert scored([group(3), group(1)], SCHEME) == {}


def test_attainment_by_part() -> None:
    shown = scored([group(6, lost=6, common=Decimal("170.50"), short_common=6), group(6)], SCHEME)
    assert shown["common"] == Ratio(35050, 36000)
    assert shown["individual"] == Ratio(72000, 72000)
    assert shown["whole"] == Ratio(35050 + 72000 + 12000, 120000)
    assert shown["lost"] == Ratio(6, 12)
    assert shown["departments"] == Ratio(1, 2)


@pytest.mark.parametrize("values", [{"gained_competitive": 1}, {"gained_competitive": 4}, {"short_competitive": 2}])
def test_a_part_that_a_few_have_made_is_theirs(values: dict[str, int]) -> None:
    """Nor is the whole shown, from which the part would be taken out again."""
    shown = scored([group(20, competitive=Decimal(3), **values)], SCHEME)
    assert shown["competitive"] is None
    assert shown["whole"] is None
    assert shown["common"] == Ratio(60000, 60000)


def test_a_part_without_weight_has_no_share() -> None:
    scheme = SchemeValues(common_weight=Decimal(40), competitive_cap=Decimal(0))
    shown = scored([group(5, competitive=Decimal(0), gained_competitive=0, common=Decimal(200))], scheme)
    assert shown["competitive"] is None
    assert shown["whole"] == Ratio(50000, 50000)


def test_small_departments_do_not_count_and_few_people_hide_theirs() -> None:
    large, small = group(6, lost=5), group(2, lost=2)
    assert scored([large, small, group(7)], SCHEME)["departments"] == Ratio(1, 2)
    assert scored([group(9, lost=2), group(6, lost=1)], SCHEME)["departments"] is None


def test_the_gap_has_five_at_each_end() -> None:
    highest = [Decimal(number) for number in (99, 98, 97, 96, 95)]
    lowest = [Decimal(number) for number in (80, 81, 82, 83, 84)]
    assert gap_of(highest, lowest, 10) == Decimal("15.00")
    assert gap_of(highest, lowest, 9) is None
