"""Several senders at once: a message is handed over by one of them, and a robot is not asked more often than it bears."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from notifications.channels import webhook
from notifications.models import Delivery, Notification
from notifications.services import announce, digests, notify, sending, telling
from organization.models import Employee
from tests.concurrency.together import at_once, meet, met, slowly, without_row_locks
from tests.factories import make_bureau, make_employee
from tests.notifications.outbox import asks_for_mail, make_robot, use_mail
from tests.notifications.servers import mail_server

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
SENDERS, PEOPLE = 4, 12


@pytest.fixture(autouse=True)
def _no_kick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The senders of the test are those that it starts."""
    monkeypatch.setattr("notifications.services.telling.kick", lambda: None)


def unguarded(pk: int, now: datetime) -> Delivery | None:
    """The control: a lease taken by reading, checking and saving."""
    row = Delivery.objects.select_related("bureau", "recipient__contact_preference", "robot").get(pk=pk)
    if row.state != Delivery.State.WAITING or row.try_after > now:
        return None
    row.try_after = now + sending.LEASE
    row.save(update_fields=["try_after"])
    return row


def marked(delivery: Delivery, _now: datetime) -> bool:
    Delivery.objects.filter(pk=delivery.pk).update(state=Delivery.State.SENDING)
    return True


@pytest.mark.parametrize("guarded", [True, False])
def test_several_senders_send_each_mail_once(settings: Any, guarded: bool) -> None:
    bureau = make_bureau()
    people = [make_employee(bureau) for _n in range(PEOPLE)]
    for person in people:
        asks_for_mail(person)
    notify(recipients=people, subject="x", occasion="x")
    now = timezone.now()
    with mail_server() as server:
        use_mail(settings, server)
        with (
            patch.object(sending, "lease", slowly(sending.lease if guarded else unguarded, 0.02)),
            patch.object(sending, "begin", sending.begin if guarded else marked),
        ):
            raised = at_once([lambda: sending.send_due(now=now)] * SENDERS)
    assert raised == [None] * SENDERS
    assert {str(mail["To"]) for mail in server.mails} == {f"z{person.number}@mail.example" for person in people}
    assert (len(server.mails) == PEOPLE) is guarded


@pytest.mark.parametrize("guarded", [True, False])
def test_several_senders_ask_a_robot_twenty_times_a_minute(settings: Any, guarded: bool) -> None:
    settings.WEBHOOK_HOSTS = ["127.0.0.1"]
    bureau = make_bureau()
    make_robot(bureau)
    for number in range(sending.ROBOT_LIMIT + 10):
        announce(bureau=bureau, subject=str(number), occasion=str(number))
    first = Delivery.objects.order_by("pk")[: sending.ROBOT_LIMIT - 1]
    Delivery.objects.filter(pk__in=first.values("pk")).update(state=Delivery.State.SENT, sent_at=timezone.now())
    now, calls = timezone.now(), []
    leased = [
        sending.lease(pk, now) for pk in Delivery.objects.due(now).order_by("pk").values_list("pk", flat=True)[:8]
    ]
    slow = patch.object(sending, "_has_had_its_share", met(sending._has_had_its_share))
    sent = patch.object(webhook, "send", lambda *_args, **_values: calls.append(1))
    with slow, sent:
        acts = [lambda one=one: sending._deliver(one, now, lambda: sending._call(one, now)) for one in leased]
        if guarded:
            at_once(acts)
        else:
            with without_row_locks():
                at_once(acts)
    assert (len(calls) == 1) is guarded


@pytest.mark.parametrize("guarded", [True, False])
def test_one_morning_is_looked_at_once(guarded: bool) -> None:
    now = timezone.make_aware(datetime(2023, 5, 10, 9))
    person = make_employee(make_bureau())
    row = asks_for_mail(person, "digest")
    notify(recipients=[person], subject="x", occasion="x")
    Notification.objects.update(created_at=now - timedelta(hours=1))
    claimed: list[list[Delivery]] = []
    write = digests.write_deliveries

    def noted(rows: list[Delivery]) -> int:
        claimed.append(rows)
        return write(rows)

    with (
        patch.object(digests, "write_deliveries", noted),
        patch.object(digests, "number_of_duties", met(digests.number_of_duties)),
    ):
        acts = [lambda: digests._write_digest(row.pk, now=now, today=now.date())] * SENDERS
        if guarded:
            raised = at_once(acts)
        else:
            with patch.object(digests, "_claim", lambda _row, _now: True):
                raised = at_once(acts)
    assert raised == [None] * SENDERS
    assert (len(claimed) == 1) is guarded
    assert Delivery.objects.count() == 1  # behind the UPDATE stands the occasion


@pytest.mark.parametrize("copies", [2, 6])
def test_an_occasion_told_at_once_is_mailed_once(copies: int) -> None:
    bureau = make_bureau()
    people = [make_employee(bureau) for _n in range(3)]
    for person in people:
        asks_for_mail(person)
    raised = at_once([lambda: notify(recipients=people, subject="x", occasion="x")] * copies)
    assert raised == [None] * copies
    assert Delivery.objects.count() == Notification.objects.count() == len(people)


def as_they_come(recipients: Iterable[Employee]) -> dict[int, Employee]:
    """The control: told in the order in which somebody found them."""
    return {person.pk: person for person in recipients}


def between_the_rows(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    answer = execute(sql, params, many, context)
    if sql.startswith('INSERT INTO "notifications_notification"'):
        meet()
    return answer


@pytest.mark.parametrize("guarded", [True, False])
def test_two_who_tell_the_same_people_never_both_wait(guarded: bool) -> None:
    bureau = make_bureau()
    people = [make_employee(bureau) for _n in range(2)]

    def telling_of(recipients: list[Employee]) -> Callable[[], None]:
        def tell() -> None:
            with connection.execute_wrapper(between_the_rows):
                notify(recipients=recipients, subject="x", occasion="x")

        return tell

    order = nullcontext() if guarded else patch.object(telling, "_in_one_order", as_they_come)
    with patch.object(telling, "BATCH", 1), order:
        raised = at_once([telling_of(people), telling_of(people[::-1])])
    assert Notification.objects.count() == len(people)
    if guarded:
        assert raised == [None, None]
    else:
        assert [type(error) for error in raised if error] == [OperationalError]  # a deadlock
