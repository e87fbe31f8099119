"""Model fields whose numbers are exact on SQLite and PostgreSQL alike (stack.md, whole hundredths)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Combinable, register_combinable_fields
from django.utils.translation import gettext_lazy as _

from common.exact import (
    canonical,
    from_hundredths,
    hundredths,
    parse_number,
    plain,
    round_ratio,
)


def _exact(value: object) -> Decimal:
    if isinstance(value, float):
        raise ValidationError(_("分数不能由浮点数给出：%(value)s"), code="float", params={"value": value})
    try:
        return parse_number(value)
    except ValueError as error:
        raise ValidationError(_("“%(value)s”不是数字"), code="invalid", params={"value": value}) from error


class PointsField(models.Field):
    """Points with two decimals, kept as whole hundredths so that every database sums them exactly.

    Decimal in Python, `bigint` in the database. Filters, ordering, F comparisons, F sums and differences, Sum, Min
    and Max are exact; Avg is rounded to hundredths. It is no IntegerField on purpose: Django would hand out
    raw integers for averages and arithmetic. Give literals in expressions as
    `Value(Decimal("0.00"), output_field=PointsField())`.
    """

    description = _("分数（两位小数）")

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "bigint"

    def from_db_value(self, value: Any, expression: object, connection: object) -> Decimal | None:
        if value is None:
            return None
        # A sum of bigint is numeric on PostgreSQL; an average is a float on SQLite and numeric on PostgreSQL.
        return from_hundredths(value if type(value) is int else round_ratio(*Decimal(value).as_integer_ratio()))

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or value == "":
            return None
        number = _exact(value)
        try:
            return from_hundredths(hundredths(number))
        except ValueError as error:
            message = _("“%(value)s”的小数超过两位")
            raise ValidationError(message, code="max_decimal_places", params={"value": value}) from error

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        number = self.to_python(value)
        return None if number is None else hundredths(number)

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else str(value)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(
            **{
                "form_class": forms.DecimalField,
                "decimal_places": 2,
                "max_digits": 12,
                **kwargs,
            }
        )


for _connector in (Combinable.ADD, Combinable.SUB):
    register_combinable_fields(PointsField, _connector, PointsField, PointsField)


class ExactDecimalField(models.Field):
    """A number exactly as it was entered: a target, a completed value, a setting.

    `numeric` without precision on PostgreSQL, the canonical decimal as `text` on SQLite; Decimal in Python and
    no float in between. For keeping and showing: SQLite compares it as text, so queries only ask for equality.
    """

    description = _("精确小数")

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "text" if connection.vendor == "sqlite" else "numeric"

    def from_db_value(self, value: Any, expression: object, connection: object) -> Decimal | None:
        return None if value is None else canonical(Decimal(value))

    def to_python(self, value: Any) -> Decimal | None:
        return None if value is None or value == "" else _exact(value)

    def get_prep_value(self, value: Any) -> Any:
        return self.to_python(super().get_prep_value(value))

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        value = super().get_db_prep_value(value, connection, prepared)
        return plain(value) if isinstance(value, Decimal) and connection.vendor == "sqlite" else value

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else plain(_exact(value))

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": forms.DecimalField, **kwargs})
