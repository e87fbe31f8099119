"""The exact fields, against the database under test, in a table made for the occasion."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import Avg, F, Max, Sum, Value
from django.test.utils import isolate_apps

from common.fields import ExactDecimalField, PointsField

D = Decimal


@pytest.fixture
def sheet(db):
    with isolate_apps("common"):

        class Sheet(models.Model):  # noqa: DJ008 - lives for one test
            points = PointsField(null=True)
            other = PointsField(default=0)
            value = ExactDecimalField(null=True)

            class Meta:
                app_label = "common"

        # The editor itself refuses to open inside a test's transaction on SQLite; its SQL does not.
        sql, params = connection.SchemaEditorClass(connection).table_sql(Sheet)
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
        yield Sheet


def test_points_come_back_with_two_places_and_sum_exactly(sheet):
    for _ in range(3):
        sheet.objects.create(points=D("0.10"), other="2.5")
    sheet.objects.create(points=None)
    assert [str(row.points) for row in sheet.objects.filter(points__isnull=False)] == ["0.10"] * 3
    sums = sheet.objects.aggregate(
        total=Sum("points"), top=Max("other"), mean=Avg("other"), none=Sum("points", default=0)
    )
    assert sums == {"total": D("0.30"), "top": D("2.50"), "mean": D("1.88"), "none": D("0.30")}
    assert str(sums["total"]) == "0.30"


def test_points_filter_order_and_compare_exactly(sheet):
    for points, other in (("1.50", "1.49"), ("0.05", "0.10"), ("-2.00", "0")):
        sheet.objects.create(points=D(points), other=D(other))
    assert sheet.objects.filter(points__gt=D("0.05")).count() == 1
    assert sheet.objects.filter(points__gte=D("0.05")).count() == 2
    assert sheet.objects.filter(points__in=[D("1.5"), 0]).count() == 1
    assert sheet.objects.filter(points__gt=F("other")).count() == 1
    assert [row.points for row in sheet.objects.order_by("-points")] == [D("1.50"), D("0.05"), D("-2.00")]
    both = sheet.objects.annotate(both=F("points") + F("other")).order_by("both")
    assert [row.both for row in both] == [D("-2.00"), D("0.15"), D("2.99")]
    sheet.objects.update(points=F("points") - Value(D("0.01"), output_field=PointsField()))
    assert sheet.objects.aggregate(low=models.Min("points"))["low"] == D("-2.01")


def test_exact_decimals_keep_every_digit_in_one_spelling(sheet):
    long = D("97.123456789012345678901234567890")
    for value in (long, D("97.50"), D("1E+2"), "0.1", 3):
        sheet.objects.create(value=value)
    read = [str(row.value) for row in sheet.objects.order_by("id")]
    assert read == ["97.12345678901234567890123456789", "97.5", "100", "0.1", "3"]
    assert sheet.objects.filter(value=D("97.500")).count() == 1


@pytest.mark.parametrize("value", ["1.005", "abc", 0.5])
def test_points_refuse_what_they_cannot_hold(value):
    with pytest.raises(ValidationError):
        PointsField().clean(value, None)
    with pytest.raises(ValidationError):
        PointsField().get_prep_value(value)


def test_fields_describe_themselves_to_migrations_and_forms():
    field = PointsField("分值", null=True)
    _name, path, args, kwargs = field.deconstruct()
    assert (path, args, kwargs) == ("common.fields.PointsField", [], {"verbose_name": "分值", "null": True})
    assert PointsField().formfield().decimal_places == 2
    assert ExactDecimalField().formfield().clean("97.5") == D("97.5")
