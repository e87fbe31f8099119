"""Which acts the groups hear of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django.utils.translation import gettext_lazy

from notifications.models import Delivery
from organization.models import Role
from scoring.services import publishing
from tasks_market.models import Task
from tasks_market.services.drafting import post_task
from tests.factories import make_bureau, make_employee, make_quarter, make_task
from tests.notifications.outbox import make_robot

pytestmark = pytest.mark.django_db


@pytest.fixture
def quarter() -> Any:
    bureau = make_bureau("XS")
    make_robot(bureau)
    make_robot(make_bureau("YS"))
    return make_quarter(bureau)


def said() -> list[tuple[str, str]]:
    return [*Delivery.objects.values_list("bureau__code", "subject")]


def test_a_quarter_that_goes_public(quarter: Any) -> None:
    publishing._tell(quarter, gettext_lazy("%s得分已发布"), "publish")
    publishing._tell(quarter, gettext_lazy("%s得分已发布"), "publish")
    assert said() == [("XS", "2023年一季度得分已发布")]


def test_a_task_that_is_posted(quarter: Any) -> None:
    make_task(quarter.bureau, name="集中清册", places=2, state="draft", due_at=timezone.now() + timedelta(days=9))
    task = Task.objects.select_related("bureau", "quarter", "department").get()
    post_task(task=task, actor=make_employee(quarter.bureau, roles=[Role.Kind.OFFICE]), now=timezone.now())
    assert said() == [("XS", "亮单：集中清册，名额 2 个")]
