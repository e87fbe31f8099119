"""结果运用 on the sample bureau: the suggestions are those of the independent ranks."""

import math
from copy import deepcopy

import pytest

from awards.grading import Word
from awards.models import UseList
from awards.queries.uses import lines_of, quota_of
from awards.services.uses import draw_list
from organization.models import Bureau
from scoring.models import Adjustment
from scoring.queries.annual import annual_rows
from tests.awards.sample import NOW, expected, office, sample_bureau

pytestmark = pytest.mark.django_db
Kind = UseList.Kind
build = sample_bureau


@pytest.fixture
def xishan(built: Bureau) -> Bureau:
    return deepcopy(built)


def test_the_quarter_grade_is_that_of_the_independent_ranks(xishan: Bureau) -> None:
    wanted = expected("2023Q1")
    ranked = {number for number, row in wanted.items() if row["单位排名"]}
    places = math.floor(len(ranked) * 0.4)
    minus = set(
        Adjustment.objects.filter(
            bureau=xishan, quarter__code="2023Q1", disciplinary=True, state="counted"
        ).values_list("employee__number", flat=True)
    )
    use_list = draw_list(bureau=xishan, kind=Kind.QUARTERLY_GRADE, period="2023Q1", actor=office(xishan), now=NOW)
    lines = {line.employee.number: line for line in lines_of(use_list)}
    assert set(lines) == set(wanted)
    good = {number for number, line in lines.items() if line.suggestion == Word.GOOD}
    assert good == {number for number in ranked if int(wanted[number]["单位排名"]) <= places} - minus
    assert minus
    assert {number for number, line in lines.items() if not line.suggestion} == set(wanted) - ranked
    assert all(line.reason for line in lines.values())
    assert all(line.decision == "" for line in lines.values())
    quota = quota_of(use_list)
    assert (quota.ranked, quota.places, quota.used, quota.suggested) == (200, 80, 0, len(good))
    for number, row in wanted.items():
        figures = lines[number].figures
        assert (figures["total"], str(figures["rank"] or "")) == (row["总分"], row["单位排名"])


def test_the_annual_grade_is_that_of_the_annual_ranks(xishan: Bureau) -> None:
    rows = {row.number: row for row in annual_rows(xishan, 2023)}
    use_list = draw_list(bureau=xishan, kind=Kind.ANNUAL_GRADE, period="2023", actor=office(xishan), now=NOW)
    lines = {line.employee.number: line for line in lines_of(use_list)}
    assert set(lines) == set(rows)
    ranked = [row for row in rows.values() if row.bureau_rank]
    places = len(ranked) * 20 // 100
    for number, line in lines.items():
        if line.suggestion == Word.EXCELLENT:
            assert (rows[number].bureau_rank or 0) <= places
            assert not line.figures["misconduct"]
        if rows[number].bureau_rank is None:
            assert line.suggestion == ""
            assert line.reason
    assert quota_of(use_list).places == places == 39


def test_promotion_prefers_and_holds_back_with_reasons(xishan: Bureau) -> None:
    use_list = draw_list(bureau=xishan, kind=Kind.PROMOTION, period="2023", actor=office(xishan), now=NOW)
    lines = [line for line in lines_of(use_list) if line.suggestion]
    words = {word: [line for line in lines if line.suggestion == word] for word in Word}
    assert 0 < len(words[Word.PREFERRED]) <= 39
    assert all(line.figures["rank"] <= 39 for line in words[Word.PREFERRED])
    assert all(line.figures["rank"] > 180 or line.figures["misconduct"] for line in words[Word.HELD_BACK])
    assert all(line.reason.startswith("单位排名第") for line in lines)
