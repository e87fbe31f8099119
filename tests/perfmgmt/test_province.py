"""The made-up province: it stands alone, and the page of its top has figures to show."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from organization.models import Bureau, Employee
from perfmgmt.demo_province import Size, seed_province
from reports.queries.upward_page import Upward
from reports.upward_sums import KEYS, Figures
from tests.factories import make_bureau

pytestmark = pytest.mark.django_db


def test_it_has_every_figure_and_one_county_too_small() -> None:
    top = seed_province(Size(cities=1, counties=2, people=40))
    page = Upward(top, {})
    assert page.code == "2023Q2"
    assert all(page.total.figures.text(key) for key in KEYS)
    below = Upward(top, {"under": "S1"}).lines
    assert [line.name for line in below if line.figures == Figures()] == ["澄江市石门县税务局"]
    assert not Bureau.objects.filter(is_demo=False).exists()
    assert Employee.objects.filter(is_demo=True, role__kind="office").count() == 2


def test_it_has_no_place_beside_other_bureaus() -> None:
    make_bureau()
    with pytest.raises(CommandError, match="只能建在空的数据库里"):
        call_command("seed_province", stdout=io.StringIO())
