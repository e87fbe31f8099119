"""Pages and API of appeals: what each role finds there, forms that come back, files, and what they cost."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from indicators.models import QuarterStep
from scoring.models import Appeal, AppealFile, Score
from tests.factories import moment
from tests.scoring.appeals import BEGAN, Court, D, make_court

pytestmark = [pytest.mark.django_db, pytest.mark.once]
State = Appeal.State


def build() -> Court:
    """Its calendar stands at the beginning of publicity."""
    court = make_court()
    court.bureau.is_demo, court.bureau.stands_on = True, BEGAN
    court.bureau.save()
    for person in court.people.values():
        person.bureau = court.bureau
    return court


@pytest.fixture
def court(built: Court) -> Court:
    return deepcopy(built)


def client_of(court: Court, name: str) -> Client:
    client = Client()
    client.force_login(court.people[name])
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


class TestSheet:
    def test_every_line_of_ones_own_leads_to_an_appeal(self, court: Court) -> None:
        page = text(client_of(court, "anna").get(reverse("reports:mine")))
        base = reverse("scoring:appeal-new", args=[court.score("anna").pk, "x"]).removesuffix("x/")
        keys = [court.key(what) for what in ("K1", "K2", "K3", "claim", "plus")]
        assert all(f'href="{base}{key}/"' in page for key in (*keys, "linkage", "common", "total"))

    def test_not_on_anybody_elses_and_not_after_the_days(self, court: Court) -> None:
        score = court.score("anna")
        for name in ("head", "office", "discipline", "deputy"):
            page = text(client_of(court, name).get(reverse("reports:score", args=[score.pk])))
            assert "/appeals/new/" not in page
        court.bureau.stands_on = date(2023, 5, 4)
        court.bureau.save()
        assert "/appeals/new/" not in text(client_of(court, "anna").get(reverse("reports:mine")))

    def test_the_assessor_finds_it_on_the_page_of_the_result(self, court: Court) -> None:
        appeal = court.file("K1")
        url = reverse("scoring:appeal-result", args=[appeal.result_id])
        page = reverse("indicators:result", args=[appeal.result_id])
        assert url in text(client_of(court, "clerk").get(page))
        assert url not in text(client_of(court, "head").get(page))

    def test_the_assessor_finds_it_on_the_lines_that_it_assessed(self, court: Court) -> None:
        score = court.score("anna")
        clerk = client_of(court, "clerk")
        page = text(clerk.get(reverse("reports:score", args=[score.pk])))
        url = reverse("scoring:appeal-new", args=[score.pk, court.key("K2")])
        assert url in page
        assert "69.55" not in text(clerk.get(url))  # the line, not the total
        for line in ("total", court.key("claim"), "nothing"):
            assert clerk.get(reverse("scoring:appeal-new", args=[score.pk, line])).status_code == 403

    def test_an_earlier_sheet_says_that_it_was_corrected(self, court: Court) -> None:
        score = court.score("anna")
        court.decide(court.answer(court.file("K1")), value=D(0))
        for name in ("anna", "head"):
            page = text(client_of(court, name).get(reverse("reports:score", args=[score.pk])))
            assert "这是更正前的得分" in page
            assert "/appeals/new/" not in page


class TestFiling:
    def test_with_files(self, court: Court) -> None:
        client = client_of(court, "anna")
        url = reverse("scoring:appeal-new", args=[court.score("anna").pk, court.key("K1")])
        assert "K1 考点K1 · 2023Q1" in text(client.get(url))
        assert client.post(url, {"ground": ""}).status_code == 422
        given = {"ground": "次数有误", "wanted": "按 0 次计", "files": SimpleUploadedFile("说明.txt", b"x")}
        answer = client.post(url, given)
        appeal = Appeal.objects.get()
        assert answer["Location"] == reverse("scoring:appeal", args=[appeal.pk])
        assert (appeal.ground, appeal.files.get().name) == ("次数有误", "说明.txt")
        again = client.get(url)
        assert again["Location"] == answer["Location"]  # one open appeal about a line

    def test_after_the_days_the_page_says_why_not(self, court: Court) -> None:
        court.bureau.stands_on = date(2023, 4, 18)
        court.bureau.save()
        url = reverse("scoring:appeal-new", args=[court.score("anna").pk, "total"])
        client = client_of(court, "anna")
        page = text(client.get(url))
        assert "2023-04-17 已经截止" in page
        assert "<textarea" not in page
        assert client.post(url, {"ground": "迟了"}).status_code == 422
        assert not Appeal.objects.exists()

    def test_from_the_result_by_the_assessor(self, court: Court) -> None:
        result = court.score("anna").employee.results.get(point=court.points["K2"])
        url = reverse("scoring:appeal-result", args=[result.pk])
        assert client_of(court, "clerk").post(url, {"ground": "档次偏高"}).status_code == 302
        appeal = Appeal.objects.get()
        assert (appeal.side, appeal.filed_by.name, appeal.result) == ("assessor", "clerk", result)
        assert client_of(court, "head").get(url).status_code == 403
        assert client_of(court, "bert").get(url).status_code == 404

    @pytest.mark.parametrize("line", ["node-1-2022Q4", "nothing", "cap"])
    def test_a_line_that_is_not_there(self, court: Court, line: str) -> None:
        url = reverse("scoring:appeal-new", args=[court.score("anna").pk, line])
        assert client_of(court, "anna").get(url).status_code == 404


class TestOneAppeal:
    def test_its_way_from_filing_to_the_corrected_score(self, court: Court) -> None:
        appeal = court.file("K2")
        url = reverse("scoring:appeal", args=[appeal.pk])
        clerk, office, anna = (client_of(court, name) for name in ("clerk", "office", "anna"))
        page = text(clerk.get(url))
        assert reverse("scoring:appeal-answer", args=[appeal.pk]) in page
        assert "裁定理由" not in page
        assert "答复后或期满后才能裁定" in text(office.get(url))
        assert clerk.post(reverse("scoring:appeal-answer", args=[appeal.pk]), {"answer": " "}).status_code == 422
        assert clerk.post(reverse("scoring:appeal-answer", args=[appeal.pk]), {"answer": "属实"}).status_code == 302
        assert '<option value="中" selected>' in text(office.get(url))
        preview = office.post(
            reverse("scoring:appeal-preview", args=[appeal.pk]), {"uphold-tier": "优"}, HTTP_HX_REQUEST="true"
        )
        assert "将改变 2 人的得分或名次" in text(preview)
        assert "<del>中</del> <ins>优</ins>" in text(preview)
        assert Appeal.objects.get().state == State.ANSWERED
        decide = reverse("scoring:appeal-decide", args=[appeal.pk])
        same = office.post(decide, {"decision": "uphold", "uphold-tier": "中", "uphold-reason": "维持"})
        assert same.status_code == 422
        assert "与原来一样" in text(same)
        given = {"decision": "uphold", "uphold-tier": "优", "uphold-reason": "按新口径"}
        assert office.post(decide, given).status_code == 302
        page = text(anna.get(url))
        before, after = (Score.objects.get(run__number=n, employee__name="anna") for n in (1, 2))
        assert reverse("reports:score", args=[before.pk]) in page
        assert reverse("reports:score", args=[after.pk]) in page
        assert str(before.total) in page
        assert str(after.total) in page
        assert anna.get(reverse("reports:score", args=[before.pk])).status_code == 200  # the earlier run stays readable

    def test_the_preview_without_scripts_is_the_page(self, court: Court) -> None:
        appeal = court.answer(court.file("K1"))
        given = {"uphold-value": "0"}
        answer = client_of(court, "office").post(reverse("scoring:appeal-preview", args=[appeal.pk]), given)
        assert answer.status_code == 200
        assert "裁定成立将改变" in text(answer)
        faulty = client_of(court, "office").post(
            reverse("scoring:appeal-preview", args=[appeal.pk]), {"uphold-value": "1.5"}
        )
        assert "整数" in text(faulty)

    def test_rejected_and_withdrawn(self, court: Court) -> None:
        first = court.answer(court.file("K1"))
        decide = reverse("scoring:appeal-decide", args=[first.pk])
        office = client_of(court, "office")
        assert office.post(decide, {"decision": "reject", "reject-reason": ""}).status_code == 422
        assert office.post(decide, {"decision": "reject", "reject-reason": "属实"}).status_code == 302
        assert "维持原得分" in text(office.get(reverse("scoring:appeal", args=[first.pk])))
        second = court.file("K2")
        withdraw = reverse("scoring:appeal-withdraw", args=[second.pk])
        assert client_of(court, "anna").post(withdraw).status_code == 302
        assert Appeal.objects.get(pk=second.pk).state == State.WITHDRAWN

    def test_somebody_was_faster(self, court: Court) -> None:
        appeal = court.answer(court.file("K1"))
        court.decide(appeal, upheld=False)
        given = {"decision": "reject", "reject-reason": "属实"}
        answer = client_of(court, "second").post(reverse("scoring:appeal-decide", args=[appeal.pk]), given)
        assert answer.status_code == 403 or "不成立" in text(answer)

    def test_the_moves_are_shown_as_far_as_rankings_are(self, court: Court) -> None:
        appeal = court.decide(court.answer(court.file("K2")), tier="优")
        court.bureau.ranking_view = "own"
        court.bureau.save()
        url = reverse("scoring:appeal", args=[appeal.pk])
        assert "更正使 1 人" in text(client_of(court, "anna").get(url))
        assert "没有改变您可以查看的" in text(client_of(court, "clerk").get(url))
        assert "更正使 2 人" in text(client_of(court, "office").get(url))

    def test_files_are_for_readers_of_the_appeal(self, court: Court) -> None:
        court.file("K1", files=[SimpleUploadedFile("说明.txt", b"x")])
        url = reverse("scoring:appeal-file", args=[AppealFile.objects.get().pk])
        seen = {name for name in court.people if client_of(court, name).get(url).status_code == 200}
        assert seen == {
            "anna", "head", "assessor", "clerk", "deputy", "director", "office", "second", "discipline"
        }  # fmt: skip


class TestLists:
    def test_what_waits_comes_first(self, court: Court) -> None:
        answered, filed = court.answer(court.file("K1")), court.file("K2")
        url = reverse("scoring:appeals")
        rows = {
            name: ([row.pk for row in response.context["rows"]], response.context["shown"])
            for name in ("office", "clerk", "anna", "bert", "discipline")
            if (response := client_of(court, name).get(url))
        }
        assert rows == {
            "office": ([answered.pk], "decide"),
            "clerk": ([filed.pk], "answer"),
            "anna": ([filed.pk, answered.pk], "mine"),
            "bert": ([], "mine"),
            "discipline": ([filed.pk, answered.pk], "all"),
        }
        office = client_of(court, "office")
        narrowed = office.get(url, {"show": "all", "quarter": "2023Q1", "state": "filed"})
        assert [row.pk for row in narrowed.context["rows"]] == [filed.pk]

    def test_the_workbench_says_what_waits(self, court: Court) -> None:
        court.answer(court.file("K1"))
        court.file("K2")
        assert "待裁定 1 件申诉" in text(client_of(court, "office").get("/"))
        assert "待答复 1 件申诉" in text(client_of(court, "clerk").get("/"))
        assert "件申诉" not in text(client_of(court, "bert").get("/"))

    def test_the_readiness_list_leads_there(self, court: Court) -> None:
        court.file("K1")
        page = text(client_of(court, "office").get(reverse("scoring:readiness", args=["2023Q1"])))
        assert "未结的申诉 1 件" in page
        assert f"{reverse('scoring:appeals')}?quarter=2023Q1&amp;show=all&amp;state=open" in page


class TestCost:
    def test_the_same_with_one_appeal_and_three(self, court: Court, django_assert_num_queries: Any) -> None:
        court.file("K1")
        office = client_of(court, "office")
        with django_assert_num_queries(LIST):
            assert len(office.get(reverse("scoring:appeals"), {"show": "all"}).context["rows"]) == 1
        court.file("K2")
        court.file("claim")
        with django_assert_num_queries(LIST):
            assert len(office.get(reverse("scoring:appeals"), {"show": "all"}).context["rows"]) == 3

    def test_one_appeal(self, court: Court, django_assert_num_queries: Any) -> None:
        files = [SimpleUploadedFile(f"{name}.txt", b"x") for name in "一二三"]
        one = court.answer(court.file("K1", files=files[:1]))
        three = court.answer(court.file("K2", files=files))
        office = client_of(court, "office")
        for appeal in (one, three):
            with django_assert_num_queries(ONE):
                office.get(reverse("scoring:appeal", args=[appeal.pk]))

    def test_the_api(self, court: Court, django_assert_num_queries: Any) -> None:
        court.file("K1")
        office = client_of(court, "office")
        with django_assert_num_queries(API):
            assert office.get("/api/v1/appeals/").json()["count"] == 1
        court.file("K2")
        court.file("plus")
        with django_assert_num_queries(API):
            assert office.get("/api/v1/appeals/").json()["count"] == 3


LIST, ONE, API = 14, 12, 5


class TestApi:
    def test_filed_answered_decided(self, court: Court) -> None:
        anna, clerk, office = (client_of(court, name) for name in ("anna", "clerk", "office"))
        line = {"score": court.score("anna").pk, "line": court.key("K1")}
        answer = anna.post("/api/v1/appeals/", line | {"ground": "次数有误"}, content_type="application/json")
        assert answer.status_code == 201
        filed = answer.json()
        assert (filed["employee_no"], filed["figure"], filed["state"]) == ("XS-anna", "3.00", "filed")
        url = f"/api/v1/appeals/{filed['id']}/"
        again = anna.post("/api/v1/appeals/", line | {"ground": "再提"}, content_type="application/json")
        assert (again.status_code, again.json()["code"]) == (409, "open")
        assert clerk.post(f"{url}answer/", {"answer": "属实"}, content_type="application/json").status_code == 200
        wrong = office.post(
            f"{url}decide/", {"upheld": True, "reason": "核实", "value": "1.5"}, content_type="application/json"
        )
        assert (wrong.status_code, "value" in wrong.json()["fields"]) == (400, True)
        decided = office.post(
            f"{url}decide/", {"upheld": True, "reason": "核实", "value": "0"}, content_type="application/json"
        ).json()
        assert (decided["state"], decided["corrected_run"], decided["change"]["after"]["value"]) == ("upheld", 2, "0")
        (moved,) = decided["moves"]
        assert (moved["employee_no"], moved["total_before"], moved["total_after"]) == ("XS-anna", "69.55", "77.05")

    def test_withdrawn_and_by_result(self, court: Court) -> None:
        result = court.people["anna"].results.get(point=court.points["K2"])
        clerk = client_of(court, "clerk")
        filed = clerk.post("/api/v1/appeals/", {"result": result.pk, "ground": "偏高"}, content_type="application/json")
        assert (filed.status_code, filed.json()["side"]) == (201, "assessor")
        url = f"/api/v1/appeals/{filed.json()['id']}/withdraw/"
        assert client_of(court, "anna").post(url).status_code == 403
        assert clerk.post(url).json()["state"] == "withdrawn"
        assert clerk.post("/api/v1/appeals/", {"ground": "无"}, content_type="application/json").status_code == 400

    def test_never_published_with_one_open(self, court: Court) -> None:
        court.file("K1")
        answer = client_of(court, "office").post(
            "/api/v1/quarters/2023Q1/publish/", {"reason": "急"}, content_type="application/json"
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "not_ready")
        assert any("未结的申诉" in one for one in answer.json()["fields"]["readiness"])

    def test_nothing_of_another_bureau(self, court: Court) -> None:
        other = make_court("YY")
        appeal = other.file("K1")
        for name in ("office", "director", "discipline", "anna"):
            client = client_of(court, name)
            assert client.get("/api/v1/appeals/").json()["count"] == 0
            assert client.get(f"/api/v1/appeals/{appeal.pk}/").status_code == 404
            assert client.get(reverse("scoring:appeal", args=[appeal.pk])).status_code == 404


def test_in_a_demonstration_the_days_run_from_its_own_calendar(court: Court) -> None:
    QuarterStep.objects.update(at=timezone.now())
    court.bureau.stands_on = date(2023, 9, 1)
    court.bureau.save()
    url = reverse("scoring:appeal-new", args=[court.score("anna").pk, "total"])
    assert client_of(court, "anna").post(url, {"ground": "试"}).status_code == 302
    assert Appeal.objects.get().answer_due == date(2023, 9, 6)
    assert moment(date(2023, 9, 1)) < timezone.now()
