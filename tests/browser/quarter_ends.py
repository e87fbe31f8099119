"""The acts of a quarter's end: scores, appeal, publication, correction, stars, bulletin, exports."""

from __future__ import annotations

import re
from decimal import Decimal
from urllib.parse import urlsplit

from docx import Document
from openpyxl import load_workbook

from tests.browser.people import PEOPLE, Person, World

UNSEEN = "请查看并知悉2023年二季度得分"
COLUMNS = ("共性得分", "个性得分", "竞争性得分", "加减分", "组织联动", "总分", "单位排名")


def score(w: World) -> None:
    w.clock.to("2023-07-03 09:00")
    office = w["office"]
    office.open("/department-scores/?quarter=2023Q2")
    office.fill("征收股", "92")
    office.fill("考评股", "89")
    office.press("保存部门得分")
    office.open("/quarters/2023Q2/")
    office.press("计分")
    office.open("/quarters/2023Q2/")
    office.heading("2023年二季度：计分 9 人，7 人参与单位排名")
    office.press("公示")
    office.page.locator("#publicity-reason").fill("机关部门本季没有个性考点，经局务会同意。")
    office.page.locator("#publicity").get_by_role("button", name="公示").click()
    office.settle()
    office.sees("已进入“公示”")
    anna = w["anna"]
    anna.open("/scores/mine/?quarter=2023Q2")
    anna.heading("87.64")
    _acknowledge(w["bert"], "85.95")
    _acknowledge(w["admin"], "30.00")


def _acknowledge(person: Person, total: str) -> None:
    """From the to-do centre to the own score, which has the total; then nothing waits any more."""
    person.does(UNSEEN)
    person.heading(total)
    person.press("已知悉")
    person.owes_no_more(UNSEEN)


def appeal(w: World) -> None:
    w.clock.to("2023-07-04 09:00")
    anna = w["anna"]
    anna.open("/scores/mine/?quarter=2023Q2")
    anna.follow("申诉", anna.page.locator("tr", has_text="G1 按时办理公文"))
    anna.fill("申诉理由", "那份公文是四月十八日当天办结的，有签收单。")
    anna.fill("申诉请求", "按 0 次计。")
    anna.press("提出申诉")
    address = urlsplit(anna.page.url).path
    w.clock.to("2023-07-05 09:00")
    assessor = w["assessor"]
    assessor.open(address)
    assessor.fill("答复意见", "经核对签收单，确为当天办结。")
    assessor.press("答复")
    w.clock.to("2023-07-06 09:00")
    office = w["office"]
    office.open(address)
    office.fill("更正后的完成值", "0")
    office.fill("裁定理由", "签收单属实，按 0 次计。")
    office.press("裁定成立")
    office.sees("更正使 1 人的得分或名次变动")
    anna = w["anna"]
    anna.open("/scores/mine/?quarter=2023Q2")
    anna.heading("91.39")


def publish(w: World) -> None:
    w.clock.to("2023-07-13 09:00")
    director = w["director"]
    director.open("/quarters/2023Q2/")
    director.press("发布")
    director.page.locator("#publish-reason").fill("机关部门没有个性考点，经局务会同意。")
    director.page.locator("#publish").get_by_role("button", name="发布").click()
    director.settle()
    director.sees("已进入“已发布”")
    _acknowledge(w["anna"], "91.39")  # the appeal moved it after she had seen the first
    office = w["office"]
    office.open("/ranking/?quarter=2023Q2")
    office.follow("知悉情况")
    office.heading("9 人中 6 人还没有知悉得分")


def correct(w: World) -> None:
    """Somebody's move of June was registered only after the publication: the office corrects, with a reason."""
    w.clock.to("2023-07-13 09:30")
    office = w["office"]
    office.open("/quarters/2023Q2/")
    office.sees("已发布的得分与现有输入一致")
    office.open("/people/101/")
    office.follow("变动任职")
    office.fill("生效日期", "2023-06-26")
    office.choose("部门", "征收股")
    office.press("登记变动")
    before = _ranking(office)
    office.open("/quarters/2023Q2/")
    office.sees("确需更正的，请办理更正计分")
    office.follow("更正计分")
    office.heading("更正2023年二季度会改变 1 人的得分或名次")
    office.fill("理由", "管理同志六月二十六日已调征收股，调动当时没有登记。")
    office.press("更正计分")
    office.heading("第 3 次计分改变了 1 人的得分或名次")
    moved = [cell.strip() for cell in office.page.locator("main tbody tr").locator("th, td").all_inner_texts()]
    assert moved[:7] == ["管理", "101", "30.00", "30.15", "+0.15", "5", "3"]
    after = _ranking(office)
    assert {name for name in after if after[name] != before[name]} == {"管理"}
    _acknowledge(w["admin"], "30.15")


def _ranking(person: Person) -> dict[str, tuple[str, ...]]:
    """Of everybody the figures of `COLUMNS` and the place, as the ranking page shows them."""
    person.open("/ranking/?quarter=2023Q2")
    rows = person.page.locator(".table-ranking tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.innerText.trim()))"
    )
    return {row[2]: (*row[6:12], row[0]) for row in rows}


def stars(w: World) -> None:
    w.clock.to("2023-07-13 10:00")
    office = w["office"]
    office.open("/stars/")
    office.press("启动评选")
    address = urlsplit(office.page.url).path
    head = w["head"]
    head.open(address)
    head.follow("提名")
    head.choose("星级", "敬业之星")
    head.choose("干部", "安娜（征收股）")
    head.fill("事迹", "清回陈欠十二万元，逐户约谈，连续二十天在岗，零差错、零投诉。")
    head.press("提名")
    office = w["office"]
    office.open(address)
    office.press("开始投票")
    for key in ("bert", "head", "director"):
        person = w[key]
        person.open(address)
        person.follow("去投票")
        person.page.get_by_label("安娜").check()
        person.press("投票")
        person.sees("您的选票已全部投出")
    office = w["office"]
    office.open(address)
    office.page.get_by_role("button", name="截止投票").first.click()
    office.page.locator("#close-reason").fill("在岗人员大多已投。")
    office.page.locator("#close-ballot").get_by_role("button", name="截止投票").click()
    office.settle()
    director = w["director"]
    director.open(address)
    director.follow("审定")
    director.press("审定并公示")
    w.clock.to("2023-08-01 09:00")
    office = w["office"]
    office.open(address)
    office.press("公布")
    anna = w["anna"]
    anna.open("/stars/wall/")
    anna.sees("安娜")
    anna.follow("安娜")
    certificate = anna.page.get_by_role("link", name="打印证书")
    certificate.evaluate("link => link.setAttribute('download', '')")  # a window for PDF is the browser's own affair
    assert anna.download(certificate).getvalue().startswith(b"%PDF-")


def bulletin(w: World) -> None:
    w.clock.to("2023-08-02 09:00")
    office = w["office"]
    office.open("/bulletins/")
    office.press("起草2023年二季度通报")
    address = re.sub(r"edit/$", "", urlsplit(office.page.url).path)
    office.open(f"{address}edit/")
    office.page.locator("#id_direction").fill("三季度继续清理陈欠，机关部门补齐个性考点。")
    office.press("送审")
    director = w["director"]
    director.open(address)
    director.press("印发")
    bert = w["bert"]
    bert.open("/bulletins/")
    bert.heading("有 1 份通报您还没有阅读")
    bert.page.locator("main tbody a").first.click()
    bert.settle()
    bert.sees("三季度继续清理陈欠")
    bert.sees("91.39")
    shown = bert.page.locator("article.official section > p:not(.small)").all_inner_texts()
    word = Document(bert.download(bert.page.get_by_role("link", name="下载 Word")))
    assert len(shown) > 3
    assert {one.strip() for one in shown} <= {one.text.strip() for one in word.paragraphs}
    bert.open("/bulletins/")
    bert.heading("已印发的通报您都读过了")


def exports(w: World) -> None:
    """What the files say is what the page says, figure by figure."""
    office = w["office"]
    page = _ranking(office)
    assert set(page) == {name for _number, name in PEOPLE.values()}
    assert [page[name][-2:] for name in ("安娜", "包力", "管理")] == [("91.39", "1"), ("85.95", "2"), ("30.15", "3")]
    book = load_workbook(office.download(office.page.get_by_role("button", name="导出得分表")), read_only=True)
    head, *rows = book["得分"].iter_rows(values_only=True)
    sheet = {str(row[head.index("姓名")]): [row[head.index(name)] for name in COLUMNS] for row in rows}
    assert set(sheet) == set(page)
    for name, shown in page.items():
        assert [_figure(one) for one in sheet[name]] == [_figure(one) for one in shown], name
    office.open("/exchange/exports/")
    office.press("导出工作簿")
    file = office.page.locator("main tbody a").first
    file.wait_for()
    whole = load_workbook(office.download(file), read_only=True)
    head, *rows = whole["考评结果"].iter_rows(values_only=True)
    values = {(row[head.index("工号")], row[head.index("考点编号")]): row[head.index("完成值")] for row in rows}
    assert (values["107", "G1"], values["107", "Z1"], values["108", "Z1"]) == (0, 97, 90)


def _figure(shown: object) -> Decimal:
    """A figure of the page or of the file; no figure counts as nothing."""
    return Decimal(str(shown or "0").replace("−", "-").replace("–", "0")).quantize(Decimal("0.01"))
