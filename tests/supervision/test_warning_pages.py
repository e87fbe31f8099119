"""Pages and API of the warnings: what each role finds there, hostile parameters, empty states, and what they cost."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from indicators.models import PointVersion
from supervision.models import Warned, WarningSheet, WarningSignature
from tests.factories import make_bureau, make_department, make_employee, make_item, make_point, moment
from tests.supervision.warned import MADE, Town, make_town

pytestmark = [pytest.mark.django_db, pytest.mark.once]

SEEN = {
    "anna": "A", "head": "A", "liaison": "A", "both": "B", "ben": "B", "cora": "C", "deputy": "ABCO",
    "director": "ABCO", "office": "ABCO", "discipline": "ABCO", "admin": "O",
}  # fmt: skip


def build() -> Town:
    town = make_town()
    town.make()
    return town


@pytest.fixture
def town(built: Town) -> Town:
    return deepcopy(built)


def client_of(town: Town, who: str) -> Client:
    client = Client()
    client.force_login(town.people[who])
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


def api(town: Town, who: str, path: str = "", **data: Any) -> Any:
    client = client_of(town, who)
    url = f"/api/v1/warnings/{path}"
    return client.post(url, data, content_type="application/json") if data else client.get(url)


class TestWhoSeesWhat:
    @pytest.mark.parametrize(("who", "places"), SEEN.items())
    def test_exactly_these_sheets(self, town: Town, who: str, places: str) -> None:
        client = client_of(town, who)
        listed = text(client.get(reverse("supervision:warnings")))
        looked_back = text(client.get(reverse("supervision:warning-retrospect")))
        answered = {row["department"] for row in api(town, who).json()["results"]}
        assert answered == set(places)
        for place in "ABCO":
            sheet = town.sheet(place)
            url = reverse("supervision:warning", args=[sheet.pk])
            assert (url in listed) == (url in looked_back) == (place in places)
            expected = 200 if place in places else 404
            line = sheet.lines.order_by("pk")[0]
            assert client.get(url).status_code == expected
            assert client.get(reverse("supervision:warning-line", args=[line.pk])).status_code == expected
            assert api(town, who, f"{sheet.pk}/").status_code == expected
            if place not in places:
                assert client.post(reverse("supervision:warning-sign", args=[sheet.pk])).status_code == 404
                assert api(town, who, f"{sheet.pk}/sign/", side="head", lines=[]).status_code == 404

    def test_nothing_of_another_bureau(self, town: Town) -> None:
        other = make_bureau("YB")
        place = make_department(other, "YBD")
        stranger = make_employee(other, "8001", department=place, roles=["office", "director", "department_head"])
        town.people["stranger"] = stranger
        client = client_of(town, "stranger")
        assert "还没有预警提醒表" in text(client.get(reverse("supervision:warnings")))
        assert "还没有可以回看的预警" in text(client.get(reverse("supervision:warning-retrospect")))
        sheet = town.sheet()
        for url in (reverse("supervision:warning", args=[sheet.pk]), f"/api/v1/warnings/{sheet.pk}/"):
            assert client.get(url).status_code == 404
        assert client.post(reverse("supervision:warning-sign", args=[sheet.pk])).status_code == 404
        book = load_workbook(BytesIO(b"".join(client.get(reverse("supervision:warning-retrospect-export")))))
        assert all(sheet.max_row == 1 for sheet in book.worksheets)


class TestSheet:
    def page(self, town: Town, who: str, place: str = "A", query: str = "") -> str:
        return text(client_of(town, who).get(reverse("supervision:warning", args=[town.sheet(place).pk]) + query))

    def test_the_head_is_shown_what_will_be_sealed_and_signs_it(self, town: Town) -> None:
        page = self.page(town, "head")
        assert "A股2023年7月 2 项预警，还缺 4 个签字" in page
        assert "2 项等您在部门负责人一方签字" in page
        digests = town.digests()
        assert all(f'value="{pk}:{digest}"' in page for pk, digest in digests.items())
        assert "逐户核实" in page
        sheet = town.sheet()
        lines = [f"{pk}:{digest}" for pk, digest in digests.items()]
        response = client_of(town, "head").post(
            reverse("supervision:warning-sign", args=[sheet.pk]), {"side": "head", "line": lines}, follow=True
        )
        assert "已签字 2 项。" in text(response)
        assert WarningSignature.objects.filter(by=town.people["head"], side="head").count() == 2
        assert 'name="line"' not in self.page(town, "head")

    def test_nobody_else_is_offered_a_box(self, town: Town) -> None:
        for who in ("anna", "office", "director", "discipline"):
            assert 'name="line"' not in self.page(town, who)

    def test_who_stands_in_is_said(self, town: Town) -> None:
        assert "由分管局领导（deputy）在负责人一方签字" in self.page(town, "ben", "B")
        assert 'name="line"' in self.page(town, "deputy", "B")

    def test_a_line_is_verified_on_its_page(self, town: Town) -> None:
        town.sign("head", "head", "K1")
        url = reverse("supervision:warning-line", args=[town.line("K1").pk])
        signature = WarningSignature.objects.get()
        page = text(client_of(town, "anna").get(url))
        assert "校验通过" in page
        assert page.count(signature.digest) >= 2
        WarningSignature.objects.update(text="改过")
        assert "校验不符" in text(client_of(town, "anna").get(url))

    def test_a_calendar_that_is_not_out_is_said(self, town: Town) -> None:
        WarningSheet.objects.update(knows_calendar=False)
        assert "工作日历不全" in self.page(town, "anna")
        assert "2023年的国务院放假安排没有录入" in text(client_of(town, "office").get(reverse("supervision:warnings")))

    @pytest.mark.parametrize(
        "posted",
        [
            {}, {"side": "head"}, {"side": "x", "line": "1:a"}, {"side": "head", "line": "x"},
            {"side": "head", "line": f"{9**30}:a"}, {"side": "head", "line": "²:a"}, {"side": "head", "line": "1"},
            {"side": "head", "line": "-1:a"}, {"side": "head", "line": f"{'0' * 18}{9**30}:a"},
            {"side": "head", "line": f"{'0' * 5000}:a"},
        ],
    )  # fmt: skip
    def test_hostile_posts_sign_nothing(self, town: Town, posted: dict[str, str]) -> None:
        response = client_of(town, "head").post(reverse("supervision:warning-sign", args=[town.sheet().pk]), posted)
        assert response.status_code in (400, 409)
        assert not WarningSignature.objects.exists()

    @pytest.mark.parametrize(
        "query",
        [
            "month=x",
            "month=2023-99",
            "department=%27--",
            "state=x",
            "page=-1",
            "show=x",
            "side=x&show=todo",
            "quarter=x",
        ],
    )
    def test_hostile_queries_answer(self, town: Town, query: str) -> None:
        client = client_of(town, "head")
        for url in (
            reverse("supervision:warnings"), reverse("supervision:warning", args=[town.sheet().pk]),
            reverse("supervision:warning-retrospect"), reverse("supervision:warning-retrospect-export"),
        ):  # fmt: skip
            assert client.get(f"{url}?{query}").status_code == 200

    def test_what_was_done_by_its_limit_waits_for_nobody(self, town: Town) -> None:
        Warned.objects.update(outcome=Warned.Outcome.DONE, settled_at=moment(MADE))
        page = self.page(town, "head")
        assert "预警都已签字" in page
        assert "待我签字" not in page

    def test_wrong_person_is_told_why(self, town: Town) -> None:
        sheet = town.sheet()
        lines = [f"{pk}:{digest}" for pk, digest in town.digests().items()]
        response = client_of(town, "anna").post(
            reverse("supervision:warning-sign", args=[sheet.pk]), {"side": "head", "line": lines}
        )
        assert response.status_code == 403
        assert "负责人一方由本部门负责人签字" in text(response)


class TestRetrospect:
    def test_the_workbook_holds_every_signature_as_plain_text(self, town: Town) -> None:
        PointVersion.objects.filter(point=town.points["K1"]).update(name="=1+1")
        town.sign("head", "head", "K1", today=date(2023, 7, 10))
        response = client_of(town, "office").get(
            reverse("supervision:warning-retrospect-export"), {"quarter": "2023Q3", "department": "A"}
        )
        book = load_workbook(BytesIO(b"".join(response)))
        summary, signed = (list(sheet.values) for sheet in book.worksheets)
        assert [row[1] for row in summary[1:]] == ["A股"]
        assert summary[1][4] == 1  # of the head late
        assert len(signed) == 1 + 4
        row = next(row for row in signed[1:] if row[8])
        assert (row[3], row[7], row[8]) == ("=1+1", "逾期补签", "head")
        assert book.worksheets[1]["D2"].data_type == "s"

    def test_filtered_by_quarter_and_department(self, town: Town) -> None:
        client = client_of(town, "office")
        page = text(client.get(reverse("supervision:warning-retrospect"), {"department": "B"}))
        assert reverse("supervision:warning", args=[town.sheet("B").pk]) in page
        assert reverse("supervision:warning", args=[town.sheet("A").pk]) not in page


class TestApi:
    def test_a_line_comes_with_its_text_and_is_signed_by_its_digest(self, town: Town) -> None:
        sheet = town.sheet()
        lines = api(town, "head", f"{sheet.pk}/").json()["lines"]
        first = next(one for one in lines if one["point"] == "K1")
        assert "质量标准：逐户核实" in first["text"]
        given = [{"line": first["id"], "digest": first["digest"]}]
        answer = api(town, "head", f"{sheet.pk}/sign/", side="head", lines=given)
        assert answer.status_code == 200
        signed = next(one for one in answer.json()["lines"] if one["point"] == "K1")["signatures"]
        assert [(one["side"], one["by"], one["verified"]) for one in signed] == [
            ("head", town.people["head"].number, True)
        ]
        assert api(town, "head", f"{sheet.pk}/sign/", side="head", lines=given).status_code == 409
        assert api(town, "anna", f"{sheet.pk}/sign/", side="liaison", lines=given).status_code == 403
        for wrong in ([], [{"line": 0, "digest": "x"}], [{"line": 10**17, "digest": "x"}], "x"):
            assert api(town, "head", f"{sheet.pk}/sign/", side="head", lines=wrong).status_code == 400


class TestCost:
    def more(self, town: Town) -> None:
        for number in range(3):
            point = make_point(
                town.bureau, f"X{number}", cycle="month", deadline="每月25日", department=town.departments["A"]
            )
            make_item(town.people["anna"], point, town.quarter)
        town.make()

    @pytest.mark.parametrize(
        ("name", "queries"),
        [("supervision:warnings", 13), ("supervision:warning", 20), ("supervision:warning-retrospect", 10)],
    )
    def test_pages_ask_the_same_of_the_database_however_much_they_show(
        self, town: Town, name: str, queries: int, django_assert_num_queries: Any
    ) -> None:
        url = reverse(name, args=[town.sheet().pk] if name == "supervision:warning" else [])
        for lines in (2, 5):
            assert Warned.objects.filter(sheet=town.sheet()).count() == lines
            client = client_of(town, "head")
            client.get(url)
            with django_assert_num_queries(queries):
                assert client.get(url).status_code == 200
            if lines == 2:
                self.more(town)

    def test_the_list_asks_the_same_for_one_sheet_and_for_four(
        self, town: Town, django_assert_num_queries: Any
    ) -> None:
        url = reverse("supervision:warnings")
        for query in ("?department=A", ""):
            client = client_of(town, "office")
            client.get(url)
            with django_assert_num_queries(13):
                assert client.get(url + query).status_code == 200
