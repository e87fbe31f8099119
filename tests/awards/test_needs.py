"""培训需求, 改进事项 and 部门约谈 on the sample: every sum is that of the explanations."""

from __future__ import annotations

from collections import defaultdict
from copy import deepcopy
from decimal import Decimal

import pytest

from audit.models import Entry
from awards.grading import Word
from awards.models import UseLine, UseList
from awards.queries.uses import digest_of, lines_of
from awards.services.improvements import carry_improvement, carrying
from awards.services.uses import adopt_suggestions, draw_list, sign_list
from common.errors import Conflict, InvalidInput, Refused
from indicators.models import AssessmentPoint, KeyWork, Quarter
from indicators.services.points import copy_year, last_version
from organization.models import Bureau
from scoring.models import DepartmentScore, Score
from scoring.queries import explanation
from tests.awards.sample import NOW, holder, office, sample_bureau
from tests.factories import make_bureau, make_department, make_department_score, make_employee, make_quarter

pytestmark = pytest.mark.django_db
D = Decimal
Kind = UseList.Kind


build = sample_bureau


@pytest.fixture
def xishan(built: Bureau) -> Bureau:
    return deepcopy(built)


def draw(bureau: Bureau, kind: str, period: str) -> UseList:
    return draw_list(bureau=bureau, kind=kind, period=period, actor=office(bureau), now=NOW)


def signed(bureau: Bureau, kind: str, period: str) -> UseList:
    use_list = draw(bureau, kind, period)
    adopt_suggestions(use_list=use_list, actor=office(bureau), now=NOW)
    digest = digest_of(use_list, lines_of(use_list))
    return sign_list(use_list=use_list, digest=digest, actor=holder(bureau, "director"), now=NOW)


def lost_by_sheets(bureau: Bureau, *codes: str) -> dict[int, dict[int, Decimal]]:
    """What each person lost at each point, read off the explanations line by line."""
    found: dict[int, dict[int, Decimal]] = defaultdict(lambda: defaultdict(lambda: D("0.00")))
    scores = Score.objects.current().filter(bureau=bureau, quarter__code__in=codes).select_related("run")
    for score in scores:
        for part in explanation(score).parts:
            for line in part.children:
                if line.kind == "item" and line.amount is not None:
                    found[line.point_id][score.employee_id] += D(line.full) - line.amount
    return found


class TestTraining:
    def test_every_sum_is_that_of_the_sheets(self, xishan):
        use_list = draw(xishan, Kind.TRAINING, "2023Q2")
        sheets = lost_by_sheets(xishan, "2023Q2")
        lines = lines_of(use_list)
        assert lines
        for line in lines:
            figures, people = line.figures, dict(line.figures["by_person"])
            assert people == {pk: str(sheets[line.point_id][pk]) for pk in people}
            assert D(figures["lost"]) == sum(map(D, people.values()))
            assert figures["people"] == len(people) >= 2
            assert figures["people"] * 100 >= 30 * figures["holders"]
            assert line.suggestion == Word.TRAIN
            assert line.post is None or line.post.department == line.department

    def test_together_with_what_stays_below_nothing_is_missing(self, xishan):
        use_list = draw(xishan, Kind.TRAINING, "2023Q2")
        sheets = lost_by_sheets(xishan, "2023Q2")
        points = {point for point, people in sheets.items() if any(people.values())}
        assert {line.point_id for line in lines_of(use_list)} <= points
        assert use_list.basis["below"] > 0
        assert list(use_list.basis["runs"]) == ["2023Q2"]

    def test_of_a_year_are_all_its_published_quarters(self, xishan):
        use_list = draw(xishan, Kind.TRAINING, "2023")
        sheets = lost_by_sheets(xishan, "2023Q1", "2023Q2")
        line = lines_of(use_list)[0]
        assert all(D(lost) <= sheets[line.point_id][pk] for pk, lost in line.figures["by_person"])
        assert list(use_list.basis["runs"]) == ["2023Q1", "2023Q2"]


class TestImprovements:
    def test_the_widespread_losses_of_the_year(self, xishan):
        use_list = draw(xishan, Kind.IMPROVEMENT, "2023")
        sheets = lost_by_sheets(xishan, "2023Q1", "2023Q2")
        wide = {
            point
            for point, people in sheets.items()
            if len(people) >= 5 and sum(map(bool, people.values())) * 2 >= len(people)
        }
        lines = lines_of(use_list)
        assert {line.point_id for line in lines} == wide
        for line in lines:
            people = sheets[line.point_id]
            assert D(line.figures["lost"]) == sum(people.values())
            assert (line.figures["people"], line.figures["holders"]) == (sum(map(bool, people.values())), len(people))

    def test_carried_as_a_new_point_of_the_next_year_once(self, xishan):
        use_list = signed(xishan, Kind.IMPROVEMENT, "2023")
        line = lines_of(use_list)[0]
        given = {"name": "改进后的名称", "standard": "提高的标准", "full": D(5), "reason": "失分面大"}
        point = carry_improvement(line=line, actor=office(xishan), **given)
        version = last_version(point)
        old = last_version(line.point)
        assert (point.year, point.code, point.library) == (2024, line.point.code, line.point.library)
        assert (version.name, version.standard, version.full, version.from_quarter) == (
            "改进后的名称",
            "提高的标准",
            D(5),
            "2024Q1",
        )
        assert (version.parameters, version.assessor) == (old.parameters, old.assessor)
        assert KeyWork.objects.get(bureau=xishan, year=2024).code == old.key_work.code == version.key_work.code
        assert UseLine.objects.get(pk=line.pk).carried_to == point
        entry = Entry.objects.get(action="use.carry")
        assert entry.after == {"point": point.code, "year": 2024, "revised": False}
        with pytest.raises(Conflict, match="不能再转一次"):
            carry_improvement(line=lines_of(use_list)[0], actor=office(xishan), **given)
        assert AssessmentPoint.objects.filter(bureau=xishan, year=2024).count() == 1

    def test_a_copied_point_is_revised_instead(self, xishan):
        use_list = signed(xishan, Kind.IMPROVEMENT, "2023")
        copy_year(bureau=xishan, from_year=2023, to_year=2024, actor=office(xishan))
        line = lines_of(use_list)[0]
        plan = carrying(line)
        assert plan.there is not None
        version = plan.version
        unchanged = {"name": version.name, "standard": version.standard, "full": version.full, "reason": "x"}
        with pytest.raises(InvalidInput, match="没有任何改动"):
            carry_improvement(line=line, actor=office(xishan), **unchanged)
        assert UseLine.objects.get(pk=line.pk).carried_to is None
        point = carry_improvement(line=line, actor=office(xishan), **unchanged | {"standard": "提高的标准"})
        latest = last_version(point)
        assert (point, latest.number, latest.standard) == (plan.there, 2, "提高的标准")
        assert latest.requested_by == "2023年度绩效改进事项清单"
        assert latest.approved_by == holder(xishan, "director").name

    def test_only_by_the_office_from_a_signed_list(self, xishan):
        given = {"name": "名称", "standard": "标准", "full": D(5), "reason": "失分面大"}
        draft = lines_of(draw(xishan, Kind.IMPROVEMENT, "2023"))[0]
        with pytest.raises(Conflict, match="还没有签发"):
            carry_improvement(line=draft, actor=office(xishan), **given)
        line = lines_of(signed(xishan, Kind.IMPROVEMENT, "2023"))[0]
        with pytest.raises(Refused):
            carry_improvement(line=line, actor=holder(xishan, "director"), **given)


class TestDepartmentTalks:
    def test_the_last_two_of_the_sample_and_the_year_that_is_missing(self, xishan):
        lines = lines_of(draw(xishan, Kind.DEPARTMENT_TALK, "2023"))
        scores = DepartmentScore.objects.filter(bureau=xishan, quarter__code__in=["2023Q1", "2023Q2"])
        sums: dict[str, list[Decimal]] = defaultdict(list)
        for name, score in scores.values_list("department__name", "score"):
            sums[name].append(score)
        last = sorted(sums, key=lambda name: sum(sums[name]) / len(sums[name]))[:2]
        assert [line.department.name for line in lines] == last
        assert {line.suggestion for line in lines} == {Word.REMIND}
        assert all("不满四个季度" in line.reason and "2022 年没有已发布的部门得分" in line.reason for line in lines)

    def test_two_years_running(self):
        bureau = make_bureau("BB")
        clerk = make_employee(bureau, roles=["office"])
        places = {name: make_department(bureau, name=name) for name in "甲乙丙丁"}
        for year, scores in (
            ("2022", {"甲": 80, "乙": 95, "丙": 81, "丁": 90}),
            ("2023", {"甲": 82, "乙": 83, "丙": 95, "丁": 90}),
        ):
            for quarter in (1, 2, 3, 4):
                for name, score in scores.items():
                    make_department_score(places[name], score, f"{year}Q{quarter}")
                make_quarter(bureau, f"{year}Q{quarter}")
        Quarter.objects.filter(bureau=bureau).update(state=Quarter.State.PUBLISHED)
        use_list = draw_list(bureau=bureau, kind=Kind.DEPARTMENT_TALK, period="2023", actor=clerk, now=NOW)
        words = {line.department.name: line.suggestion for line in lines_of(use_list)}
        assert words == {"甲": Word.TALK, "乙": Word.REMIND}
        (talk,) = (line for line in lines_of(use_list) if line.suggestion == Word.TALK)
        assert (
            talk.reason
            == "2023 年 4 个季度平均 82.00，在 4 个部门中列第 4；2022 年 4 个季度平均 80.00，在 4 个部门中列第 4"
        )
        assert talk.department is not None
        assert talk.department.name == "甲"
