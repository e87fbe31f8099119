"""Claims per second over HTTP, beside views that do nothing but the conditional UPDATE (docs/market.md).

    python -m tests.services python benchmarks/claims.py [claims] [clients]     on PostgreSQL
    python benchmarks/claims.py sqlite [claims] [clients]                       on a SQLite file of its own

Everybody presses once. Rush: five places, as when a good task is posted; nearly all come too late. Supply: a place for
everybody, spread over twenty tasks; every claim is written with its audit line. Each is measured on three views, in
turns, against the same gunicorn; the result must be exact.
"""

# ruff: noqa: E402  # Django is set up before anything of it is imported
import os
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.served"
if sys.argv[1:2] == ["sqlite"]:
    sys.argv.pop(1)
    os.environ["DATABASE_URL"] = f"sqlite:///{tempfile.mkdtemp(prefix='perfmgmt-')}/claims.sqlite3"

import django

from common import tenancy

django.setup()
tenancy.open_to_all()

from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from rest_framework.authtoken.models import Token

from organization.models import Bureau
from tasks_market.models import Claim, Task
from tests.factories import make_bureau, make_employee, make_quarter, make_task
from tests.services import web

VIEWS = {"bare": "/api/bare/{}/", "signed in": "/api/signed/{}/", "market": "/api/v1/tasks/{}/claim/"}
ROUNDS = 3
TASKS = 20


def main(claims: int, clients: int) -> None:
    if connection.vendor == "postgresql":
        make_database(str(connection.settings_dict["NAME"]))
    call_command("migrate", verbosity=0)
    bureau = make_bureau(f"B{int(time.time())}")
    make_quarter(bureau)
    tokens = [Token.objects.create(user=make_employee(bureau, number=f"{bureau.code}-{n}")).key for n in range(claims)]
    print(f"{connection.vendor}, {claims} claims, {clients} clients")
    pooled = os.environ["DATABASE_URL"].replace("&pool_size=0", "")
    with web(pooled, urls="benchmarks.bare_claim") as port:
        for name, places, tasks in (("rush", 5, 1), ("supply", claims, TASKS)):
            rates: dict[str, list[float]] = {view: [] for view in VIEWS}
            for _round in range(ROUNDS):
                for view, address in VIEWS.items():
                    posted = [post(bureau, places) for _task in range(tasks)]
                    rates[view].append(measure(port, address, posted, tokens, clients))
                    check(posted, places, claims, rows=view == "market")
            bare, signed, market = (statistics.median(rates[view]) for view in VIEWS)
            shares = f"{market / bare:.0%} of bare, {market / signed:.0%} of signed in"
            print(f"{name:7} bare {bare:5.0f}/s   signed in {signed:5.0f}/s   market {market:5.0f}/s   {shares}")


def make_database(name: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None:
            cursor.execute(f'CREATE DATABASE "{name}"')


def post(bureau: Bureau, places: int) -> Task:
    now = timezone.now()
    values = {"places": places, "state": Task.State.POSTED, "posted_at": now, "due_at": now + timedelta(days=9)}
    return make_task(bureau, f"{bureau.code}-{time.monotonic_ns()}", announced=True, **values)


def measure(port: int, address: str, tasks: list[Task], tokens: list[str], clients: int) -> float:
    """Claims answered per second, from the first press to the last answer."""
    start = threading.Barrier(clients + 1)
    answers: Counter[int] = Counter()

    def client(place: int) -> None:
        line = HTTPConnection("127.0.0.1", port, timeout=120)
        start.wait()
        for n in range(place, len(tokens), clients):
            line.request(
                "POST", address.format(tasks[n % len(tasks)].pk), headers={"Authorization": f"Token {tokens[n]}"}
            )
            answer = line.getresponse()
            answer.read()
            answers[answer.status] += 1
        line.close()

    threads = [threading.Thread(target=client, args=(place,)) for place in range(clients)]
    for thread in threads:
        thread.start()
    start.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    assert set(answers) <= {201, 409}, answers
    return len(tokens) / seconds


def check(tasks: list[Task], places: int, claims: int, *, rows: bool) -> None:
    taken = sum(Task.objects.filter(pk__in=[task.pk for task in tasks]).values_list("places_taken", flat=True))
    assert taken == min(places * len(tasks), claims), taken
    if rows:
        assert Claim.objects.filter(task__in=tasks).count() == taken
        Claim.objects.filter(task__in=tasks).update(state="accepted", outcome="accepted")  # nobody is at the limit


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    main(*(numbers + [1000, 64][len(numbers) :]))
