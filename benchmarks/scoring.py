"""How long it takes to score a bureau, a province and the country (docs/performance.md).

    python benchmarks/scoring.py [--people 200 20000 700000] [--workers 1 2]

DATABASE_URL names a database on a PostgreSQL server; beside it one is made for each size, `<name>_<people>`, filled by
benchmarks/scale/generate.sql and kept for the next time. Without DATABASE_URL a throw-away server is started, which for 700,000
people wants 25 GB of disk.

For each size: (a) benchmarks/scale/reference.sql, the figures of everybody by sets; (b) the product's path, a wave worked by so
many processes as `--workers` says, each what a lane of the wave is to a Celery worker. Every row of (b) is compared with (a),
and sampled bureaus are scored again by `score_quarter`, which must find nothing to write.
"""

# ruff: noqa: E402, PLC0415  # only the processes that need Django set it up and import what is of it
from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
SCALE = ROOT / "benchmarks" / "scale"
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "perfmgmt.settings")

import psycopg

from benchmarks.pace import Pace

SEED = 361
IN_A_BUREAU = 200
QUARTER = "2023Q1"
COMPARED = (
    "common, individual, competitive, overflow, adjustments, linkage, total, missing::int, has_individual, reason::text, bureau_rank,"
    " category_rank, in_pool, department_id, category_id"
)
SCORES = "scoring_acknowledgement, scoring_appeal, scoring_score, scoring_scorerun, scoring_waveunit, scoring_wave"


@dataclass(frozen=True)
class Took:
    """Seconds on the clock, of processor time of the Python processes, and of their database sessions; the pace then."""

    wall: float
    python: float
    backend: float
    pace: float

    @property
    def cpu(self) -> float:
        return self.python + self.backend

    def __str__(self) -> str:
        return (
            f"{self.wall:9.2f} s, CPU {self.cpu:8.2f} s (Python {self.python:.2f}, database {self.backend:.2f});"
            f" the loop took {self.pace:.2f} ms"
        )

    def at_one_pace(self, other: Took) -> float:
        """The ratio of processor time to another's, had the processor been as fast both times."""
        return (self.cpu / self.pace) / (other.cpu / other.pace)


def backend_seconds(pid: int) -> float:
    """Processor time of a database session on this machine; 0 elsewhere."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def address(url: str, database: str) -> str:
    place, mark, options = url.partition("?")
    return f"{place.rpartition('/')[0]}/{database}{mark}{options}"


def connect(url: str) -> psycopg.Connection:
    plain = url.replace("postgres://", "postgresql://").replace("&pool_size=0", "").replace("pool_size=0", "")
    # the policies of docs/isolation.md: the benchmark fills and reads all bureaus
    return psycopg.connect(plain, autocommit=True, options="-c perfmgmt.bureau=0")


def prepared(url: str, people: int) -> str:
    """The address of the database of one size, made and filled if it is not there."""
    name = f"{urlsplit(url).path.strip('/')}_{people}"
    target = address(url, name)
    with connect(address(url, "postgres")) as server:
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            server.execute(f'CREATE DATABASE "{name}"')
    environment = {**os.environ, "DATABASE_URL": target}
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=environment, check=True)
    with connect(target) as session:
        (found,) = session.execute("SELECT count(*) FROM organization_employee").fetchone() or (0,)
        if found != people:
            fill(session, people)
    return target


def fill(session: psycopg.Connection, people: int) -> None:
    """Empties the database and makes the bureaus; the indexes of the results are built once they are all there."""
    began = time.perf_counter()
    session.execute("SET client_min_messages = error; SET maintenance_work_mem = '512MB'; SET work_mem = '256MB'")
    session.execute("TRUNCATE organization_bureau CASCADE")
    session.execute(
        "SET session_replication_role = replica"
    )  # neither foreign keys nor triggers are asked for each row
    indexes = session.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'indicators_result' AND indexdef NOT LIKE '%UNIQUE%'"
    ).fetchall()
    for name, _definition in indexes:
        session.execute(f'DROP INDEX "{name}"')
    session.execute("ALTER TABLE indicators_result DROP CONSTRAINT result_once_a_node")
    numbers = {"people": people, "bureaus": math.ceil(people / IN_A_BUREAU), "seed": SEED}
    session.execute((SCALE / "generate.sql").read_text(encoding="utf-8").format(**numbers))
    session.execute(
        "ALTER TABLE indicators_result ADD CONSTRAINT result_once_a_node UNIQUE (employee_id, point_id, period)"
    )
    for _name, definition in indexes:
        session.execute(definition)
    session.execute("ANALYZE")
    print(f"{people} people generated in {time.perf_counter() - began:.0f} s")


def reference(url: str) -> Took:
    """(a): one session, no parallel workers, because the product's sessions have none either."""
    with connect(url) as session:
        session.execute("SET client_min_messages = error; DROP TABLE IF EXISTS benchmark_reference")
        session.execute("SET max_parallel_workers_per_gather = 0; SET work_mem = '256MB'")
        pid = session.info.backend_pid
        began, cpu = time.perf_counter(), backend_seconds(pid)
        with Pace() as pace:
            session.execute((SCALE / "reference.sql").read_text(encoding="utf-8"))
        return Took(time.perf_counter() - began, 0.0, backend_seconds(pid) - cpu, pace.mean)


def emptied(url: str) -> None:
    with connect(url) as session:
        session.execute("SET session_replication_role = replica")
        session.execute(f"TRUNCATE {SCORES} CASCADE")
        session.execute("VACUUM ANALYZE scoring_score")


def product(url: str, workers: int) -> tuple[Took, float]:
    """(b): a wave by so many processes; also the most that a worker grew after its first bureau, in MB."""
    environment = {**os.environ, "DATABASE_URL": url}
    made = subprocess.run(
        [sys.executable, __file__, "--begin"], env=environment, check=True, capture_output=True, text=True
    )
    command = [sys.executable, __file__, "--lane", made.stdout.split()[-1]]
    lanes = [
        subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _worker in range(workers)
    ]
    for lane in lanes:
        assert lane.stdout
        lane.stdout.readline()  # it is set up
    began = time.perf_counter()
    for lane in lanes:
        assert lane.stdin
        lane.stdin.close()
    said = []
    with Pace() as pace:
        for lane in lanes:
            assert lane.stdout
            said.append(json.loads(lane.stdout.read().splitlines()[-1]))
            lane.wait()
        wall = time.perf_counter() - began
    took = Took(wall, sum(one["python"] for one in said), sum(one["backend"] for one in said), pace.mean)
    return took, max(one["grown"] for one in said)


def begin() -> None:
    import django

    from common import tenancy

    django.setup()
    tenancy.open_to_all()
    from scoring.services.fan_out import begin_all

    print(begin_all(QUARTER).pk)


def lane(wave_id: int) -> None:
    """What one worker does with a wave, measured."""
    import django

    from common import tenancy

    django.setup()
    tenancy.open_to_all()
    from django.db import connection

    from scoring.services.fan_out import work

    connection.ensure_connection()
    pid = connection.connection.info.backend_pid
    print("ready", flush=True)
    sys.stdin.read()
    cpu, python = backend_seconds(pid), time.process_time()
    work(wave_id, seconds=0)
    first = peak_mb()
    work(wave_id, seconds=math.inf)
    found = {
        "python": time.process_time() - python,
        "backend": backend_seconds(pid) - cpu,
        "grown": peak_mb() - first,
    }
    print(json.dumps(found))


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def check(url: str) -> str:
    """Compares every row with the reference, and scores sampled bureaus again by the small path."""
    with connect(url) as session:
        rows, differing = session.execute(
            f"SELECT count(*), count(*) FILTER (WHERE s IS DISTINCT FROM r) FROM (SELECT employee_id, ROW({COMPARED}) AS s"
            f" FROM scoring_score) AS s FULL JOIN (SELECT employee_id, ROW({COMPARED}) AS r FROM benchmark_reference) AS r"
            " USING (employee_id)"
        ).fetchone() or (0, 0)
    environment = {**os.environ, "DATABASE_URL": url}
    done = subprocess.run(
        [sys.executable, __file__, "--sample"], env=environment, check=True, capture_output=True, text=True
    )
    return f"{rows} rows, {differing} differ from the reference; {done.stdout.splitlines()[-1]}"


def sample(number: int = 5) -> None:
    """Sampled bureaus by `score_quarter`: nothing to write, and each score is what its explanation adds up to."""
    import django

    from common import tenancy

    django.setup()
    tenancy.open_to_all()
    from organization.models import Bureau
    from scoring.models import Score, ScoreRun
    from scoring.queries import explanation
    from scoring.services.scoring import score_quarter

    bureaus = list(Bureau.objects.order_by("pk"))
    chosen = bureaus[:: max(1, len(bureaus) // number)][:number]
    explained = 0
    for bureau in chosen:
        before = ScoreRun.objects.get(bureau=bureau)
        assert score_quarter(bureau=bureau, quarter_code=QUARTER, actor=None).scored_at == before.scored_at
        for score in Score.objects.filter(bureau=bureau).select_related("run", "quarter")[:40]:
            assert explanation(score).adds_up
            explained += 1
    print(f"{len(chosen)} bureaus scored again, nothing to write; {explained} explanations add up")


def one_bureau(url: str, rounds: int = 9) -> None:
    environment = {**os.environ, "DATABASE_URL": url}
    subprocess.run([sys.executable, __file__, "--bureau", str(rounds)], env=environment, check=True)


def bureau(rounds: int) -> None:
    """A bureau of 200, scored into empty tables and again, by the clock."""
    import django

    from common import tenancy

    django.setup()
    tenancy.open_to_all()
    from django.db import transaction

    from organization.models import Bureau
    from scoring.models import ScoreRun
    from scoring.services.scoring import score_quarter

    chosen = Bureau.objects.order_by("pk").first()
    assert chosen

    def timed() -> float:
        began = time.perf_counter()
        score_quarter(bureau=chosen, quarter_code=QUARTER, actor=None)
        return 1000 * (time.perf_counter() - began)

    first, again = [], []
    for _round in range(rounds):
        with transaction.atomic():
            ScoreRun.objects.filter(bureau=chosen).delete()
            first.append(timed())
            again.append(timed())
            transaction.set_rollback(True)
    print(
        f"a bureau of {IN_A_BUREAU}: first {statistics.median(first):.0f} ms (least {min(first):.0f}),"
        f" unchanged {statistics.median(again):.0f} ms (least {min(again):.0f})"
    )


def measure(url: str, people: int, workers: list[int]) -> dict[int, Took]:
    target = prepared(url, people)
    by_sets = reference(target)
    print(f"\n{people} people\n  reference    {by_sets}")
    taken: dict[int, Took] = {}
    for number in workers:
        emptied(target)
        taken[number], grown = product(target, number)
        took = taken[number]
        print(
            f"  {number} worker(s)  {took}\n"
            f"      {took.wall / by_sets.wall:.2f} x the reference by the clock, {took.cpu / by_sets.cpu:.2f} x by CPU"
            f" ({took.at_one_pace(by_sets):.2f} x at one pace);"
            f" {people / took.wall:.0f} people/s; a worker grew by {grown:.0f} MB"
        )
    if len(workers) > 1 and workers[0] == 1:
        print(f"  {workers[-1]} workers are {taken[1].wall / taken[workers[-1]].wall:.2f} x as fast as one")
    print(f"  {check(target)}")
    again, _grown = product(target, 1)
    print(f"  once more, nothing changed: {again}")
    if people == IN_A_BUREAU:
        one_bureau(target)
    return taken


def exponents(taken: dict[int, dict[int, Took]]) -> None:
    sizes = sorted(taken)
    for small, large in pairwise(sizes):
        one, other = taken[small][1], taken[large][1]
        scale = math.log(large / small)
        by_clock, by_cpu = math.log(other.wall / one.wall) / scale, math.log(other.cpu / one.cpu) / scale
        at_one_pace = math.log(other.at_one_pace(one)) / scale
        print(
            f"exponent of growth {small} to {large}: {by_clock:.3f} by the clock, {by_cpu:.3f} by CPU,"
            f" {at_one_pace:.3f} at one pace"
        )


@contextlib.contextmanager
def server() -> Iterator[str]:
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    from tests.services import postgresql

    with postgresql() as url:
        yield url


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, nargs="+", default=[200, 20_000, 700_000])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    for inner in ("--begin", "--sample"):
        parser.add_argument(inner, action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--lane", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--bureau", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.begin:
        begin()
    elif options.sample:
        sample()
    elif options.lane:
        lane(options.lane)
    elif options.bureau:
        bureau(options.bureau)
    else:
        print(f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}")
        with server() as url:
            exponents({people: measure(url, people, options.workers) for people in options.people})


if __name__ == "__main__":
    main()
