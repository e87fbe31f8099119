"""How long it takes to score the sample bureau: 209 people, 9,012 results (docs/scoring.md).

    python benchmarks/score_quarter.py [rounds]

Imports the sample into the database of DATABASE_URL if it is not there, scores once into empty tables and then again
and again without a change. Everything happens in one transaction that is rolled back.
"""

# ruff: noqa: E402  # Django is set up before anything of it is imported
import io
import os
import sys
import time
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

from organization.models import Bureau
from scoring.models import ScoreRun
from scoring.services.scoring import score_quarter

SAMPLE = Path(settings.BASE_DIR, "samples", "xishan-2023")
CODE = "XS"
QUARTER = "2023Q1"


def main(rounds: int) -> None:
    with transaction.atomic():
        if not Bureau.objects.filter(code=CODE).exists():
            call_command("import_workbook", SAMPLE / "基础.xlsx", SAMPLE / "2023Q1.xlsx", stdout=io.StringIO())
        bureau = Bureau.objects.get(code=CODE)
        if bureau.quarters.filter(code=QUARTER, state="published").exists():
            sys.exit(f"{QUARTER} is published and frozen here; take an empty database (DATABASE_URL)")
        ScoreRun.objects.filter(quarter__bureau=bureau, quarter__code=QUARTER).delete()
        print(f"{connection.vendor}: first {timed(bureau):.3f} s")
        for number in range(1, rounds + 1):
            print(f"{connection.vendor}: again {number} {timed(bureau):.3f} s")
        transaction.set_rollback(True)


def timed(bureau: Bureau) -> float:
    began = time.perf_counter()
    score_quarter(bureau=bureau, quarter_code=QUARTER, actor=None)
    return time.perf_counter() - began


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
