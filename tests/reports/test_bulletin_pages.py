"""The pages of the bulletins: what they show to whom, forms that come back, hostile addresses, queries and weight."""

from __future__ import annotations

from copy import deepcopy
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from docx import Document

from reports.models import Bulletin, BulletinReceipt
from tests.reports.bulletins import draft, make_desk, published, submit, with_quarter_after
from tests.reports.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.once]


build = make_desk


@pytest.fixture
def world(built: World) -> World:
    return deepcopy(built)


def at(name: str, *args: Any) -> str:
    return reverse(f"reports:{name}", args=args)


def page(client: Client, world: World, who: str, url: str) -> str:
    client.force_login(world.people[who])
    response = client.get(url)
    assert response.status_code == 200, (url, response.status_code)
    return response.content.decode()


def post(client: Client, world: World, who: str, url: str, **body: Any) -> Any:
    client.force_login(world.people[who])
    return client.post(url, body)


def test_empty_says_what_comes(client: Client, world: World) -> None:
    assert "还没有印发的通报" in page(client, world, "anna", at("bulletins"))
    assert "起草2023年一季度通报" in page(client, world, "office", at("bulletins"))


def test_from_draft_to_reading(client: Client, world: World) -> None:
    made = post(client, world, "office", at("bulletin-draft"), quarter="2023Q1")
    bulletin = Bulletin.objects.get()
    assert made["Location"] == at("bulletin-edit", bulletin.pk)
    url = at("bulletin", bulletin.pk)
    for who in ("anna", "head", "admin"):
        client.force_login(world.people[who])
        assert [client.get(one).status_code for one in (url, at("bulletin-word", bulletin.pk))] == [404, 404]
    assert "正在起草" in page(client, world, "deputy", url)
    texts = {name: getattr(bulletin, name) for name in ("title", "overview", "problems", "suggestions", "direction")}
    edit = at("bulletin-edit", bulletin.pk)
    handed = post(client, world, "office", edit, known=1, **texts | {"direction": "抓好落实，提高 7.77 分。"})
    assert handed["Location"] == url
    shown = page(client, world, "director", url)
    assert "数据里没有这些数字：7.77" in shown
    assert f"绩效通报〔{world.bureau.today.year}〕1号" in shown
    refused = post(client, world, "director", at("bulletin-publish", bulletin.pk), number="")
    assert refused.status_code == 422
    publishing = at("bulletin-publish", bulletin.pk)
    known = Bulletin.objects.get().version
    assert f'name="known" value="{known}"' in shown
    stale = post(client, world, "director", publishing, number="绩〔2023〕1号", known=known - 1)
    assert stale.status_code == 409
    assert "看过现在的文字" in stale.content.decode()
    assert post(client, world, "director", publishing, number="绩〔2023〕1号", known=known).status_code == 302
    assert not BulletinReceipt.objects.exists()
    read = page(client, world, "anna", url)
    assert "抓好落实" in read
    assert "已核对，与印发时一致" in read
    assert BulletinReceipt.objects.get().employee == world.people["anna"]
    assert "您都读过了" in page(client, world, "anna", at("bulletins"))


def test_links_that_not_everybody_may_open_are_words_for_staff(client: Client, world: World) -> None:
    bulletin = published(world)
    links = {who: page(client, world, who, at("bulletin", bulletin.pk)) for who in ("anna", "office")}
    compare = f'href="{at("departments")}?quarter=2023Q1"'
    assert compare in links["office"]
    assert compare not in links["anna"]
    assert f'href="{at("ranking")}?quarter=2023Q1"' in links["anna"]
    assert at("bulletin-readers", bulletin.pk) not in links["anna"]


@pytest.mark.parametrize("way", ["/quarters/2023Q1/#ready", "/levelling/?quarter=2023Q1"])
def test_a_figure_leads_nobody_to_a_page_that_refuses(client: Client, world: World, way: str) -> None:
    bulletin = draft(world)
    said = next(one for one in bulletin.figures["sentences"] if one["keys"])
    for one in bulletin.figures["figures"]:
        if one["key"] == said["keys"][0]:
            one["url"] = way
    bulletin.save()
    shown = {
        who: f'href="{way}"' in page(client, world, who, at("bulletin", bulletin.pk)) for who in ("office", "deputy")
    }
    assert shown == {"office": True, "deputy": False}


def test_another_window_is_offered_both(client: Client, world: World) -> None:
    bulletin = draft(world)
    url = at("bulletin-save", bulletin.pk)
    client.force_login(world.people["office"])
    first = client.post(url, {"known": 1, "overview": "一处"}, headers={"HX-Request": "true"})
    assert first.status_code == 200
    assert 'name="known" value="2"' in first.content.decode()
    second = client.post(url, {"known": 1, "overview": "另一处"}, headers={"HX-Request": "true"})
    said = second.content.decode()
    assert second.status_code == 409
    assert "以这里为准保存" in said
    assert "一处" in said
    assert 'data-known="2"' in said
    assert Bulletin.objects.get().overview == "一处"
    assert client.post(at("bulletin-edit", bulletin.pk), {"known": 1, "overview": "另一处"}).status_code == 422


def test_a_section_beside_what_the_data_say(client: Client, world: World) -> None:
    bulletin = draft(world)
    url = at("bulletin-section", bulletin.pk, "overview")
    assert "与数据生成的一样" in page(client, world, "office", url)
    Bulletin.objects.update(overview="自己写的")
    shown = page(client, world, "office", url)
    assert "自己写的" in shown
    assert "平均 80.36 分" in shown
    assert post(client, world, "office", url).status_code == 302
    assert "平均 80.36 分" in Bulletin.objects.get().overview


@pytest.mark.parametrize("section", ["state", "number", "x"])
def test_no_such_section(client: Client, world: World, section: str) -> None:
    client.force_login(world.people["office"])
    assert client.get(at("bulletin-section", draft(world).pk, section)).status_code == 404


@pytest.mark.parametrize("known", ["", "x", "-1", "9" * 40, "１"])
def test_a_version_that_is_none_overwrites_nothing(client: Client, world: World, known: str) -> None:
    bulletin = draft(world)
    assert post(client, world, "office", at("bulletin-edit", bulletin.pk), known=known, overview="x").status_code == 422
    assert Bulletin.objects.get().overview == bulletin.overview


@pytest.mark.parametrize("quarter", ["", "2023Q9", "2019Q1", "x" * 300])
def test_no_such_quarter(client: Client, world: World, quarter: str) -> None:
    assert post(client, world, "office", at("bulletin-draft"), quarter=quarter).status_code == 404


@pytest.mark.parametrize("query", ["?page=x", "?page=-1", "?page=" + "9" * 40])
def test_a_hostile_page(client: Client, world: World, query: str) -> None:
    published(world)
    assert "绩〔2023〕1号" in page(client, world, "anna", at("bulletins") + query)


def test_another_bureau_sees_nothing(client: Client, world: World) -> None:
    other = make_desk("YY")
    bulletin = published(world)
    client.force_login(other.people["office"])
    for name in ("bulletin", "bulletin-word", "bulletin-readers", "bulletin-edit"):
        assert client.get(at(name, bulletin.pk)).status_code == 404
    for name in ("bulletin-save", "bulletin-submit", "bulletin-return", "bulletin-publish", "bulletin-remind"):
        assert client.post(at(name, bulletin.pk)).status_code == 404
    assert "绩〔2023〕1号" not in client.get(at("bulletins")).content.decode()


def test_who_has_read(client: Client, world: World) -> None:
    bulletin = published(world)
    page(client, world, "anna", at("bulletin", bulletin.pk))
    readers = at("bulletin-readers", bulletin.pk)
    assert "10 人中 1 人读过，10.00%" in page(client, world, "director", readers)
    client.force_login(world.people["anna"])
    assert client.get(readers).status_code == 403
    assert "提醒 9 人" in page(client, world, "office", readers)
    assert post(client, world, "office", at("bulletin-remind", bulletin.pk)).status_code == 302


def test_word(client: Client, world: World) -> None:
    with_quarter_after(world)
    bulletin = published(world)
    client.force_login(world.people["anna"])
    response = client.get(at("bulletin-word", bulletin.pk))
    content = b"".join(response.streaming_content)
    document = Document(BytesIO(content))
    said = [one.text for one in document.paragraphs]
    assert "绩〔2023〕1号" in said
    assert "一、总体情况" in said
    assert "（一）得分情况" in said
    assert "2023年5月4日" in said
    assert document.tables[0].rows[1].cells[1].text == "甲股"
    assert len(document.inline_shapes) == 1
    assert content == b"".join(client.get(at("bulletin-word", bulletin.pk)).streaming_content)


def test_the_number_of_queries_of_the_list(client: Client, world: World, django_assert_num_queries: Any) -> None:
    published(world)
    client.force_login(world.people["office"])
    client.get(at("bulletins"))
    with django_assert_num_queries(10):
        client.get(at("bulletins"))
    with_quarter_after(world)
    submit(world, draft(world, "2023Q2"))
    with django_assert_num_queries(10):
        client.get(at("bulletins"))


def test_the_weight_of_the_page(client: Client, world: World) -> None:
    bulletin = published(world)
    assert len(page(client, world, "office", at("bulletin", bulletin.pk))) < 60 * 1024
