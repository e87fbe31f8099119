"""The API's items: points that people have taken on (interfaces.md "HTTP")."""

from __future__ import annotations

import django_filters
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets

from common.errors import InvalidInput
from indicators.models import AssessmentPoint, Item, Quarter
from indicators.services import items as item_services
from organization.api import OwnField, ScopedMixin
from organization.models import Employee
from organization.requests import caller


class ItemSerializer(serializers.ModelSerializer[Item]):
    quarter = OwnField(slug_field="code", queryset=Quarter.objects.all())
    employee_no = OwnField(source="employee", slug_field="number", queryset=Employee.objects.all())
    name = serializers.CharField(source="employee.name", read_only=True)
    point = serializers.CharField(source="point.code")

    class Meta:
        model = Item
        fields = ["id", "quarter", "employee_no", "name", "point", "taken_on"]


class HeldFilter(django_filters.FilterSet):
    quarter = django_filters.CharFilter(field_name="quarter__code")
    employee_no = django_filters.CharFilter(field_name="employee__number")
    department = django_filters.CharFilter(field_name="employee__department__code")
    point = django_filters.CharFilter(field_name="point__code")

    class Meta:
        model = Item
        fields = ["quarter", "employee_no", "department", "point"]


@extend_schema(tags=["items"])
class ItemViewSet(
    ScopedMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet[Item],
):
    """Individual points taken on, as far as the person may read them. Everybody takes on points of the own post and
    hands back what is their own; the office does both for anybody."""

    queryset = Item.objects.select_related("quarter__bureau", "employee", "point", "bureau").order_by(
        "-quarter__code", "employee__number", "point__code"
    )
    serializer_class = ItemSerializer
    filterset_class = HeldFilter

    def perform_create(self, serializer: serializers.BaseSerializer[Item]) -> None:
        person, given = caller(self.request), serializer.validated_data
        quarter, employee, taken_on = given["quarter"], given["employee"], given.get("taken_on")
        point = point_named(quarter, given["point"]["code"])
        if employee.pk != person.pk:
            serializer.instance = item_services.take_on(
                actor=person, employee=employee, point=point, quarter=quarter, taken_on=taken_on
            )
            return
        if taken_on is not None:
            sentence = _("自己领取的按当天登记，不必填写领取日期。")
            raise InvalidInput(sentence, fields={"taken_on": sentence})
        (serializer.instance,) = item_services.choose(
            points=[point], quarter=quarter, actor=person, today=person.bureau.today
        )

    def perform_destroy(self, instance: Item) -> None:
        person = caller(self.request)
        item_services.hand_back(item=instance, actor=person, today=person.bureau.today)


def point_named(quarter: Quarter, code: str) -> AssessmentPoint:
    """The point of the quarter's year with that code; InvalidInput if there is none."""
    point = AssessmentPoint.objects.filter(
        bureau=quarter.bureau_id, year=quarter.period.year, code=code.strip()
    ).first()
    if point is None:
        sentence = _("%(year)s 年没有考点 %(code)s。") % {"year": quarter.period.year, "code": code}
        raise InvalidInput(sentence, fields={"point": sentence})
    return point
