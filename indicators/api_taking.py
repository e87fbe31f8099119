"""The API's requests for points of other posts, and the departments' lists."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import given_by
from indicators.api_items import HeldFilter, point_named
from indicators.models import ItemRequest, Quarter
from indicators.permissions import may_see_rosters
from indicators.queries import working_quarter
from indicators.queries.rosters import Roster, departments_read_by, roster_of, rosters
from indicators.services import items as item_services
from indicators.services.rosters import sign_roster
from organization.api import OwnField, ScopedMixin
from organization.models import Department, Employee
from organization.requests import caller

DEPARTMENT = OpenApiParameter("department", OpenApiTypes.STR, OpenApiParameter.PATH, description="Department code.")


class ItemRequestSerializer(serializers.ModelSerializer[ItemRequest]):
    quarter = OwnField(slug_field="code", queryset=Quarter.objects.all())
    employee_no = serializers.CharField(source="employee.number", read_only=True)
    name = serializers.CharField(source="employee.name", read_only=True)
    point = serializers.CharField(source="point.code")
    decided_by = serializers.SlugRelatedField[Employee](slug_field="number", read_only=True, allow_null=True)

    class Meta:
        model = ItemRequest
        fields = [
            "id",
            "quarter",
            "employee_no",
            "name",
            "point",
            "reason",
            "state",
            "asked_at",
            "decided_by",
            "decided_at",
            "answer",
        ]
        read_only_fields = ["state", "asked_at", "decided_at", "answer"]


class RequestAnswerSerializer(serializers.Serializer[Any]):
    answer = serializers.CharField(required=False, allow_blank=True, default="")


class ItemRequestFilter(HeldFilter):
    class Meta:
        model = ItemRequest
        fields = ["quarter", "employee_no", "department", "point", "state"]


@extend_schema(tags=["items"])
class ItemRequestViewSet(
    ScopedMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    viewsets.GenericViewSet[ItemRequest],
):
    """Requests for points of other posts: asked for oneself, decided by the head, taken back by who asked."""

    queryset = ItemRequest.objects.select_related("quarter__bureau", "employee", "point", "decided_by").order_by(
        "-quarter__code", "asked_at", "id"
    )
    serializer_class = ItemRequestSerializer
    filterset_class = ItemRequestFilter
    lookup_value_regex = r"\d{1,18}"

    def perform_create(self, serializer: serializers.BaseSerializer[ItemRequest]) -> None:
        given = serializer.validated_data
        (serializer.instance,) = item_services.ask(
            points=[point_named(given["quarter"], given["point"]["code"])],
            quarter=given["quarter"],
            actor=caller(self.request),
            reason=given["reason"],
        )

    @extend_schema(request=RequestAnswerSerializer, responses=ItemRequestSerializer)
    @action(detail=True, methods=["post"])
    def agree(self, request: Request, pk: str) -> Response:
        """The head agrees; the item is made at once and counts from today's month."""
        return self._decide(request, agree=True)

    @extend_schema(request=RequestAnswerSerializer, responses=ItemRequestSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: str) -> Response:
        """The head declines with an answer."""
        return self._decide(request, agree=False)

    @extend_schema(request=None, responses=ItemRequestSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Who asked takes the request back."""
        asked = item_services.withdraw_request(request=self.get_object(), actor=caller(request))
        return Response(self.get_serializer(asked).data)

    def _decide(self, request: Request, *, agree: bool) -> Response:
        person, asked = caller(request), self.get_object()
        given = given_by(request, RequestAnswerSerializer)
        (decided,) = item_services.decide(
            requests=[asked], agree=agree, actor=person, today=person.bureau.today, **given
        )
        return Response(self.get_serializer(decided).data)


class RosterLineSerializer(serializers.Serializer[Any]):
    employee_no = serializers.CharField(source="number")
    name = serializers.CharField()
    category = serializers.CharField()
    post = serializers.CharField()
    remark = serializers.CharField()


class RosterSerializer(serializers.Serializer[Any]):
    quarter = serializers.CharField(source="quarter.code")
    department = serializers.CharField(source="department.code")
    name = serializers.CharField(source="department.name")
    state = serializers.CharField(help_text="unsigned, signed, or changed since it was signed")
    digest = serializers.CharField()
    people = RosterLineSerializer(source="lines", many=True)
    signed_by = serializers.CharField(source="signature.by.number", default=None, allow_null=True)
    signed_at = serializers.DateTimeField(source="signature.at", default=None, allow_null=True)


class RosterSignSerializer(serializers.Serializer[Any]):
    quarter = serializers.CharField(max_length=6)
    digest = serializers.CharField(max_length=64)
    reason = serializers.CharField(required=False, allow_blank=True, default="")


@extend_schema(
    tags=["rosters"],
    parameters=[OpenApiParameter("quarter", OpenApiTypes.STR, description="Default: the working quarter.")],
)
class RosterViewSet(viewsets.GenericViewSet[Any]):
    """名单确认: a department's people of a quarter, by department code, and the signature under them."""

    serializer_class = RosterSerializer
    filter_backends = ()
    lookup_field = "department"
    lookup_value_regex = "[^/]+"

    @extend_schema(responses=RosterSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The departments' lists, as far as the person may read them."""
        person = caller(request)
        may_see_rosters(person).require()
        quarter = self._quarter(request.query_params.get("quarter", ""))
        found = rosters(quarter, today=person.bureau.today, departments=departments_read_by(person)) if quarter else []
        page = self.paginate_queryset(found)
        return self.get_paginated_response(RosterSerializer(page, many=True).data)

    @extend_schema(parameters=[DEPARTMENT], responses=RosterSerializer)
    def retrieve(self, request: Request, department: str) -> Response:
        """One department's list."""
        quarter = self._quarter(request.query_params.get("quarter", ""))
        return Response(RosterSerializer(self._roster(department, quarter)).data)

    @extend_schema(parameters=[DEPARTMENT], request=RosterSignSerializer, responses=RosterSerializer)
    @action(detail=True, methods=["post"])
    def sign(self, request: Request, department: str) -> Response:
        """Signs the list that has this digest; 409 if it has changed since it was read."""
        given = given_by(request, RosterSignSerializer)
        read = self._roster(department, self._quarter(given["quarter"]))
        sign_roster(
            quarter=read.quarter,
            department=read.department,
            actor=caller(request),
            today=read.quarter.bureau.today,
            digest=given["digest"],
            reason=given["reason"],
        )
        return Response(RosterSerializer(self._roster(department, read.quarter)).data)

    def _quarter(self, code: str) -> Quarter | None:
        person = caller(self.request)
        if not code:
            return working_quarter(person.bureau)
        quarters = Quarter.objects.visible_to(person).select_related("bureau")
        quarter: Quarter = get_object_or_404(quarters, code=code.upper())
        return quarter

    def _roster(self, code: str, quarter: Quarter | None) -> Roster:
        person = caller(self.request)
        department = get_object_or_404(Department.objects.visible_to(person), code=code)
        may_see_rosters(person).require()
        seen = departments_read_by(person)
        read = roster_of(quarter, department, today=person.bureau.today) if quarter else None
        if read is None or (seen is not None and department.pk not in seen):
            raise Http404
        return read
