"""The figures of the bureaus below over the API; read-only, what the page shows and nothing more."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from common.tenancy import across
from organization.requests import caller
from reports.permissions import may_look_down
from reports.queries.upward_page import Upward
from reports.upward_sums import KEYS


class UpwardSerializer(serializers.Serializer[Any]):
    """One line. A figure is text, with ≤, ≥ or ≈ before it where only a bound is shown, and null where nothing is."""

    code = serializers.CharField(source="bureau.code")
    name = serializers.CharField()
    level = serializers.CharField(source="bureau.level")
    quarter = serializers.SerializerMethodField()
    is_own = serializers.BooleanField(help_text="Of the bureau's own people alone, without those below it.")
    bureaus = serializers.IntegerField(help_text="How many bureaus the line counts.")
    settled = serializers.IntegerField(help_text="How many of them show their scores.")
    figures = serializers.SerializerMethodField()

    def get_quarter(self, _line: Any) -> str:
        return str(self.context["quarter"])

    def get_figures(self, line: Any) -> dict[str, str | None]:
        return {key: line.figures.text(key) or None for key in KEYS}


@extend_schema(tags=["upward"])
class UpwardViewSet(viewsets.GenericViewSet[Any]):
    """The bureaus directly below one's own, or below one of those, side by side."""

    serializer_class = UpwardSerializer
    filter_backends = ()

    @extend_schema(
        parameters=[
            OpenApiParameter("quarter", str, description="The newest with scores, if it is left out."),
            OpenApiParameter(
                "under", str, description="Code of a bureau of the own tree; the own one, if it is left out."
            ),
            OpenApiParameter("sort", str, description="`code` or a figure's name, with `-` downwards."),
        ]
    )
    @across()
    def list(self, request: Request) -> Response:
        user = caller(request)
        may_look_down(user).require()
        page = Upward(user.bureau, request.query_params)
        if not page.code and request.query_params.get("quarter"):
            raise Http404
        lines = self.paginate_queryset(page.lines if page.code else [])
        return self.get_paginated_response(self.get_serializer(lines, many=True, context={"quarter": page.code}).data)
