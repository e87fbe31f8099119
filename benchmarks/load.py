"""Nine o'clock: 500 people of one bureau claim tasks and read the ranking and their workbench (docs/performance.md).

    python -m tests.services python benchmarks/load.py [requests per second] [seconds]     on PostgreSQL
    python benchmarks/load.py sqlite [requests per second] [seconds]                       on a SQLite file of its own

The bureau is the demonstration, grown to 500 people with scores of the running quarter. One request in two is a claim as the board's
button sends it, which answers with its row; the others read the ranking or the workbench in turns. Requests begin by the
clock, whether or not earlier ones have been answered, and a request's time counts from when it should have begun: a server
that falls behind cannot hide it. gunicorn runs as in production with two workers; the client is a process beside it on the
same machine. Everybody has signed in before: hashing 500 passwords is not what is measured. The workers' processor time is
read from /proc, so this runs on Linux.
"""

# ruff: noqa: E402  # Django is set up before anything of it is imported
from __future__ import annotations

import os
import queue
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from http.client import HTTPConnection, HTTPException
from itertools import cycle
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.served"
if sys.argv[1:2] == ["sqlite"]:
    sys.argv.pop(1)
    os.environ["DATABASE_URL"] = f"sqlite:///{tempfile.mkdtemp(prefix='perfmgmt-')}/load.sqlite3"

import django

django.setup()

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from benchmarks.claims import make_database
from indicators.models import Quarter
from organization.models import Bureau, Employee
from scoring.models import Score
from tasks_market.models import Claim, Task
from tests.factories import make_employee, make_task
from tests.services import web

PEOPLE = 500
CONNECTIONS = 64
KEPT = 1.0  # seconds after which an idle connection is opened anew, before gunicorn closes it (2 s)
PLACES = 5
WARMING = 4  # seconds at a quarter of the rate, not counted


@dataclass(frozen=True, slots=True)
class Request:
    """What one person sends; `at` in seconds after the beginning."""

    kind: str
    path: str
    cookies: str
    token: str = ""
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    kind: str
    status: int
    seconds: float


def main(rate: int, seconds: int) -> None:
    if connection.vendor == "postgresql":
        make_database(str(connection.settings_dict["NAME"]))
    call_command("migrate", verbosity=0)
    call_command("seed_demo", verbosity=0, stdout=open(os.devnull, "w"))  # noqa: SIM115
    bureau = Bureau.objects.get(is_demo=True)
    people = grow(bureau)
    tasks = post(bureau, places=rate * (seconds + WARMING))
    requests = morning(people, tasks, count=rate * (seconds + WARMING))
    connection.close()
    slowly = max(1, rate // 4)
    warming, measured = requests[: slowly * WARMING], requests[slowly * WARMING :][: rate * seconds]
    with web(os.environ["DATABASE_URL"].replace("&pool_size=0", "")) as port:
        run(port, paced(warming, slowly))
        began, used, own = time.perf_counter(), workers_cpu(), time.process_time()
        answers = run(port, paced(measured, rate))
        elapsed, used, own = time.perf_counter() - began, workers_cpu() - used, time.process_time() - own
    print(f"{connection.vendor}: {rate}/s asked for, {len(answers) / elapsed:.0f}/s answered over {elapsed:.0f} s")
    print(
        f"CPU of the two workers {used / len(answers) * 1000:.1f} ms a request, of the client beside them {own:.1f} s"
    )
    report(answers)
    check(tasks)


def grow(bureau: Bureau) -> list[Employee]:
    """The bureau's staff with more of the same kind and the same scores, where these are not frozen yet.

    Outside a demonstration all may sign in.
    """
    Employee.objects.filter(bureau=bureau).update(is_demo=False, must_change_password=False)
    people = list(Employee.objects.filter(bureau=bureau, is_active=True).select_related("department", "category"))
    scores: list[Score] = []
    for number, like in zip(range(PEOPLE - len(people)), cycle(list(people)), strict=False):
        more = make_employee(bureau, f"9{number:010d}", department=like.department, category=like.category)
        people.append(more)
        for score in Score.objects.current().filter(employee=like).exclude(quarter__state=Quarter.State.PUBLISHED):
            score.pk, score.employee, score.number, score.name = None, more, more.number, more.name
            scores.append(score)
    Score.objects.bulk_create(scores)
    return people


def post(bureau: Bureau, *, places: int) -> list[Task]:
    """Tasks with a place for every claim, published this morning; each person's open ones stay below the limit."""
    quarter = Quarter.objects.get(bureau=bureau, code="2023Q3")
    now = timezone.now()
    common = {"places": PLACES, "state": Task.State.POSTED, "posted_at": now, "due_at": now + timedelta(days=20)}
    return [
        make_task(bureau, f"L{number:05d}", quarter=quarter, announced=True, **common)
        for number in range(places // PLACES // 2)
    ]


def morning(people: list[Employee], tasks: list[Task], *, count: int) -> list[Request]:
    """The requests in the order in which they come: a claim, then a page. Who claimed reads the next time round."""
    signed = [sign_in(person) for person in people]
    claims = cycle([f"/market/{quote(task.number)}/claim/" for task in tasks])
    pages = cycle([("ranking", "/ranking/"), ("workbench", "/")])
    requests = []
    for number in range(count):
        cookies, token = signed[(number + number // len(people)) % len(people)]
        kind, path = ("claim", next(claims)) if number % 2 == 0 else next(pages)
        requests.append(Request(kind, path, cookies, token))
    return requests


def sign_in(person: Employee) -> tuple[str, str]:
    """A session as a login leaves it, with the token of its forms."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "organization.backends.StaffNumberBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    token = "x" * 32
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}; {settings.CSRF_COOKIE_NAME}={token}", token


def paced(requests: list[Request], rate: int) -> list[Request]:
    return [replace(request, at=number / rate) for number, request in enumerate(requests)]


def run(port: int, requests: list[Request]) -> list[Answer]:
    """Sends each at its moment over a fixed number of kept connections; returns what came back."""
    waiting: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
    answers: list[Answer] = []
    began = time.perf_counter() + 0.1

    def connected() -> None:
        line, last = HTTPConnection("127.0.0.1", port, timeout=60), began
        while request := waiting.get():
            if time.perf_counter() - last > KEPT:
                line.close()
            status = send(line, request)
            last = time.perf_counter()
            answers.append(Answer(request.kind, status, last - began - request.at))
        line.close()

    threads = [threading.Thread(target=connected) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for request in requests:
        time.sleep(max(0, began + request.at - time.perf_counter()))
        waiting.put(request)
    for _thread in threads:
        waiting.put(None)
    for thread in threads:
        thread.join()
    return answers


def send(line: HTTPConnection, request: Request) -> int:
    """The status of the answer; 0 where none came."""
    headers = {"Cookie": request.cookies, "Accept": "text/html"}
    if request.kind == "claim":
        headers |= {"X-CSRFToken": request.token, "HX-Request": "true"}
    try:
        line.request("POST" if request.kind == "claim" else "GET", request.path, headers=headers)
        answer = line.getresponse()
        answer.read()
    except (OSError, HTTPException):
        line.close()
        return 0
    return answer.status


def workers_cpu() -> float:
    """Seconds of processor time that the web server's processes have used: all that descend from this one."""
    used: dict[str, tuple[str, int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()  # the name before may hold anything
        except OSError:
            continue  # has ended meanwhile
        used[stat.parent.name] = fields[1], int(fields[11]) + int(fields[12])
    family = {str(os.getpid())}
    while more := {pid for pid, (parent, _ticks) in used.items() if parent in family} - family:
        family |= more
    ticks = sum(used[pid][1] for pid in family if pid != str(os.getpid()))
    return ticks / os.sysconf("SC_CLK_TCK")


def report(answers: list[Answer]) -> None:
    for kind in ("claim", "ranking", "workbench", ""):
        found = [one for one in answers if kind in ("", one.kind)]
        times = sorted(one.seconds * 1000 for one in found)
        p50, p95 = (times[int(len(times) * share)] for share in (0.5, 0.95))
        errors = sum(one.status not in (200, 409) for one in found)
        statuses = ", ".join(f"{status}: {n}" for status, n in sorted(Counter(one.status for one in found).items()))
        print(
            f"{kind or 'all':10} {len(found):6} p50 {p50:6.0f} ms   p95 {p95:6.0f} ms   max {times[-1]:6.0f} ms"
            f"   errors {errors}   ({statuses})"
        )


def check(tasks: list[Task]) -> None:
    """No place was given twice, and none was lost."""
    taken = 0
    for task in Task.objects.filter(pk__in=[task.pk for task in tasks]):
        claimed = Claim.objects.filter(task=task).count()
        assert claimed == task.places_taken <= task.places, (task.number, claimed, task.places_taken)
        taken += claimed
    print(f"{taken} places taken, each once")


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    main(*(numbers + [100, 30][len(numbers) :]))
