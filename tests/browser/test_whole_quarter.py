"""One whole quarter of a small bureau, from the first account to the exports, driven through pages by its people."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser

from indicators.jobs import open_quarters
from organization.models import BEGINNING, Bureau, RankCategory
from tasks_market.jobs import close_windows
from tests.browser.people import Clock, Person, step
from tests.factories import make_department, make_employee, make_role

pytestmark = pytest.mark.browser

PEOPLE = {
    "admin": ("101", "管理"),
    "office": ("102", "纪小效"),
    "director": ("103", "局长"),
    "deputy": ("104", "丁副局"),
    "head": ("105", "石股长"),
    "liaison": ("106", "连络"),
    "anna": ("107", "安娜"),
    "bert": ("108", "包力"),
    "assessor": ("109", "考股长"),
}


class World:
    def __init__(self, browser: Browser, address: str) -> None:
        self.clock = Clock()
        self.kept: dict[str, Any] = {}
        self.people = {key: Person(browser, address, *who) for key, who in PEOPLE.items()}
        self.last = self.people["admin"]

    def __getitem__(self, key: str) -> Person:
        self.last = self.people[key]
        return self.last

    def faults(self) -> list[str]:
        return [fault for person in self.people.values() for fault in person.faults]


def first_account() -> None:
    bureau = Bureau.objects.create(code="XS", name="新市税务局", level=Bureau.Level.COUNTY)
    for position, name in enumerate(RankCategory.DEFAULTS):
        RankCategory.objects.create(bureau=bureau, name=name, position=position)
    admin = make_employee(
        bureau, "101", name="管理", department=make_department(bureau, "BGS", name="办公室"), password="Kao-Ping-361"
    )
    make_role(admin, "system_admin", starts_on=BEGINNING)


def organize(w: World) -> None:
    w.clock.to("2023-04-03 08:30")
    first_account()
    open_quarters()
    admin = w["admin"]
    for code, name in (("JLD", "局领导"), ("ZS", "征收股"), ("KP", "考评股")):
        admin.open("/organization/")
        admin.follow("新增部门")
        admin.fill("部门代码", code)
        admin.fill("部门名称", name)
        admin.choose("部门类型", "机关股室")
        if code == "KP":
            admin.page.get_by_label("考评部门").check()
        admin.press("保存")
        admin.told("部门已保存")
    admin.open("/organization/posts/new/")
    admin.fill("岗位代码", "ZS1")
    admin.fill("岗位名称", "征收管理岗")
    admin.choose("部门", "征收股")
    admin.press("保存")
    admin.open("/organization/branches/new/")
    admin.fill("支部代码", "Z1")
    admin.fill("支部名称", "征收党支部")
    admin.press("保存")
    places = {
        "office": ("考评股", "一般干部", "绩效办"),
        "director": ("局领导", "局领导", "局长"),
        "deputy": ("局领导", "局领导", "局领导"),
        "head": ("征收股", "中层正职", "部门负责人"),
        "liaison": ("征收股", "一般干部", "联络员"),
        "anna": ("征收股", "一般干部", ""),
        "bert": ("征收股", "一般干部", ""),
        "assessor": ("考评股", "中层正职", "部门负责人"),
    }
    for key, (department, category, role) in places.items():
        number, name = PEOPLE[key]
        admin.open("/people/")
        admin.follow("新增人员")
        admin.fill("工号", number)
        admin.fill("姓名", name)
        admin.choose("部门", department)
        if key in ("anna", "bert"):
            admin.choose("岗位", "征收管理岗")
        if department == "征收股":
            admin.choose("党支部", "征收党支部")
        admin.choose("序列", category)
        admin.press("保存")
        admin.told("人员已保存")
        if role:
            admin.open(f"/people/{number}/")
            admin.follow("授予角色")
            admin.choose("角色", role)
            admin.press("授予角色")
    for name in ("征收股", "考评股"):
        admin.open("/organization/")
        admin.follow(name)
        admin.choose("分管局领导", "丁副局（104）")
        admin.press("保存")
    admin.follow("党支部 1")
    admin.follow("征收党支部")
    admin.choose("支部书记", "石股长（105）")
    admin.press("保存")
    admin.heading("新市税务局：4 个部门、1 个党支部、9 人")


def libraries(w: World) -> None:
    w.clock.to("2023-04-03 10:00")
    admin = w["admin"]
    admin.open("/people/passwords/")
    sheet = load_workbook(admin.download(admin.page.get_by_role("button", name="发放并下载"), asks=True)).active
    initial = {str(row[0].value): str(row[-1].value) for row in sheet.iter_rows() if str(row[0].value).isdigit()}
    for key in PEOPLE:
        if key != "admin":
            w[key].choose_password(initial[PEOPLE[key][0]])
            w[key].sees("密码已修改")
    office = w["office"]
    office.open("/indicators/key-works/")
    office.follow("登记重点工作")
    office.fill("编号", "ZD01")
    office.choose("类别", "业务")
    office.fill("名称", "依法组织税费收入")
    office.choose("责任部门", "征收股")
    office.press("保存")
    for code, library, name, method, full, parameters, department in (
        ("G1", "共性", "按时办理公文", "扣分", "4", "每次扣分=0.5", "全员"),
        ("Z1", "个性", "税费入库率", "比例", "5", "目标=100;底线=60", "征收股"),
    ):
        office.open("/indicators/new/2023/")
        office.fill("考点编号", code)
        office.choose("指标库", library)
        office.choose("起始季度", "2023Q2")
        office.choose("重点工作", "ZD01 依法组织税费收入")
        office.fill("名称", name)
        office.choose("考核类型", "定量")
        office.choose("计分方式", method)
        office.fill("分值", full)
        office.fill("计分参数", parameters)
        office.fill("质量标准", "按制度办结，以台账为准。")
        office.choose("考核周期", "季")
        office.fill("完成时限", "每季末5日前")
        office.choose("责任部门", department)
        office.choose("考评部门", "考评股")
        office.choose("数据来源", "人工")
        office.press("登记")
        office.sees(code)
    office.open("/indicators/scheme/?quarter=2023Q2")
    office.fill("难度系数高", "1.6")
    office.choose("起始季度", "2023Q2")
    office.fill("修改理由", "急难任务加大权重")
    office.press("设定")
    office.told("已设定 1 项，自 2023Q2 起执行")


def take(w: World) -> None:
    w.clock.to("2023-04-04 09:00")
    for key in ("anna", "bert"):
        person = w[key]
        person.open("/items/take/?quarter=2023Q2")
        person.page.locator("main input[type=checkbox]").first.check()
        person.press("领取选中的考点")
        person.told("已领取 1 个考点")


def market(w: World) -> None:
    w.clock.to("2023-04-06 09:00")
    head = w["head"]
    for name, difficulty, base in (("清理陈欠", "高", "2"), ("走访重点企业", "中", "1.5")):
        head.open("/market/drafts/")
        head.follow("拟一项任务")
        head.fill("名称", name)
        head.choose("季度", "2023年二季度")
        head.choose("类型", "难")
        head.choose("难度", difficulty)
        head.fill("基础分", base)
        head.fill("名额", "1")
        head.fill("任务要求", "逐户约谈，一户一策。")
        head.fill("抢单截止", "2023-04-11T18:00")
        head.fill("完成时限", "2023-04-28T18:00")
        head.press("存为草拟")
        head.sees("已拟稿")
    office = w["office"]
    office.open("/market/drafts/")
    office.press("全部亮单")
    office.sees("清理陈欠")
    anna = w["anna"]
    anna.open("/market/")
    anna.press(re.compile(r"^抢单\s*清理陈欠"))
    anna.told("已抢到")
    w.clock.to("2023-04-12 09:00")
    close_windows()
    deputy = w["deputy"]
    deputy.open("/market/assign/")
    deputy.heading("1 项任务有 1 个名额等您派单")
    deputy.press(re.compile(r"^派单\s*包力"))
    deputy.told("包力")
    w.clock.to("2023-04-20 09:00")
    for key, name, report in (
        ("anna", "清理陈欠", "清回陈欠十二万元。"),
        ("bert", "走访重点企业", "走访八户，解决问题五个。"),
    ):
        person = w[key]
        person.open("/market/mine/")
        person.follow(name)
        person.press("开工")
        person.page.locator("summary", has_text="交付").click()
        person.fill("完成情况", report)
        person.press("交付")
    w.clock.to("2023-04-21 09:00")
    for name, quality in (("清理陈欠", "0.95"), ("走访重点企业", "1.00")):
        deputy = w["deputy"]
        deputy.open("/market/assign/")
        deputy.page.locator("a", has_text=name).first.click()
        deputy.settle()
        deputy.fill("质量系数", quality)
        deputy.fill("验收意见", "按要求完成。")
        deputy.press("验收通过")
    deputy.sees("得分 1.80")


def showings(w: World) -> None:
    w.clock.to("2023-05-08 09:00")
    head = w["head"]
    head.open("/showings/new/")
    head.fill("召开日期", "2023-05-10")
    head.press("安排并通知")
    head.told("安排")
    meeting = urlsplit(head.page.url).path
    members = ("head", "liaison", "anna", "bert")
    for key in members:
        person = w[key]
        person.open(meeting)
        person.follow("写发言")
        for part in ("achievements", "shortcomings", "plans"):
            person.page.locator(f"#id_{part}").fill("走访企业八户，台账迟登一次，下月按日登记。")
        person.press("提交发言")
    w["bert"].heading("4 / 4 人已提交发言")
    w.clock.to("2023-05-10 16:00")
    head = w["head"]
    head.open(meeting)
    head.follow("登记召开")
    head.press("登记召开")
    head.heading("到会 4 人，4 人提交了发言")
    for key in members:
        person = w[key]
        person.open(f"{meeting}ratings/")
        ballots = person.page.locator(".ballot")
        for place in range(ballots.count()):
            ballot = ballots.nth(place)
            if ballot.locator("input[type=number]").count():
                ballot.locator("input[type=number]").fill(str(90 + place))
            ballot.locator("textarea").fill(f"第{place}位：肯干，材料还要早交。")
        person.press("提交评价")
    head = w["head"]
    head.open(meeting)
    head.page.locator("#id_minutes").fill("四位同志逐一发言。")
    head.press("保存记录")
    head.open(f"{meeting}summary/")
    head.press("办结")
    head.sees("办结")


STEPS = [organize, libraries, take, market, showings]


@pytest.mark.django_db(transaction=True)
def test_one_whole_quarter(live_server: Any, browser: Browser, settings: Any) -> None:
    settings.DEBUG = True  # static files come from where they lie
    world = World(browser, live_server.url)
    try:
        for act in STEPS:
            with step(act.__name__):
                act(world)
            assert world.faults() == []
    finally:
        world.clock.stop()
