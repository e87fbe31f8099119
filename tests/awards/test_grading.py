"""Quotas round down, ties at the border are shown whole, and misconduct is never suggested for the highest grade."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from awards import grading
from awards.grading import Standing, Why, Word

D = Decimal
GRADES = {"good_percent": 40, "fair_percent": 10, "poor_below": D("60.00")}


def people(figures: dict[str, int], misconduct: tuple[str, ...] = (), **grades: tuple[str, ...]) -> dict[str, Standing]:
    """Standings by whole figures, ranked as scoring ranks."""
    exact = {name: D(figure) for name, figure in figures.items()}
    return {
        name: Standing(rank, exact[name], name in misconduct, grades.get(name, ()))
        for name, rank in grading.ranked(exact).items()
    }


@pytest.mark.parametrize(
    ("number", "percent", "places"),
    [(200, 40, 80), (199, 40, 79), (202, 40, 80), (4, 40, 1), (2, 40, 0), (0, 40, 0), (99, 20, 19), (99, 25, 24)],
)
def test_within_rounds_down(number, percent, places):
    assert grading.quota(number, percent) == places
    assert places * 100 <= number * percent < (places + 1) * 100


def test_a_tie_that_fits_the_quota_is_no_border():
    found = grading.first({"a": 1, "b": 2, "c": 2, "d": 4}, 3)
    assert found == {"a": False, "b": False, "c": False}


def test_a_tie_across_the_border_is_shown_whole():
    found = grading.first({"a": 1, "b": 2, "c": 2, "d": 2, "e": 5}, 2)
    assert found == {"a": False, "b": True, "c": True, "d": True}


def test_who_is_passed_over_frees_no_place_but_settles_a_tie():
    ranks = {"a": 1, "b": 2, "c": 2, "d": 4}
    assert grading.first(ranks, 2, passed_over={"b"}) == {"a": False, "c": False}
    assert grading.first(ranks, 2, passed_over={"a"}) == {"b": True, "c": True}


def test_the_last_are_counted_from_the_end():
    ranks = {"a": 1, "b": 2, "c": 3, "d": 4, "e": 4}
    assert grading.last(ranks, 2) == {"d": False, "e": False}
    assert grading.last(ranks, 1) == {"d": True, "e": True}
    assert grading.last(ranks, 0) == {}


def test_every_quarter_grade_has_its_rule():
    found = grading.quarterly(
        people({"a": 95, "b": 94, "c": 93, "d": 90, "e": 85, "f": 84, "g": 83, "h": 82, "i": 70, "j": 50}, ("b",)),
        **GRADES,
    )
    words = {name: (one.word, one.why) for name, one in found.items()}
    assert words == {
        "a": (Word.GOOD, Why.WITHIN_QUOTA),
        "b": (Word.BETTER, Why.MISCONDUCT),
        "c": (Word.GOOD, Why.WITHIN_QUOTA),
        "d": (Word.GOOD, Why.WITHIN_QUOTA),
        "e": (Word.BETTER, Why.BETWEEN),
        "f": (Word.BETTER, Why.BETWEEN),
        "g": (Word.BETTER, Why.BETWEEN),
        "h": (Word.BETTER, Why.BETWEEN),
        "i": (Word.BETTER, Why.BETWEEN),
        "j": (Word.POOR, Why.UNDER_THRESHOLD),
    }


def test_the_last_tenth_is_fair_and_the_tie_at_its_border_is_shown():
    found = grading.quarterly(people({str(n): 100 - min(n, 9) for n in range(1, 11)}), **GRADES)
    assert {name: one.at_border for name, one in found.items() if one.word == Word.FAIR} == {"9": True, "10": True}


def test_properties_of_the_quota_on_many_bureaus():
    drawn = random.Random(20230401)  # cases, not secrets
    for _case in range(300):
        size = drawn.randrange(1, 60)
        figures = {str(n): drawn.randrange(50, 50 + drawn.choice((5, 20, 60))) for n in range(size)}
        misconduct = tuple(name for name in figures if drawn.random() < 0.05)
        standings = people(figures, misconduct)
        found = grading.quarterly(standings, **GRADES)
        places = grading.quota(size, 40)
        good = {name: one for name, one in found.items() if one.word == Word.GOOD}
        settled = [name for name, one in good.items() if not one.at_border]
        assert set(found) == set(figures), "nobody is dropped"
        assert len(settled) <= places, "what may be adopted at once never exceeds the quota"
        assert not set(good) & set(misconduct)
        tied = {standings[name].rank for name, one in good.items() if one.at_border}
        assert len(tied) <= 1, "there is one border"
        for rank in tied:
            whole = {name for name, one in standings.items() if one.rank == rank and not one.misconduct}
            assert whole == {name for name, one in good.items() if one.at_border}, "the tied are all listed"
            assert len(settled) + len(whole) > places - len(set(misconduct)), "and the places do not suffice"
        if not tied:
            best_without = [one.rank for name, one in standings.items() if name not in good and not one.misconduct]
            assert all(rank > places for rank in best_without), "no place within the quota is left out"


def test_the_year_wants_more_than_a_rank():
    found = grading.annual(
        people(
            {"a": 95, "b": 94, "c": 93, "d": 80, "e": 50, "f": 79, "g": 78, "h": 77, "i": 76, "j": 75},
            ("a",),
            b=("good", "fair"),
            d=("poor",),
        ),
        percent=30,
        basic_below=D("60.00"),
    )
    assert (found["a"].word, found["a"].why) == (Word.COMPETENT, Why.MISCONDUCT)
    assert (found["b"].word, found["b"].why) == (Word.COMPETENT, Why.GRADED_DOWN)
    assert (found["c"].word, found["c"].why) == (Word.EXCELLENT, Why.WITHIN_QUOTA)
    assert (found["d"].word, found["d"].why) == (Word.BASIC, Why.GRADED_DOWN)
    assert (found["e"].word, found["e"].why) == (Word.BASIC, Why.UNDER_THRESHOLD)
    assert {found[name].word for name in "fghij"} == {Word.COMPETENT}


def test_promotion_prefers_the_first_and_holds_back_the_last_and_who_offended():
    found = grading.promotion(
        people({str(n): 100 - n for n in range(10)}, ("0", "4"), **{"5": ("poor",), "1": ("fair",)}),
        preferred_percent=30,
        held_back_percent=10,
    )
    words = {name: (one.word, one.why) for name, one in found.items()}
    assert words["0"] == words["4"] == (Word.HELD_BACK, Why.MISCONDUCT)
    assert words["1"] == (Word.NORMAL, Why.GRADED_DOWN)
    assert words["2"] == (Word.PREFERRED, Why.WITHIN_QUOTA)
    assert words["3"] == (Word.NORMAL, Why.BETWEEN)
    assert words["5"] == (Word.HELD_BACK, Why.GRADED_DOWN)
    assert words["9"] == (Word.HELD_BACK, Why.AMONG_LAST)


def test_a_department_is_talked_to_after_two_years_among_the_last():
    now = {"a": D("80"), "b": D("81"), "c": D("90"), "d": D("95")}
    before = {"a": D("85"), "b": D("92"), "c": D("84"), "d": D("95")}
    found = grading.twice_last(now, before, places=2)
    assert {name: one.word for name, one in found.items()} == {"a": Word.TALK, "b": Word.REMIND}
    assert {one.word for one in grading.twice_last(now, {}, places=2).values()} == {Word.REMIND}


def test_departments_tied_at_the_border_are_all_shown():
    found = grading.twice_last({"a": D(80), "b": D(81), "c": D(81), "d": D(95)}, {}, places=2)
    assert {name: one.at_border for name, one in found.items()} == {"a": False, "b": True, "c": True}
