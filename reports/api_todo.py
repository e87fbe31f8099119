"""The caller's own to-do list over the API; read-only, the rows of the page 待办 (docs/ledgers.md)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from common.components import Duty
from organization.requests import caller
from reports.queries.todo import KINDS, Todo, Urgency, todo


class TodoSerializer(serializers.Serializer[Any]):
    """Something that waits for the caller; `url` is the page where it is done."""

    label = serializers.CharField()  # type: ignore[assignment]  # a field's own name for itself
    kind = serializers.ChoiceField(choices=tuple(KINDS))
    kind_label = serializers.SerializerMethodField()
    due = serializers.DateField(allow_null=True)
    urgency = serializers.SerializerMethodField(
        help_text="By working days: overdue, today, soon, later, open (no day)."
    )
    url = serializers.SerializerMethodField()

    def get_kind_label(self, duty: Duty) -> str:
        return str(KINDS[duty.kind])

    def get_urgency(self, duty: Duty) -> str:
        found: Todo = self.context["todo"]
        urgency: Urgency = found.urgency(duty)
        return urgency.value

    def get_url(self, duty: Duty) -> str:
        request: Request = self.context["request"]
        return str(request.build_absolute_uri(duty.url))


@extend_schema(tags=["todo"])
class TodoViewSet(viewsets.GenericViewSet[Any]):
    """What waits for the caller, the nearest day first; what is done is gone."""

    serializer_class = TodoSerializer
    filter_backends = ()

    @extend_schema(parameters=[OpenApiParameter("kind", str, enum=tuple(KINDS), description="Of this kind alone.")])
    def list(self, request: Request) -> Response:
        user = caller(request)
        found = todo(user, user.bureau.today)
        kind = request.query_params.get("kind", "")
        rows = self.paginate_queryset(found.of(kind) if kind else found.duties)
        context = {"request": request, "todo": found}
        return self.get_paginated_response(self.get_serializer(rows, many=True, context=context).data)
