"""The mean of marks, and what strikes one about ballots."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.exact import round2
from reviews.marks import Ballot, Flags, flags_of, is_trimmed, mean_mark

MARKS = st.lists(st.integers(0, 100), max_size=30)


@pytest.mark.parametrize(("marks", "mean"), [
    ([], None),
    ([87], "87.00"),
    ([90, 91], "90.50"),
    ([80, 90, 91], "87.00"),
    ([80, 80, 81], "80.33"),
    ([80, 81, 81], "80.67"),
    ([0, 100, 90, 90, 90], "74.00"),
    ([0, 100, 90, 90, 90, 91], "90.25"),
    ([100] * 6, "100.00"),
    ([60, 60, 100, 100, 80, 81, 82], "80.60"),
])  # fmt: skip
def test_mean(marks, mean):
    assert mean_mark(marks) == (None if mean is None else Decimal(mean))


@given(MARKS)
def test_above_five_the_extremes_go_once_each(marks):
    counted = sorted(marks)[1:-1] if len(marks) > 5 else marks
    assert is_trimmed(len(marks)) is (len(marks) > 5)
    assert mean_mark(marks) == (round2(Fraction(sum(counted), len(counted))) if counted else None)


@given(MARKS.filter(bool), st.randoms())
def test_the_order_does_not_matter_and_the_mean_lies_between(marks, random):
    mixed = list(marks)
    random.shuffle(mixed)
    assert min(marks) <= mean_mark(mixed) == mean_mark(marks) <= max(marks)


def ballots(*pairs):
    return [Ballot(mark, comment) for mark, comment in pairs]


@pytest.mark.parametrize(("given", "flags"), [
    (ballots(), Flags()),
    (ballots((90, "业务熟，待人和气")), Flags()),
    (ballots((90, "业务熟，待人和气"), (90, "肯帮人，从不推事")), Flags(same_mark=True)),
    (ballots((90, "业务熟，待人和气"), (91, "肯帮人，从不推事")), Flags()),
    (ballots((90, "很好"), (91, "肯帮人，从不推事")), Flags(short=True)),
    (ballots((90, "业务熟，待人和气"), (91, "业务熟， 待人和气")), Flags(repeated=True)),
    (ballots((90, "很好"), (90, "很好")), Flags(True, True, True)),
    (ballots((None, "业务熟，待人和气"), (None, "肯帮人，从不推事")), Flags()),
    (ballots((90, ""), (None, "")), Flags()),
])  # fmt: skip
def test_flags(given, flags):
    assert flags_of(given) == flags
    assert bool(flags) is (flags != Flags())
