"""Quarters, working days, text, verdicts and errors."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from common.digest import digest_of_data
from common.errors import Conflict, DomainError, Frozen, InvalidInput, Refused
from common.quarters import QuarterCode, quarter_of_period
from common.text import clean, code, half_width, split_list, written
from common.verdict import Verdict
from common.workdays import WorkCalendar


@pytest.mark.parametrize("text", ["2023Q1", " 2023q1", "２０２３Ｑ１", "2023 Q1", "2023年1季度", "2023年第一季度"])
def test_a_quarter_is_read_in_the_spellings_people_use(text):
    assert QuarterCode.parse(text) == QuarterCode(2023, 1)


@pytest.mark.parametrize("text", ["2023", "2023Q5", "2023Q0", "Q1", "0000Q1", "2023-01", ""])
def test_what_is_no_quarter_is_refused(text):
    with pytest.raises(ValueError, match="2023Q1"):
        QuarterCode.parse(text)


def test_a_quarter_knows_its_days_and_neighbours():
    last = QuarterCode(2023, 4)
    assert str(last) == "2023Q4"
    assert (last.first_day, last.last_day) == (date(2023, 10, 1), date(2023, 12, 31))
    assert last.months() == ["2023-10", "2023-11", "2023-12"]
    assert last.next() == QuarterCode(2024, 1)
    assert QuarterCode(2024, 1).previous() == last
    assert last < last.next()
    assert last.contains(date(2023, 12, 31))
    assert not last.contains(date(2024, 1, 1))
    assert QuarterCode.of(date(2024, 2, 29)).last_day == date(2024, 3, 31)
    assert quarter_of_period("2023-11") == quarter_of_period("2023Q4") == last


CALENDAR = WorkCalendar(
    {date(2023, 4, 5): False, date(2023, 4, 23): True, date(2023, 4, 29): False, date(2023, 5, 1): False},
    frozenset({2023}),
)


def test_working_days_are_counted_like_day_by_day():
    first = date(2023, 3, 27)
    for start in range(0, 40, 3):
        for length in range(-1, 40):
            begin = first + timedelta(start)
            span = [begin + timedelta(step) for step in range(length + 1)]
            expected = sum(CALENDAR.is_workday(day) for day in span)
            assert CALENDAR.count(begin, begin + timedelta(length)) == expected


def test_working_days_are_added_and_moved_to():
    assert CALENDAR.add(date(2023, 4, 21), 1) == date(2023, 4, 23)
    assert CALENDAR.add(date(2023, 4, 6), -1) == date(2023, 4, 4)
    assert CALENDAR.add(date(2023, 4, 8), 0) == date(2023, 4, 8)
    assert CALENDAR.on_or_before(date(2023, 5, 1)) == date(2023, 4, 28)
    assert CALENDAR.on_or_before(date(2023, 4, 23)) == date(2023, 4, 23)


@pytest.mark.parametrize(("due", "left"), [((2023, 4, 4), 0), ((2023, 4, 7), 2), ((2023, 4, 3), -1), ((2023, 4, 5), 0)])
def test_working_days_left(due, left):
    assert CALENDAR.workdays_left(date(2023, 4, 4), date(*due)) == left


def test_a_calendar_says_which_years_it_knows():
    assert CALENDAR.knows(date(2023, 1, 1))
    assert not CALENDAR.knows(date(2024, 1, 1))


def test_text_of_people_is_cleaned():
    assert clean("\u3000\u00a0 溪山\x07县 \ufeff\n") == "溪山县"
    assert half_width("Ｄ０１（％）") == "D01(%)"
    assert code(" Ｄ０１\u3000") == "D01"
    assert split_list("干部； 联络员;;") == ["干部", "联络员"]


def test_lines_end_alike_whatever_the_browser_sends():
    assert written(" 甲\r\n乙\r丙\n丁\x00 \r\n") == "甲\n乙\n丙\n丁"


def test_a_digest_that_was_signed_stays_what_it_was():
    content = [["谈话", "7"], {"b": [1, None, Decimal("2.50"), date(2023, 9, 1)], "a": "甲\n乙"}]
    assert digest_of_data(content) == "93916b4944e66e0b1141a940d9b5a9e42db8bc0fc0ab0fad895f338261b4b13b"


def test_a_verdict_is_its_answer_and_refuses_with_its_sentence():
    assert Verdict.yes()
    Verdict.yes().require()
    no = Verdict.no("名额已满，请选别的任务。", code="full")
    assert not no
    with pytest.raises(Refused) as caught:
        no.require()
    assert (caught.value.message, caught.value.code, caught.value.status) == ("名额已满，请选别的任务。", "full", 403)


@pytest.mark.parametrize(
    ("kind", "status", "error_code"),
    [
        (InvalidInput, 400, "invalid"),
        (Refused, 403, "refused"),
        (Conflict, 409, "conflict"),
        (Frozen, 409, "frozen"),
    ],
)
def test_errors_carry_status_code_and_fields(kind, status, error_code):
    error = kind("句子。", fields={"value": "应当填数字"})
    assert isinstance(error, DomainError)
    assert (error.status, error.code, str(error), error.fields) == (
        status,
        error_code,
        "句子。",
        {"value": "应当填数字"},
    )
