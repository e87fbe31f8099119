"""Who is told of what, once; the bell and its list."""

import pytest
from django.utils import timezone

from notifications.models import Notification
from notifications.services import mark_all_read, mark_read, notify
from tests.factories import make_bureau, make_employee

pytestmark = pytest.mark.django_db


@pytest.fixture
def bureau():
    return make_bureau("XS")


@pytest.fixture
def person(bureau):
    return make_employee(bureau, "101")


@pytest.fixture
def colleague(bureau):
    return make_employee(bureau, "102")


def tell(*people, occasion="x", **values):
    return notify(recipients=people, subject="季度已公示", occasion=occasion, **values)


class TestNotify:
    def test_each_once_of_an_occasion(self, person, colleague):
        assert tell(person) == 1
        assert tell(person, colleague, person) == 1
        assert tell(person, colleague) == 0
        assert tell(person, occasion="y") == 1
        assert Notification.objects.count() == 3
        assert tell() == 0

    def test_of_the_recipients_bureau(self, person):
        other = make_employee(make_bureau("YS"), "900")
        tell(person, other)
        assert set(Notification.objects.values_list("recipient__number", "bureau__code")) == {
            ("101", "XS"),
            ("900", "YS"),
        }

    @pytest.mark.parametrize("url", ["https://evil.example", "//evil.example", "javascript:x"])
    def test_leads_to_pages_of_ours_only(self, person, url):
        with pytest.raises(ValueError, match="not a page of ours"):
            tell(person, url=url)

    @pytest.mark.parametrize("rows", [1, 3])
    def test_number_of_queries(self, bureau, django_assert_num_queries, rows):
        people = [make_employee(bureau) for _n in range(rows)]
        with django_assert_num_queries(6):  # with the two of the savepoint
            tell(*people)

    def test_read(self, person, colleague):
        tell(person, colleague)
        tell(person, occasion="y")
        own = Notification.objects.visible_to(person)
        mark_read(actor=colleague, notification=own.first())
        assert own.unread().count() == 2
        mark_read(actor=person, notification=own.first())
        assert own.unread().count() == 1
        first = own.exclude(read_at=None).get()
        mark_read(actor=person, notification=first)
        assert own.get(pk=first.pk).read_at == first.read_at
        assert mark_all_read(actor=person) == 1
        assert Notification.objects.visible_to(colleague).unread().count() == 1


class TestPages:
    def test_everybody_sees_the_own_ones_only(self, client, person, colleague):
        stranger = make_employee(make_bureau("YS"), "900")
        for someone in (person, colleague, stranger):
            tell(someone, occasion=someone.number)
        for someone in (person, colleague, stranger):
            client.force_login(someone)
            assert [one.occasion for one in client.get("/notifications/").context["page"]] == [someone.number]

    def test_unread_only(self, client, person):
        tell(person)
        tell(person, occasion="y")
        Notification.objects.filter(occasion="x").update(read_at=timezone.now())
        client.force_login(person)
        assert [one.occasion for one in client.get("/notifications/?unread=1").context["page"]] == ["y"]

    def test_reading_leads_to_the_page(self, client, person, colleague):
        tell(person, url="/people/")
        row = Notification.objects.get()
        client.force_login(colleague)
        assert client.post(f"/notifications/{row.pk}/read/").status_code == 404
        client.force_login(person)
        assert client.get(f"/notifications/{row.pk}/read/").status_code == 405
        assert client.post(f"/notifications/{row.pk}/read/")["Location"] == "/people/"
        row.refresh_from_db()
        assert row.read_at

    def test_read_all(self, client, person):
        tell(person)
        client.force_login(person)
        assert client.post("/notifications/read-all/")["Location"] == "/notifications/"
        assert not Notification.objects.unread().exists()

    @pytest.mark.parametrize("rows", [1, 3])
    def test_bell_costs_one_query_beside_the_login(self, client, person, django_assert_num_queries, rows):
        for n in range(rows):
            tell(person, occasion=str(n))
        client.force_login(person)
        with django_assert_num_queries(3):
            content = client.get("/notifications/bell/", headers={"HX-Request": "true"}).content.decode()
        assert f"{rows} 条未读消息" in content

    def test_the_bell_opened_by_its_address_leads_to_the_list(self, client, person):
        client.force_login(person)
        assert client.get("/notifications/bell/")["Location"] == "/notifications/"

    @pytest.mark.parametrize("rows", [1, 3])
    def test_list_costs(self, client, person, django_assert_num_queries, rows):
        for n in range(rows):
            tell(person, occasion=str(n))
        client.force_login(person)
        with django_assert_num_queries(8):
            client.get("/notifications/")
