"""The acts while a quarter runs: showings, warnings, facts, rosters."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import expect

from supervision.jobs import make_warnings
from tests.browser.people import PATIENCE, Person, World


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


def warnings(w: World) -> None:
    w.clock.to("2023-06-01 09:00")
    make_warnings()
    for key, day, side in (("head", "2023-06-01 09:30", "部门负责人"), ("liaison", "2023-06-12 09:30", "联络员")):
        w.clock.to(day)
        person = w[key]
        person.open("/warnings/")
        person.page.locator("main a", has_text="征收股").first.click()
        person.settle()
        person.sees(f"项等您在{side}一方签字")
        person.page.get_by_label("2 项的文字都看过了，全部勾选").check()
        person.press("对勾选的考点签字")
        person.sees("已签 2 / 2")


def results(w: World) -> None:
    w.clock.to("2023-06-19 09:00")
    w["liaison"].open("/grid/?quarter=2023Q2")
    _enter(
        w["liaison"],
        {"安娜": {"G1": "1", "Z1": "97"}, "包力": {"G1": "0", "Z1": "90"}, "石股长": {"G1": "0"}, "连络": {"G1": "0"}},
    )
    for department, people in (("考评股", ("纪小效", "考股长")), ("局领导", ("局长", "丁副局")), ("办公室", ("管理",))):
        office = w["office"]
        office.open("/grid/?quarter=2023Q2")
        office.choose("部门", department)
        office.settle()
        _enter(office, {name: {"G1": "0"} for name in people})
    w.clock.to("2023-06-20 09:00")
    for key in ("head", "deputy", "director", "assessor", "office"):
        _judge(w[key])
    for key in ("assessor", "office", "deputy", "head", "director"):
        _judge(w[key])


def _enter(person: Person, cells: dict[str, dict[str, str]]) -> None:
    """What is typed into the grid, cell by cell; each saves itself."""
    columns = person.page.locator("table[role=grid] thead th").evaluate_all("heads => heads.map(one => one.dataset.p)")
    for name, values in cells.items():
        for code, value in values.items():
            place = columns.index(code)
            row = person.page.locator("table[role=grid] tbody tr", has_text=name)
            row.locator("td").nth(place - 1).click()
            person.page.keyboard.type(value)
            person.page.keyboard.press("Enter")
            expect(row.locator("td").nth(place - 1).locator("i")).to_be_visible(timeout=PATIENCE)
    person.settle()


def _judge(person: Person) -> None:
    """Everything that waits for this person: one row is opened, each one passed on opens the next."""
    passes = re.compile("^(初审通过|确认)$")
    for _queue in ("to review", "to confirm"):
        person.open("/assessing/")
        rows, button = (
            person.page.locator("tr[data-open] a"),
            person.page.locator("#opened").get_by_role("button", name=passes),
        )
        if not rows.count():
            return
        rows.first.click()
        person.settle()
        while button.count():
            button.click()
            person.settle()


def rosters(w: World) -> None:
    w.clock.to("2023-06-30 17:00")
    office = w["office"]
    office.open("/quarters/2023Q2/")
    office.press("进入审核")
    for key in ("head", "assessor"):
        person = w[key]
        person.does("本季人员名单待确认")
        person.press("签字确认")
        person.heading("人的名单已确认")
        person.owes_no_more("本季人员名单待确认")
    office = w["office"]
    for department in ("局领导", "办公室"):
        office.open("/rosters/?quarter=2023Q2")
        office.follow(department)
        office.fill("代为确认的理由", "部门没有负责人，与本人核对过。")
        office.press("代为确认")
    office.open("/rosters/?quarter=2023Q2")
    office.heading("4 个部门的名单都已确认")
