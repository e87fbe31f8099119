"""The acts of a quarter's beginning: the bureau is organized, its libraries are written, points and tasks are taken on."""

from __future__ import annotations

import re

from openpyxl import load_workbook

from indicators.jobs import open_quarters
from organization.models import BEGINNING, Bureau, RankCategory
from tasks_market.jobs import close_windows
from tests.browser.people import PASSWORD, PEOPLE, World
from tests.factories import make_department, make_employee, make_role


def first_account() -> None:
    bureau = Bureau.objects.create(code="XS", name="新市税务局", level=Bureau.Level.COUNTY)
    RankCategory.objects.begin(bureau)
    admin = make_employee(
        bureau, "101", name="管理", department=make_department(bureau, "BGS", name="办公室"), password=PASSWORD
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
    for name, quality, worth in (("清理陈欠", "0.95", "3.04"), ("走访重点企业", "1.00", "1.80")):
        deputy = w["deputy"]
        deputy.open("/market/assign/")
        deputy.page.locator("a", has_text=name).first.click()
        deputy.settle()
        deputy.fill("质量系数", quality)
        deputy.fill("验收意见", "按要求完成。")
        deputy.press("验收通过")
        deputy.sees(f"得分 {worth}")
