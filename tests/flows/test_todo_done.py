"""Every line of the to-do centre leads to where it is done, and is gone when that is done: one table, the world built once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from indicators.models import Quarter, Result
from indicators.queries.rosters import roster_of
from organization.models import Employee, Role
from organization.queries import holders
from reports import services_bulletins
from reports.models import Bulletin
from reports.queries.todo import todo
from reviews.models import MeetingAction, Rating, Showing, Talk
from reviews.queries.talks import digest_of
from reviews.services.scheduling import refresh_participants
from tasks_market.models import Task
from tests.flows.polling import DEEDS
from tests.flows.rights import RIGHTS, SHARED_QUARTER, Holdings, make_holdings, make_people, said
from tests.flows.warning import signing

pytestmark = pytest.mark.django_db

Body = Callable[[Holdings], dict[str, Any]]


def nothing(_of: Holdings) -> None:
    """Of the world as it is built."""


@dataclass(frozen=True)
class Done:
    """A duty in its words, whose it is, and the form that does it; `first` brings the world to where it waits."""

    words: str
    who: str
    address: str
    body: Body | None = None
    first: Callable[[Holdings], object] = nothing
    ids: Body | None = None
    method: str = "post"


def signed_by_liaison(of: Holdings) -> dict[str, Any]:
    return {**signing(of.warned), "side": "liaison"}


def reviewed(of: Holdings) -> object:
    return Result.objects.filter(pk=of.result.pk).update(state=Result.State.REVIEWED)


def reviewing(of: Holdings) -> object:
    """The one quarter in which people work."""
    Quarter.objects.filter(bureau=of.bureau).exclude(pk=of.quarter.pk).update(state=Quarter.State.PUBLISHED)
    return Quarter.objects.filter(pk=of.quarter.pk).update(state=Quarter.State.REVIEWING)


def roster(of: Holdings) -> dict[str, Any]:
    found = roster_of(Quarter.objects.get(pk=of.quarter.pk), of.department, today=of.bureau.today)
    assert found is not None
    return {"digest": found.digest}


def in_publicity(of: Holdings) -> object:
    return Quarter.objects.filter(bureau=of.bureau, code=SHARED_QUARTER).update(state=Quarter.State.PUBLICITY)


def published(of: Holdings) -> object:
    return Quarter.objects.filter(bureau=of.bureau, code=SHARED_QUARTER).update(state=Quarter.State.PUBLISHED)


def carried_out(of: Holdings) -> object:
    return MeetingAction.objects.filter(pk=of.gathering.action.pk).update(reported_at=timezone.now(), outcome="已办")


def all_rated(of: Holdings) -> object:
    Rating.objects.filter(showing=of.sitting.showing).update(handed_in_at=timezone.now(), mark=90, comment="肯干")
    return Showing.objects.filter(pk=of.sitting.showing.pk).update(ratings_opened_at=timezone.now())


def ballots(of: Holdings) -> dict[str, Any]:
    rows = Rating.objects.filter(showing=of.sitting.showing, rater=of.person)
    return {f"{part}-{one.pk}": text for one in rows for part, text in (("mark", "90"), ("comment", "肯干"))}


def listed(of: Holdings) -> object:
    return refresh_participants(showing=of.sitting.coming)


def attendance(of: Holdings) -> dict[str, Any]:
    people = of.sitting.coming.participants.values_list("employee", flat=True)
    return {"held_on": of.sitting.coming.day, **{f"attendance-{one}": "present" for one in people}}


def explained(of: Holdings) -> dict[str, Any]:
    row = f"row{of.gathering.lost.pk}"
    return {f"{row}-cause": "登记不及时", f"{row}-measure": "按日登记"}


def signed_talk(of: Holdings) -> dict[str, Any]:
    waiting = Talk.objects.get(pk=of.talks.waiting.pk)
    return {"view": "同意", "digest": digest_of(waiting, by=waiting.talker_id)}


def nominated(of: Holdings) -> dict[str, Any]:
    return {"star": "dedication", "employee_no": of.role.employee.number, "deeds": DEEDS}


def in_the_pool(of: Holdings) -> object:
    colleague = of.role.employee
    return of.polls.nominating.pool.create(
        employee=colleague, department=colleague.department, bureau_rank=2, standing="in"
    )


def coming(of: Holdings) -> dict[str, Any]:
    return {"pk": of.gathering.coming.pk}


def drafted(of: Holdings) -> Bulletin:
    """Of the quarter that has scores."""
    published(of)
    office = holders(of.bureau, of.bureau.today, Role.Kind.OFFICE).get()
    quarter = Quarter.objects.select_related("bureau").get(bureau=of.bureau, code=SHARED_QUARTER)
    made = services_bulletins.draft_bulletin(quarter=quarter, actor=office, today=of.bureau.today, now=timezone.now())
    Bulletin.objects.filter(pk=made.pk).update(**dict.fromkeys(services_bulletins.TEXTS, "季度考评情况正常。"))
    return Bulletin.objects.get(pk=made.pk)


def sent_back(of: Holdings) -> object:
    return Bulletin.objects.filter(pk=drafted(of).pk).update(returned="改一改")


def handed_in(of: Holdings) -> object:
    made = drafted(of)
    office = holders(of.bureau, of.bureau.today, Role.Kind.OFFICE).get()
    return services_bulletins.submit_bulletin(bulletin=made, actor=office, today=of.bureau.today, now=timezone.now())


def newest_bulletin(of: Holdings) -> dict[str, Any]:
    return {"pk": Bulletin.objects.filter(bureau=of.bureau).latest("pk").pk}


def published_as(of: Holdings) -> dict[str, Any]:
    return {"number": "甲〔2023〕1号", "known": Bulletin.objects.get(**newest_bulletin(of)).version}


def one_place(of: Holdings) -> object:
    return Task.objects.filter(pk=of.market.closed.pk).update(places=1)


def chosen(of: Holdings) -> dict[str, Any]:
    star = of.polls.deciding.categories.get()
    return {f"chosen-{star.pk}": star.nominations.get().pk, f"departure-{star.pk}": "票数相同，经集体研究"}


LINES = [
    Done("待初审 1 条结果", "head", "indicators:result_review"),
    Done("待确认 1 条结果", "assessor", "indicators:result_confirm", first=reviewed),
    Done("待决定 1 份领取申请", "head", "indicators:decide"),
    Done("本季人员名单待确认", "head", "indicators:roster", roster, reviewing),
    Done("请查看并知悉", "person", "scoring:acknowledge", lambda of: {"digest": of.score.digest}, in_publicity),
    Done("待初审 1 条加减分", "office", "scoring:adjustment-review"),
    Done("待审定 1 条加减分", "deputy", "scoring:adjustment-approve"),
    Done("待审定 1 条加减分", "director", "scoring:adjustment-approve"),
    Done("待计入 1 条加减分", "office", "scoring:adjustment-count"),
    Done("待答复 1 件申诉", "assessor", "scoring:appeal-answer"),
    Done("待裁定 1 件申诉", "director", "scoring:appeal-decide"),
    Done("任务“甲任务6”待开工", "person", "tasks_market:start"),
    Done("任务“甲任务7”待交付", "person", "tasks_market:hand-in"),
    Done("待亮单 1 项任务", "office", "tasks_market:post"),
    Done("待派单 7 项任务", "deputy", "task-assign", first=one_place),
    Done("待验收 1 件交付", "deputy", "tasks_market:accept"),
    Done("待答复 1 条派单异议", "deputy", "tasks_market:answer"),
    Done("待决定 1 份延期申请", "deputy", "tasks_market:decide"),
    Done("项待签字（部门负责人）", "head", "supervision:warning-sign"),
    Done("项待签字（联络员）", "liaison", "supervision:warning-sign", signed_by_liaison),
    Done("督办事项待反馈", "liaison", "supervision:letter-item-report", said(**{"report-text": "已办结"})),
    Done(
        "督办延期待审批", "office", "supervision:letter-item-decide",
        said(**{"decide-granted": "no", "decide-decision": "按期办结"}),
    ),
    Done("督办反馈待审核", "office", "supervision:letter-item-check", said(**{"check-accepted": "yes"})),
    Done("1 条督办减分建议待决定", "office", "supervision:letter-minus", said(decision="decline", reason="已经整改")),
    Done("督办函待归档", "office", "supervision:letter-archive"),
    Done("三晒发言待提交", "person", "reviews:statement", said(achievements="甲", shortcomings="乙", plans="丙")),
    Done("为 1 位同志写评价", "person", "reviews:ratings", ballots),
    Done("三晒跟进：甲跟进", "person", "reviews:follow-up-report", said(outcome="办好了", done="on")),
    Done("三晒待登记召开", "secretary", "reviews:showing-hold", attendance, listed),
    Done("互评已交齐，可以办结", "secretary", "reviews:showing-close", first=all_rated),
    Done("份谈话记录待签字", "person", "reviews:talk-sign", signed_talk),
    Done("份谈话记录没有写完", "director", "reviews:talk-discard"),
    Done("次谈话待回访", "director", "reviews:talk-follow-up", said(found="已经改进")),
    Done("条谈话建议待安排", "secretary", "reviews:suggestion-dismiss", said(reason="已经谈过")),
    Done("1 项扣分待说明", "head", "reviews:explanation-save", explained),
    Done("2023年一季度讲评会待点评分管部门", "deputy", "reviews:meeting-comment", said(text="抓紧整改")),
    Done("2023年二季度讲评会待点评分管部门", "deputy", "reviews:meeting-comment", said(text="抓紧"), ids=coming),
    Done("2023年一季度讲评会待总结", "director", "reviews:meeting-sum-up", said(text="抓紧整改")),
    Done("讲评会纪要待定稿", "office", "reviews:meeting-minutes", said(text="纪要", close="1")),
    Done("议定事项：甲整改", "person", "reviews:action-report", said(outcome="已经办好")),
    Done("1 件议定事项待办结", "office", "reviews:action-settle", said(**{"settle-state": "done"}), carried_out),
    Done("五星评选可以提名", "head", "star-nominate", nominated, in_the_pool),
    Done("五星投票还有 1 颗星", "employee", "awards:ballot-star"),
    Done("五星评选待审定", "director", "awards:decision", chosen),
    Done("待答复 1 条五星异议", "office", "awards:objection-answer"),
    Done("通报待起草", "office", "reports:bulletin-draft", first=published),
    Done("2023年一季度通报待送审", "office", "reports:bulletin-submit", first=drafted, ids=newest_bulletin),
    Done("通报被退回，待修改", "office", "reports:bulletin-submit", first=sent_back, ids=newest_bulletin),
    Done("2023年一季度通报待签发", "director", "reports:bulletin-publish", published_as, handed_in, newest_bulletin),
    Done("请阅读2019年三季度绩效通报", "employee", "reports:bulletin", method="get"),
]  # fmt: skip


@dataclass
class Town:
    own: Holdings
    people: dict[str, Employee]

    def duties(self, who: str) -> dict[str, str]:
        """What waits for somebody: words and address."""
        person = Employee.objects.get(pk=self.people[who].pk)
        return {str(one.label): one.url for one in todo(person, person.bureau.today).duties}


@pytest.fixture(scope="module")
def town(django_db_setup: None, django_db_blocker: Any) -> Iterator[Town]:
    with django_db_blocker.unblock(), transaction.atomic():
        own = make_holdings("JIAZI", "甲", "2023Q2", correction=2)
        yield Town(own, make_people(own))
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.who}: {line.words}")
def test_what_is_done_waits_no_more(town: Town, line: Done) -> None:
    line.first(town.own)
    before = town.duties(line.who)
    waiting = {words: url for words, url in before.items() if line.words in words}
    assert waiting, " ".join(before)
    client = Client()
    client.force_login(town.people[line.who])
    for url in waiting.values():
        page, place = client.get(url, follow=True), urlsplit(url).fragment
        assert page.status_code == 200, url
        assert not place or f'id="{place}"' in page.content.decode(), url
    right = RIGHTS[line.address]
    url, body = reverse(line.address, kwargs=(line.ids or right.ids)(town.own)), (line.body or right.body)(town.own)
    kind = {"content_type": "application/json"} if url.startswith("/api/") else {}
    response = getattr(client, line.method)(url, body or {"by": "a form that is not empty"}, **kind)
    assert response.status_code in (200, 201, 302), response.content.decode()
    assert len(waiting.keys() & town.duties(line.who).keys()) == len(waiting) - 1, response.status_code


def test_whatever_waits_in_this_world_is_in_the_table(town: Town) -> None:
    """A new source without a line fails here."""
    waiting = {words for who in town.people for words in town.duties(who)}
    assert {words for words in waiting if not any(line.words in words for line in LINES)} == {
        "任务“甲任务8”待开工", "2019年一季度通报待送审", "2019年二季度通报待签发",
    }  # fmt: skip
