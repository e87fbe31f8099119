"""One's own address: confirmed by its owner, changed by nobody else; one mail a morning for those who want it so."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from audit.models import Entry
from common.components import Duty
from common.errors import Conflict, InvalidInput
from notifications import duties
from notifications.models import ContactPreference, Delivery, Notification
from notifications.services import notify, sending
from notifications.services.contacts import change_contact, code_of, confirm_address, send_code_again
from notifications.services.digests import write_digests
from tests.factories import make_bureau, make_employee
from tests.notifications.outbox import asks_for_mail
from tests.notifications.servers import MailServer

pytestmark = pytest.mark.django_db
MORNING = timezone.make_aware(datetime(2023, 5, 10, 9, 0))  # a Wednesday
DAY = timedelta(days=1)


@pytest.fixture
def person() -> Any:
    return make_employee(make_bureau("XS"), "101")


def change(
    person: Any, email: str = "a@mail.example", mail: str = "each", now: datetime = MORNING
) -> ContactPreference:
    return change_contact(actor=person, email=email, mail=mail, now=now)


def confirmed(person: Any) -> ContactPreference:
    row = change(person)
    return confirm_address(actor=person, code=code_of(row), now=MORNING)


class TestAddress:
    def test_nothing_is_sent_before_the_code_came_back(self, person: Any, smtp: MailServer) -> None:
        row = change(person)
        notify(recipients=[person], subject="x", occasion="x")
        sending.send_due(now=timezone.now())
        assert smtp.subjects == ["绩效管理：请确认您的邮箱"]
        code = code_of(row)
        assert f"{code[:4]}-{code[4:]}" in smtp.mails[0].get_content()
        confirm_address(actor=person, code=f" {code[:4].lower()}-{code[4:]} ", now=MORNING)
        notify(recipients=[person], subject="y", occasion="y")
        sending.send_due(now=timezone.now())
        assert smtp.subjects[1:] == ["绩效管理：y"]

    def test_a_code_is_for_one_person_one_address_one_moment(self, person: Any) -> None:
        other = make_employee(person.bureau, "102")
        codes = {code_of(change(person)), code_of(change(other)), code_of(change(person, email="b@mail.example"))}
        codes.add(code_of(change(person, now=MORNING + DAY, email="a@mail.example")))
        assert len(codes) == 4
        assert all(len(code) == 8 for code in codes)

    @pytest.mark.parametrize(
        ("code", "days", "sentence"), [("AAAA-AAAA", 0, "不对"), ("", 0, "不对"), (None, 4, "过期")]
    )
    def test_no_other_code(self, person: Any, code: str | None, days: int, sentence: str) -> None:
        row = change(person)
        with pytest.raises(InvalidInput, match=sentence) as refusal:
            confirm_address(actor=person, code=code_of(row) if code is None else code, now=MORNING + days * DAY)
        assert "code" in refusal.value.fields
        assert ContactPreference.objects.get().confirmed_at is None

    def test_another_address_is_confirmed_anew(self, person: Any) -> None:
        confirmed(person)
        change(person, mail="digest")
        assert ContactPreference.objects.get().confirmed_at
        change(person, email="b@mail.example", mail="digest", now=MORNING + DAY)
        assert ContactPreference.objects.get().confirmed_at is None
        assert Delivery.objects.filter(occasion__contains="address.confirm").count() == 2

    def test_a_fresh_code_makes_the_one_before_worthless(self, person: Any) -> None:
        old = code_of(change(person))
        with pytest.raises(Conflict, match="一分钟"):
            send_code_again(actor=person, now=MORNING)
        send_code_again(actor=person, now=MORNING + timedelta(minutes=2))
        with pytest.raises(InvalidInput, match="不对"):
            confirm_address(actor=person, code=old, now=MORNING + timedelta(minutes=3))

    def test_nothing_to_confirm(self, person: Any) -> None:
        with pytest.raises(Conflict):
            send_code_again(actor=person, now=MORNING)
        confirmed(person)
        with pytest.raises(Conflict):
            confirm_address(actor=person, code="x", now=MORNING)

    @pytest.mark.parametrize(
        ("email", "mail", "field"),
        [("", "each", "email"), ("nobody", "none", "email"), ("a@b.cn\r\nBcc: x@y.z", "each", "email"), ("a@b.cn", "daily", "mail")],
    )  # fmt: skip
    def test_what_is_no_preference(self, person: Any, email: str, mail: str, field: str) -> None:
        with pytest.raises(InvalidInput) as refusal:
            change(person, email, mail)
        assert field in refusal.value.fields
        assert not ContactPreference.objects.exists()

    def test_the_log_masks_the_address(self, person: Any) -> None:
        confirmed(person)
        change(person, email="", mail="none")
        assert set(Entry.objects.values_list("action", flat=True)) == {"contact.change", "contact.confirm"}
        lines = str(list(Entry.objects.values_list("before", "after", "target")))
        assert "a***@mail.example" in lines
        assert "a@mail.example" not in lines
        change(person, email="", mail="none")
        assert Entry.objects.filter(action="contact.change").count() == 2  # nothing changed, no line


class TestDigest:
    def tell(self, person: Any, subject: str, at: datetime, **values: Any) -> None:
        notify(recipients=[person], subject=subject, occasion=subject, **values)
        Notification.objects.filter(occasion=subject).update(created_at=at)

    def digests(self) -> list[Delivery]:
        return list(Delivery.objects.filter(occasion__contains=":digest:").order_by("pk"))

    def test_once_a_day_however_often_it_runs(self, person: Any) -> None:
        asks_for_mail(person, "digest", digested_at=MORNING - DAY)
        self.tell(person, "新的", MORNING - timedelta(hours=1))
        self.tell(person, "昨天汇总过的", MORNING - 2 * DAY)
        assert [write_digests(now=MORNING + timedelta(minutes=n)) for n in (0, 0, 10, 300)] == [1, 0, 0, 0]
        digest = self.digests()[0]
        assert digest.subject == "2023-05-10：1 条新消息，0 件待办"
        assert digest.body == "· 新的"
        self.tell(person, "次日的", MORNING + timedelta(hours=3))
        assert write_digests(now=MORNING + DAY) == 1
        assert [row.body for row in self.digests()] == ["· 新的", "· 次日的"]

    def test_a_morning_missed_is_made_up_for_the_same_day(self, person: Any) -> None:
        asks_for_mail(person, "digest", digested_at=MORNING - DAY)
        self.tell(person, "新的", MORNING - timedelta(hours=1))
        assert write_digests(now=MORNING + timedelta(hours=7)) == 1

    def test_nothing_new_no_mail(self, person: Any) -> None:
        asks_for_mail(person, "digest", digested_at=MORNING - DAY)
        self.tell(person, "看过的", MORNING - timedelta(hours=1))
        Notification.objects.update(read_at=MORNING)
        assert write_digests(now=MORNING) == 0
        self.tell(person, "上午来的", MORNING + timedelta(minutes=5))
        assert write_digests(now=MORNING + timedelta(minutes=10)) == 0  # its morning was looked at; tomorrow

    def test_private_messages_are_counted_and_not_named(self, person: Any) -> None:
        asks_for_mail(person, "digest", digested_at=MORNING - DAY)
        self.tell(person, "张三的申诉", MORNING - timedelta(hours=1), private=True)
        write_digests(now=MORNING)
        assert self.digests()[0].body == "· 新消息 1 条，请登录查看"
        self.tell(person, "新的", MORNING + timedelta(hours=1))
        self.tell(person, "李四的申诉", MORNING + timedelta(hours=1), private=True)
        write_digests(now=MORNING + DAY)
        assert self.digests()[1].body == "· 新的\n· 其他消息 1 条，请登录查看"

    def test_many_are_counted(self, person: Any) -> None:
        asks_for_mail(person, "digest", digested_at=MORNING - DAY)
        for number in range(25):
            self.tell(person, f"第 {number:02d} 条", MORNING - timedelta(hours=1))
        write_digests(now=MORNING)
        lines = self.digests()[0].body.split("\n")
        assert (len(lines), lines[-1]) == (21, "· 其他消息 5 条，请登录查看")

    def test_duties_alone_are_worth_a_mail(self, person: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = []

        def duties_of(user: Any, *, today: Any, calendar: Any) -> list[Duty]:
            asked.append((user, today))
            return [Duty("请签字", "/x/"), Duty("请填报", "/y/")]

        monkeypatch.setattr(duties, "_asked", [])
        duties.ask_for_duties(duties_of)
        duties.ask_for_duties(duties_of)
        asks_for_mail(person, "digest", digested_at=MORNING - DAY)
        assert write_digests(now=MORNING) == 1
        assert asked == [(person, MORNING.date())]
        assert self.digests()[0].subject == "2023-05-10：0 条新消息，2 件待办"

    def test_one_persons_fault_leaves_the_others_theirs(self, person: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        def duties_of(user: Any, *, today: Any, calendar: Any) -> list[Duty]:
            return [Duty("x", "/x/")] if user != person else 1 / 0  # type: ignore[return-value]

        monkeypatch.setattr(duties, "_asked", [duties_of])
        for one in (person, make_employee(person.bureau)):
            asks_for_mail(one, "digest", digested_at=MORNING - DAY)
        assert write_digests(now=MORNING) == 1
        assert ContactPreference.objects.get(employee=person).digested_at == MORNING - DAY  # tried again

    @pytest.mark.parametrize(
        ("now", "values"),
        [
            (timezone.make_aware(datetime(2023, 5, 13, 9)), {}),  # a Saturday
            (timezone.make_aware(datetime(2023, 5, 1, 9)), {}),  # a holiday
            (MORNING, {"confirmed_at": None}),
            (MORNING, {"mail": "each"}),
        ],
    )
    def test_not_on_days_off_and_not_unasked(self, person: Any, now: datetime, values: dict[str, Any]) -> None:
        self.tell(person, "新的", now - timedelta(hours=1))
        asks_for_mail(person, **{"mail": "digest"} | values)
        assert write_digests(now=now) == 0

    def test_a_made_up_working_day_counts(self, person: Any) -> None:
        now = timezone.make_aware(datetime(2023, 5, 6, 9))  # a Saturday that was worked
        self.tell(person, "新的", now - timedelta(hours=1))
        asks_for_mail(person, "digest")
        assert write_digests(now=now) == 1

    def test_leavers_and_demonstrations_are_left_in_peace(self, person: Any) -> None:
        demo = make_employee(make_bureau("YS", is_demo=True, stands_on=MORNING.date()))
        left = make_employee(person.bureau, left_on=MORNING.date() - DAY)
        off = make_employee(person.bureau, is_active=False)
        for one in (demo, left, off):
            self.tell(one, one.number, MORNING - timedelta(hours=1))
            asks_for_mail(one, "digest")
        assert write_digests(now=MORNING) == 0
