"""Scopes nest and end, and every job has one."""

from __future__ import annotations

import inspect
import threading

import pytest

from common.tenancy import EVERYBODY, NOBODY, across, closed, enter, scope, within
from perfmgmt.celery import app
from perfmgmt.runs import TELLING

OF_NO_BUREAU = {"perfmgmt.jobs.heartbeat", "perfmgmt.jobs.catch_up", "perfmgmt.jobs.clean_runs"}
"""Jobs of the machinery, which touch no table that has a policy."""
OURS = ("audit", "awards", "common", "exchange", "indicators", "notifications", "organization", "perfmgmt", "reports",
        "reviews", "scoring", "supervision", "tasks_market")  # fmt: skip


def test_scopes_nest_and_end_with_their_blocks() -> None:
    before = scope()
    with closed():
        assert scope() == NOBODY
        with within(7):
            assert scope() == "7"
            with across():
                assert scope() == EVERYBODY
            assert scope() == "7"
        enter(8)
        assert scope() == "8"
        with pytest.raises(ZeroDivisionError), within(9):
            raise ZeroDivisionError
        assert scope() == "8"
    assert scope() == before


def test_a_scope_stays_in_its_thread() -> None:
    seen: list[str] = []
    with within(7):
        thread = threading.Thread(target=lambda: seen.append(scope()))
        thread.start()
        thread.join()
    assert seen == [NOBODY]


def test_a_decorated_function_has_its_scope_each_time() -> None:
    asked = across()(scope)
    with within(7):
        assert (asked(), asked(), scope()) == (EVERYBODY, EVERYBODY, "7")


@pytest.mark.parametrize("wrong", [0, -1])
def test_no_id_means_everybody(wrong: int) -> None:
    with pytest.raises(ValueError, match="no bureau's id"), within(wrong):
        pass


def test_every_job_is_a_bureaus_or_says_across() -> None:
    app.loader.import_default_modules()
    for name, task in app.tasks.items():
        if name.split(".")[0] in OURS and name not in OF_NO_BUREAU:
            is_across = hasattr(task.run, "__wrapped__")
            assert is_across or TELLING.keys() & set(inspect.signature(task.run).parameters), name
