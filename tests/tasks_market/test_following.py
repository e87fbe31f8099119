"""Pages of the market that follow what others do, at a moment that stands still."""

import pytest
import time_machine

from tasks_market.models import Claim
from tests.tasks_market.test_views import FRAGMENT, House, act, page, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@time_machine.travel("2023-09-04T02:00:30Z", tick=False)
def test_the_page_of_somebody_else_follows_a_claim() -> None:
    house = House()
    client = signed_in(house.other)
    shown = client.get(page("board")).context["board"]
    url = f"{shown.address}&v={shown.version}"
    same = client.get(url, headers=FRAGMENT)
    assert (same.status_code, same.content) == (204, b"")
    act(house.staff, "claim", "T1")
    followed = client.get(url, headers=FRAGMENT)
    assert followed.status_code == 200
    assert "还剩 1 / 2 个名额" in followed.content.decode()


@time_machine.travel("2023-09-04T02:00:30Z", tick=False)
def test_the_task_page_follows_every_move() -> None:
    """Places, holders, rail, history and what may be done about each, without a reload."""
    house = House()
    client = signed_in(house.deputy)
    version = client.get(page("task", "T1")).context["page"].version

    def followed() -> str:
        nonlocal version
        answer = client.get(f"{page('live', 'T1')}?v={version}", headers=FRAGMENT)
        assert answer.status_code == 200
        version = answer.context["page"].version
        again = client.get(f"{page('live', 'T1')}?v={version}", headers=FRAGMENT)
        assert (again.status_code, again.content) == (204, b"")
        return answer.content.decode()

    act(house.staff, "claim", "T1")
    shown = followed()
    assert "还剩 1 / 2 个名额" in shown
    assert "1 人承担" in shown
    assert "<html" not in shown
    claim = Claim.objects.get(task=house.task)
    act(house.staff, "start", claim.pk)
    assert "办理中" in followed()
    act(house.staff, "note", claim.pk, text="已走访三户")
    assert "已走访三户" in followed()
    act(house.staff, "hand-in", claim.pk, report="全部办结")
    assert f'id="fold-accept-{claim.pk}"' in followed()
    act(house.deputy, "accept", claim.pk, quality="1", comment="好")
    assert "验收意见：好" in followed()
    act(house.other, "claim", "T1")
    act(house.other, "withdraw", Claim.objects.get(task=house.task, employee=house.other).pk)
    assert "退单" in followed()
