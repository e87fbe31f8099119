"""Pages of a selection as everybody meets them: what one can do now, refusals as sentences, few queries."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from awards.models import Nomination, Objection, Selection, StarAward
from organization.models import Bureau
from tests.awards.stars import BALLOT_FROM, DECIDED, DEEDS, OPENED, Contest, make_contest

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def build() -> Contest:
    made = make_contest()
    made.open()
    stand(made, OPENED)
    return made


@pytest.fixture
def contest(built: Contest) -> Contest:
    return deepcopy(built)


def stand(contest: Contest, day: date) -> None:
    contest.today = day
    Bureau.objects.filter(pk=contest.bureau.pk).update(is_demo=True, stands_on=day)


def client(contest: Contest, name: str) -> Client:
    made = Client()
    made.force_login(contest.people[name])
    return made


def page(contest: Contest, name: str, view: str = "selection", *args: Any, **query: Any) -> str:
    answer = client(contest, name).get(reverse(f"awards:{view}", args=args or [contest.selection.pk]), query)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def at_ballot(contest: Contest) -> None:
    for name in ("a1", "a2", "a3"):
        contest.nominate(name)
    contest.open_ballot()
    stand(contest, BALLOT_FROM)


def at_decision(contest: Contest) -> None:
    at_ballot(contest)
    for name, chosen in (("a5", ("a1", "a2")), ("a6", ("a1", "a3"))):
        contest.vote(name, *chosen)
    contest.close()
    stand(contest, DECIDED)


def test_before_the_first_selection() -> None:
    made = make_contest()
    stars = reverse("awards:stars")
    assert "还没有进行过五星评选" in client(made, "a1").get(stars).content.decode()
    office = client(made, "office")
    assert "启动评选" in office.get(stars).content.decode()
    answer = office.post(reverse("awards:selection-open"), {"quarter": "2023Q1"})
    assert answer.status_code == 302
    assert made.selection.state == Selection.State.NOMINATING
    assert office.post(reverse("awards:selection-open"), {"quarter": "2023Q1"}).status_code == 409
    assert office.post(reverse("awards:selection-open"), {"quarter": "2029Q1"}).status_code == 404


def test_each_sees_what_there_is_to_do(contest: Contest) -> None:
    nominate = reverse("awards:nominate", args=[contest.selection.pk])
    assert nominate in page(contest, "head")
    assert nominate not in page(contest, "a5")
    assert "候选池 3 人，还没有提名" in page(contest, "a5")
    assert "取消评选" in page(contest, "office")
    assert "取消评选" not in page(contest, "director")
    at_ballot(contest)
    assert "您还有 1 颗星没有投票" in page(contest, "a5")
    contest.vote("a5", "a1")
    shown = page(contest, "a5")
    assert "您的选票已全部投出" in shown
    assert "1 / 16 人投完" in shown
    assert "加权结果" not in page(contest, "office")


def test_nominating_over_the_page(contest: Contest) -> None:
    head, address = client(contest, "head"), reverse("awards:nominate", args=[contest.selection.pk])
    shown = head.get(address).content.decode()
    assert "您可以提名 3 人" in shown
    member = contest.selection.pool.get(employee=contest.people["a1"]).pk
    given = {"category": contest.star().pk, "member": member, "deeds": "太短"}
    refused = head.post(address, given)
    assert refused.status_code == 422
    assert head.post(address, given | {"deeds": DEEDS}).status_code == 302
    assert "已被提名" in head.post(address, given | {"deeds": DEEDS}).content.decode()
    assert DEEDS in page(contest, "a5", "nominations")
    made = Nomination.objects.get()
    assert "撤回" in page(contest, "liaison", "nominations")
    assert "撤回" not in page(contest, "a5", "nominations")
    withdraw = reverse("awards:nomination-withdraw", args=[made.pk])
    assert client(contest, "liaison").post(withdraw).status_code == 400
    assert client(contest, "liaison").post(withdraw, {"reason": "让贤"}).status_code == 302
    assert "还没有人获得提名" in page(contest, "a5", "nominations")


def test_a_secretary_nominates_for_the_branch(contest: Contest) -> None:
    address = reverse("awards:nominate", args=[contest.selection.pk])
    member = contest.selection.pool.get(employee=contest.people["a1"]).pk
    given = {"category": contest.star().pk, "member": member, "branch": contest.branch.pk, "deeds": DEEDS}
    assert client(contest, "secretary").post(address, given).status_code == 302
    assert Nomination.objects.get().branch == contest.branch
    assert "没有您可以提名的人" in client(contest, "other").get(address).content.decode()


def test_the_pool_says_why_as_far_as_one_may_know(contest: Contest) -> None:
    whole = page(contest, "office", "selection-pool")
    assert "本季有违纪减分" in whole
    assert "不参加排名：试用期" in whole
    assert "20 人计分，3 人进入候选池" in whole
    staff = page(contest, "a5", "selection-pool")
    assert "违纪" not in staff.split("<table")[1]
    assert "候选池到第 4 名为止" in staff
    assert "a6 " not in staff
    assert "本季有违纪减分" in page(contest, "head", "selection-pool").split("<table")[1]
    assert "违纪" not in page(contest, "other", "selection-pool").split("<table")[1]
    Bureau.objects.update(ranking_view="own")
    hidden = page(contest, "b1", "selection-pool")
    assert "单位排名第 1" not in hidden
    assert "a1" in hidden


def test_the_ballot_page(contest: Contest) -> None:
    at_ballot(contest)
    first = reverse("awards:ballot", args=[contest.selection.pk])
    voter = client(contest, "a5")
    assert voter.get(first)["Location"] == reverse("awards:ballot-star", args=[contest.selection.pk, "dedication"])
    address = reverse("awards:ballot-star", args=[contest.selection.pk, "dedication"])
    shown = voter.get(address)
    assert "no-cache" in shown["Cache-Control"]
    assert DEEDS in shown.content.decode()
    assert "最多选 2 人" in shown.content.decode()
    refused = voter.post(address, {"by": "nobody"})
    assert refused.status_code == 422
    assert "请至少选一人" in refused.content.decode()
    assert voter.post(address, {"chosen": ["987"]}).status_code == 422
    assert voter.post(address, {"abstain": "on"}).status_code == 302
    assert voter.get(first)["Location"] == reverse("awards:selection", args=[contest.selection.pk])
    assert voter.post(address, {"abstain": "on"}).status_code == 422
    assert voter.get(reverse("awards:ballot-star", args=[contest.selection.pk, "learning"])).status_code == 404


def test_who_has_voted_is_for_office_and_discipline(contest: Contest) -> None:
    at_ballot(contest)
    contest.vote("a5", "a1")
    for name in ("office", "discipline"):
        assert "19 人还没有投完票" in page(contest, name, "participation")
    for name in ("director", "head", "a5", "admin"):
        answer = client(contest, name).get(reverse("awards:participation", args=[contest.selection.pk]))
        assert answer.status_code == 403
        assert "只对绩效办和纪检开放" in answer.content.decode()


def test_results_are_not_seen_before_the_close(contest: Contest) -> None:
    at_ballot(contest)
    contest.vote("a5", "a1")
    answer = client(contest, "director").get(reverse("awards:decision", args=[contest.selection.pk]))
    assert answer.status_code == 409
    assert "看不到结果" in answer.content.decode()


def test_closing_early_over_the_page(contest: Contest) -> None:
    at_ballot(contest)
    address = reverse("awards:ballot-close", args=[contest.selection.pk])
    office = client(contest, "office")
    assert office.post(address).status_code == 400
    assert office.post(address, {"reason": "都已投票"}).status_code == 302
    assert contest.selection.state == Selection.State.DECIDING


def test_the_committee_sees_the_tie_and_decides(contest: Contest) -> None:
    at_decision(contest)
    shown = page(contest, "director", "decision")
    assert "1 颗星在名额界线上并列" in shown
    assert "2 人票数相同，只剩 1 个名额" in shown
    assert shown.count(" checked") == 1
    star, address = contest.star(), reverse("awards:decision", args=[contest.selection.pk])
    ids = {one.employee.name: one.pk for one in Nomination.objects.select_related("employee")}
    director = client(contest, "director")
    refused = director.post(address, {f"chosen-{star.pk}": [ids["a1"]]})
    assert refused.status_code == 422
    assert "请写明理由" in refused.content.decode()
    assert director.post(address, {f"chosen-{star.pk}": [ids["a1"], ids["a3"]]}).status_code == 302
    assert set(StarAward.objects.values_list("employee__name", flat=True)) == {"a1", "a3"}
    assert "拟表彰 2 颗星，正在公示" in page(contest, "a8")
    assert client(contest, "a8").get(address).status_code == 403
    assert "审定并公示" not in page(contest, "discipline", "decision")


def test_objecting_and_answering_over_the_pages(contest: Contest) -> None:
    at_decision(contest)
    contest.decide(dedication=["a1", "a2"])
    address = reverse("awards:objection-new", args=[contest.selection.pk])
    objector = client(contest, "b1")
    assert objector.post(address, {"ground": ""}).status_code == 422
    award = StarAward.objects.first()
    assert award is not None
    assert objector.post(address, {"award": award.pk, "ground": "事迹不实"}).status_code == 302
    assert "事迹不实" in page(contest, "b1")
    assert "事迹不实" not in page(contest, "a8")
    answer = reverse("awards:objection-answer", args=[Objection.objects.get().pk])
    assert answer in page(contest, "office")
    office = client(contest, "office")
    assert "事迹不实" in office.get(answer).content.decode()
    assert office.post(answer, {"upheld": "yes"}).status_code == 422
    assert office.post(answer, {"upheld": "yes", "answer": "属实"}).status_code == 302
    assert contest.selection.state == Selection.State.DECIDING


def test_published_and_withdrawn_over_the_pages(contest: Contest) -> None:
    at_decision(contest)
    contest.decide(dedication=["a1", "a2"])
    publish = reverse("awards:stars-publish", args=[contest.selection.pk])
    office = client(contest, "office")
    assert office.post(publish).status_code == 409
    stand(contest, date(2023, 5, 9))
    assert publish in page(contest, "office")
    assert office.post(publish).status_code == 302
    assert "评出 2 颗星" in page(contest, "a8")
    award = StarAward.objects.first()
    assert award is not None
    withdraw = reverse("awards:star-withdraw", args=[award.pk])
    assert office.post(withdraw, {"reason": "不实"}).status_code == 403
    assert withdraw in page(contest, "director")
    director = client(contest, "director")
    assert director.post(withdraw, {"reason": ""}).status_code == 400
    assert director.post(withdraw, {"reason": "不实"}).status_code == 302
    reads = {name: "撤销理由：" in page(contest, name) for name in ("office", "discipline", "a5", "other", "admin")}
    assert reads == {"office": True, "discipline": True, "a5": False, "other": False, "admin": False}
    assert "评出 1 颗星" in page(contest, "a8")


def test_days_criteria_and_settings_over_the_pages(contest: Contest) -> None:
    office, edit = client(contest, "office"), reverse("awards:selection-edit", args=[contest.selection.pk])
    kinds = [star.kind for star in contest.selection.categories.all()]
    given: dict[str, Any] = {"nominate_until": "2023-04-24", "ballot_from": "2023-04-25", "ballot_until": "2023-04-27"}
    given |= {f"{kind}-criteria": "条件" for kind in kinds} | {f"{kind}-winners": 3 for kind in kinds}
    assert office.post(edit, given | {"ballot_from": "2023-04-20"}).status_code == 422
    assert contest.star().winners == 2
    assert office.post(edit, given).status_code == 302
    assert (contest.selection.ballot_until, contest.star().winners) == (date(2023, 4, 27), 3)
    agreed = reverse("awards:selection-settings")
    values = {
        "leaders_percent": 30, "most_categories": 2, "winners_each": 2, "nomination_days": 5, "ballot_days": 3,
        "publicity_days": 5,
    }  # fmt: skip
    assert office.post(agreed, values | {"leaders_percent": 101}).status_code == 422
    assert office.post(agreed, values).status_code == 302
    cancel = reverse("awards:selection-cancel", args=[contest.selection.pk])
    pk = contest.selection.pk
    assert office.post(cancel, {"reason": "重来"}).status_code == 302
    assert "这次评选已经取消" in page(contest, "a5", "selection", pk)


@pytest.mark.parametrize("view", ["selection", "nominations", "decision", "selection-pool"])
def test_pages_cost_the_same_for_one_nominee_and_for_two(view: str) -> None:
    """Literal counts: the frame around a page is part of them."""
    counts = []
    for code, names in (("AA", ("a1",)), ("BB", ("a1", "a2"))):
        contest = make_contest(code)
        contest.open()
        for name in names:
            contest.nominate(name)
        contest.open_ballot()
        contest.vote("a5", "a1")
        contest.close()
        stand(contest, DECIDED)
        director = client(contest, "director")
        director.get("/")
        with CaptureQueriesContext(connection) as queries:
            answer = director.get(reverse(f"awards:{view}", args=[contest.selection.pk]))
        assert answer.status_code == 200
        assert len(answer.content) < 60_000
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 25


def test_the_workbench_says_what_waits_for_whom(contest: Contest) -> None:
    def waits(name: str) -> str:
        return client(contest, name).get(reverse("home")).content.decode()

    assert "五星评选可以提名" in waits("head")
    assert "五星评选可以提名" not in waits("a5")
    at_ballot(contest)
    assert "五星投票还有 1 颗星" in waits("a5")
    contest.vote("a5", "a1")
    assert "五星投票" not in waits("a5")
    contest.close()
    assert "五星评选待审定" in waits("deputy")
    assert "五星评选待审定" not in waits("a5")
