"""What the cockpit costs at the size of the sample bureau: CPU time and queries of its figures.

    python benchmarks/cockpit.py [rounds]

Imports the sample into the database of DATABASE_URL if it is not there (docs/cockpit.md). Everything happens in one
transaction that is rolled back.
"""

# ruff: noqa: E402  # Django is set up before anything of it is imported
import io
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "perfmgmt.settings")

import django

from common import tenancy

django.setup()
tenancy.open_to_all()

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from indicators.models import Quarter
from organization.models import Bureau, Employee
from organization.queries import work_calendar
from reports.queries.cockpit import Cockpit, Scope
from reports.queries.cockpit_figures import pressing, standing
from scoring.models import ScoreRun
from scoring.services.scoring import score_quarter

SAMPLE = Path(settings.BASE_DIR, "samples", "xishan-2023")
CODE = "XS"
FILES = ("基础.xlsx", "2023Q1.xlsx", "2023Q2.xlsx", "2023Q3.xlsx")


def main(rounds: int) -> None:
    with transaction.atomic():
        if not Bureau.objects.filter(code=CODE).exists():
            files = [SAMPLE / name for name in FILES if (SAMPLE / name).exists()]
            call_command("import_workbook", *files, stdout=io.StringIO())
        bureau = Bureau.objects.get(code=CODE)
        director = holder(bureau)
        for quarter in Quarter.objects.filter(bureau=bureau).exclude(state=Quarter.State.OPEN).order_by("code"):
            if not ScoreRun.objects.filter(quarter=quarter).exists():
                score_quarter(bureau=bureau, quarter_code=quarter.code, actor=None)
            report(f"{connection.vendor} {quarter.code}", rounds, lambda: figures(director, quarter))  # noqa: B023
        transaction.set_rollback(True)


def holder(bureau: Bureau) -> Employee:
    director = bureau.employees.filter(role__kind="director").first()
    assert director is not None
    return Employee.objects.select_related("bureau").get(pk=director.pk)


def figures(user: Employee, quarter: Quarter) -> None:
    """Everything that the one screen shows, from its rows."""
    quarter.bureau = user.bureau
    cockpit = Cockpit(quarter, Scope.of(user), user.bureau.today, timezone.now(), work_calendar())
    for part in (pressing, standing):
        part(cockpit)
    for name in ("rail", "departments", "strips", "moved", "compared", "finding", "standing"):
        getattr(cockpit, name)


def report(label: str, rounds: int, work: Callable[[], None]) -> None:
    work()
    with CaptureQueriesContext(connection) as queries:
        work()
    times = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        times.append(1000 * (time.process_time() - began))
    times.sort()
    print(f"{label}: {len(queries)} queries, CPU ms: median {times[rounds // 2]:.1f}, least {times[0]:.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
