"""Quarters and scores over the API (interfaces.md, HTTP)."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import F, QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import given_by
from indicators.models import Quarter
from organization.requests import caller
from scoring.models import Score, ScoreRun
from scoring.permissions import may_see_readiness, may_see_score
from scoring.queries import as_it_stands, explanation, readiness
from scoring.services.publishing import publish_quarter
from scoring.services.scoring import score_quarter

BUREAU = OpenApiParameter("bureau", str, description="Code of the bureau, where the user sees several.")
CODE = OpenApiParameter("id", str, OpenApiParameter.PATH, description="Code of the quarter, for example 2023Q1.")


class RunSerializer(serializers.ModelSerializer[ScoreRun]):
    """A scoring of the quarter; `as_of` null means final, a date means provisional."""

    class Meta:
        model = ScoreRun
        fields = ("number", "kind", "as_of", "scored_at", "scored", "ranked", "missing", "reason")


class QuarterSerializer(serializers.ModelSerializer[Quarter]):
    id = serializers.CharField(source="code")
    bureau = serializers.CharField(source="bureau.code")
    first_day = serializers.DateField(source="period.first_day")
    last_day = serializers.DateField(source="period.last_day")

    class Meta:
        model = Quarter
        fields = ("id", "bureau", "state", "first_day", "last_day")


class PublishSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        help_text="Why missing results and publicity days are passed over.",
    )


class ConcernedSerializer(serializers.Serializer[Any]):
    employee_no = serializers.CharField(source="number")
    name = serializers.CharField()
    details = serializers.ListField(child=serializers.CharField())


class ObstacleSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    message = serializers.CharField(source="sentence")
    overridable = serializers.BooleanField()
    count = serializers.IntegerField()
    url = serializers.CharField(help_text="The page where it is put right; empty if there is none.")
    by = serializers.CharField(help_text="Who may put it right.")
    people = ConcernedSerializer(many=True)


class ReadinessSerializer(serializers.Serializer[Any]):
    ready = serializers.BooleanField()
    obstacles = ObstacleSerializer(many=True)


class ScoreSerializer(serializers.ModelSerializer[Score]):
    """A score with the names that interfaces.md fixes; figures are strings, ranks null where there is none."""

    employee_no = serializers.CharField(source="number")
    quarter = serializers.CharField(source="quarter.code")
    department = serializers.CharField(source="department.name")
    category = serializers.CharField(source="category.name")
    common = serializers.CharField()
    individual = serializers.CharField()
    competitive = serializers.CharField()
    adjustments = serializers.CharField()
    linkage = serializers.CharField()
    total = serializers.CharField()
    reason = serializers.SerializerMethodField()

    class Meta:
        model = Score
        fields = (
            "id", "quarter", "employee_no", "name", "department", "category", "common", "individual", "competitive",
            "adjustments", "linkage", "total", "ranked", "bureau_rank", "category_rank", "in_pool", "reason",
        )  # fmt: skip

    def get_reason(self, score: Score) -> str:
        """Why the employee is not ranked; empty for the ranked."""
        return str(score.get_reason_display()) if score.reason else ""


class TraceSerializer(serializers.Serializer[Any]):
    entered_by = serializers.CharField(required=False)
    entered_at = serializers.CharField(required=False)
    reviewed_by = serializers.CharField(required=False)
    reviewed_at = serializers.CharField(required=False)
    confirmed_by = serializers.CharField(required=False)
    confirmed_at = serializers.CharField(required=False)
    note = serializers.CharField(required=False)
    state = serializers.CharField(required=False)


class LineSerializer(serializers.Serializer[Any]):
    """One line; the figures of a level add up to what stands above it, as the page shows them."""

    kind = serializers.CharField()
    depth = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]  # a line's label, not the serializer's
    detail = serializers.CharField()
    figure = serializers.CharField(source="figure_text")
    missing = serializers.BooleanField()
    trace = TraceSerializer()


class ExplanationSerializer(serializers.Serializer[Any]):
    lines = LineSerializer(many=True)
    total = serializers.CharField(source="total.figure")
    missing = serializers.IntegerField()


@extend_schema_view(
    list=extend_schema(parameters=[BUREAU]),
    retrieve=extend_schema(parameters=[CODE, BUREAU]),
)
class QuarterViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Quarter]):
    """The bureau's quarters and what moves them on."""

    queryset = Quarter.objects.none()
    serializer_class = QuarterSerializer
    lookup_field = "code"
    lookup_url_kwarg = "id"
    lookup_value_regex = "[0-9]{4}[Qq][1-4]"

    def get_queryset(self) -> QuerySet[Quarter]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        quarters = Quarter.objects.visible_to(caller(self.request)).select_related("bureau").order_by("-code")
        bureau = self.request.query_params.get("bureau")
        return quarters.filter(bureau__code=bureau) if bureau else quarters

    def get_object(self) -> Quarter:
        quarter: Quarter = get_object_or_404(self.get_queryset(), code=self.kwargs["id"].upper())
        return quarter

    @extend_schema(parameters=[CODE, BUREAU], request=None, responses=RunSerializer)
    @action(detail=True, methods=["post"])
    def score(self, request: Request, id: str) -> Response:  # noqa: A002
        """Scores the quarter; the office's."""
        quarter = self.get_object()
        run = score_quarter(bureau=quarter.bureau, quarter_code=quarter.code, actor=caller(request))
        return Response(RunSerializer(run).data)

    @extend_schema(parameters=[CODE, BUREAU], request=PublishSerializer, responses=QuarterSerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, id: str) -> Response:  # noqa: A002
        """Publishes the quarter if it is ready; `reason` passes over what may be passed over."""
        quarter = self.get_object()
        given = given_by(request, PublishSerializer)
        published = publish_quarter(
            bureau=quarter.bureau,
            quarter_code=quarter.code,
            actor=caller(request),
            today=timezone.localdate(),
            override=given["reason"],
        )
        return Response(QuarterSerializer(published).data)

    @extend_schema(parameters=[CODE, BUREAU], responses=ReadinessSerializer)
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def readiness(self, request: Request, id: str) -> Response:  # noqa: A002
        """What stands between the quarter and its publication."""
        quarter = self.get_object()
        may_see_readiness(caller(request), quarter.bureau).require()
        return Response(ReadinessSerializer(readiness(quarter, today=timezone.localdate())).data)


class ScoreFilter(django_filters.FilterSet):
    quarter = django_filters.CharFilter(field_name="quarter__code", lookup_expr="iexact")
    bureau = django_filters.CharFilter(field_name="bureau__code")
    employee_no = django_filters.CharFilter(field_name="number")
    department = django_filters.CharFilter(field_name="department__code")
    category = django_filters.CharFilter(field_name="category__name")
    ranked = django_filters.BooleanFilter(field_name="ranked")
    in_pool = django_filters.BooleanFilter(field_name="in_pool")

    class Meta:
        model = Score
        fields = ("quarter", "bureau", "employee_no", "department", "category", "ranked", "in_pool")


class ScoreViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Score]):
    """Current scores with ranks, as far as the user's rankings show them."""

    queryset = Score.objects.none()
    serializer_class = ScoreSerializer
    filterset_class = ScoreFilter

    def get_queryset(self) -> QuerySet[Score]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return (
            Score.objects.current()
            .visible_to(caller(self.request))
            .select_related("quarter", "department", "category")
            .order_by("-quarter__code", F("bureau_rank").asc(nulls_last=True), "number")
            .defer("inputs")
        )

    @extend_schema(responses=ExplanationSerializer)
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def explanation(self, request: Request, pk: str) -> Response:
        """The score from its total down to each input, in a running quarter as it stands at this moment.

        403 for those who may only see the rank.
        """
        related = ("run", "quarter__bureau", "employee")
        score = get_object_or_404(self.get_queryset().select_related(*related).defer(None), pk=pk)
        may_see_score(caller(request), score).require()
        return Response(ExplanationSerializer(explanation(as_it_stands(score, now=timezone.now()))).data)
