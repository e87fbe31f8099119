from decimal import Decimal

import pytest

from audit.models import Entry
from common.errors import InvalidInput, Refused
from indicators.models import Quarter, SchemeSetting
from indicators.queries import collection_closes, process_values, scheme_values
from indicators.scheme import PROCESS_KEYS, SCHEME_KEYS, SchemeValues
from indicators.services.scheme import set_values
from tests.factories import make_bureau, make_employee, make_quarter, make_scheme_setting

pytestmark = pytest.mark.django_db


def test_every_key_has_its_default() -> None:
    values = scheme_values(make_bureau(), "2023Q1")
    assert list(values) == list(SCHEME_KEYS)
    assert values["共性权重"] == Decimal(30)
    assert values["不参加单位排名序列"] == ["局领导"]
    assert SchemeValues.from_mapping(values) == SchemeValues()


def test_a_value_holds_until_a_later_row() -> None:
    bureau = make_bureau()
    make_scheme_setting(bureau, "加分上限", "3", "2023Q2")
    make_scheme_setting(bureau, "加分上限", "4", "2024Q1")
    values = [scheme_values(bureau, code)["加分上限"] for code in ("2023Q1", "2023Q2", "2023Q4", "2024Q1")]
    assert values == [Decimal(5), Decimal(3), Decimal(3), Decimal(4)]


def test_another_bureaus_rows_do_not_count() -> None:
    make_scheme_setting(make_bureau("YY"), "加分上限", "3")
    assert scheme_values(make_bureau(), "2023Q1")["加分上限"] == Decimal(5)


def test_the_office_sets_values_with_one_line_in_the_log() -> None:
    bureau = make_bureau()
    office = make_employee(bureau, roles=["office"])
    changed = set_values(
        bureau=bureau, from_quarter="2023Q2", values={"加分上限": "３", "联动系数": "0.20"}, actor=office
    )
    assert {row.key: row.value for row in changed} == {"加分上限": "3", "联动系数": "0.2"}
    entry = Entry.objects.get()
    assert (entry.action, entry.after) == ("scheme.set", {"加分上限": "3", "联动系数": "0.2"})
    assert set_values(bureau=bureau, from_quarter="2023Q2", values={"加分上限": "3"}, actor=office) == []
    assert Entry.objects.count() == 1


def test_weights_change_together_or_not_at_all() -> None:
    bureau = make_bureau()
    with pytest.raises(InvalidInput, match="100"):
        set_values(bureau=bureau, from_quarter="2023Q2", values={"共性权重": "40"}, actor=None)
    assert not SchemeSetting.objects.exists()
    set_values(bureau=bureau, from_quarter="2023Q2", values={"共性权重": "40", "个性权重": "50"}, actor=None)


def test_weights_also_fit_a_later_change() -> None:
    bureau = make_bureau()
    set_values(bureau=bureau, from_quarter="2023Q3", values={"共性权重": "40", "个性权重": "50"}, actor=None)
    with pytest.raises(InvalidInput, match="2023Q3"):
        set_values(bureau=bureau, from_quarter="2023Q2", values={"竞争性上限": "5", "个性权重": "65"}, actor=None)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("加分上限", "-1"),
        ("星级候选比例", "1.5"),
        ("难度系数高", "高"),
        ("没有的项目", "1"),
        ("不参加单位排名序列", "科长"),
    ],
)
def test_what_cannot_be_is_named_by_its_key(key: str, value: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        set_values(bureau=make_bureau(), from_quarter="2023Q2", values={key: value}, actor=None)
    assert list(refusal.value.fields) == [key]


def test_the_list_may_be_empty() -> None:
    bureau = make_bureau()
    set_values(bureau=bureau, from_quarter="2023Q2", values={"不参加单位排名序列": "无"}, actor=None)
    assert scheme_values(bureau, "2023Q2")["不参加单位排名序列"] == []


@pytest.mark.parametrize("state", [Quarter.State.PUBLICITY, Quarter.State.PUBLISHED])
def test_a_settled_quarter_keeps_its_scheme(state: str) -> None:
    bureau = make_bureau()
    make_quarter(bureau, "2023Q2", state)
    with pytest.raises(InvalidInput, match="2023Q2"):
        set_values(bureau=bureau, from_quarter="2023Q1", values={"加分上限": "3"}, actor=None)
    assert not SchemeSetting.objects.exists()
    set_values(bureau=bureau, from_quarter="2023Q3", values={"加分上限": "3"}, actor=None)


def test_what_does_not_change_a_settled_quarter_is_taken() -> None:
    bureau = make_bureau()
    make_quarter(bureau, "2023Q2", Quarter.State.PUBLISHED)
    make_scheme_setting(bureau, "加分上限", "3", "2023Q2")
    set_values(bureau=bureau, from_quarter="2023Q1", values={"加分上限": "4"}, actor=None)
    assert scheme_values(bureau, "2023Q2")["加分上限"] == Decimal(3)


@pytest.mark.parametrize("role", ["director", "discipline", "system_admin", "department_head"])
def test_only_the_office_sets_the_scheme(role: str) -> None:
    bureau = make_bureau()
    with pytest.raises(Refused):
        set_values(
            bureau=bureau, from_quarter="2023Q2", values={"加分上限": "3"}, actor=make_employee(bureau, roles=[role])
        )


def test_the_collection_window_closes_by_the_setting() -> None:
    bureau = make_bureau()
    assert str(collection_closes(bureau, "2023Q1")) == "2023-03-26"
    make_scheme_setting(bureau, "采集截止提前天数", "3", "2023Q2")
    assert str(collection_closes(bureau, "2023Q2")) == "2023-06-27"


@pytest.mark.parametrize("value", ["0", "2.5", "31", "-1", "五"])
@pytest.mark.parametrize("key", ["申诉提出期限", "申诉答复期限", "申诉裁定期限"])
def test_the_limits_of_appeals_are_whole_working_days(key: str, value: str) -> None:
    bureau = make_bureau()
    with pytest.raises(InvalidInput, match=key):
        set_values(bureau=bureau, from_quarter="2023Q2", values={key: value}, actor=None)
    set_values(bureau=bureau, from_quarter="2023Q2", values={key: "7"}, actor=None)
    assert [process_values(bureau, code)[key] for code in ("2023Q1", "2023Q2")] == [PROCESS_KEYS[key], Decimal(7)]
