"""The tree of bureaus: reading it, moving, renaming and adding, and who may."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

import pytest
from django.db.models import F
from django.test import Client

from audit.models import Entry
from common.errors import InvalidInput, Refused
from notifications.models import Notification
from organization.models import Bureau, Employee, RankCategory
from organization.queries_bureaus import tree_of
from organization.services.bureaus import add_bureau, change_bureau, move_bureau
from reports.services_moves import relocate_bureau
from tests.factories import make_bureau, make_employee

pytestmark = pytest.mark.django_db
ROLES = ("employee", "liaison", "department_head", "deputy_director", "director", "office", "discipline")


@dataclass
class Land:
    """省 over 甲市 and 乙市, 丙县 below 甲市; another tree beside it."""

    province: Bureau
    first: Bureau
    second: Bureau
    county: Bureau
    foreign: Bureau
    admin: Employee
    city_admin: Employee

    def client(self, person: Employee | None = None) -> Client:
        client = Client()
        client.force_login(person or self.admin)
        return client


def build() -> Land:
    province = make_bureau("P", name="省局", level="province")
    first = make_bureau("A", name="甲市局", level="city", parent=province)
    second = make_bureau("B", name="乙市局", level="city", parent=province)
    county = make_bureau("C", name="丙县局", level="county", parent=first)
    foreign = make_bureau("F", name="外省局", level="province")
    make_bureau("G", name="外市局", level="city", parent=foreign)
    return Land(
        province, first, second, county, foreign,
        make_employee(province, roles=["system_admin"]), make_employee(first, roles=["system_admin"]),
    )  # fmt: skip


@pytest.fixture
def land(built: Land) -> Land:
    return deepcopy(built)


def codes(found) -> list[str]:
    return list(found.order_by("code").values_list("code", flat=True))


def test_below_and_above_at_any_depth(land: Land) -> None:
    assert codes(Bureau.objects.below(land.province)) == ["A", "B", "C"]
    assert codes(Bureau.objects.below(land.first)) == ["C"]
    assert codes(Bureau.objects.below(land.county)) == []
    assert codes(Bureau.objects.above(land.county)) == ["A", "P"]
    assert codes(Bureau.objects.above(land.province)) == []


def test_a_ring_that_slipped_in_ends(land: Land) -> None:
    Bureau.objects.filter(pk=land.province.pk).update(parent=land.county)
    assert codes(Bureau.objects.below(land.first)) == ["A", "B", "C", "P"]
    assert codes(Bureau.objects.above(land.first)) == ["A", "C", "P"]


def test_the_tree_in_its_order(land: Land, django_assert_num_queries) -> None:
    with django_assert_num_queries(2):
        tree = tree_of(land.province)
    assert [(one.bureau.code, one.depth, one.below, one.people) for one in tree] == [
        ("P", 0, 3, 1), ("A", 1, 1, 1), ("C", 2, 0, 0), ("B", 1, 0, 0),
    ]  # fmt: skip


def test_a_move_takes_what_is_below_along_and_stands_in_every_log(land: Land) -> None:
    move_bureau(bureau=land.county, parent=land.second, actor=land.admin)
    assert codes(Bureau.objects.below(land.second)) == ["C"]
    lines = Entry.objects.filter(action="bureau.relocate")
    assert sorted(lines.values_list("bureau_code", flat=True)) == ["A", "B", "C", "P"]
    line = lines.filter(bureau_code="C").get()
    assert (line.before, line.after) == ({"parent": "甲市局"}, {"parent": "乙市局"})


def test_a_move_to_where_it_is_leaves_no_line(land: Land) -> None:
    move_bureau(bureau=land.county, parent=land.first, actor=land.admin)
    assert not Entry.objects.exists()


def told(land: Land) -> dict[str, str]:
    """Who was told what, by roles; each message belongs to its reader's bureau."""
    assert not Notification.objects.exclude(bureau=F("recipient__bureau")).exists()
    return {one.recipient.name: one.subject for one in Notification.objects.select_related("recipient")}


@pytest.fixture
def offices(land: Land) -> None:
    for bureau in (land.province, land.first, land.second, land.county, land.foreign):
        make_employee(bureau, name=f"{bureau.code}绩效办", roles=["office"])
        make_employee(bureau, name=f"{bureau.code}干部")
    make_employee(land.county, name="C管理员", roles=["system_admin"])


@pytest.mark.usefixtures("offices")
def test_a_move_is_told_to_the_bureau_and_both_its_upper_offices_each_time(land: Land) -> None:
    relocate_bureau(bureau=land.county, parent=land.second, actor=land.admin)
    assert told(land) == {
        "C绩效办": "本单位的上级单位已由甲市局改为乙市局",
        "C管理员": "本单位的上级单位已由甲市局改为乙市局",
        "A绩效办": "丙县局已从本单位之下迁到乙市局之下",
        "B绩效办": "丙县局已从甲市局之下迁到本单位之下",
    }
    relocate_bureau(bureau=land.county, parent=land.second, actor=land.admin)  # where it stands already
    assert Notification.objects.count() == 4
    relocate_bureau(bureau=land.county, parent=land.first, actor=land.admin)
    relocate_bureau(bureau=land.county, parent=land.second, actor=land.admin)
    assert Notification.objects.count() == 12


@pytest.mark.usefixtures("offices")
@pytest.mark.parametrize(("parent", "within"), [("second", False), ("sister", True)])
def test_the_office_that_is_left_hears_whether_the_figures_stay_in_its_sums(
    land: Land, parent: str, within: bool
) -> None:
    sister = make_bureau("A2", name="甲二市局", level="city", parent=land.first)
    relocate_bureau(bureau=land.county, parent=sister if parent == "sister" else land.second, actor=land.admin)
    line = Notification.objects.get(recipient__name="A绩效办")
    assert ("并入甲二市局" in line.body) == within
    assert ("不再进入" in line.body) != within
    assert line.url == "/upward/"


@pytest.mark.usefixtures("offices")
def test_who_moves_a_bureau_is_not_told_of_it(land: Land) -> None:
    both = make_employee(land.province, name="P两职", roles=["system_admin", "office"])
    relocate_bureau(bureau=land.first, parent=land.second, actor=both)
    assert "P两职" not in told(land)
    assert told(land)["P绩效办"] == "甲市局已从本单位之下迁到乙市局之下"


def test_no_bureau_comes_to_stand_below_itself(land: Land) -> None:
    make_bureau("D", name="丁市局", level="city", parent=land.first)
    for parent in (land.first, Bureau.objects.get(code="D")):
        with pytest.raises(InvalidInput, match="不能反过来做它的上级"):
            move_bureau(bureau=land.first, parent=parent, actor=land.admin)


def test_a_level_is_never_below_a_lower_one(land: Land) -> None:
    with pytest.raises(InvalidInput, match="层级不能低于本单位"):
        move_bureau(bureau=land.second, parent=land.county, actor=land.admin)
    with pytest.raises(InvalidInput, match="层级不能低于本单位"):
        change_bureau(bureau=land.first, name="甲", level="state", actor=land.admin)
    make_bureau("E", level="city", parent=land.first)
    with pytest.raises(InvalidInput, match="层级不能低于本单位"):
        change_bureau(bureau=land.first, name="甲", level="county", actor=land.admin)


def test_only_the_administrator_of_a_common_ancestor_moves(land: Land) -> None:
    for role in ROLES:
        person = make_employee(land.province, roles=[] if role == "employee" else [role])
        with pytest.raises(Refused):
            move_bureau(bureau=land.county, parent=land.second, actor=person)
    with pytest.raises(Refused, match="共同的上级单位"):
        move_bureau(bureau=land.county, parent=land.second, actor=land.city_admin)
    with pytest.raises(Refused):
        move_bureau(bureau=land.first, parent=land.province, actor=land.city_admin)  # nobody moves the own bureau
    with pytest.raises(Refused):
        move_bureau(bureau=land.county, parent=land.foreign, actor=land.admin)
    land.county.refresh_from_db()
    assert land.county.parent_id == land.first.pk


def test_renaming_says_what_changed(land: Land) -> None:
    change_bureau(bureau=land.county, name="丙区局", level="county", actor=land.city_admin)
    lines = Entry.objects.filter(action="bureau.change")
    assert sorted(lines.values_list("bureau_code", flat=True)) == ["A", "C"]
    assert lines[0].after == {"name": "丙区局"}


def test_a_new_bureau_can_be_administered(land: Land) -> None:
    bureau, issued = add_bureau(
        parent=land.first, code="N", name="新县局", level="county", number="N001", person="张三", actor=land.admin
    )
    assert bureau.parent == land.first
    assert list(bureau.categories.values_list("name", flat=True)) == list(RankCategory.DEFAULTS)
    person = Employee.objects.get(number="N001")
    assert person.check_password(issued.password)
    assert person.must_change_password
    assert person.has_role("system_admin")
    assert person.placements.count() == 1
    assert sorted(Entry.objects.values_list("bureau_code", flat=True)) == ["A", "N", "P"]
    assert issued.password not in repr(list(Entry.objects.values()))


@pytest.mark.parametrize(("taken", "field"), [({"code": "A"}, "code"), ({"number": "T1"}, "number")])
def test_a_taken_code_or_number_leaves_nothing(land: Land, taken: dict[str, str], field: str) -> None:
    make_employee(land.foreign, "T1")
    given = {"code": "N", "name": "新县局", "level": "county", "number": "N001", "person": "张三"} | taken
    before = Bureau.objects.count()
    with pytest.raises(InvalidInput) as refusal:
        add_bureau(parent=land.first, actor=land.admin, **given)
    assert set(refusal.value.fields) == {field}
    assert Bureau.objects.count() == before


@pytest.mark.usefixtures("offices")
def test_the_page_lists_the_tree_and_moves(land: Land) -> None:
    client = land.client()
    page = client.get("/system/bureaus/").content.decode()
    assert "省局之下有 3 个单位" in page
    assert "外市局" not in page
    page = client.get("/system/bureaus/at/C/").content.decode()
    assert "data-confirm" in page
    assert "人员、账号、指标和得分都不变" in page
    response = client.post("/system/bureaus/at/C/move/", {"parent": "B"}, follow=True)
    assert "丙县局已迁到乙市局之下。" in response.content.decode()
    assert Notification.objects.filter(recipient__name="C绩效办").count() == 1
    refused = client.post("/system/bureaus/at/C/move/", {"parent": "F"})
    assert refused.status_code == 422
    land.county.refresh_from_db()
    assert land.county.parent_id == land.second.pk


def test_the_page_adds_and_shows_the_password_once(land: Land) -> None:
    given = {"parent": "A", "code": "N", "name": "新县局", "level": "county", "number": "N001", "person": "张三"}
    response = land.client().post("/system/bureaus/new/", given)
    assert "初始密码只显示这一次" in response.content.decode()
    assert response["Cache-Control"].startswith("max-age=0")
    again = land.client().post("/system/bureaus/new/", given)
    assert again.status_code == 422
    assert "已经有了" in again.content.decode()


def test_who_opens_the_pages(land: Land) -> None:
    for role in ROLES:
        client = land.client(make_employee(land.province, roles=[] if role == "employee" else [role]))
        assert [client.get(f"/system/bureaus/{rest}").status_code for rest in ("", "new/", "at/C/")] == [403] * 3
        assert client.post("/system/bureaus/at/C/move/", {"parent": "B"}).status_code == 403
    client = land.client(land.city_admin)
    assert client.get("/system/bureaus/at/C/").status_code == 200
    for code in ("A", "B", "P", "F", "G", "none"):
        assert client.get(f"/system/bureaus/at/{code}/").status_code == 404
        assert client.post(f"/system/bureaus/at/{code}/move/", {"parent": "A"}).status_code == 404


def test_nothing_below_says_what_to_do(land: Land) -> None:
    client = land.client(make_employee(land.county, roles=["system_admin"]))
    page = client.get("/system/bureaus/").content.decode()
    assert "丙县局之下还没有单位" in page
    assert "新增下级单位" in page
