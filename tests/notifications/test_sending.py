"""Each message leaves once: what is certain is tried again, what is not is left to a person."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from audit.models import Entry
from common.errors import Conflict, Refused
from notifications.channels import NotSent, webhook
from notifications.models import ContactPreference, Delivery, Notification
from notifications.services import announce, notify, sending
from notifications.services.cleaning import clean_deliveries
from organization.models import Role
from tests.factories import make_bureau, make_employee
from tests.notifications.outbox import asks_for_mail, make_robot
from tests.notifications.servers import MailServer, RobotServer

pytestmark = pytest.mark.django_db
State = Delivery.State
MINUTE = timedelta(minutes=1)


@pytest.fixture
def bureau() -> Any:
    return make_bureau("XS")


@pytest.fixture
def person(bureau: Any) -> Any:
    return make_employee(bureau, "101")


@pytest.fixture
def admin(bureau: Any) -> Any:
    return make_employee(bureau, "900", roles=[Role.Kind.SYSTEM_ADMIN])


def tell(*people: Any, occasion: str = "x", **values: Any) -> None:
    notify(recipients=people, subject="季度已公示", occasion=occasion, **values)


def one() -> Delivery:
    return Delivery.objects.get()


class TestWhoIsWritten:
    def test_whoever_asked_for_each_and_confirmed_the_address(self, bureau: Any) -> None:
        people = [make_employee(bureau, str(number)) for number in range(101, 106)]
        asks_for_mail(people[0])
        asks_for_mail(people[1], "digest")
        asks_for_mail(people[2], "none")
        asks_for_mail(people[3], confirmed_at=None)
        tell(*people, url="/score/")
        assert [(row.recipient, row.address, row.url) for row in Delivery.objects.all()] == [
            (people[0], "z101@mail.example", "/score/")
        ]

    def test_once_of_an_occasion(self, person: Any) -> None:
        tell(person)
        asks_for_mail(person)
        tell(person)  # told before there was an address
        assert not Delivery.objects.exists()
        tell(person, occasion="y")
        tell(person, occasion="y")
        assert one().occasion == f"mail:{person.pk}:y"

    def test_a_private_message_says_nothing_outside(self, person: Any) -> None:
        asks_for_mail(person)
        notify(recipients=[person], subject="申诉", body="内情", url="/appeals/1/", occasion="x", private=True)
        row = one()
        assert (row.subject, row.body, row.url) == ("您有一条新消息，请登录查看", "", "")
        assert Notification.objects.get().subject == "申诉"

    def test_every_enabled_robot_of_the_bureau(self, bureau: Any) -> None:
        mine = make_robot(bureau)
        make_robot(bureau, name="停用", enabled=False)
        make_robot(make_bureau("YS"))
        assert announce(bureau=bureau, subject="已发布", occasion="quarter.publish:2023Q1") == 1
        announce(bureau=bureau, subject="已发布", occasion="quarter.publish:2023Q1")
        assert one().robot == mine

    def test_groups_are_led_to_pages_of_ours_only(self, bureau: Any) -> None:
        with pytest.raises(ValueError, match="not a page of ours"):
            announce(bureau=bureau, subject="x", url="//evil.example", occasion="x")

    @pytest.mark.parametrize("rows", [1, 3])
    def test_number_of_queries(self, bureau: Any, django_assert_num_queries: Any, rows: int) -> None:
        people = [make_employee(bureau) for _n in range(rows)]
        for person in people:
            asks_for_mail(person)
        with django_assert_num_queries(7):  # with the two of the savepoint
            tell(*people)


class TestMail:
    def test_subject_and_link_but_not_the_body(self, settings: Any, person: Any, smtp: MailServer) -> None:
        settings.SITE_ORIGIN = "https://jx.example"
        asks_for_mail(person)
        tell(person, body="只在系统里看", url="/score/?quarter=2023Q1")
        assert sending.send_due(now=timezone.now()) == 1
        mail = smtp.mails[0]
        assert mail["Subject"] == "绩效管理：季度已公示"
        assert (mail["To"], mail["From"]) == ("z101@mail.example", "perfmgmt@bureau.example")
        assert mail["Auto-Submitted"] == "auto-generated"
        text = mail.get_content()
        assert "https://jx.example/score/?quarter=2023Q1" in text
        assert "只在系统里看" not in text
        row = one()
        assert (row.state, row.attempts, row.error) == (State.SENT, 1, "")
        assert row.sent_at is not None

    def test_without_a_name_of_ours_it_says_to_sign_in(self, person: Any, smtp: MailServer) -> None:
        asks_for_mail(person)
        tell(person, url="/score/")
        sending.send_due(now=timezone.now())
        assert "请登录绩效管理系统查看。" in smtp.mails[0].get_content()
        assert "/score/" not in smtp.mails[0].get_content()

    def test_a_break_in_the_subject_adds_no_header(self, person: Any, smtp: MailServer) -> None:
        asks_for_mail(person)
        notify(recipients=[person], subject="一\r\nBcc: x@evil.example", occasion="x")
        sending.send_due(now=timezone.now())
        assert smtp.mails[0]["Subject"] == "绩效管理：一 Bcc: x@evil.example"
        assert smtp.mails[0]["Bcc"] is None

    def test_sent_once_however_often_it_runs(self, person: Any, smtp: MailServer) -> None:
        asks_for_mail(person)
        tell(person)
        for minutes in range(0, 60, 5):
            sending.send_due(now=timezone.now() + minutes * MINUTE)
        assert len(smtp.mails) == 1

    @pytest.mark.parametrize(
        ("refuse", "hang_up_at"),
        [
            ({"EHLO": "421 busy", "HELO": "421 busy"}, ""),
            ({"MAIL": "451 later"}, ""),
            ({"RCPT": "450 later"}, ""),
            ({"DATA": "452 full"}, ""),
            ({}, "MAIL"),
            ({}, "RCPT"),
        ],
    )
    def test_what_was_certainly_not_sent_is_tried_again(
        self, person: Any, smtp: MailServer, refuse: dict[str, str], hang_up_at: str
    ) -> None:
        asks_for_mail(person)
        tell(person)
        now = timezone.now()
        smtp.refuse, smtp.hang_up_at = refuse, hang_up_at
        assert sending.send_due(now=now) == 0
        row = one()
        assert (row.state, row.attempts, row.try_after) == (State.WAITING, 1, now + MINUTE)
        assert row.error
        smtp.refuse, smtp.hang_up_at = {}, ""
        assert sending.send_due(now=now + MINUTE / 2) == 0  # it waits its pause
        assert sending.send_due(now=now + MINUTE) == 1
        assert len(smtp.mails) == 1

    def test_one_try_a_run_while_the_server_is_down(self, settings: Any, bureau: Any) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        for _n in range(3):
            person = make_employee(bureau)
            asks_for_mail(person)
            tell(person)
        sending.send_due(now=timezone.now())
        assert sorted(Delivery.objects.values_list("attempts", flat=True)) == [0, 0, 1]

    def test_no_answer_to_the_text_leaves_the_outcome_unknown(self, person: Any, admin: Any, smtp: MailServer) -> None:
        asks_for_mail(person)
        tell(person)
        now = timezone.now()
        smtp.hang_up_after_text = True
        assert sending.send_due(now=now) == 0
        assert one().state == State.UNKNOWN
        smtp.hang_up_after_text = False
        sending.send_due(now=now + timedelta(days=1))
        assert len(smtp.mails) == 1  # nobody knows, so nobody sends it twice
        assert Notification.objects.get(recipient=admin).url.endswith("/notifications/deliveries/?state=trouble")

    def test_a_repeat_has_the_same_message_id(self, person: Any, admin: Any, smtp: MailServer) -> None:
        asks_for_mail(person)
        tell(person)
        smtp.hang_up_after_text = True
        sending.send_due(now=timezone.now())
        smtp.hang_up_after_text = False
        sending.retry_delivery(actor=admin, delivery=one(), now=timezone.now())
        sending.send_due(now=timezone.now())
        first, second = (mail["Message-ID"] for mail in smtp.mails)
        assert first == second
        assert first.endswith("@bureau.example>")

    def test_no_such_mailbox_is_given_up_at_once(self, person: Any, admin: Any, smtp: MailServer) -> None:
        asks_for_mail(person)
        tell(person)
        smtp.refuse = {"RCPT": "550 no such user"}
        sending.send_due(now=timezone.now())
        assert (one().state, "no such user" in one().error) == (State.GIVEN_UP, True)

    def test_given_up_after_three_days_and_the_administrator_told_once(
        self, person: Any, admin: Any, smtp: MailServer
    ) -> None:
        asks_for_mail(person)
        asks_for_mail(admin)
        tell(person)
        tell(person, occasion="y")
        smtp.refuse = {"MAIL": "451 later"}
        now = timezone.now()
        for hours in range(0, 80, 2):
            sending.send_due(now=now + timedelta(hours=hours))
        assert set(Delivery.objects.values_list("state", flat=True)) == {State.GIVEN_UP}
        told = Notification.objects.filter(recipient=admin)
        assert 1 <= told.count() <= 2  # a line a day
        assert not Delivery.objects.filter(recipient=admin).exists()  # by the bell alone

    @pytest.mark.parametrize(
        ("person_values", "values"),
        [
            ({}, {"mail": "none"}),
            ({}, {"email": "other@mail.example"}),
            ({}, {"confirmed_at": None}),
            ({"is_active": False}, {}),
            ({"left_on": "2020-01-01"}, {}),
        ],
    )
    def test_nobody_is_sent_what_is_not_wanted_any_more(
        self, person: Any, smtp: MailServer, person_values: dict[str, Any], values: dict[str, Any]
    ) -> None:
        asks_for_mail(person)
        tell(person)
        ContactPreference.objects.filter(employee=person).update(**{"mail": "each"} | values)
        type(person).objects.filter(pk=person.pk).update(**{"is_active": True} | person_values)
        assert sending.send_due(now=timezone.now()) == 0
        assert one().state == State.DROPPED
        assert not smtp.mails

    def test_a_fault_of_ours_does_not_hold_up_the_others(
        self, bureau: Any, person: Any, smtp: MailServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asks_for_mail(person)
        tell(person)
        other = make_employee(bureau)
        asks_for_mail(other)
        tell(other)
        plain, first = sending._way, one_of(person)
        monkeypatch.setattr(sending, "_way", lambda row: 1 / 0 if row.pk == first.pk else plain(row))
        assert sending.send_due(now=timezone.now()) == 1
        assert one_of(person).state == State.UNKNOWN
        assert one_of(other).state == State.SENT


def one_of(person: Any) -> Delivery:
    return Delivery.objects.get(recipient=person)


class TestWhoDies:
    def test_before_handing_over_it_is_sent_when_the_lease_ends(self, person: Any, smtp: MailServer) -> None:
        asks_for_mail(person)
        tell(person)
        now = timezone.now()
        assert sending.lease(one().pk, now)
        assert sending.send_due(now=now + sending.LEASE / 2) == 0
        assert sending.send_due(now=now + sending.LEASE) == 1

    def test_while_handing_over_nobody_sends_it_again(self, person: Any, admin: Any, smtp: MailServer) -> None:
        asks_for_mail(person)
        tell(person)
        now = timezone.now()
        leased = sending.lease(one().pk, now)
        assert leased
        assert sending.begin(leased, now)
        sending.send_due(now=now + sending.LEASE / 2)
        assert one().state == State.SENDING
        sending.send_due(now=now + sending.LEASE)
        assert one().state == State.UNKNOWN
        assert not smtp.mails
        assert Notification.objects.filter(recipient=admin).count() == 1

    def test_a_lease_that_ran_out_hands_nothing_over(self, person: Any) -> None:
        asks_for_mail(person)
        tell(person)
        now = timezone.now()
        slow = sending.lease(one().pk, now)
        quick = sending.lease(one().pk, now + sending.LEASE)
        assert slow
        assert quick
        assert not sending.begin(slow, now + sending.LEASE)
        assert sending.begin(quick, now + sending.LEASE)


class TestRobots:
    def test_what_a_robot_is_sent(self, settings: Any, bureau: Any, robots: RobotServer) -> None:
        settings.SITE_ORIGIN = "https://jx.example"
        make_robot(bureau, robots.port)
        announce(bureau=bureau, subject="2023年一季度得分已发布", body="请核对", url="/score/", occasion="x")
        assert sending.send_due(now=timezone.now()) == 1
        path, message = robots.calls[0]
        assert path == "/send?key=SECRET-KEY-1234"
        assert message == {
            "msgtype": "text",
            "text": {"content": "【绩效管理】2023年一季度得分已发布\n请核对\nhttps://jx.example/score/"},
        }
        assert one().state == State.SENT

    def test_dingtalk_is_signed(self, bureau: Any, robots: RobotServer) -> None:
        make_robot(bureau, robots.port, kind="dingtalk", secret="SECabc")
        announce(bureau=bureau, subject="x", occasion="x")
        now = timezone.now()
        sending.send_due(now=now)
        query = parse_qs(urlsplit(robots.calls[0][0]).query)
        moment = query["timestamp"][0]
        digest = hmac.new(b"SECabc", f"{moment}\nSECabc".encode(), hashlib.sha256).digest()
        assert moment == str(int(now.timestamp() * 1000))
        assert query["sign"] == [base64.b64encode(digest).decode()]

    def test_the_signature_of_the_manual(self) -> None:
        """The example that DingTalk's manual works out."""
        robot = webhook.Robot("dingtalk", "https://oapi.dingtalk.com/robot/send?access_token=x", "this is secret")
        signed = webhook.signed(robot, datetime.fromtimestamp(1577262236.757, UTC))
        digest = hmac.new(b"this is secret", b"1577262236757\nthis is secret", hashlib.sha256).digest()
        assert parse_qs(urlsplit(signed).query)["sign"] == [base64.b64encode(digest).decode()]

    @pytest.mark.parametrize(
        "answer",
        [
            (200, b'{"errcode": 45009, "errmsg": "api freq out of limit"}'),
            (200, b'{"errcode": 310000, "errmsg": "sign not match"}'),
            (200, b"<html>login</html>"),
            (200, b"[]"),
            (302, b""),
            (500, b""),
        ],
    )
    def test_an_answer_that_is_no_yes_is_a_failure(
        self, bureau: Any, robots: RobotServer, answer: tuple[int, bytes]
    ) -> None:
        make_robot(bureau, robots.port)
        announce(bureau=bureau, subject="x", occasion="x")
        robots.answers = [answer]
        now = timezone.now()
        assert sending.send_due(now=now) == 0
        assert (one().state, bool(one().error)) == (State.WAITING, True)
        assert sending.send_due(now=now + MINUTE) == 1
        assert len(robots.calls) == 2

    def test_no_answer_leaves_the_outcome_unknown(self, bureau: Any, robots: RobotServer) -> None:
        make_robot(bureau, robots.port)
        announce(bureau=bureau, subject="x", occasion="x")
        robots.answers = [(0, b"")]
        sending.send_due(now=timezone.now())
        assert one().state == State.UNKNOWN

    def test_twenty_a_minute(self, bureau: Any, robots: RobotServer) -> None:
        make_robot(bureau, robots.port)
        for number in range(25):
            announce(bureau=bureau, subject=f"第 {number} 条", occasion=str(number))
        now = timezone.now()
        assert sending.send_due(now=now) == 20
        assert sending.send_due(now=now + MINUTE / 2) == 0
        assert sending.send_due(now=now + MINUTE) == 5
        assert [text.removeprefix("【绩效管理】") for text in robots.texts] == [f"第 {n} 条" for n in range(25)]
        assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}

    def test_a_robot_that_fails_does_not_hold_up_the_others(self, bureau: Any, robots: RobotServer) -> None:
        make_robot(bureau, 1, name="断线")
        good = make_robot(bureau, robots.port)
        for number in range(2):
            announce(bureau=bureau, subject="x", occasion=str(number))
        assert sending.send_due(now=timezone.now()) == 2
        assert set(Delivery.objects.filter(state=State.SENT).values_list("robot", flat=True)) == {good.pk}

    def test_a_long_text_is_cut_between_characters(self) -> None:
        assert len(webhook.payload("绩" * 3000).decode()) < 3000

    @pytest.mark.parametrize(
        "url",
        [
            "http://qyapi.weixin.qq.com/x",
            "https://127.0.0.1/x",
            "https://169.254.169.254/latest/",
            "https://qyapi.weixin.qq.com/\r\nX: y",
            "https://qyapi.weixin.qq.com/群 1",
            "https://qyapi.weixin.qq.com.evil.example/x",
            "https://qyapi.weixin.qq.com@evil.example/x",
            "https://user@qyapi.weixin.qq.com/x",
            "https://qyapi.weixin.qq.com:8443/x",
            "https://[::1/x",
            "file:///etc/passwd",
            "qyapi.weixin.qq.com",
        ],
    )
    def test_only_the_hosts_that_are_allowed(self, url: str) -> None:
        assert webhook.fault_of(url)
        with pytest.raises(NotSent) as refusal:
            webhook.send(webhook.Robot("wecom", url), "x", now=timezone.now())
        assert refusal.value.final

    @pytest.mark.parametrize("url", ["https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=x", "https://OAPI.dingtalk.com:443/robot"])  # fmt: skip
    def test_the_hosts_that_are(self, url: str) -> None:
        assert not webhook.fault_of(url)

    def test_a_robot_switched_off_meanwhile_is_sent_nothing(self, bureau: Any, robots: RobotServer) -> None:
        robot = make_robot(bureau, robots.port)
        announce(bureau=bureau, subject="x", occasion="x")
        robot.enabled = False
        robot.save()
        sending.send_due(now=timezone.now())
        assert (one().state, robots.calls) == (State.DROPPED, [])


class TestWhatAPersonDecides:
    @pytest.fixture
    def stuck(self, person: Any) -> Delivery:
        asks_for_mail(person)
        tell(person)
        Delivery.objects.update(state=State.GIVEN_UP, error="550")
        return one()

    def test_sends_it_again(self, stuck: Delivery, admin: Any, smtp: MailServer) -> None:
        sending.retry_delivery(actor=admin, delivery=stuck, now=timezone.now())
        assert sending.send_due(now=timezone.now()) == 1
        entry = Entry.objects.get(action="delivery.retry")
        assert (entry.before, entry.after) == ({"state": "given_up"}, {"state": "waiting"})
        assert "季度" not in entry.target

    def test_or_leaves_it(self, stuck: Delivery, admin: Any, smtp: MailServer) -> None:
        sending.close_delivery(actor=admin, delivery=stuck)
        assert sending.send_due(now=timezone.now()) == 0
        with pytest.raises(Conflict, match="刷新页面"):
            sending.retry_delivery(actor=admin, delivery=stuck, now=timezone.now())
        assert Entry.objects.filter(action="delivery.close").count() == 1

    def test_all_that_was_given_up_but_nothing_unknown(self, stuck: Delivery, admin: Any, person: Any) -> None:
        tell(person, occasion="y")
        Delivery.objects.exclude(pk=stuck.pk).update(state=State.UNKNOWN)
        stranger = make_employee(make_bureau("YS"), roles=[Role.Kind.SYSTEM_ADMIN])
        assert sending.retry_given_up(actor=stranger, now=timezone.now()) == 0
        assert sending.retry_given_up(actor=admin, now=timezone.now()) == 1
        assert sorted(Delivery.objects.values_list("state", flat=True)) == [State.UNKNOWN, State.WAITING]

    @pytest.mark.parametrize("kind", [Role.Kind.OFFICE, Role.Kind.DISCIPLINE, Role.Kind.DIRECTOR])
    def test_nobody_else(self, stuck: Delivery, bureau: Any, kind: str) -> None:
        user = make_employee(bureau, roles=[kind])
        with pytest.raises(Refused, match="系统管理员"):
            sending.retry_delivery(actor=user, delivery=stuck, now=timezone.now())
        with pytest.raises(Refused, match="系统管理员"):
            sending.retry_given_up(actor=user, now=timezone.now())


class TestCleaning:
    def test_only_what_went_out_long_ago_goes(self, person: Any, settings: Any) -> None:
        now = timezone.now()
        old, fresh = now - timedelta(days=181), now - timedelta(days=179)
        rows = [(State.SENT, old), (State.SENT, fresh), *((state, old) for state in State if state != State.SENT)]
        for number, (state, at) in enumerate(rows):
            Delivery.objects.create(
                bureau=person.bureau, channel="mail", recipient=person, subject="x", occasion=f"x:{number}", state=state,
                created_at=at, try_after=at, sent_at=at,
            )  # fmt: skip
        assert clean_deliveries(now=now) == 1
        assert clean_deliveries(now=now) == 0
        assert not Delivery.objects.filter(occasion="x:0").exists()
        assert Delivery.objects.count() == len(rows) - 1
        settings.DELIVERIES_KEPT_FOR = timedelta(days=178)
        assert clean_deliveries(now=now) == 1
