"""The sample bureaus, imported as a bureau would, reach every figure of the independent scorer."""

import csv
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from organization.models import Bureau
from scoring.models import Score
from scoring.queries import explanation
from scoring.services.scoring import score_quarter

pytestmark = pytest.mark.django_db
SAMPLES = Path(settings.BASE_DIR, "samples")


def figures(bureau):
    """The current scores in the columns of the expected files, by staff number."""
    scores = Score.objects.current().filter(bureau=bureau).select_related("department", "category")
    return {
        score.number: {
            "部门代码": score.department.code,
            "序列": score.category.name,
            "共性得分": str(score.common),
            "个性得分": str(score.individual),
            "竞争性得分": str(score.competitive),
            "加减分": str(score.adjustments),
            "组织联动": str(score.linkage),
            "总分": str(score.total),
            "是否参与排名": "是" if score.ranked else "否",
            "单位排名": str(score.bureau_rank or ""),
            "序列排名": str(score.category_rank or ""),
            "前30%": "是" if score.in_pool else "否",
        }
        for score in scores
    }


def expected(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row.pop("工号"): row for row in csv.DictReader(file)}


@pytest.mark.parametrize(
    ("books", "code", "quarter", "answer"),
    [
        (["xishan-2023/基础.xlsx", "xishan-2023/2023Q1.xlsx"], "XS", "2023Q1", "xishan-2023/expected-2023Q1.csv"),
        (["borders-2023Q2/borders.xlsx"], "F1", "2023Q2", "borders-2023Q2/expected.csv"),
    ],
)
def test_every_figure_of_the_sample_is_reached(books, code, quarter, answer):
    call_command("import_workbook", *(SAMPLES / book for book in books))
    bureau = Bureau.objects.get(code=code)
    run = score_quarter(bureau=bureau, quarter_code=quarter, actor=None)
    wanted = expected(SAMPLES / answer)
    assert figures(bureau) == wanted
    assert run.scored == len(wanted)
    scores = Score.objects.select_related("run").filter(bureau=bureau)
    assert all(explanation(score).adds_up for score in scores)
