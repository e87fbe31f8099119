from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from indicators.models import Item, KeyWork, PointVersion, SchemeSetting
from indicators.queries.library import year_load
from organization.models import Employee
from tests.factories import (
    make_bureau,
    make_department,
    make_employee,
    make_item,
    make_key_work,
    make_point,
    make_post,
    make_quarter,
    make_result,
    make_version,
)

pytestmark = [pytest.mark.django_db, pytest.mark.once]

LIST_PAGES = ["points", "load", "scheme", "key_works", "items", "results", "mine"]
ROLES = ["", "liaison", "department_head", "deputy_director", "director", "office", "discipline", "system_admin"]
BASIS = {"from_quarter": "2023Q2", "reason": "标准过低", "requested_by": "征管股", "approved_by": "领导小组"}


class House:
    def __init__(self) -> None:
        self.bureau = make_bureau()
        self.department = make_department(self.bureau, "D01")
        self.other = make_department(self.bureau, "D02")
        self.post = make_post(self.department, "G01")
        self.quarter = make_quarter(self.bureau)
        self.office = make_employee(self.bureau, roles=["office"], department=self.other)
        self.staff = make_employee(self.bureau, department=self.department, post=self.post)
        self.work = make_key_work(self.bureau, "ZD01")
        self.point = make_point(self.bureau, "K020", department=self.department, post=self.post, name="入库及时率")
        self.common = make_point(self.bureau, "K001", library="common", assessor=self.other)
        make_item(self.staff, self.point, self.quarter)
        make_result(self.staff, self.common, "2023Q1", value=1, points=Decimal("3.50"), note="缺席一次")


build = House


@pytest.fixture
def house(built: House) -> House:
    return deepcopy(built)


def signed_in(person: Employee) -> Client:
    client = Client()
    client.force_login(person, backend="organization.backends.StaffNumberBackend")
    return client


def text(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status
    return response.content.decode()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("shown", LIST_PAGES)
def test_every_page_opens_as_every_role(house: House, role: str, shown: str) -> None:
    person = make_employee(house.bureau, roles=[role] if role else [])
    assert "<h1" in text(signed_in(person), reverse(f"indicators:{shown}"))


@pytest.mark.parametrize("shown", LIST_PAGES)
def test_every_page_opens_before_anything_is_there(shown: str) -> None:
    text(signed_in(make_employee(make_bureau("ZZ"))), reverse(f"indicators:{shown}"))


def test_the_heading_of_the_library_tells_what_it_found(house: House) -> None:
    make_point(house.bureau, "K021", department=house.department)
    page = text(signed_in(house.staff), reverse("indicators:points"))
    assert "2023 年 1 项重点工作分解为 3 个考点，1 个个性考点本季无人领取" in page


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("", ["K001", "K020", "K021", "K022"]),
        ("?library=common", ["K001"]),
        ("?view=unclaimed", ["K021", "K022"]),
        ("?view=orphans", ["K022"]),
        ("?view=withdrawn", ["K023"]),
        ("?q=入库", ["K020"]),
        ("?q=k02", ["K020", "K021", "K022"]),
        ("?method=tier", ["K021"]),
        ("?sort=-code", ["K022", "K021", "K020", "K001"]),
        ("?sort=-full", ["K022", "K001", "K020", "K021"]),
        ("?sort=nonsense&page=99", ["K001", "K020", "K021", "K022"]),
    ],
)
def test_the_library_is_narrowed_and_ordered(house: House, query: str, codes: list[str]) -> None:
    make_point(house.bureau, "K021", department=house.department, method="tier")
    vacant = make_post(house.department, "G02")
    make_point(house.bureau, "K022", department=house.department, post=vacant, full=Decimal(9))
    make_version(make_point(house.bureau, "K023"), withdrawn=True)
    response = signed_in(house.staff).get(reverse("indicators:points") + query)
    assert [row.code for row in response.context["rows"]] == codes


def test_another_bureaus_library_is_not_found(house: House) -> None:
    foreign = make_point(make_bureau("YY"), "K900")
    client = signed_in(house.office)
    for name in ("point", "revise", "withdraw"):
        text(client, reverse(f"indicators:{name}", args=[foreign.year, foreign.code]), 404)
    assert "K900" not in text(client, reverse("indicators:points"))
    text(client, reverse("indicators:points") + "?quarter=2031Q1", 404)


@pytest.mark.parametrize("role", [role for role in ROLES if role != "office"])
def test_only_the_office_opens_the_forms(house: House, role: str) -> None:
    client = signed_in(make_employee(house.bureau, roles=[role] if role else []))
    urls = [
        reverse("indicators:new_point", args=[2023]),
        reverse("indicators:copy_year"),
        reverse("indicators:new_key_work", args=[2023]),
        reverse("indicators:key_work", args=[2023, "ZD01"]),
        reverse("indicators:revise", args=[2023, "K020"]),
        reverse("indicators:withdraw", args=[2023, "K020"]),
        reverse("indicators:take_on", args=["2023Q1"]),
    ]
    for url in urls:
        assert "绩效办" in text(client, url, 403)
    assert client.post(reverse("indicators:scheme"), {}).status_code == 403
    item = Item.objects.get()
    assert client.post(reverse("indicators:hand_back", args=[item.pk])).status_code in (403, 404)
    assert Item.objects.exists()


def test_the_point_page_shows_standard_rule_history_and_holders(house: House) -> None:
    make_version(house.point, from_quarter="2023Q2", parameters="每次扣分=1", reason="从严", requested_by="征管股")
    page = text(signed_in(house.office), reverse("indicators:point", args=[2023, "K020"]))
    for words in (
        "K020 的质量标准",
        "每次扣 0.5 分，扣完为止",
        "修订为第 2 版",
        "从严",
        "征管股 提出",
        house.staff.name,
        "漏项",
    ):
        assert words in page
    assert "<del>每次扣分=0.5</del>" in page
    assert "<ins>每次扣分=1</ins>" in page


def test_a_colleague_does_not_see_who_holds_what(house: House) -> None:
    colleague = make_employee(house.bureau, department=house.department)
    client = signed_in(colleague)
    for url in (
        reverse("indicators:point", args=[2023, "K020"]),
        reverse("indicators:items"),
        reverse("indicators:results"),
        reverse("indicators:results") + "?state=missing",
        reverse("indicators:mine"),
    ):
        assert house.staff.name not in text(client, url)


def test_missing_nodes_are_those_past_their_deadline(house: House) -> None:
    page = text(signed_in(house.office), reverse("indicators:results") + "?state=missing")
    assert "2 个节点过了时限" in page
    narrowed = text(signed_in(house.office), reverse("indicators:results") + f"?state=missing&q={house.staff.number}")
    assert "1 个节点过了时限" in narrowed
    assert "K020" in narrowed


def test_results_are_narrowed_by_person_point_and_state(house: House) -> None:
    client = signed_in(house.office)
    for query, count in {
        "": 1,
        "?q=" + house.staff.number: 1,
        "?q=nobody": 0,
        "?point=k001": 1,
        "?point=K020": 0,
        "?state=confirmed": 1,
        "?state=reported": 0,
        "?state=late": 0,
        f"?department={house.department.pk}": 1,
        f"?department={house.other.pk}": 0,
        "?department=nonsense": 1,
    }.items():
        response = client.get(reverse("indicators:results") + query)
        assert response.context["page"].paginator.count == count, query


def test_the_heading_counts_what_waits_among_what_is_shown(house: House) -> None:
    make_result(house.office, house.common, state="returned")
    make_result(make_employee(house.bureau), house.common, state="reported")
    client = signed_in(house.office)
    results = reverse("indicators:results")
    assert "有 3 条考评结果，2 条还没有确认" in text(client, results)
    assert "有 2 条考评结果，2 条还没有确认" in text(client, f"{results}?state=waiting")
    assert "有 1 条考评结果<" in text(client, f"{results}?q={house.staff.number}")


def test_my_points_show_inputs_states_and_points(house: House) -> None:
    page = text(signed_in(house.staff), reverse("indicators:mine"))
    assert "已填报" in page
    assert "已办结" not in page
    for words in ("承担 2 个考点，1 个节点漏项", "3.50", "已确认", "漏项", "逾期"):
        assert words in page


def test_a_revision_is_previewed_then_applied(house: House) -> None:
    client = signed_in(house.office)
    url = reverse("indicators:revise", args=[2023, "K020"])
    form = client.get(url).context["form"]
    posted = {name: form[name].value() or "" for name in form.fields} | BASIS | {"parameters": "每次扣分=1"}
    preview = client.post(url, posted)
    assert "将改动 1 处，2023Q2 起执行" in preview.content.decode()
    assert PointVersion.objects.filter(point=house.point).count() == 1
    assert client.post(url, posted | {"apply": "1"}).status_code == 302
    assert PointVersion.objects.get(point=house.point, number=2).parameters == "每次扣分=1"


def test_a_faulty_revision_comes_back_with_its_sentence(house: House) -> None:
    client = signed_in(house.office)
    url = reverse("indicators:revise", args=[2023, "K020"])
    form = client.get(url).context["form"]
    posted = (
        {name: form[name].value() or "" for name in form.fields} | BASIS | {"parameters": "每次扣分=0", "apply": "1"}
    )
    response = client.post(url, posted)
    assert response.status_code == 422
    assert "每次扣分应当大于 0" in response.content.decode()


def test_a_point_is_withdrawn_with_its_consequence_said(house: House) -> None:
    client = signed_in(house.office)
    url = reverse("indicators:withdraw", args=[2023, "K020"])
    assert "已登记的 1 项领取和 0 条考评结果" in text(client, url)
    assert client.post(url, BASIS).status_code == 302
    assert PointVersion.objects.get(point=house.point, number=2).withdrawn


def test_a_point_is_added(house: House) -> None:
    client = signed_in(house.office)
    url = reverse("indicators:new_point", args=[2023])
    posted = {
        "code": "K050", "library": "individual", "from_quarter": "2023Q1", "key_work": house.work.pk, "name": "新考点",
        "nature": "quantitative", "method": "deduct", "full": "3", "parameters": "每次扣分=0.5", "standard": "标准",
        "cycle": "quarter", "deadline": "每季末5日前", "department": house.department.pk, "assessor": house.other.pk,
        "source": "manual",
    }  # fmt: skip
    assert client.post(url, posted).status_code == 302
    assert client.post(url, posted).status_code == 422
    assert PointVersion.objects.get(point__code="K050").full == Decimal(3)


def test_key_works_are_added_changed_and_copied(house: House) -> None:
    client = signed_in(house.office)
    posted = {"code": "ZD02", "kind": "party", "name": "党建", "department": house.other.pk}
    assert client.post(reverse("indicators:new_key_work", args=[2023]), posted).status_code == 302
    assert client.post(reverse("indicators:new_key_work", args=[2023]), posted).status_code == 422
    changed = posted | {"name": "党建引领"}
    assert client.post(reverse("indicators:key_work", args=[2023, "ZD02"]), changed).status_code == 302
    assert KeyWork.objects.get(code="ZD02").name == "党建引领"
    assert client.post(reverse("indicators:copy_year"), {"from_year": 2023, "to_year": 2023}).status_code == 422
    assert client.post(reverse("indicators:copy_year"), {"from_year": 2023, "to_year": 2024}).status_code == 302
    assert KeyWork.objects.filter(year=2024).count() == 2


def test_the_first_key_work_of_an_empty_library(house: House) -> None:
    """Where nothing is registered yet, the page offers the bureau's year."""
    newcomer = make_employee(make_bureau("NEW", is_demo=True, stands_on=date(2024, 4, 3)), roles=["office"])
    page = signed_in(newcomer).get(reverse("indicators:key_works")).content.decode()
    assert reverse("indicators:new_key_work", args=[2024]) in page


def test_the_scheme_is_changed_from_a_coming_quarter(house: House) -> None:
    client = signed_in(house.office)
    url = reverse("indicators:scheme")
    form = client.get(url).context["form"]
    posted = {name: form[name].value() or "" for name in form.fields} | {"from_quarter": "2023Q2", "reason": "会议决定"}
    name = next(name for name, key in form.keys.items() if key == "加分上限")
    wrong = client.post(url, posted | {name: "-1"})
    assert wrong.status_code == 422
    assert "不能是负数" in wrong.content.decode()
    assert client.post(url, posted | {name: "3"}).status_code == 302
    row = SchemeSetting.objects.get()
    assert (row.key, row.value, row.from_quarter) == ("加分上限", "3", "2023Q2")


def test_items_are_entered_and_handed_back(house: House) -> None:
    client = signed_in(house.office)
    url = reverse("indicators:take_on", args=["2023Q1"])
    newcomer = make_employee(house.bureau, department=house.department)
    posted = {"employee": newcomer.number, "point": "K020", "taken_on": "2023-02-01"}
    assert client.post(url, posted).status_code == 302
    assert client.post(url, posted).status_code == 422
    assert client.post(url, posted | {"employee": "nobody"}).status_code == 422
    item = Item.objects.get(employee=newcomer)
    assert item.taken_on == date(2023, 2, 1)
    assert client.post(reverse("indicators:hand_back", args=[item.pk])).status_code == 302
    assert not Item.objects.filter(employee=newcomer).exists()


def test_a_heavy_quarter_is_named(house: House) -> None:
    assert year_load(house.bureau, 2023).heavy == []
    make_point(house.bureau, cycle="year", deadline="6月20日", full=Decimal(40))
    assert year_load(house.bureau, 2023).heavy == ["二季度占全年分值的 66.67%，超过 40%"]
    assert "二季度占全年分值的 66.67%" in text(signed_in(house.office), reverse("indicators:load"))


QUERIES = {"points": 13, "load": 12, "key_works": 8, "items": 13, "results": 14, "mine": 13}


@pytest.mark.parametrize("shown", QUERIES)
def test_lists_cost_the_same_with_one_row_and_three(house: House, shown: str, django_assert_num_queries: Any) -> None:
    client = signed_in(house.office)
    make_item(house.office, house.point, house.quarter)
    make_result(house.office, house.point, "2023Q1")
    client.get(reverse(f"indicators:{shown}"))
    with django_assert_num_queries(QUERIES[shown]):
        client.get(reverse(f"indicators:{shown}"))
    for number in range(2):
        department = make_department(house.bureau)
        point = make_point(house.bureau, department=department, post=make_post(department))
        make_key_work(house.bureau, department=department)
        person = make_employee(house.bureau, department=department)
        make_result(person, point, "2023Q1")
        make_item(house.office, point, house.quarter)
        make_result(house.office, point, "2023Q1", with_item=False, value=number)
    with django_assert_num_queries(QUERIES[shown]):
        client.get(reverse(f"indicators:{shown}"))
