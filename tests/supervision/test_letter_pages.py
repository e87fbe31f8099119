"""Pages of the letters: register, editor, letter, item, proposals; Word, Excel and the API."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from docx import Document
from openpyxl import load_workbook

from common.workdays import WorkCalendar
from indicators.queries.asked import Asked
from organization.models import CalendarYear
from organization.queries import work_calendar
from scoring.models import Adjustment
from supervision.models import ItemReport, Letter, LetterItem, ProposedMinus, ReportFile
from supervision.queries.duties import duties_of
from tests.duties import asked_for
from tests.factories import make_quarter
from tests.supervision.letters import DAY, DUE, LATE, Desk, fresh, make_desk

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def build() -> Desk:
    made = make_desk()
    made.at(DAY)
    return made


@pytest.fixture
def desk(built: Desk) -> Desk:
    return deepcopy(built)


def page(client: Client, name: str, *args: Any, query: str = "", status: int = 200) -> str:
    response = client.get(reverse(f"supervision:{name}", args=args) + query)
    assert response.status_code == status, response.content.decode()[:300]
    return response.content.decode()


def rows(desk: Desk, *items: dict[str, Any], **head: Any) -> dict[str, Any]:
    """A posted draft; an item that says nothing is an empty row."""
    data = {"kind": "written", "title": "欠税清理", "opening": "", "items-INITIAL_FORMS": "0"} | head
    data["items-TOTAL_FORMS"] = str(len(items))
    for place, item in enumerate(items):
        full = (
            {"matter": "清理欠税", "problem": "台账不全", "requirement": "逐户核实", "due_on": "2023-09-25"}
            if item
            else {}
        )
        for name, value in (full | item).items():
            data[f"items-{place}-{name}"] = value
    return data


def test_a_year_without_its_calendar_is_said(desk: Desk) -> None:
    letter = desk.issued(desk.facts())
    (item,) = letter.items.all()
    pages = (("letter", letter.pk), ("letter-item", item.pk))
    said = "2023年的国务院放假安排没有录入"
    assert [said in page(desk.client("office"), *one) for one in pages] == [False, False]
    CalendarYear.objects.filter(year=2023).delete()
    assert [said in page(desk.client("office"), *one) for one in pages] == [True, True]


class TestRegister:
    def test_empty_it_says_what_to_do(self, desk: Desk) -> None:
        assert "还没有督查督办函" in page(desk.client("office"), "letters")
        assert "没有您可以查看的督查督办函" in page(desk.client("emil"), "letters")

    def test_the_heading_tells_what_is_late(self, desk: Desk) -> None:
        desk.issued(desk.facts(), desk.facts("B"))
        assert "2 件督办事项在办，没有逾期" in page(desk.client("office"), "letters")
        desk.at(LATE)
        shown = page(desk.client("office"), "letters")
        assert "2 件督办事项已经逾期" in shown
        assert "逾期 1 个工作日" in shown

    def test_filters_narrow_letters_and_items(self, desk: Desk) -> None:
        desk.issued(desk.facts(), title="甲函")
        desk.issued(desk.facts("B", matter="更正台账", due_on=LATE), title="乙函", kind="desk")
        client = desk.client("office")
        for query, seen, missing in (
            ("?kind=desk", "乙函", "甲函"), ("?q=更正", "乙函", "甲函"), (f"?department={desk.departments['A'].pk}", "甲函", "乙函"),
            ("?state=issued", "甲函", "没有符合"), ("?year=2023", "甲函", "没有符合"),
        ):  # fmt: skip
            shown = page(client, "letters", query=query)
            assert seen in shown
            assert missing not in shown
        assert "更正台账" in page(client, "letters", query="?show=items&q=更正")
        assert "没有符合条件的记录" in page(client, "letters", query="?show=items&overdue=1")
        assert "没有符合条件的记录" in page(client, "letters", query="?state=archived")

    @pytest.mark.parametrize(
        "query", ["?kind=x&state=nothing&department=999999999999999999999&year=-1&page=x", "?show=%FF"]
    )
    def test_hostile_parameters(self, desk: Desk, query: str) -> None:
        desk.issued()
        page(desk.client("office"), "letters", query=query)
        response = desk.client("office").get(reverse("supervision:letters-export") + query)
        assert response.status_code == 200

    @pytest.mark.parametrize(("query", "most"), [("", 20), ("?show=items", 20)])
    def test_as_many_queries_for_three_as_for_one(self, desk: Desk, query: str, most: int) -> None:
        counts = []
        for more in (1, 2):
            for _ in range(more):
                desk.issued(desk.facts(assisting="C", responsible="anna"))
            client = desk.client("office")
            with CaptureQueriesContext(
                connection,
            ) as asked:
                page(client, "letters", query=query)
            counts.append(len(asked))
        assert counts[0] == counts[1] <= most

    def test_fifty_letters_are_light(self, desk: Desk) -> None:
        for _ in range(50):
            desk.draft(title="关于开展欠税清理专项工作督查情况的通知")
        assert len(page(desk.client("office"), "letters").encode()) < 61_440

    def test_excel_has_what_is_seen(self, desk: Desk) -> None:
        desk.issued(desk.facts(matter="=1+1", responsible="anna"), title="=2+2")
        desk.issued(desk.facts("B"))
        response = desk.client("head").get(reverse("supervision:letters-export"))
        book = load_workbook(BytesIO(b"".join(response.streaming_content)))
        letters, items = book["函"], book["事项"]
        assert [cell.value for cell in letters[2]][:4] == ["税督〔2023〕1号", "=2+2", "书面督查", "交办"]
        assert letters["B2"].data_type == "s"
        assert (items["C2"].value, items["C2"].data_type, items["H2"].value) == ("=1+1", "s", "anna")
        assert (letters.max_row, items.max_row) == (2, 2), "the other department's letter is not hers"


class TestEditor:
    def test_the_limit_is_prefilled_and_follows_the_kind(self, desk: Desk) -> None:
        client = desk.client("office")
        shown = page(client, "letter-new")
        due = work_calendar().add(DAY, 20)
        assert f'value="{due}"' in shown
        data = rows(desk, {"department": desk.departments["A"].pk, "due_on": str(due)}, kind="desk", prefilled=str(due))
        assert client.post(reverse("supervision:letter-new"), data).status_code == 302
        assert LetterItem.objects.get().due_on == work_calendar().add(DAY, 10)

    def test_rows_come_and_go_without_losing_a_word(self, desk: Desk) -> None:
        client, url = desk.client("office"), reverse("supervision:letter-new")
        data = rows(
            desk, {"matter": "第一", "assisting": [str(desk.departments["C"].pk)]}, {"matter": "第二"}, title="标题一"
        )
        shown = client.post(url, data | {"more": "1"}).content.decode()
        assert 'name="items-2-matter"' in shown
        for word in ("第一", "第二", "标题一", "逐户核实"):
            assert word in shown
        assert f'value="{desk.departments["C"].pk}" id="id_items-0-assisting_2" checked' in shown or "checked" in shown
        shown = client.post(url, data | {"remove": "0"}).content.decode()
        assert "第一" not in shown
        assert "第二" in shown
        assert not Letter.objects.exists()

    @pytest.mark.parametrize("total", ["x", "-1", "9" * 30, "999"])
    def test_a_forged_number_of_rows(self, desk: Desk, total: str) -> None:
        client, url = desk.client("office"), reverse("supervision:letter-new")
        data = rows(desk, {}) | {"items-TOTAL_FORMS": total}
        assert client.post(url, data | {"more": "1"}).status_code == 200
        assert client.post(url, data).status_code in (302, 422)

    def test_a_refused_draft_keeps_what_was_written(self, desk: Desk) -> None:
        client = desk.client("office")
        data = rows(desk, {"matter": "保留的字", "department": ""}, {"responsible": "无此人"})
        response = client.post(reverse("supervision:letter-new"), data)
        shown = response.content.decode()
        assert response.status_code == 422
        assert "保留的字" in shown
        assert "这一项不能为空" in shown
        assert "没有“无此人”" in shown

    def test_people_by_number_or_name(self, desk: Desk) -> None:
        client, place = desk.client("office"), desk.departments["A"].pk
        for who in ("XS-anna", "anna"):
            data = rows(desk, {"department": place, "responsible": who}, {})
            assert client.post(reverse("supervision:letter-new"), data).status_code == 302
        assert LetterItem.objects.filter(responsible=desk.people["anna"]).count() == 2

    def test_another_window_was_faster(self, desk: Desk) -> None:
        letter, client = desk.draft(), desk.client("office")
        url = reverse("supervision:letter-edit", args=[letter.pk])
        shown = client.get(url)
        known = shown.context["form"].initial["known"]
        data = rows(desk, {"department": desk.departments["A"].pk}, known=known, title="甲窗")
        assert client.post(url, data).status_code == 302
        response = client.post(url, data | {"title": "乙窗"})
        assert response.status_code == 422
        assert "别处改过" in response.content.decode()
        assert "乙窗" in response.content.decode()
        assert Letter.objects.get().title == "甲窗"


class TestLetter:
    def test_issued_revoked_archived_by_press(self, desk: Desk) -> None:
        letter, client = desk.draft(), desk.client("office")
        assert "交办后不能再改" in page(client, "letter", letter.pk)
        client.post(reverse("supervision:letter-issue", args=[letter.pk]))
        assert "税督〔2023〕1号" in page(desk.client("head"), "letter", letter.pk)
        response = client.post(reverse("supervision:letter-revoke", args=[letter.pk]), {"reason": ""})
        assert response.status_code == 422
        client.post(reverse("supervision:letter-revoke", args=[letter.pk]), {"reason": "依据有误"})
        assert "依据有误" in page(client, "letter", letter.pk)
        assert client.post(reverse("supervision:letter-archive", args=[letter.pk])).status_code == 409

    def test_a_letter_that_cannot_be_issued_says_why(self, desk: Desk) -> None:
        letter = desk.draft()
        desk.at(LATE)
        response = desk.client("office").post(reverse("supervision:letter-issue", args=[letter.pk]), follow=True)
        assert "已经到了" in response.content.decode()
        assert Letter.objects.get().state == "draft"

    def test_others_do_not_even_see_it(self, desk: Desk) -> None:
        draft, letter = desk.draft(), desk.issued()
        report = desk.report(letter.items.get(), today=DAY, files=[SimpleUploadedFile("a.txt", b"x")])
        file = ReportFile.objects.get(report=report)
        stranger = make_desk("YY").client("office")
        for client in (stranger, desk.client("emil"), desk.client("admin")):
            for name, pk in (("letter", letter.pk), ("letter-word", letter.pk), ("letter-item", letter.items.get().pk),
                             ("letter-file", file.pk), ("letter", draft.pk)):  # fmt: skip
                page(client, name, pk, status=404)
        page(desk.client("head"), "letter", draft.pk, status=404)
        assert desk.client("deputy").get(reverse("supervision:letter-file", args=[file.pk])).status_code == 200

    def test_word_in_the_official_layout(self, desk: Desk) -> None:
        letter = desk.issued(desk.facts(assisting="C", responsible="anna"), desk.facts("B", "更正台账"))
        response = desk.client("head").get(reverse("supervision:letter-word", args=[letter.pk]))
        content = b"".join(response.streaming_content)
        text = [one.text for one in Document(BytesIO(content)).paragraphs if one.text.strip()]
        assert text[:4] == ["XS县税务局", "税督〔2023〕1号", "关于欠税清理的督查督办函", "A股、B股："]
        assert "一、清理欠税" in text
        assert "二、更正台账" in text
        assert "主办部门：A股；协办部门：C股；责任人：anna；办结期限：2023年9月25日。" in text
        assert "2023年9月4日" in text
        again = desk.client("head").get(reverse("supervision:letter-word", args=[letter.pk]))
        assert b"".join(again.streaming_content) == content

    def test_a_draft_as_word_has_no_day(self, desk: Desk) -> None:
        response = desk.client("office").get(reverse("supervision:letter-word", args=[desk.draft().pk]))
        text = [one.text for one in Document(BytesIO(b"".join(response.streaming_content))).paragraphs]
        assert "〔草稿〕" in text
        assert "2023年9月4日" not in text


class TestItem:
    def post(self, client: Client, name: str, item: LetterItem, **data: Any) -> Any:
        return client.post(reverse(f"supervision:{name}", args=[item.pk]), data)

    def test_from_extension_to_close_out(self, desk: Desk) -> None:
        item = desk.item(desk.facts(assisting="C"))
        liaison, office = desk.client("liaison"), desk.client("office")
        asked = {"extension-wanted": "2023-10-13", "extension-reason": "人手不足"}
        assert self.post(liaison, "letter-item-extend", item, **asked).status_code == 302
        assert "审批延期" in page(office, "letter-item", item.pk)
        self.post(office, "letter-item-decide", item, **{"decide-granted": "yes", "decide-new_due": "2023-10-13"})
        assert str(fresh(item).due_on) == "2023-10-13"
        self.post(desk.client("helper"), "letter-item-contribute", item, **{"contribute-text": "协办了"})
        files = SimpleUploadedFile("清册.txt", b"x")
        self.post(liaison, "letter-item-report", item, **{"report-text": "办好了", "report-files": files})
        shown = page(office, "letter-item", item.pk)
        for word in ("办好了", "协办了", "清册.txt", "审核反馈"):
            assert word in shown
        refused = self.post(
            office, "letter-item-check", item, **{"check-accepted": "no", "check-new_due": "2023-10-20"}
        )
        assert refused.status_code == 422
        assert "退回重办要写明" in refused.content.decode()
        self.post(office, "letter-item-check", item, **{"check-accepted": "yes"})
        assert fresh(item).state == "closed"
        assert "审核反馈" not in page(office, "letter-item", item.pk)
        assert self.post(office, "letter-item-check", item, **{"check-accepted": "yes"}).status_code == 409

    def test_a_refused_report_keeps_its_words(self, desk: Desk) -> None:
        item = desk.item()
        bad = {"report-text": "办好了的字", "report-files": SimpleUploadedFile("x.exe", b"MZ")}
        response = self.post(desk.client("head"), "letter-item-report", item, **bad)
        assert response.status_code == 422
        assert "办好了的字" in response.content.decode()
        assert not ItemReport.objects.exists()

    def test_only_what_one_may_do_is_offered(self, desk: Desk) -> None:
        item = desk.item()
        assert "反馈办理情况" in page(desk.client("head"), "letter-item", item.pk)
        for name in ("anna", "deputy", "discipline", "director", "office"):
            assert "反馈办理情况" not in page(desk.client(name), "letter-item", item.pk)
        assert self.post(desk.client("anna"), "letter-item-report", item, **{"report-text": "x"}).status_code == 403
        desk.at(DUE)
        assert "之前申请" in page(desk.client("head"), "letter-item", item.pk)

    def test_dropped(self, desk: Desk) -> None:
        item, office = desk.item(), desk.client("office")
        assert self.post(office, "letter-item-drop", item).status_code == 422
        self.post(office, "letter-item-drop", item, **{"drop-reason": "已并入专项"})
        assert "已并入专项" in page(desk.client("head"), "letter-item", item.pk)


class TestMinuses:
    @pytest.fixture
    def minus(self, desk: Desk) -> ProposedMinus:
        make_quarter(desk.bureau, "2023Q3")
        desk.item(desk.facts(responsible="anna"))
        desk.remind(LATE)
        desk.at(LATE)
        return ProposedMinus.objects.get()

    def test_adopted_on_the_page(self, desk: Desk, minus: ProposedMinus) -> None:
        client = desk.client("office")
        assert "1 条减分建议等绩效办决定" in page(client, "letter-minuses")
        assert "建议对anna减 0.50 分" in page(client, "letter-minus", minus.pk)
        url = reverse("supervision:letter-minus", args=[minus.pk])
        assert client.post(url, {"decision": "adopt", "employee": "XS-anna", "points": "0.5"}).status_code == 422
        data = {"decision": "adopt", "employee": "XS-anna", "points": "０．３", "reason": "属实"}
        assert client.post(url, data).status_code == 302
        assert Adjustment.objects.get().points == Decimal("0.30")
        assert client.post(url, data).status_code == 409
        assert "没有待决定的减分建议" in page(client, "letter-minuses")
        assert "anna" in page(client, "letter-minuses", query="?state=all")

    def test_declined_on_the_page(self, desk: Desk, minus: ProposedMinus) -> None:
        url = reverse("supervision:letter-minus", args=[minus.pk])
        assert desk.client("office").post(url, {"decision": "decline", "reason": "已补办"}).status_code == 302
        assert "已补办" in page(desk.client("discipline"), "letter-minus", minus.pk)

    def test_who_reads_them(self, desk: Desk, minus: ProposedMinus) -> None:
        for name in ("anna", "head", "deputy", "admin"):
            page(desk.client(name), "letter-minuses", status=403)
            page(desk.client(name), "letter-minus", minus.pk, status=403)
        page(make_desk("YY").client("office"), "letter-minus", minus.pk, status=404)
        assert "建议减分" not in page(desk.client("head"), "letter-item", minus.item_id)


def test_settings(desk: Desk) -> None:
    client, url = desk.client("office"), reverse("supervision:letter-settings")
    assert "按默认约定" in client.get(url).content.decode()
    data = {
        "number_word": "溪税督", "on_site_days": "0", "written_days": "12", "desk_days": "8", "minus_points": "0.3",
        "minus_text": "督办逾期",
    }  # fmt: skip
    assert client.post(url, data).status_code == 422
    assert client.post(url, data | {"on_site_days": "18"}).status_code == 302
    assert "按本单位的约定" in client.get(url).content.decode()
    page(desk.client("head"), "letter-settings", status=403)


def test_duties(desk: Desk) -> None:
    calendar: WorkCalendar = work_calendar()

    def labels(name: str) -> list[str]:
        found = asked_for(duties_of, Asked(desk.people[name], DAY, calendar))
        return [str(one.label) for one in found]

    item = desk.item(desk.facts(responsible="anna"))
    assert labels("head") == labels("liaison") == labels("anna") == ["督办事项待反馈：清理欠税"]
    desk.ask(item)
    assert labels("office") == ["督办延期待审批：清理欠税"]
    desk.report(item, today=DAY)
    assert labels("head") == []
    assert labels("office") == ["督办反馈待审核：清理欠税"]
    desk.check(item, today=DAY)
    assert labels("office") == ["督办函待归档：税督〔2023〕1号"]
    assert labels("emil") == []


class TestApi:
    def test_the_way_of_a_letter(self, desk: Desk) -> None:
        letter = desk.draft(desk.facts(responsible="anna"))
        office, head = desk.client("office"), desk.client("head")
        base = f"/api/v1/letters/{letter.pk}/"
        assert head.get(base).status_code == 404
        issued = office.post(f"{base}issue/").json()
        assert (issued["number"], issued["items"][0]["responsible"]) == ("税督〔2023〕1号", "XS-anna")
        item = issued["items"][0]["id"]
        assert head.get("/api/v1/letters/?state=issued").json()["count"] == 1
        as_json: dict[str, Any] = {"content_type": "application/json"}
        asked = {"item": item, "wanted": "2023-10-13", "reason": "人手不足"}
        assert head.post(f"{base}extend/", asked, **as_json).status_code == 200
        assert (
            head.post(f"{base}report/", {"item": item, "text": "办好"}, **as_json).json()["items"][0]["state"]
            == "reported"
        )
        assert head.post(f"{base}check/", {"item": item, "accepted": True}, **as_json).status_code == 403
        closed = office.post(f"{base}check/", {"item": item, "accepted": True}, **as_json).json()
        assert (closed["state"], closed["items"][0]["state"]) == ("closed", "closed")
        assert office.post(f"{base}archive/").json()["state"] == "archived"
        assert office.post(f"{base}revoke/", {"reason": "x"}, **as_json).status_code == 409

    def test_an_item_of_another_letter(self, desk: Desk) -> None:
        letter, other = desk.issued(), desk.item()
        url = f"/api/v1/letters/{letter.pk}/report/"
        given = {"item": other.pk, "text": "x"}
        assert desk.client("head").post(url, given, content_type="application/json").status_code == 404
