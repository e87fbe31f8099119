"""计分参数 and the inputs that each method takes (scoring.md §1)."""

from decimal import Decimal

import pytest

from indicators.rules import Count, Deduct, Done, Ratio, RuleError, Tier, check_input, parse_rule

D = Decimal


@pytest.mark.parametrize(
    ("method", "text", "rule", "written"),
    [
        ("deduct", "每次扣分=0.50", Deduct(D("0.5")), "每次扣分=0.5"),
        ("deduct", "每次扣分＝０．５；", Deduct(D("0.5")), "每次扣分=0.5"),
        ("ratio", "目标=57.89;底线=35.53", Ratio(D("57.89"), D("35.53")), "目标=57.89;底线=35.53"),
        ("ratio", "底线=0; 目标 = 95%", Ratio(D(95), D(0)), "目标=95;底线=0"),
        ("ratio", "目标=100", Ratio(D(100)), "目标=100"),
        (
            "tier",
            "优=100；良=81.36;差=0",
            Tier((("优", D(100)), ("良", D("81.36")), ("差", D(0)))),
            "优=100;良=81.36;差=0",
        ),
        ("count", "每件得分=2", Count(D(2)), "每件得分=2"),
        ("done", "逾期每日扣分=0.2", Done(D("0.2")), "逾期每日扣分=0.2"),
    ],
)
def test_parameters_are_read_and_written_in_their_one_form(method, text, rule, written):
    assert parse_rule(method, text) == rule
    assert str(rule) == written
    assert parse_rule(method, written) == rule


@pytest.mark.parametrize(
    ("method", "text", "named"),
    [
        ("deduct", "", "缺少“每次扣分”"),
        ("deduct", "每次扣分=0", "大于 0"),
        ("deduct", "每次扣分=-1", "大于 0"),
        ("deduct", "每次扣分=半分", "应当是数字"),
        ("deduct", "每次扣分", "键=值"),
        ("deduct", "每次扣分=1;每次扣分=2", "写了两次"),
        ("deduct", "每次扣分=1;目标=3", "没有参数“目标”"),
        ("ratio", "底线=60", "缺少“目标”"),
        ("ratio", "目标=0", "大于 0"),
        ("ratio", "目标=100;底线=-1", "不能是负数"),
        ("tier", "", "至少要有一档"),
        ("tier", "优=101", "0 到 100"),
        ("tier", "优=-1", "0 到 100"),
        ("tier", "优=100;优=90", "写了两次"),
        ("count", "每次扣分=1", "缺少“每件得分”"),
        ("done", "逾期每日扣分=0", "大于 0"),
        ("guess", "目标=1", "没有“guess”"),
    ],
)
def test_what_the_method_cannot_take_is_refused_by_name(method, text, named):
    with pytest.raises(RuleError, match=named):
        parse_rule(method, text)


def test_every_fault_is_told_at_once():
    with pytest.raises(RuleError) as caught:
        parse_rule("ratio", "目标=0;底线=-1;步长=2;坏")
    assert len(caught.value.sentences) == 4


DEDUCT, RATIO, TIER = Deduct(D(1)), Ratio(D(100)), Tier((("优", D(100)), ("良", D(85))))
COUNT, DONE = Count(D(1)), Done(D(1))


@pytest.mark.parametrize(
    ("rule", "given"),
    [
        (DEDUCT, {"value": D(0)}),
        (RATIO, {"value": D("97.5"), "target": D(90)}),
        (TIER, {"tier": "良"}),
        (COUNT, {"value": D("0.5")}),
        (DONE, {"value": D(3)}),
        (DONE, {"exempt": True}),
        (TIER, {}),
    ],
)
def test_inputs_that_the_rule_takes(rule, given):
    assert check_input(rule, **given) == []


@pytest.mark.parametrize(
    ("rule", "given", "fields"),
    [
        (DEDUCT, {"value": D(-1)}, ["value"]),
        (DEDUCT, {"value": D("1.5")}, ["value"]),
        (DONE, {"value": D("0.5")}, ["value"]),
        (COUNT, {"value": D(-1)}, ["value"]),
        (RATIO, {"value": D("-0.01")}, ["value"]),
        (RATIO, {"value": D(1), "target": D(0)}, ["target"]),
        (RATIO, {"value": D(1), "target": D(-5)}, ["target"]),
        (DEDUCT, {"value": D(1), "target": D(5)}, ["target"]),
        (RATIO, {"tier": "优"}, ["tier"]),
        (TIER, {"tier": "特优"}, ["tier"]),
        (TIER, {"value": D(1)}, ["value"]),
        (DEDUCT, {"value": D(1), "exempt": True}, ["exempt"]),
        (TIER, {"tier": "优", "exempt": True}, ["exempt"]),
        (TIER, {"tier": "特优", "value": D(1), "target": D(1), "exempt": True}, ["exempt", "value", "tier", "target"]),
    ],
)
def test_inputs_that_the_rule_refuses(rule, given, fields):
    faults = check_input(rule, **given)
    assert [fault.field for fault in faults] == fields
    assert all(fault.sentence for fault in faults)
