"""Pluses and minuses over the API: asked for, reviewed, approved, counted, refused (domain.md, Results)."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import ReasonSerializer, given_by
from organization.api import OwnField, ScopedMixin
from organization.models import Employee
from organization.requests import caller
from scoring.models import Adjustment
from scoring.services.adjustments import AdjustmentFacts, refuse_adjustment, request_adjustment, step_adjustment

State = Adjustment.State


class AdjustmentSerializer(serializers.ModelSerializer[Adjustment]):
    quarter = serializers.CharField(source="quarter.code", read_only=True)
    employee_no = serializers.CharField(source="employee.number", read_only=True)
    name = serializers.CharField(source="employee.name", read_only=True)
    points = serializers.CharField(read_only=True)
    entered_by = serializers.SlugRelatedField[Employee](slug_field="number", read_only=True, allow_null=True)
    counted_by = serializers.SlugRelatedField[Employee](slug_field="number", read_only=True, allow_null=True)

    class Meta:
        model = Adjustment
        fields = [
            "id", "quarter", "day", "employee_no", "name", "kind", "points", "matter", "basis", "disciplinary", "state",
            "entered_by", "entered_at", "counted_by", "counted_at",
        ]  # fmt: skip
        read_only_fields = fields


class AdjustmentRequestSerializer(serializers.Serializer[Any]):
    employee_no = OwnField(slug_field="number", queryset=Employee.objects.all())
    day = serializers.DateField()
    kind = serializers.ChoiceField(choices=Adjustment.Kind.choices)
    points = serializers.DecimalField(max_digits=8, decimal_places=2)
    matter = serializers.CharField(max_length=200)
    basis = serializers.CharField(help_text="Names the document with its number, for example 溪税发〔2023〕3号.")


class AdjustmentNoteSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(required=False, allow_blank=True, default="")


class AdjustmentFilterSet(django_filters.FilterSet):
    quarter = django_filters.CharFilter(field_name="quarter__code")
    employee_no = django_filters.CharFilter(field_name="employee__number")
    department = django_filters.CharFilter(field_name="employee__department__code")

    class Meta:
        model = Adjustment
        fields = ["quarter", "employee_no", "department", "kind", "state", "disciplinary"]


@extend_schema(tags=["adjustments"])
class AdjustmentViewSet(
    ScopedMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Adjustment]
):
    """Pluses and minuses as far as the person may see them; only what is counted enters a score."""

    queryset: QuerySet[Adjustment] = Adjustment.objects.select_related(
        "bureau", "quarter__bureau", "employee", "entered_by", "counted_by"
    ).order_by("-quarter__code", "-day", "employee__number", "pk")
    serializer_class = AdjustmentSerializer
    filterset_class = AdjustmentFilterSet

    @extend_schema(request=AdjustmentRequestSerializer, responses={201: AdjustmentSerializer})
    def create(self, request: Request) -> Response:
        """Asks for a plus or minus; it counts after review, approval and counting."""
        entry = AdjustmentRequestSerializer(data=request.data, context=self.get_serializer_context())
        entry.is_valid(raise_exception=True)
        given = dict(entry.validated_data)
        person = caller(request)
        found = request_adjustment(
            facts=AdjustmentFacts(employee=given.pop("employee_no"), **given), actor=person, today=person.bureau.today
        )
        return Response(self.get_serializer(found).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=AdjustmentNoteSerializer, responses=AdjustmentSerializer)
    @action(detail=True, methods=["post"])
    def review(self, request: Request, pk: str) -> Response:
        """初审 by the office."""
        return self._step(request, State.REVIEWED)

    @extend_schema(request=AdjustmentNoteSerializer, responses=AdjustmentSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """审定 by the director or a deputy director."""
        return self._step(request, State.APPROVED)

    @extend_schema(request=AdjustmentNoteSerializer, responses=AdjustmentSerializer)
    @action(detail=True, methods=["post"])
    def count(self, request: Request, pk: str) -> Response:
        """计入 by the office: from here on it enters the score."""
        return self._step(request, State.COUNTED)

    @extend_schema(request=ReasonSerializer, responses=AdjustmentSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str) -> Response:
        """不予计入 with a reason, by whoever takes the next step."""
        given = given_by(request, ReasonSerializer)
        found = refuse_adjustment(adjustment=self.get_object(), actor=caller(request), reason=given["reason"])
        return Response(self.get_serializer(found).data)

    def _step(self, request: Request, to: str) -> Response:
        given = given_by(request, AdjustmentNoteSerializer)
        person = caller(request)
        found = step_adjustment(
            adjustment=self.get_object(),
            to=to,
            actor=person,
            today=person.bureau.today,
            note=given["note"],
        )
        return Response(self.get_serializer(found).data)
