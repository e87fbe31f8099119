"""The broker, the mail server and the groups are down for an hour: nothing is lost, nothing comes twice (issue 7).

A real Valkey is stopped and started again, a real worker in a process of its own sends to real sockets of this machine.
"""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.db.models import F

from notifications import jobs
from notifications.models import Delivery, Notification
from notifications.services import announce, notify
from perfmgmt.environment import celery_broker
from tests.concurrency.together import thread_of
from tests.factories import make_bureau, make_employee
from tests.flows.test_market_http import database_url
from tests.notifications.outbox import asks_for_mail, make_robot
from tests.notifications.servers import mail_server, robot_server
from tests.services import celery_worker, valkey

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 8
HOUR = timedelta(hours=1)
State = Delivery.State


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(what: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        stuck = Delivery.objects.exclude(state=State.SENT).values_list("occasion", "state", "attempts", "error")
        assert time.monotonic() < deadline, [*stuck]
        time.sleep(0.2)


def all_are_sent() -> bool:
    """Asks once more while they are not, as the beat does."""
    if not Delivery.objects.exclude(state=State.SENT).exists():
        return True
    time.sleep(1)
    work_off(1)
    return False


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="perfmgmt-") as name:  # short, for the socket's path
        yield Path(name)


@pytest.fixture
def broker(folder: Path) -> Iterator[str]:
    """This process hands jobs to the broker of the folder, as the web server does."""
    url = f"unix://{folder / 'valkey.sock'}"
    conf = current_app.conf
    before = {"task_always_eager": conf.task_always_eager, "broker_url": conf.broker_url}
    conf.update(task_always_eager=False, broker_url=celery_broker(url))
    current_app.amqp._producer_pool = None  # its connections know the broker
    yield url
    conf.update(before)
    current_app.amqp._producer_pool = None


def act(bureau: Any, people: list[Any], occasion: str) -> None:
    """What a service does: an act tells its people and the groups."""
    notify(recipients=people, subject=f"消息 {occasion}", body="不外发", url="/score/", occasion=occasion)
    announce(bureau=bureau, subject=f"群消息 {occasion}", url="/score/", occasion=occasion)


def an_hour_passes() -> None:
    """The clocks of the rows are moved, since that of the machine cannot be."""
    Delivery.objects.update(try_after=F("try_after") - HOUR, created_at=F("created_at") - HOUR)


def work_off(count: int) -> None:
    """What the beat asks for every minute, more often than it does."""
    for _n in range(count):
        jobs.send_due.apply_async()


def test_nothing_is_lost_and_nothing_comes_twice(folder: Path, broker: str) -> None:
    bureau = make_bureau("XS")
    people = [make_employee(bureau) for _n in range(PEOPLE)]
    for person in people:
        asks_for_mail(person)
    mail_port, robot_port = free_port(), free_port()
    make_robot(bureau, robot_port)
    surroundings = {
        "DJANGO_SETTINGS_MODULE": "tests.notifications.outage_settings",
        "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}?from=perfmgmt@bureau.example",
        "WEBHOOK_HOSTS": f"127.0.0.1:{robot_port}",
    }
    states = Delivery.objects.values_list("state", flat=True)

    # nothing runs: no broker, no worker, no mail server, no group. Each act goes through, and at once.
    began = time.monotonic()
    for occasion in ("甲", "乙"):
        act(bureau, people, occasion)
    assert time.monotonic() - began < 5
    act(bureau, people, "乙")  # a job that runs twice
    assert Notification.objects.count() == 2 * PEOPLE
    assert [*states] == [State.WAITING] * 2 * (PEOPLE + 1)

    with ExitStack() as running:
        first = running.enter_context(ExitStack())
        first.enter_context(valkey(folder))
        work_off(1)
        tried = Delivery.objects.filter(attempts__gt=0)
        running.enter_context(celery_worker(database_url(), broker, lambda: tried.count() >= 2, **surroundings))

        # the broker is back, what it leads to is not: tried, put off, kept
        until(lambda: tried.exclude(error="").count() >= 2)
        assert set(states) == {State.WAITING}
        first.close()  # and the broker goes down again, under a worker that runs
        act(bureau, people, "丙")

        mails = running.enter_context(mail_server(mail_port))
        robots = running.enter_context(robot_server(robot_port))
        an_hour_passes()
        running.enter_context(valkey(folder))
        senders = [thread_of(work_off, 3) for _n in range(3)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        until(all_are_sent)
        work_off(3)
        an_hour_passes()
        act(bureau, people, "完")
        until(all_are_sent)

    wanted = sorted(
        (f"z{person.number}@mail.example", f"绩效管理：消息 {occasion}") for person in people for occasion in "甲乙丙完"
    )
    assert sorted((str(mail["To"]), str(mail["Subject"])) for mail in mails.mails) == wanted
    assert len({mail["Message-ID"] for mail in mails.mails}) == len(wanted)
    assert sorted(robots.texts) == sorted(f"【绩效管理】群消息 {occasion}" for occasion in "甲乙丙完")
    assert all("不外发" not in mail.get_content() for mail in mails.mails)
