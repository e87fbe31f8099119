"""The table of demo logins that `make run` shows."""

import pytest

from perfmgmt.management.commands.prepare import demo_logins, display_width


def test_a_chinese_character_is_two_columns_wide():
    assert display_width("工号 101") == 8


@pytest.mark.django_db
def test_no_demo_no_table():
    assert demo_logins() == ""
