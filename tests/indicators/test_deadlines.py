"""完成时限 and nodes (workbook.md, scoring.md §2)."""

from datetime import date

import pytest

from common.quarters import QuarterCode
from common.workdays import WorkCalendar
from indicators.deadlines import Node, held_nodes, nodes, parse_deadline

Q1, Q2, Q3, Q4 = (QuarterCode(2023, number) for number in (1, 2, 3, 4))
CALENDAR = WorkCalendar({date(2023, 6, 22): False, date(2023, 6, 25): True})


@pytest.mark.parametrize(
    ("cycle", "text", "written"),
    [
        ("month", "每月25日", "每月25日"),
        ("month", " 每月 ２５ 日\u3000", "每月25日"),
        ("quarter", "每季末5日前", "每季末5日前"),
        ("quarter", "每季度末１０日前", "每季末10日前"),
        ("half_year", "6月20日", "6月20日"),
        ("year", "０９月0１日", "9月1日"),
        ("year", "2月29日", "2月29日"),
    ],
)
def test_a_deadline_is_read_and_written_in_its_one_form(cycle, text, written):
    deadline = parse_deadline(cycle, text)
    assert str(deadline) == written
    assert parse_deadline(cycle, written) == deadline


@pytest.mark.parametrize(
    ("cycle", "text"),
    [
        ("month", "6月20日"),
        ("month", "每月32日"),
        ("month", "每月0日"),
        ("month", "25日"),
        ("quarter", "每月25日"),
        ("quarter", "每季末90日前"),
        ("half_year", "每季末5日前"),
        ("year", "2月30日"),
        ("year", "13月1日"),
        ("year", "6月0日"),
        ("year", "年底"),
        ("year", ""),
        ("week", "每月1日"),
    ],
)
def test_what_the_cycle_cannot_take_is_refused_with_what_would_be_right(cycle, text):
    with pytest.raises(ValueError, match=r"应当|没有"):
        parse_deadline(cycle, text)


def test_a_month_beyond_its_end_is_due_on_its_last_day():
    assert nodes(parse_deadline("month", "每月31日"), Q1) == [
        Node("2023-01", date(2023, 1, 31)),
        Node("2023-02", date(2023, 2, 28)),
        Node("2023-03", date(2023, 3, 31)),
    ]


def test_a_quarter_is_due_so_many_days_before_its_last():
    assert nodes(parse_deadline("quarter", "每季末5日前"), Q1) == [Node("2023Q1", date(2023, 3, 26))]


@pytest.mark.parametrize("written", ["6月20日", "12月20日"])
def test_a_half_year_has_its_nodes_in_the_second_and_fourth_quarter(written):
    deadline = parse_deadline("half_year", written)
    assert [nodes(deadline, quarter) for quarter in (Q1, Q2, Q3, Q4)] == [
        [],
        [Node("2023Q2", date(2023, 6, 20))],
        [],
        [Node("2023Q4", date(2023, 12, 20))],
    ]


def test_a_year_has_its_node_in_the_quarter_of_the_deadline_as_written():
    calendar = WorkCalendar()
    first_of_april = parse_deadline("year", "4月1日")  # a Saturday: due in March, still a node of the second quarter
    assert nodes(first_of_april, Q1, calendar) == []
    assert nodes(first_of_april, Q2, calendar) == [Node("2023Q2", date(2023, 3, 31))]
    assert nodes(parse_deadline("year", "2月29日"), Q1) == [Node("2023Q1", date(2023, 2, 28))]


def test_a_deadline_on_a_day_off_moves_to_the_working_day_before():
    monthly = parse_deadline("month", "每月25日")
    assert [node.due for node in nodes(monthly, Q2, CALENDAR)] == [
        date(2023, 4, 25),
        date(2023, 5, 25),
        date(2023, 6, 25),
    ]
    assert nodes(parse_deadline("year", "6月22日"), Q2, CALENDAR)[0].due == date(2023, 6, 21)


@pytest.mark.parametrize(
    ("joined", "left", "taken_on", "periods"),
    [
        (None, None, None, ["2023-04", "2023-05", "2023-06"]),
        (date(2023, 4, 30), None, None, ["2023-04", "2023-05", "2023-06"]),
        (date(2023, 5, 1), None, None, ["2023-05", "2023-06"]),
        (None, date(2023, 4, 1), None, ["2023-04"]),
        (None, None, date(2023, 6, 30), ["2023-06"]),
        (date(2023, 5, 31), date(2023, 5, 31), date(2023, 4, 2), ["2023-05"]),
        (None, date(2023, 4, 30), date(2023, 5, 1), []),
    ],
)
def test_monthly_nodes_follow_employment_and_the_month_taken_on(joined, left, taken_on, periods):
    found = nodes(parse_deadline("month", "每月25日"), Q2)
    assert [node.period for node in held_nodes(found, joined=joined, left=left, taken_on=taken_on)] == periods


def test_other_nodes_count_for_everybody_scored():
    found = nodes(parse_deadline("quarter", "每季末5日前"), Q2)
    assert held_nodes(found, joined=date(2023, 6, 30), left=None, taken_on=date(2023, 6, 30)) == found
