"""The collector of cycles waits for short work, and is then as it was."""

import gc

import pytest

from common.garbage import left_for_later


def test_the_collector_waits_and_is_then_as_it_was():
    assert gc.isenabled()
    with left_for_later():
        assert not gc.isenabled()
        with left_for_later():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_comes_back_after_a_failure():
    with pytest.raises(LookupError), left_for_later():
        raise LookupError
    assert gc.isenabled()
