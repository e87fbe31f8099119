"""A bureau that has just been made has people and nothing else: its pages say so, and its office where to begin."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from organization.models import Bureau, Employee
from tests.factories import make_bureau, make_employee

pytestmark = pytest.mark.django_db
OFFICE, STAFF = "1", "2"


def build() -> Bureau:
    bureau = make_bureau()
    make_employee(bureau, OFFICE, roles=["office"])
    make_employee(bureau, STAFF)
    return bureau


def page(number: str, address: str) -> str:
    client = Client()
    client.force_login(Employee.objects.get(number=number))
    return str(client.get(address).content.decode())


def heading(shown: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", shown, re.DOTALL)
    assert found
    return re.sub("<[^>]+>", "", found[1]).strip()


@pytest.mark.usefixtures("built")
def test_the_office_is_led_to_the_import_and_others_hear_who_imports() -> None:
    office, staff = page(OFFICE, "/"), page(STAFF, "/")
    assert "从导入工作簿开始" in office
    assert 'href="/exchange/imports/"' in office
    assert "绩效办导入机构、人员和指标后" not in office
    assert "从导入工作簿开始" not in staff
    assert "绩效办导入机构、人员和指标后" in staff


@pytest.mark.parametrize(
    ("address", "finding"),
    [
        ("/my/points/", "我的指标：还没有季度"),
        ("/results/", "考评结果：还没有季度"),
        ("/quarters/", "本单位还没有季度"),
        ("/adjustments/", "没有加减分"),
        ("/stars/", "还没有进行过五星评选"),
    ],
)
@pytest.mark.usefixtures("built")
def test_a_heading_tells_that_there_is_nothing_yet(address: str, finding: str) -> None:
    shown = page(OFFICE, address)
    assert heading(shown) == finding
    assert "已发布的季度都" not in shown
