"""The commands of interfaces.md: what they print and how they exit."""

from copy import deepcopy
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from indicators.models import Library, Quarter
from scoring.models import Score
from tests.factories import make_bureau, make_employee, make_point, make_quarter, make_result, make_scheme_setting

pytestmark = pytest.mark.django_db


def build():
    bureau = make_bureau(name="溪山县税务局")
    employee = make_employee(bureau, "101")
    make_result(employee, make_point(bureau, library=Library.COMMON))
    make_result(employee, make_point(bureau))
    make_employee(bureau, "102", category="局领导")
    return bureau


@pytest.fixture
def bureau(built):
    return deepcopy(built)


class TestScoreQuarter:
    def test_the_only_bureau(self, bureau, capsys):
        call_command("score_quarter", "2023Q1")
        assert capsys.readouterr().out == "溪山县税务局（XS）2023Q1：计分 2 人，单位排名 1 人，漏项 1 个\n"
        assert Score.objects.count() == 2

    def test_a_year_without_holidays_is_told(self, bureau, capsys):
        make_quarter(bureau, "2031Q1")
        call_command("score_quarter", "2023Q1")
        assert not capsys.readouterr().err
        call_command("score_quarter", "2031Q1")
        assert "工作日历里没有 2031 年" in capsys.readouterr().err

    def test_several_bureaus_need_a_name(self, bureau, capsys):
        make_quarter(make_bureau("YY"))
        with pytest.raises(CommandError, match="--bureau"):
            call_command("score_quarter", "2023Q1")
        call_command("score_quarter", "2023Q1", "--bureau", "YY")
        assert "（YY）2023Q1：计分 0 人" in capsys.readouterr().out

    def test_all_names_the_one_that_fails_and_goes_on(self, bureau, capsys):
        broken = make_bureau("AA")
        make_quarter(broken)
        make_scheme_setting(broken, "共性权重", "40")
        make_bureau("BB")  # has no such quarter and is not concerned
        with pytest.raises(CommandError, match="1 个单位没有计分"):
            call_command("score_quarter", "2023Q1", "--all")
        printed = capsys.readouterr()
        assert printed.out.startswith("溪山县税务局（XS）2023Q1：计分 2 人")
        assert printed.err.startswith("AA 2023Q1 的考评方案不能用来计分")

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["2023Q5"], "应当写成 2023Q1 的样子"),
            (["2023Q1", "--bureau", "ZZ"], "没有代码为“ZZ”的单位"),
            (["2024Q1", "--all"], "没有任何单位有 2024Q1"),
        ],
    )
    def test_refusals_are_sentences(self, bureau, arguments, sentence):
        with pytest.raises(CommandError, match=sentence):
            call_command("score_quarter", *arguments)

    def test_a_frozen_quarter_is_refused(self, bureau, capsys):
        Quarter.objects.update(state=Quarter.State.PUBLISHED)
        with pytest.raises(CommandError):
            call_command("score_quarter", "2023Q1")
        assert "已经发布" in capsys.readouterr().err


class TestPublishQuarter:
    def test_lists_what_is_not_ready(self, bureau, capsys):
        call_command("score_quarter", "2023Q1")
        capsys.readouterr()
        with pytest.raises(CommandError, match="2023Q1 没有发布"):
            call_command("publish_quarter", "2023Q1", "--bureau", "XS")
        lines = capsys.readouterr().err.splitlines()
        assert [line.split("；")[0] for line in lines] == [
            "漏项 1 个，涉及 1 人，按 0 分计",
            "没有个性任务的 1 人，个性得分计 0 分",
            f"没有确认名单的部门 1 个：{bureau.departments.get().name}",
            "还没有公示",
        ]

    def test_force_publishes_with_a_reason(self, bureau, capsys):
        call_command("score_quarter", "2023Q1")
        call_command("publish_quarter", "2023Q1", "--bureau", "XS", "--force", "上级要求")
        assert "2023Q1 已发布" in capsys.readouterr().out
        assert Quarter.objects.get().is_frozen

    @pytest.mark.parametrize("reason", ["", "  "])
    def test_force_without_a_reason_is_refused(self, bureau, reason):
        with pytest.raises(CommandError, match="理由"):
            call_command("publish_quarter", "2023Q1", "--bureau", "XS", "--force", reason)

    def test_force_never_publishes_without_a_score(self, bureau, capsys):
        with pytest.raises(CommandError):
            call_command("publish_quarter", "2023Q1", "--bureau", "XS", "--force", "急")
        assert "还没有计分" in capsys.readouterr().err
        assert not Quarter.objects.get().is_frozen


def test_explain_score_of_somebody_without_one(bureau):
    with pytest.raises(CommandError, match="没有得分"):
        call_command("explain_score", "2023Q1", "101")


def test_explain_score_prints_the_total_last(bureau, capsys):
    call_command("score_quarter", "2023Q1")
    capsys.readouterr()
    call_command("explain_score", "2023Q1", "101")
    assert capsys.readouterr().out.splitlines()[-1] == "总分 90.00"
    assert Score.objects.get(number="101").total == Decimal(90)
