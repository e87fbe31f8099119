"""The sample's three showings: whose words they are, and what there is to try. (The rows are looked at in test_demo.)"""

from __future__ import annotations

from itertools import pairwise

import pytest

from organization.models import Employee, Post
from perfmgmt.demo import SAMPLE
from perfmgmt.demo_words import Text, Words, first_clause


@pytest.fixture
def words() -> Words:
    return Words(SAMPLE)


def clerks(number: int, post: str = "G1401") -> list[Employee]:
    return [Employee(pk=one, number=f"9{one:03d}", post=Post(code=post)) for one in range(1, number + 1)]


def test_each_says_something_else_and_what_suits_the_post_first(words: Words) -> None:
    given = words.statements(clerks(34), 8)
    assert len(given) == len(set(given.values())) == 34
    assert sum(text.kind == "办税窗口" for text in given.values()) == 5  # all that there are


def test_nobody_says_the_same_two_months_running(words: Words) -> None:
    months = [words.statements(clerks(1, "G1404"), month)[1] for month in range(1, 9)]
    assert all(before != after for before, after in pairwise(months))


def test_in_january_nobody_speaks_of_june_while_there_is_something_else(words: Words) -> None:
    assert all(text.happened_by(1) for text in words.statements(clerks(10, "G0101"), 1).values())
    assert not Text("文秘督办", ("六月起草综合材料", "", "")).happened_by(5)


def test_remarks_suit_whom_they_are_about_and_do_not_repeat(words: Words) -> None:
    person = clerks(1, "G0801")[0]
    said: set[str] = set()
    for turn in range(40):
        said.add(words.of_leader(person, turn, said))
    assert len(said) == 40
    assert not [text for text in said if "窗口" in text]


def test_a_task_is_the_first_thing_that_somebody_plans() -> None:
    assert first_clause("把台账补齐，下周前完成；月底请人复核。再看一遍。") == "把台账补齐，下周前完成"


def test_the_same_sample_gives_the_same_words(words: Words) -> None:
    assert words.statements(clerks(20), 3) == Words(SAMPLE).statements(clerks(20), 3)
