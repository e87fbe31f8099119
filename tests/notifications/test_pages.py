"""Settings, robots and the outbox as pages: who sees what, and that secrets stay secrets."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from notifications.models import Channel, ContactPreference, Delivery, GroupRobot
from notifications.services.contacts import code_of
from organization.models import Role
from tests.factories import make_bureau, make_employee
from tests.notifications.outbox import asks_for_mail, make_robot

pytestmark = [pytest.mark.django_db, pytest.mark.once]
State = Delivery.State
URL = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=TOP-SECRET-9876"


@pytest.fixture
def bureau() -> Any:
    return make_bureau("XS")


@pytest.fixture
def office(bureau: Any) -> Any:
    return make_employee(bureau, "800", roles=[Role.Kind.OFFICE])


@pytest.fixture
def admin(bureau: Any) -> Any:
    return make_employee(bureau, "900", roles=[Role.Kind.SYSTEM_ADMIN])


@pytest.fixture
def person(bureau: Any) -> Any:
    return make_employee(bureau, "101", name="张三")


def written(bureau: Any, number: int = 0, **values: Any) -> Delivery:
    now = timezone.now()
    defaults = {
        "channel": Channel.MAIL,
        "subject": "内情标题",
        "body": "内情",
        "occasion": f"{bureau.code}:{number}",
        "created_at": now,
        "try_after": now,
    }
    return Delivery.objects.create(bureau=bureau, **defaults | values)


class TestContact:
    def test_from_nothing_to_confirmed(self, client: Client, person: Any) -> None:
        client.force_login(person)
        assert "只在系统里提醒" in client.get("/notifications/settings/").content.decode()
        answer = client.post("/notifications/settings/", {"email": "a@mail.example", "mail": "each"}, follow=True)
        assert "邮箱还没有确认" in answer.content.decode()
        row = ContactPreference.objects.get()
        wrong = client.post("/notifications/settings/confirm/", {"code": "wrong"})
        assert wrong.status_code == 422
        assert "确认码不对" in wrong.content.decode()
        answer = client.post("/notifications/settings/confirm/", {"code": code_of(row)}, follow=True)
        assert "每条消息都发邮件" in answer.content.decode()

    def test_a_wrong_address_comes_back_with_its_sentence(self, client: Client, person: Any) -> None:
        client.force_login(person)
        answer = client.post("/notifications/settings/", {"email": "", "mail": "each"})
        assert answer.status_code == 422
        assert "要收邮件，请填写邮箱。" in answer.content.decode()

    def test_everybody_has_the_own_one(self, client: Client, bureau: Any, person: Any) -> None:
        asks_for_mail(person)
        client.force_login(make_employee(bureau, "102"))
        assert "z101@mail.example" not in client.get("/notifications/settings/").content.decode()
        client.post("/notifications/settings/", {"email": "b@mail.example", "mail": "each"})
        assert ContactPreference.objects.get(employee=person).email == "z101@mail.example"


class TestRobots:
    def test_added_changed_tried_removed(self, client: Client, bureau: Any, office: Any) -> None:
        client.force_login(office)
        new = {"kind": "dingtalk", "name": "工作群", "url": URL, "secret": "SEC-HIDDEN"}
        client.post("/notifications/robots/new/", new)
        robot = GroupRobot.objects.get()
        assert (robot.bureau, robot.url, robot.secret) == (bureau, URL, "SEC-HIDDEN")
        place = f"/notifications/robots/{robot.pk}/"
        client.post(place, {"name": "大群", "enabled": "on", "url": "", "secret": ""})
        robot.refresh_from_db()
        assert (robot.name, robot.url, robot.secret, robot.enabled) == ("大群", URL, "SEC-HIDDEN", True)
        client.post(f"{place}test/")
        assert Delivery.objects.get().subject == "测试消息：本群可以收到绩效管理的通知"
        for page in ("/notifications/robots/", place):
            content = client.get(page).content.decode()
            assert "qyapi.weixin.qq.com/…9876" in content
            assert "TOP-SECRET" not in content
            assert "SEC-HIDDEN" not in content
        client.post(f"{place}remove/")
        assert not GroupRobot.objects.exists()
        assert [*Entry.objects.order_by("pk").values_list("action", flat=True)] == [
            "robot.add", "robot.change", "robot.test", "robot.remove",
        ]  # fmt: skip
        lines = str(list(Entry.objects.values_list("before", "after", "target")))
        assert "TOP-SECRET" not in lines
        assert "SEC-HIDDEN" not in lines

    def test_another_address_leaves_a_line_but_not_itself(self, client: Client, bureau: Any, office: Any) -> None:
        robot = make_robot(bureau)
        client.force_login(office)
        values = {"name": robot.name, "enabled": "on", "url": URL.replace("9876", "1234"), "secret": ""}
        client.post(f"/notifications/robots/{robot.pk}/", values)
        entry = Entry.objects.get(action="robot.change")
        assert entry.after["address_changed"] is True

    @pytest.mark.parametrize(
        ("values", "sentence"),
        [
            ({"url": "https://evil.example/x"}, "只能发往"),
            ({"url": "http://qyapi.weixin.qq.com/x"}, "https://"),
            ({"name": "旧群"}, "已经有名为"),
            ({"name": ""}, "不能为空"),
            ({"kind": "slack"}, "slack"),
        ],
    )
    def test_what_is_no_robot(
        self, client: Client, bureau: Any, office: Any, values: dict[str, str], sentence: str
    ) -> None:
        make_robot(bureau, name="旧群")
        client.force_login(office)
        answer = client.post("/notifications/robots/new/", {"kind": "wecom", "name": "新群", "url": URL} | values)
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
        assert GroupRobot.objects.count() == 1

    def test_a_robot_that_is_off_is_not_tried(self, client: Client, bureau: Any, office: Any) -> None:
        robot = make_robot(bureau, enabled=False)
        client.force_login(office)
        answer = client.post(f"/notifications/robots/{robot.pk}/test/")
        assert (answer.status_code, Delivery.objects.exists()) == (409, False)

    def test_the_own_bureaus_only(self, client: Client, bureau: Any, office: Any) -> None:
        mine, other = make_robot(bureau, name="本局群"), make_robot(make_bureau("YS"), name="邻局群")
        client.force_login(office)
        assert [row.pk for row in client.get("/notifications/robots/").context["rows"]] == [mine.pk]
        assert client.get(f"/notifications/robots/{other.pk}/").status_code == 404
        for act in ("test", "remove"):
            assert client.post(f"/notifications/robots/{other.pk}/{act}/").status_code == 404

    def test_discipline_reads_and_writes_nothing(self, client: Client, bureau: Any) -> None:
        robot = make_robot(bureau)
        client.force_login(make_employee(bureau, roles=[Role.Kind.DISCIPLINE]))
        assert "添加群机器人" not in client.get("/notifications/robots/").content.decode()
        assert client.post(f"/notifications/robots/{robot.pk}/remove/").status_code == 403

    def test_empty(self, client: Client, office: Any) -> None:
        client.force_login(office)
        assert "在企业微信或钉钉的工作群里添加机器人" in client.get("/notifications/robots/").content.decode()

    @pytest.mark.parametrize("rows", [1, 3])
    def test_list_costs(
        self, client: Client, bureau: Any, office: Any, django_assert_num_queries: Any, rows: int
    ) -> None:
        for number in range(rows):
            make_robot(bureau, name=f"群{number}")
        client.force_login(office)
        with django_assert_num_queries(6):
            client.get("/notifications/robots/")


class TestDeliveries:
    def test_what_a_personal_message_says_is_not_shown(
        self, client: Client, bureau: Any, admin: Any, person: Any
    ) -> None:
        written(bureau, recipient=person, address="zhangsan@mail.example", state=State.GIVEN_UP, error="550")
        written(bureau, 1, channel=Channel.WEBHOOK, robot=make_robot(bureau), subject="得分已发布", state=State.UNKNOWN)
        client.force_login(admin)
        content = client.get("/notifications/deliveries/").content.decode()
        assert "2 条消息没有确定发出" in content
        assert "张三（z***@mail.example）" in content
        assert "得分已发布" in content
        assert "内情" not in content
        assert "zhangsan" not in content

    def test_folders(self, client: Client, bureau: Any, admin: Any, person: Any) -> None:
        rows = {state: written(bureau, n, recipient=person, state=state) for n, state in enumerate(State.values)}
        stranger = make_bureau("YS")
        written(stranger, recipient=make_employee(stranger), state=State.UNKNOWN)
        client.force_login(admin)

        def shown(query: str) -> set[str]:
            by_pk = {row.pk: state for state, row in rows.items()}
            return {by_pk[row.pk] for row in client.get(f"/notifications/deliveries/{query}").context["rows"]}

        assert shown("") == shown("?state=trouble") == shown("?state=nonsense") == {State.UNKNOWN, State.GIVEN_UP}
        assert shown("?state=waiting&page=x") == {State.WAITING, State.SENDING}
        assert shown("?state=sent&page=99") == {State.SENT}
        assert shown("?state=dropped") == {State.DROPPED}

    def test_the_administrator_decides(self, client: Client, bureau: Any, admin: Any, person: Any) -> None:
        rows = [written(bureau, n, recipient=person, state=State.GIVEN_UP) for n in range(3)]
        client.force_login(admin)
        client.post(f"/notifications/deliveries/{rows[0].pk}/close/")
        client.post(f"/notifications/deliveries/{rows[1].pk}/retry/")
        assert client.post(f"/notifications/deliveries/{rows[1].pk}/close/").status_code == 409
        client.post("/notifications/deliveries/retry/")
        states = [Delivery.objects.get(pk=row.pk).state for row in rows]
        assert states == [State.DROPPED, State.WAITING, State.WAITING]

    def test_not_another_bureaus(self, client: Client, admin: Any) -> None:
        stranger = make_bureau("YS")
        row = written(stranger, recipient=make_employee(stranger), state=State.GIVEN_UP)
        client.force_login(admin)
        assert client.post(f"/notifications/deliveries/{row.pk}/retry/").status_code == 404
        client.post("/notifications/deliveries/retry/")
        row.refresh_from_db()
        assert row.state == State.GIVEN_UP

    def test_discipline_has_no_buttons_and_the_office_no_page(self, client: Client, bureau: Any, office: Any) -> None:
        row = written(bureau, recipient=office, state=State.GIVEN_UP)
        client.force_login(make_employee(bureau, roles=[Role.Kind.DISCIPLINE]))
        assert "重发" not in client.get("/notifications/deliveries/").content.decode()
        assert client.post(f"/notifications/deliveries/{row.pk}/retry/").status_code == 403
        client.force_login(office)
        answer = client.get("/notifications/deliveries/")
        assert answer.status_code == 403
        assert "请联系系统管理员" in answer.content.decode()

    @pytest.mark.parametrize(
        ("query", "sentence"),
        [("?state=trouble", "没有需要处理的"), ("", "没有等待发送的消息"), ("?state=sent", "还没有消息")],
    )
    def test_empty(self, client: Client, admin: Any, query: str, sentence: str) -> None:
        client.force_login(admin)
        assert sentence in client.get(f"/notifications/deliveries/{query}").content.decode()

    @pytest.mark.parametrize("rows", [1, 3])
    def test_list_costs(
        self, client: Client, bureau: Any, admin: Any, person: Any, django_assert_num_queries: Any, rows: int
    ) -> None:
        for number in range(rows):
            written(bureau, number, recipient=person, state=State.GIVEN_UP)
        client.force_login(admin)
        with django_assert_num_queries(9):
            client.get("/notifications/deliveries/")

    def test_a_full_page_stays_light(self, client: Client, bureau: Any, admin: Any, person: Any) -> None:
        for number in range(60):
            written(bureau, number, recipient=person, state=State.GIVEN_UP, error="邮件服务器没有应答：" + "长" * 100)
        client.force_login(admin)
        assert len(client.get("/notifications/deliveries/").content) < 61_440
