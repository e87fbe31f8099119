"""What people type into fields of days, points and codes."""

from datetime import date
from decimal import Decimal

import pytest
from django import forms

from common.forms import CodeField, DayField, PointsInput, RowsField
from organization.models import Bureau
from tests.factories import make_bureau


class Typed(forms.Form):
    day = DayField(required=False)
    points = PointsInput(required=False, max_digits=8, decimal_places=2)
    code = CodeField(required=False, max_length=8)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("day", "２０２３-０３-３１", date(2023, 3, 31)),
        ("day", " 2023-03-31 ", date(2023, 3, 31)),
        ("points", "２．５０", Decimal("2.50")),
        ("points", "　3 ", Decimal(3)),
        ("code", "　Ｄ０１ ", "D01"),
    ],
)
def test_what_is_meant_is_taken(name, text, value):
    form = Typed({name: text})
    assert form.is_valid()
    assert form.cleaned_data[name] == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("day", "9999-12-31"),
        ("day", "0023-03-31"),
        ("day", "2023-02-30"),
        ("points", "NaN"),
        ("points", "1e500"),
        ("points", "半分"),
        ("code", "Ｄ" * 9),
    ],
)
def test_what_cannot_be_meant_is_a_fault_of_its_field(name, text):
    assert list(Typed({name: text}).errors) == [name]


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["9" * 19, "9" * 29])
def test_a_number_that_no_id_can_be_is_none_of_the_rows(typed):
    bureau = make_bureau()
    field = RowsField(Bureau.objects.all())
    assert list(field.clean([str(bureau.pk)])) == [bureau]
    with pytest.raises(forms.ValidationError):
        field.clean([str(bureau.pk), typed])


class Chosen(forms.Form):
    place = forms.ChoiceField(
        choices=[("", "---------"), ("1", "<一>股"), ("分局", [("2", "二分局")])], required=False, initial="2"
    )


def test_a_select_says_what_choosing_nothing_means():
    drawn = str(Chosen()["place"])
    assert '<option value="">不指定</option>' in drawn
    assert '<option value="1">&lt;一&gt;股</option>' in drawn
    assert '<optgroup label="分局">\n  <option value="2" selected>二分局</option>\n  </optgroup>' in drawn
