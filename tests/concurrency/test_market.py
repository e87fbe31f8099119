"""Two hundred people press 抢单 in the same moment (issue: concurrency proof).

Real connections on PostgreSQL. Each race has its twin with the guard taken away, which must fail: a race that never
happens proves nothing.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection
from django.db.models import Count, F
from django.utils import timezone

from audit.models import Entry
from common.errors import DomainError
from notifications.models import Notification
from organization.models import Employee
from tasks_market import jobs
from tasks_market.models import Claim, Task
from tasks_market.services import acceptance, assigning, claiming, doing, steps
from tests.concurrency.together import at_once, met, only_sentences, slowly, without_row_locks
from tests.factories import make_bureau, make_claim, make_employee, make_quarter, make_task

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

NOW = timezone.now()
HOUR = timedelta(hours=1)


@pytest.fixture
def bureau() -> Any:
    bureau = make_bureau()
    make_quarter(bureau)
    return bureau


def posted(bureau: Any, **values: Any) -> Task:
    defaults: dict[str, Any] = {
        "state": Task.State.POSTED,
        "posted_at": NOW - HOUR,
        "due_at": NOW + 24 * HOUR,
        "announced": True,
    }
    make_task(bureau, **defaults | values)
    return Task.objects.select_related("quarter", "bureau", "department").latest("pk")


def people(bureau: Any, count: int, **values: Any) -> list[Employee]:
    made = [make_employee(bureau, **values) for _number in range(count)]
    return list(Employee.objects.select_related("bureau").filter(pk__in=[one.pk for one in made]).order_by("pk"))


def claiming_of(task: Task, person: Employee, part: str = "") -> Callable[[], object]:
    return lambda: claiming.claim_task(task=task, actor=person, now=NOW, part=part)


def counted(task: Task) -> tuple[int, int]:
    """Places that the task says are taken, and claims that hold one."""
    return Task.objects.get(pk=task.pk).places_taken, Claim.objects.holding().filter(task=task).count()


def read_check_save(task: Task, _now: object, _part: str = "") -> bool:
    """The control: a place taken by reading, checking and saving."""
    current = Task.objects.get(pk=task.pk)
    if current.places_left <= 0:
        return False
    current.places_taken += 1
    current.save(update_fields=["places_taken"])
    return True


def places_only(task: Task, _now: object, _part: str = "") -> bool:
    """The control: the UPDATE that names the places, but not the window."""
    free = Task.objects.filter(pk=task.pk, places_taken__lt=F("places"))
    return free.update(places_taken=F("places_taken") + 1) == 1


@contextmanager
def patched(*patches: Any) -> Iterator[None]:
    with ExitStack() as stack:
        for one in patches:
            stack.enter_context(one)
        yield


@pytest.mark.parametrize("guarded", [True, False])
def test_two_hundred_claims_for_five_places(bureau: Any, guarded: bool) -> None:
    task = posted(bureau, places=5)
    crowd = people(bureau, 200)
    with patched(*([] if guarded else [patch.object(claiming, "occupy", slowly(read_check_save, 0))])):
        raised = at_once([claiming_of(task, person) for person in crowd])
    assert (counted(task) == (5, 5)) is guarded
    if guarded:
        assert only_sentences(raised)
        assert sum(error is None for error in raised) == 5
        assert Entry.objects.filter(action="claim.claim").count() == 5


@pytest.mark.parametrize("guarded", [True, False])
def test_one_person_claims_ten_tasks_at_once(bureau: Any, guarded: bool) -> None:
    tasks = [posted(bureau) for _number in range(10)]
    person = people(bureau, 1)[0]
    slow_look = patch.object(claiming, "claimer_facts", met(claiming.claimer_facts))
    with patched(slow_look, *([] if guarded else [patch.object(claiming, "lock_people", lambda *_ids: None)])):
        raised = at_once([claiming_of(task, person) for task in tasks])
    assert only_sentences(raised)
    assert (Claim.objects.filter(employee=person).count() == 3) is guarded


@pytest.mark.parametrize("guarded", [True, False])
def test_one_person_claims_one_task_twice_at_once(bureau: Any, guarded: bool) -> None:
    """Behind the locks stands the unique index; the control shows that it speaks when they do not."""
    task = posted(bureau)
    person = people(bureau, 1)[0]
    with patched(*([] if guarded else [patch.object(claiming, "lock_people", lambda *_ids: None)])):
        raised = at_once([claiming_of(task, person)] * 8)
    assert only_sentences(raised)
    assert counted(task) == (1, 1)


@pytest.mark.parametrize("guarded", [True, False])
def test_claims_against_withdrawals(bureau: Any, guarded: bool) -> None:
    """One presses 退单 three times while others wait for the place: it is given back once, and taken once."""
    agree = []
    for _round in range(5):
        task = posted(bureau, places=1)
        holder, *others = people(bureau, 6)
        claim = make_claim(task, holder, state="held")
        claim = Claim.objects.select_related("task", "bureau").get(pk=claim.pk)
        task.refresh_from_db(fields=["places_taken"])
        withdraw = lambda claim=claim, holder=holder: claiming.withdraw_claim(claim=claim, actor=holder, now=NOW)  # noqa: E731
        free = lambda task=task: Task(**{**vars_of(task), "places_taken": 0})  # noqa: E731
        looked = patch.object(steps, "note_event", met(steps.note_event))
        with patched(looked, *([] if guarded else [without_row_locks()])):
            raised = at_once([withdraw] * 3 + [claiming_of(free(), person) for person in others])
        taken, held = counted(task)
        agree.append(taken == held <= 1 and only_sentences(raised))
    assert all(agree) is guarded


def vars_of(task: Task) -> dict[str, Any]:
    return {field.name: getattr(task, field.name) for field in Task._meta.concrete_fields}


@pytest.mark.parametrize("guarded", [True, False])
def test_claims_against_the_closing_window(bureau: Any, guarded: bool) -> None:
    """What the closing job says is left is what is left: nobody comes in behind it."""
    agree = []
    for _round in range(3):
        closing = NOW + timedelta(seconds=1)
        task = posted(bureau, places=20, claim_until=closing)
        crowd = people(bureau, 16)
        delays = patch.object(claiming, "record_claim", slowly(claiming.record_claim, 0.1))

        def close(closing: datetime = closing) -> None:
            time.sleep(0.12)
            assigning.close_windows(closing)

        with patched(delays, *([] if guarded else [patch.object(claiming, "occupy", places_only)])):
            raised = at_once([close] + [staggered(claiming_of(task, person), n) for n, person in enumerate(crowd)])
        line = Entry.objects.filter(action="task.close").latest("pk")
        agree.append(line.after["places_taken"] == counted(task)[0] == counted(task)[1] and only_sentences(raised))
    assert all(agree) is guarded


def staggered(act: Callable[[], object], n: int) -> Callable[[], object]:
    def later() -> object:
        time.sleep(n * 0.01)
        return act()

    return later


@pytest.mark.parametrize("guarded", [True, False])
def test_assignments_against_claims(bureau: Any, guarded: bool) -> None:
    """A task without a window may be claimed and assigned at the same time: its two places are given away once."""
    office = people(bureau, 1, roles=["office"])[0]
    agree = []
    for _round in range(4):
        task = posted(bureau, places=2)
        crowd = people(bureau, 8)

        def assigning_to(pair: list[Employee], task: Task = task) -> Callable[[], object]:
            return lambda: assigning.assign(task=task, people=pair, actor=office, now=NOW)

        acts = [assigning_to(crowd[:2]), assigning_to(crowd[2:4])]
        acts += [claiming_of(task, person) for person in crowd[4:]]
        unguarded = [
            patch.object(assigning, "occupy_assigned", lambda task, _count: read_check_save(task, None)),
            patch.object(assigning, "lock_task", lambda task: Task.objects.get(pk=task.pk)),
            patch.object(claiming, "occupy", read_check_save),
        ]
        looked = patch.object(assigning, "notify", slowly(assigning.notify, 0.02))
        with patched(looked, *([] if guarded else unguarded)):
            raised = at_once(acts)
        agree.append(counted(task) == (2, 2) and only_sentences(raised))
    assert all(agree) is guarded


@contextmanager
def without_one_lead() -> Iterator[None]:
    """The control: the table as if it let a task have two leads."""
    constraint = next(one for one in Claim._meta.constraints if one.name == "claim_one_lead")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Claim, constraint)
    try:
        yield
    finally:
        Claim.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Claim, constraint)


@pytest.mark.parametrize("guarded", [True, False])
def test_many_want_to_lead_at_once(bureau: Any, guarded: bool) -> None:
    """One of them leads; the control looks without a lock, in a table without its index."""
    task = posted(bureau, places=20, sharing="lead", claim_until=NOW + HOUR)
    crowd = people(bureau, 12)
    unguarded = [patch.object(claiming, "lock_task", lambda task: Task.objects.get(pk=task.pk)), without_one_lead()]
    looked = patch.object(claiming, "may_take_part", met(claiming.may_take_part))
    with patched(looked, *([] if guarded else unguarded)):
        raised = at_once([claiming_of(task, person, "lead") for person in crowd])
        leads = Claim.objects.filter(task=task, part="lead").count()
        assert only_sentences(raised)
        assert (leads == 1) is guarded
        assert counted(task) == (leads, leads)


def test_behind_the_lock_the_index_lets_one_lead(bureau: Any) -> None:
    """Without the lock everybody finds the lead's place free: the index speaks, and with a sentence."""
    task = posted(bureau, places=20, sharing="lead", claim_until=NOW + HOUR)
    crowd = people(bureau, 12)
    looked = patch.object(claiming, "may_take_part", met(claiming.may_take_part))
    with patched(looked, patch.object(claiming, "lock_task", lambda task: Task.objects.get(pk=task.pk))):
        raised = at_once([claiming_of(task, person, "lead") for person in crowd])
    assert only_sentences(raised)
    assert {error.code for error in raised if isinstance(error, DomainError)} == {"led"}
    assert counted(task) == (1, 1)


@pytest.mark.parametrize("guarded", [True, False])
def test_assistants_leave_a_place_for_the_lead(bureau: Any, guarded: bool) -> None:
    """However many assist at once, the last place stays the lead's; the control takes any place that is free."""
    task = posted(bureau, places=3, sharing="lead", claim_until=NOW + HOUR)
    crowd, boss = people(bureau, 12), people(bureau, 1)[0]
    unguarded = [
        patch.object(claiming, "lock_task", lambda task: Task.objects.get(pk=task.pk)),
        patch.object(claiming, "occupy", places_only),
    ]
    looked = patch.object(claiming, "may_take_part", met(claiming.may_take_part))
    with patched(looked, *([] if guarded else unguarded)):
        raised = at_once([claiming_of(task, person, "assistant") for person in crowd])
    assert only_sentences(raised)
    assert (counted(task) == (2, 2)) is guarded
    if guarded:
        fresh = Task.objects.select_related("quarter").get(pk=task.pk)
        assert claiming.claim_task(task=fresh, actor=boss, now=NOW).part == "lead"


def test_the_update_alone_leaves_a_place_for_the_lead(bureau: Any) -> None:
    """Without the lock the last assistant is stopped by the statement that takes the place."""
    task = posted(bureau, places=3, sharing="lead", claim_until=NOW + HOUR)
    looked = patch.object(claiming, "may_take_part", met(claiming.may_take_part))
    with patched(looked, patch.object(claiming, "lock_task", lambda task: Task.objects.get(pk=task.pk))):
        raised = at_once([claiming_of(task, person, "assistant") for person in people(bureau, 12)])
    assert only_sentences(raised)
    assert counted(task) == (2, 2)


def close_by_reading(task: Task, now: datetime) -> bool:
    """The control: a window closed by reading, checking and saving."""
    current = Task.objects.select_related("bureau", "department__deputy").get(pk=task.pk)
    if current.state == Task.State.CLOSED:
        return False
    time.sleep(0.05)
    current.state = Task.State.CLOSED
    current.save(update_fields=["state"])
    assigning.audit.record(actor=None, action="task.close", bureau=current.bureau, target=current)
    return True


def told_each_time(notify: Callable[..., int]) -> Callable[..., int]:
    """The control: an occasion that says which run it was, instead of what it is about."""

    def tell(*, occasion: str, **given: Any) -> int:
        return notify(occasion=f"{occasion}:{threading.get_ident()}", **given)

    return tell


@pytest.mark.parametrize("guarded", [True, False])
def test_the_jobs_run_at_once_and_twice(bureau: Any, guarded: bool) -> None:
    """Six workers do the minute's and the morning's job together, and once more: one line, one message for each."""
    office = people(bureau, 1, roles=["office"])[0]
    late = people(bureau, 3)
    for _number in range(3):
        posted(bureau, places=2, claim_until=NOW - HOUR)
    scheduled = posted(bureau, announced=False, posted_at=NOW - HOUR)
    for person in late:
        make_claim(posted(bureau, due_at=NOW - HOUR), person, state="started")
    unguarded = [
        patch.object(assigning, "close_window", close_by_reading),
        patch.object(doing, "notify", told_each_time(doing.notify)),
    ]
    for _run in range(2):
        with patched(*([] if guarded else unguarded)):
            assert at_once([jobs.close_windows, jobs.remind_overdue] * 6) == [None] * 12
    closed = Entry.objects.filter(action="task.close").count()
    reminded = Notification.objects.filter(occasion__startswith="claim.overdue").count()
    assert (closed == 3) is guarded
    assert (reminded == 3) is guarded
    if guarded:
        assert Notification.objects.filter(recipient=office, occasion__startswith="task.unclaimed").count() == 3
        announced = Notification.objects.filter(occasion__startswith=f"task.post:{scheduled.pk}:")
        assert announced.count() == Employee.objects.count()
        assert not Task.objects.filter(announced=False).exists()


@pytest.mark.parametrize("guarded", [True, False])
def test_two_thousand_mixed_operations_without_deadlock(bureau: Any, guarded: bool) -> None:
    """Everybody does everything in any order; the control locks people as they come instead of in one order."""
    world = Mixed(bureau)
    workers, each = 16, 125
    with patched(*([] if guarded else [patch.object(assigning, "lock_people", as_they_come)])):
        raised = at_once([world.worker(seed, each) for seed in range(workers)])
    assert [error for error in raised if error] == []
    deadlocks = [error for error in world.failures if isinstance(error, OperationalError)]
    assert (deadlocks == []) is guarded
    if guarded:
        assert world.failures == []
        assert world.done == workers * each
        assert world.kept > 100
        for task in Task.objects.annotate(held=Count("claims")):
            assert task.places_taken == task.held <= task.places


def as_they_come(*ids: int) -> None:
    for pk in ids:
        list(Employee.objects.select_for_update(no_key=True).filter(pk=pk).values_list("pk"))
        time.sleep(0.01)


class Mixed:
    """A small bureau in which everything is done at once by many."""

    def __init__(self, bureau: Any) -> None:
        self.office = people(bureau, 1, roles=["office"])[0]
        self.tasks = [posted(bureau, places=4, sharing=random.Random(n).choice(["each", "lead"])) for n in range(12)]
        self.crowd = people(bureau, 10)
        self.failures: list[Exception] = []
        self.done = self.kept = 0
        self.counting = threading.Lock()

    def worker(self, seed: int, operations: int) -> Callable[[], None]:
        def work() -> None:
            chance = random.Random(seed)
            for _operation in range(operations):
                kept = self._one(chance)
                with self.counting:
                    self.done += 1
                    self.kept += kept

        return work

    def _one(self, chance: random.Random) -> bool:
        act = chance.choice([self._claim, self._claim, self._withdraw, self._assign, self._assign, self._finish])
        try:
            act(chance)
        except DomainError:
            return False
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            self.failures.append(error)
            return False
        return True

    def _task(self, chance: random.Random) -> Task:
        return Task.objects.select_related("quarter", "bureau", "department").get(pk=chance.choice(self.tasks).pk)

    def _claim(self, chance: random.Random) -> None:
        task = self._task(chance)
        part = chance.choice(["", "lead", "assistant"]) if task.has_parts else ""
        claiming.claim_task(task=task, actor=chance.choice(self.crowd), now=NOW, part=part)

    def _assign(self, chance: random.Random) -> None:
        pair = chance.sample(self.crowd, 2)
        assigning.assign(task=self._task(chance), people=pair, actor=self.office, now=NOW)

    def _some_claim(self, chance: random.Random, **wanted: Any) -> Claim | None:
        found = list(Claim.objects.filter(**wanted).select_related("task", "bureau", "employee__bureau"))
        return chance.choice(found) if found else None

    def _withdraw(self, chance: random.Random) -> None:
        claim = self._some_claim(chance, state="held")
        if claim is None:
            return
        if claim.way == Claim.Way.CLAIMED:
            claiming.withdraw_claim(claim=claim, actor=claim.employee, now=NOW)
        else:
            claim = assigning.object_to(claim=claim, actor=claim.employee, reason="手上工作太多", now=NOW)
            assigning.decide_objection(claim=claim, actor=self.office, upheld=True, answer="同意", now=NOW)

    def _finish(self, chance: random.Random) -> None:
        claim = self._some_claim(chance, state__in=("held", "started"))
        if claim is None:
            return
        handed_in = doing.hand_in(claim=claim, actor=claim.employee, report="办结", now=NOW)
        acceptance.accept(claim=handed_in, actor=self.office, quality=None, comment="按时完成", now=NOW)
