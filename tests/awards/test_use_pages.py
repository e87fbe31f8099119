"""The pages of 结果运用 and 培训: findings, the way from drawing to signing, refusals, and what they cost."""

from __future__ import annotations

from copy import deepcopy
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from awards.grading import Word
from awards.models import TrainingSession, UseLine, UseList
from awards.queries.uses import lines_of
from awards.services.uses import draw_list
from indicators.models import AssessmentPoint
from organization.models import Employee
from tests.awards.sample import NOW
from tests.reports.world import World, make_world

pytestmark = [pytest.mark.django_db, pytest.mark.once]
Kind = UseList.Kind


build = make_world


@pytest.fixture
def world(built: World) -> World:
    return deepcopy(built)


def client_of(person: Employee) -> Client:
    client = Client()
    client.force_login(person)
    return client


def as_(world: World, name: str) -> Client:
    return client_of(world.people[name])


def draw(world: World, kind: str = Kind.QUARTERLY_GRADE, period: str = "2023Q1") -> UseList:
    return draw_list(bureau=world.bureau, kind=kind, period=period, actor=world.people["office"], now=NOW)


def page(client: Client, name: str, *args: object, **query: str) -> str:
    response = client.get(reverse(f"awards:{name}", args=args), query)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def test_from_drawing_to_the_signature(world):
    office, director = as_(world, "office"), as_(world, "director")
    assert "还没有名单" in page(office, "uses")
    drawn = office.post(reverse("awards:use-draw"), {"kind": Kind.QUARTERLY_GRADE, "period": "2023Q1"})
    use_list = UseList.objects.get()
    assert drawn.headers["Location"] == reverse("awards:use", args=[use_list.pk])
    text = page(office, "use", use_list.pk)
    assert "2023年一季度考核等次名单还有 7 条等人决定" in text
    assert "参加单位排名 7 人 × 40%，舍去小数为 2 名" in text
    assert "提请签发" not in text
    assert reverse("awards:use-sign", args=[use_list.pk]) not in page(director, "use", use_list.pk)
    office.post(reverse("awards:use-adopt", args=[use_list.pk]))
    left = UseLine.objects.filter(use_list=use_list, decision="").exclude(suggestion="")
    for line in left:
        office.post(reverse("awards:use-line", args=[line.pk]), {"decision": line.suggestion})
    assert "都已决定，等待签发" in page(office, "use", use_list.pk)
    assert office.post(reverse("awards:use-submit", args=[use_list.pk])).status_code == 302
    shown = director.get(reverse("awards:use", args=[use_list.pk]))
    digest = shown.context["shown"].digest
    assert "签发这份名单？" in shown.content.decode()
    refused = director.post(reverse("awards:use-sign", args=[use_list.pk]), {"digest": "x"})
    assert (refused.status_code, "刚刚有变动" in refused.content.decode()) == (409, True)
    signed = director.post(reverse("awards:use-sign", args=[use_list.pk]), {"digest": digest})
    assert signed.status_code == 302
    text = page(office, "use", use_list.pk)
    assert "已签发" in text
    assert "与签发时一致" in text
    assert "重新拟定</a>" not in text
    again = office.post(reverse("awards:use-draw"), {"kind": Kind.QUARTERLY_GRADE, "period": "2023Q1"})
    assert (again.status_code, "名单已经签发" in again.content.decode()) == (422, True)


def test_beyond_the_quota_the_page_says_so_and_offers_no_signature(world):
    use_list = draw(world)
    office = as_(world, "office")
    for line in lines_of(use_list):
        if line.suggestion:
            office.post(reverse("awards:use-line", args=[line.pk]), {"decision": Word.GOOD, "note": "都好"})
    text = page(as_(world, "director"), "use", use_list.pk)
    assert "超过 2 名，不能签发" in text
    assert reverse("awards:use-sign", args=[use_list.pk]) not in text
    refused = office.post(reverse("awards:use-submit", args=[use_list.pk]))
    assert "请调减 5 人" in refused.content.decode()


def test_a_departure_without_a_reason_comes_back_with_the_sentence(world):
    line = next(line for line in lines_of(draw(world)) if line.suggestion == Word.BETTER)
    office = as_(world, "office")
    refused = office.post(reverse("awards:use-line", args=[line.pk]), {"decision": Word.POOR})
    assert (refused.status_code, "请写明理由" in refused.content.decode()) == (422, True)
    decided = office.post(reverse("awards:use-line", args=[line.pk]), {"decision": Word.POOR, "note": "被投诉"})
    assert decided.headers["Location"].startswith("/uses/lines/"), "on to the next line that waits"
    assert "与建议不同" in page(office, "use", line.use_list_id, show="departs")


def test_lines_are_filtered_and_found(world):
    use_list = draw(world)
    office = as_(world, "office")

    def names(**query: str) -> set[str]:
        response = office.get(reverse("awards:use", args=[use_list.pk]), query)
        return {row.title for row in response.context["rows"]}

    assert names(show="none") == {"dora", "director", "deputy"}
    assert names(search="ann") == {"anna"}
    assert names(word=Word.GOOD) == {line.employee.name for line in lines_of(use_list) if line.suggestion == Word.GOOD}
    assert names(show="waiting") == {line.employee.name for line in lines_of(use_list) if line.suggestion}
    assert names(show="departs") == set()
    assert names(page="99", sort="x") != set()


def test_points_are_found_by_name(world):
    use_list = draw(world, Kind.TRAINING)
    response = as_(world, "office").get(reverse("awards:use", args=[use_list.pk]), {"search": "政治"})
    assert {row.title for row in response.context["rows"]} == {"K001 政治学习"}


def test_a_head_reads_the_own_department_alone_on_page_sheet_and_in_excel(world):
    use_list = draw(world, Kind.TRAINING)
    head = as_(world, "head")
    for name in ("use", "use-sheet"):
        text = page(head, name, use_list.pk)
        assert "甲股" in text
        assert "乙股" not in text
    response = head.get(reverse("awards:use-export", args=[use_list.pk]))
    sheet = load_workbook(BytesIO(b"".join(response.streaming_content))).worksheets[0]
    said = " ".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell)
    assert "甲股" in said
    assert "乙股" not in said
    assert head.get(reverse("awards:use", args=[draw(world).pk])).status_code == 404


def test_a_head_whose_department_answers_for_a_point_reads_of_others_no_losses(world):
    bert, cora = world.people["bert"], world.people["cora"]
    use_list = UseList.objects.create(
        bureau=world.bureau, kind=Kind.IMPROVEMENT, period="2023", drawn_at=NOW, signed_at=NOW, digest="0" * 64,
        state=UseList.State.SIGNED,
    )  # fmt: skip
    figures = {
        "code": "K1", "name": "考点", "library": "个性", "people": 2, "holders": 2, "share": "100.00", "lost": "3.33",
        "by_person": [[bert.pk, "1.11"], [cora.pk, "2.22"]],
    }  # fmt: skip
    line = UseLine.objects.create(use_list=use_list, position=1, department=bert.department, figures=figures)
    told = page(as_(world, "head"), "use-line", line.pk)
    assert "1.11" in told
    assert "2.22" not in told
    assert cora.number not in told
    for name in ("office", "deputy", "discipline"):
        assert "2.22" in page(as_(world, name), "use-line", line.pk)


def test_another_bureau_answers_404_whatever_the_way_in(world):
    other = make_world("YY")
    use_list = draw(other)
    line = lines_of(use_list)[0]
    for name in ("office", "director", "head", "anna"):
        client = as_(world, name)
        for path in ("use", "use-export", "use-sheet"):
            assert client.get(reverse(f"awards:{path}", args=[use_list.pk])).status_code == 404
        for path in ("use-adopt", "use-submit", "use-sign"):
            assert client.post(reverse(f"awards:{path}", args=[use_list.pk])).status_code == 404
        assert client.post(reverse("awards:use-line", args=[line.pk]), {"decision": "good"}).status_code == 404


@pytest.mark.parametrize("name", ["anna", "admin"])
def test_who_reads_no_list_hears_why(world, name):
    use_list = draw(world)
    client = as_(world, name)
    for url in (reverse("awards:uses"), reverse("awards:use", args=[use_list.pk])):
        response = client.get(url)
        assert (response.status_code, "签发后记入个人档案" in response.content.decode()) == (403, True)


def test_settings_are_kept_and_faults_said(world):
    office = as_(world, "office")
    form = office.get(reverse("awards:use-settings")).context["form"]
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    wrong = office.post(reverse("awards:use-settings"), values | {"excellent_percent": 30})
    assert (wrong.status_code, "不能低于平时的比例" in wrong.content.decode()) == (422, True)
    assert office.post(reverse("awards:use-settings"), values | {"good_percent": 30}).status_code == 302
    assert draw(world).quota_percent == 30


def test_a_training_from_the_need_to_the_attendance(world):
    use_list = draw(world, Kind.TRAINING)
    office = as_(world, "office")
    assert "没有决定“安排培训”的需求" in page(office, "training-new")
    office.post(reverse("awards:use-adopt", args=[use_list.pk]))
    line = next(line for line in lines_of(use_list) if line.department.name == "甲股")
    given = {
        "title": "学习辅导",
        "day": f"{world.bureau.today}",
        "place": "二楼",
        "trainer": "某人",
        "needs": [line.pk],
    }
    assert office.post(reverse("awards:training-new"), given).status_code == 302
    training = TrainingSession.objects.get()
    assert "学习辅导：邀请 2 人" in page(office, "training", training.pk)
    bert = as_(world, "bert")
    assert "cora" not in page(bert, "training", training.pk)
    assert "head" not in [one.name for one in bert.get(f"/trainings/{training.pk}/").context["shown"].trainees]
    assert as_(world, "cora").get(f"/trainings/{training.pk}/").status_code == 404
    attend = reverse("awards:training-attend", args=[training.pk])
    strange = office.post(attend, {"came": [world.people["cora"].pk]})
    assert (strange.status_code, "不在邀请名单上" in strange.content.decode()) == (409, True)
    head, bert_id = world.people["head"].pk, world.people["bert"].pk
    assert office.post(attend, {"came": [head], f"note-{bert_id}": "病假"}).status_code == 302
    text = page(office, "training", training.pk)
    assert "2 人中 1 人参加" in text
    assert "病假" in text


def test_an_improvement_is_carried_on_its_page(world):
    use_list = draw(world, Kind.IMPROVEMENT, "2023")
    office, director = as_(world, "office"), as_(world, "director")
    office.post(reverse("awards:use-adopt", args=[use_list.pk]))
    digest = director.get(reverse("awards:use", args=[use_list.pk])).context["shown"].digest
    director.post(reverse("awards:use-sign", args=[use_list.pk]), {"digest": digest})
    (line,) = lines_of(use_list)
    text = page(office, "use-carry", line.pk)
    assert "在2024年度指标库新增 K001" in text
    values = {"name": "政治学习", "full": "4", "standard": "新的标准", "reason": "失分面大"}
    assert office.post(reverse("awards:use-carry", args=[line.pk]), values).status_code == 302
    assert AssessmentPoint.objects.filter(bureau=world.bureau, year=2024, code="K001").count() == 1
    assert "已转入 2024 年指标库" in page(office, "use-line", line.pk)
    assert office.post(reverse("awards:use-carry", args=[line.pk]), values).status_code == 409


def test_the_pages_cost_the_same_for_one_row_and_three(world, django_assert_num_queries):
    office = as_(world, "office")
    use_list = draw(world)
    page(office, "uses")
    UseLine.objects.filter(use_list=use_list).exclude(employee__name="anna").delete()
    with django_assert_num_queries(9):
        page(office, "uses")
    with django_assert_num_queries(15):
        page(office, "use", use_list.pk)
    draw(world), draw(world, Kind.TRAINING), draw(world, Kind.PROMOTION, "2023")
    with django_assert_num_queries(9):
        page(office, "uses")
    with django_assert_num_queries(15):
        page(office, "use", use_list.pk)
