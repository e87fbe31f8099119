"""The API's points (interfaces.md "HTTP"); their full points are strings."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets

from common.errors import InvalidInput
from common.exact import format2
from common.quarters import QuarterCode
from indicators.models import AssessmentPoint, Library, PointVersion
from indicators.queries import working_quarter
from indicators.queries.library import rule_words
from organization.api import ScopedMixin
from organization.requests import caller


class PointSerializer(serializers.ModelSerializer[PointVersion]):
    id = serializers.IntegerField(source="point_id", read_only=True)
    year = serializers.IntegerField(source="point.year", read_only=True)
    code = serializers.CharField(source="point.code", read_only=True)
    library = serializers.ChoiceField(source="point.library", choices=Library.choices, read_only=True)
    version = serializers.IntegerField(source="number", read_only=True)
    key_work = serializers.CharField(source="key_work.code", read_only=True)
    full = serializers.SerializerMethodField()
    rule = serializers.SerializerMethodField()
    department = serializers.SlugRelatedField[Any](slug_field="code", read_only=True, allow_null=True)
    post = serializers.SlugRelatedField[Any](slug_field="code", read_only=True, allow_null=True)
    assessor = serializers.SlugRelatedField[Any](slug_field="code", read_only=True)

    class Meta:
        model = PointVersion
        fields = [
            "id",
            "year",
            "code",
            "library",
            "version",
            "from_quarter",
            "withdrawn",
            "key_work",
            "name",
            "nature",
            "method",
            "full",
            "parameters",
            "rule",
            "standard",
            "cycle",
            "deadline",
            "department",
            "post",
            "assessor",
            "source",
        ]
        read_only_fields = fields

    def get_full(self, version: PointVersion) -> str:
        return format2(version.full)

    def get_rule(self, version: PointVersion) -> str:
        return rule_words(version)


class PointFilter(django_filters.FilterSet):
    code = django_filters.CharFilter(field_name="point__code")
    library = django_filters.ChoiceFilter(field_name="point__library", choices=Library.choices)
    department = django_filters.CharFilter(field_name="department__code")
    assessor = django_filters.CharFilter(field_name="assessor__code")

    class Meta:
        model = PointVersion
        fields = ["code", "library", "department", "assessor", "withdrawn", "method", "cycle", "source"]


@extend_schema(
    tags=["points"],
    parameters=[
        OpenApiParameter(
            "quarter", OpenApiTypes.STR, description="The version in force in this quarter; default: the working one."
        )
    ],
)
class PointViewSet(
    ScopedMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[PointVersion]
):
    """The three libraries, each point in the version that holds in a quarter of its year."""

    queryset = PointVersion.objects.select_related("point", "key_work", "department", "post", "assessor").order_by(
        "point__code", "point_id"
    )
    serializer_class = PointSerializer
    filterset_class = PointFilter
    lookup_field = "point_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = r"\d+"

    def get_queryset(self) -> QuerySet[PointVersion]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        person = caller(self.request)
        seen = self.queryset.visible_to(person)
        code = self.request.query_params.get("quarter", "")
        if code:
            return seen.in_force(_quarter_code(code))
        if self.detail:
            newest = AssessmentPoint.objects.filter(pk=self.kwargs["id"]).values_list("year", flat=True).first()
            return seen.in_force(f"{newest}Q4") if newest else seen.none()
        quarter = working_quarter(person.bureau)
        return seen.in_force(quarter.code) if quarter else seen.none()


def _quarter_code(text: str) -> str:
    try:
        return str(QuarterCode.parse(text))
    except ValueError as error:
        raise InvalidInput(str(error), fields={"quarter": str(error)}) from error
