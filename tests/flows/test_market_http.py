"""The two hundred claims for five places once more, over HTTP against the running server, on SQLite too."""

from __future__ import annotations

import json
import threading
from collections import Counter
from datetime import timedelta
from http.client import HTTPConnection
from urllib.parse import quote

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.authtoken.models import Token

from tasks_market.models import Claim, Task
from tests.factories import make_bureau, make_employee, make_quarter, make_task
from tests.services import web

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE, PLACES = 200, 5


def database_url() -> str:
    """The address of the database that this test looks into."""
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{known['NAME']}"
    port = f"&port={known['PORT']}" if known["PORT"] else ""
    password = f"&password={quote(known['PASSWORD'])}" if known["PASSWORD"] else ""
    host, name = quote(known["HOST"], safe="/"), known["NAME"]
    return f"postgres:///{name}?host={host}&user={quote(known['USER'])}&pool_size=0{port}{password}"


def press(port: int, task: Task, token: str) -> tuple[int, dict[str, object]]:
    browser = HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        browser.request("POST", f"/api/v1/tasks/{task.pk}/claim/", headers={"Authorization": f"Token {token}"})
        answer = browser.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        browser.close()


def test_two_hundred_claims_over_http() -> None:
    bureau = make_bureau()
    make_quarter(bureau)
    now = timezone.now()
    task = make_task(
        bureau, places=PLACES, state=Task.State.POSTED, announced=True, due_at=now + timedelta(days=9), posted_at=now
    )
    tokens = [Token.objects.create(user=make_employee(bureau)).key for _person in range(PEOPLE)]
    start = threading.Barrier(PEOPLE)
    answers: list[tuple[int, dict[str, object]]] = []

    def claim(token: str) -> None:
        start.wait()
        answers.append(press(port, task, token))

    with web(database_url()) as port:
        threads = [threading.Thread(target=claim, args=(token,)) for token in tokens]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert Counter(status for status, _body in answers) == {201: PLACES, 409: PEOPLE - PLACES}
    assert {body["code"] for status, body in answers if status == 409} == {"full"}
    assert all("名额" in str(body["message"]) for status, body in answers if status == 409)
    task.refresh_from_db()
    assert task.places_taken == Claim.objects.filter(task=task).count() == PLACES
