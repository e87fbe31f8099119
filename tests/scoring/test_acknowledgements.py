"""知悉: one's own, of what is shown, once, and again when the score has changed (domain.md, Quarter's end)."""

from copy import deepcopy

import pytest
from django.utils import timezone

from audit.models import Entry
from common.errors import Conflict, Refused
from indicators.models import Quarter, Result
from indicators.services.quarters import opened_for_correction
from notifications.models import Notification
from scoring.models import Acknowledgement, Score
from scoring.queries.acknowledgements import acknowledged_at, tally, to_acknowledge
from scoring.services.acknowledgements import acknowledge, remind_of_scores
from scoring.services.publishing import correct_quarter
from scoring.services.scoring import score_quarter
from tests.factories import make_absence, make_employee
from tests.reports.world import make_world

pytestmark = pytest.mark.django_db


def build():
    return make_world(state=Quarter.State.PUBLICITY)


@pytest.fixture
def world(built):
    return deepcopy(built)


def press(world, name, actor=None):
    return acknowledge(score=world.score(name), actor=actor or world.people[name], now=timezone.now())


def counts():
    found = tally(to_acknowledge(Quarter.objects.get()))
    return found.scores, found.waiting


def test_once_with_a_line_in_the_log(world):
    assert acknowledged_at(world.score("anna")) is None
    first = press(world, "anna")
    assert press(world, "anna") == first
    assert acknowledged_at(world.score("anna")) == first.at
    assert counts() == (10, 9)
    (entry,) = Entry.objects.filter(action="score.acknowledge")
    assert (entry.after["total"], entry.target) == ("90.00", "2023Q1 anna（XS01）")


def test_nobody_acknowledges_for_somebody_else(world):
    for name in ("head", "office", "director"):
        with pytest.raises(Refused, match="本人知悉"):
            press(world, "anna", world.people[name])
    foreign = make_world("OT", state=Quarter.State.PUBLICITY).people["office"]
    with pytest.raises(Refused):
        press(world, "anna", foreign)
    assert not Acknowledgement.objects.exists()


@pytest.mark.parametrize("state", [Quarter.State.COLLECTING, Quarter.State.REVIEWING])
def test_what_is_not_shown_needs_none(world, state):
    Quarter.objects.update(state=state)
    with pytest.raises(Conflict, match="还没有公示"):
        press(world, "anna")
    assert counts() == (0, 0)


def test_a_score_that_changed_since_it_was_read_is_not_acknowledged_unseen(world):
    read = world.score("anna")
    Result.objects.filter(employee=world.people["anna"], point__code="K001").update(value=2)
    score_quarter(bureau=world.bureau, quarter_code="2023Q1", actor=None)
    with pytest.raises(Conflict, match="刚刚有变动"):
        acknowledge(score=read, actor=world.people["anna"], now=timezone.now())


def test_an_upheld_appeal_in_publicity_asks_again(world):
    for name in ("anna", "bert"):
        press(world, name)
    Result.objects.filter(employee=world.people["anna"], point__code="K001").update(value=2)
    score_quarter(bureau=world.bureau, quarter_code="2023Q1", actor=None)
    assert acknowledged_at(world.score("anna")) is None
    assert acknowledged_at(world.score("bert")) is not None
    press(world, "anna")
    assert Acknowledgement.objects.filter(score=world.score("anna")).count() == 2


def test_a_correction_asks_again_whose_score_it_changed_and_nobody_else(world):
    Quarter.objects.update(state=Quarter.State.PUBLISHED)
    for name in ("anna", "bert"):
        press(world, name)
    with opened_for_correction(Quarter.objects.get()):
        Result.objects.filter(employee=world.people["anna"], point__code="K001").update(value=2)
    correct_quarter(bureau=world.bureau, quarter_code="2023Q1", actor=world.people["office"], reason="申诉成立")
    assert Score.objects.filter(employee=world.people["anna"]).count() == 2
    assert acknowledged_at(world.score("anna")) is None
    assert acknowledged_at(world.score("bert")) is not None


class TestReminder:
    def test_reaches_those_who_have_not_acknowledged_once_a_day(self, world):
        press(world, "anna")
        quarter, today = Quarter.objects.get(), timezone.localdate()
        assert remind_of_scores(quarter=quarter, actor=world.people["office"], today=today) == 9
        assert remind_of_scores(quarter=quarter, actor=world.people["office"], today=today) == 0
        assert not Notification.objects.filter(recipient=world.people["anna"]).exists()
        assert Entry.objects.get(action="score.remind").after == {"told": 9}

    def test_of_a_head_reaches_the_own_department(self, world):
        told = remind_of_scores(quarter=Quarter.objects.get(), actor=world.people["head"], today=timezone.localdate())
        assert told == 3

    @pytest.mark.parametrize("name", ["anna", "discipline", "admin", "deputy"])
    def test_is_the_offices_and_the_heads(self, world, name):
        with pytest.raises(Refused):
            remind_of_scores(quarter=Quarter.objects.get(), actor=world.people[name], today=timezone.localdate())

    def test_needs_something_to_acknowledge(self, world):
        Quarter.objects.update(state=Quarter.State.REVIEWING)
        with pytest.raises(Conflict, match="还没有公示"):
            remind_of_scores(quarter=Quarter.objects.get(), actor=world.people["office"], today=timezone.localdate())


class TestPages:
    url = "/quarters/2023Q1/acknowledgements/"

    def test_the_button_stands_until_it_is_pressed_then_the_signature(self, client, world):
        client.force_login(world.people["anna"])
        page = client.get("/scores/mine/")
        assert "已知悉</button>" in page.content.decode()
        assert "本人还没有知悉" in page.content.decode()
        assert "请查看并知悉2023年一季度得分" in client.get("/").content.decode()
        score = world.score("anna")
        done = client.post(f"/scores/{score.pk}/acknowledge/", {"digest": score.digest}, follow=True).content.decode()
        assert "您已知悉2023年一季度得分" in done
        assert "已知悉</button>" not in done
        assert "<small>知悉 · " in done
        assert "请查看并知悉" not in client.get("/").content.decode()

    def test_a_page_that_was_overtaken_is_refused(self, client, world):
        client.force_login(world.people["anna"])
        answer = client.post(f"/scores/{world.score('anna').pk}/acknowledge/", {"digest": "old"})
        assert answer.status_code == 409
        assert "刚刚有变动" in answer.content.decode()

    def test_nobody_presses_it_for_somebody_else(self, client, world):
        score = world.score("anna")
        client.force_login(world.people["office"])
        assert "已知悉</button>" not in client.get(f"/scores/{score.pk}/").content.decode()
        assert client.post(f"/scores/{score.pk}/acknowledge/", {"digest": score.digest}).status_code == 404

    def test_the_list_says_who_is_missing(self, client, world):
        press(world, "anna")
        client.force_login(world.people["office"])
        page = client.get(self.url)
        assert "10 人中 9 人还没有知悉得分" in page.content.decode()
        assert self.url in client.get("/quarters/2023Q1/").content.decode()
        assert {one.name for one in client.get(self.url, {"state": "done"}).context["page"]} == {"anna"}
        assert len(client.get(self.url, {"state": "waiting"}).context["page"]) == 9
        assert [one.name for one in client.get(self.url, {"q": "bert"}).context["page"]] == ["bert"]
        answer = client.post(self.url + "remind/", follow=True).content.decode()
        assert "已提醒 9 人" in answer

    def test_a_head_sees_the_own_department(self, client, world):
        client.force_login(world.people["head"])
        assert {one.name for one in client.get(self.url).context["page"]} == {"head", "anna", "bert"}
        assert self.url in client.get("/ranking/").content.decode()

    @pytest.mark.parametrize(("name", "status"), [("discipline", 200), ("anna", 403), ("admin", 403), ("deputy", 403)])
    def test_it_is_for_those_who_look_after_it(self, client, world, name, status):
        client.force_login(world.people[name])
        assert client.get(self.url).status_code == status

    def test_before_publicity_there_is_nothing_to_acknowledge(self, client, world):
        Quarter.objects.update(state=Quarter.State.REVIEWING)
        client.force_login(world.people["office"])
        assert "还没有可以知悉的得分" in client.get(self.url).content.decode()
        assert client.post(self.url + "remind/").status_code == 409

    def test_another_bureau_finds_none(self, client, world):
        Quarter.objects.update(code="2023Q2")
        client.force_login(make_world("OT").people["office"])
        assert client.get("/quarters/2023Q2/acknowledgements/").status_code == 404

    def test_the_number_of_queries(self, client, world, django_assert_num_queries):
        client.force_login(world.people["office"])
        client.get(self.url)
        for _size in range(2):
            with django_assert_num_queries(11):
                client.get(self.url)
            Quarter.objects.update(state=Quarter.State.COLLECTING)
            for _person in range(2):
                make_absence(make_employee(world.bureau), timezone.localdate())
            score_quarter(bureau=world.bureau, quarter_code="2023Q1", actor=None)
            Quarter.objects.update(state=Quarter.State.PUBLICITY)
