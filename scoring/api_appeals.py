"""Appeals over the API (interfaces.md, HTTP); every act is the service that the pages call."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import given_by
from indicators.models import Result
from organization.api import ScopedMixin
from organization.requests import caller
from scoring.models import Appeal, Score
from scoring.queries.appeals import moves_shown, node_key
from scoring.services.appeal_corrections import Correction
from scoring.services.appeals import answer_appeal, decide_appeal, file_appeal, withdraw_appeal

NUMBER: dict[str, Any] = {"max_digits": 18, "decimal_places": 6, "required": False, "allow_null": True, "default": None}
POINTS: dict[str, Any] = NUMBER | {"decimal_places": 2}


class AppealSerializer(serializers.ModelSerializer[Appeal]):
    """An appeal; `change` is what the decision corrected, before and after, `corrected_run` the number of its run."""

    quarter = serializers.CharField(source="quarter.code")
    employee_no = serializers.CharField(source="employee.number")
    name = serializers.CharField(source="employee.name")
    filed_by = serializers.CharField(source="filed_by.number")
    point = serializers.CharField(source="point.code", allow_null=True)
    figure = serializers.CharField(allow_null=True, help_text="Points of the line when it was objected to.")
    answered_by = serializers.CharField(source="answered_by.number", allow_null=True)
    decided_by = serializers.CharField(source="decided_by.number", allow_null=True)
    run = serializers.IntegerField(source="run.number")
    corrected_run = serializers.IntegerField(source="corrected_run.number", allow_null=True)

    class Meta:
        model = Appeal
        fields: ClassVar[tuple[str, ...]] = (
            "id", "quarter", "employee_no", "name", "side", "filed_by", "filed_at", "subject", "point", "period", "line",
            "figure", "ground", "wanted", "state", "answer_due", "answer", "answered_by", "answered_at", "decide_due",
            "decision", "decided_by", "decided_at", "change", "run", "corrected_run",
        )  # fmt: skip
        read_only_fields = fields


class MoveSerializer(serializers.Serializer[Any]):
    """One employee whom the correction moved; ranks are empty where there is none."""

    employee_no = serializers.CharField(source="number")
    name = serializers.CharField()
    total_before = serializers.CharField()
    total_after = serializers.CharField()
    rank_before = serializers.CharField()
    rank_after = serializers.CharField()


class AppealDetailSerializer(AppealSerializer):
    moves = serializers.SerializerMethodField(help_text="As far as the caller sees the scores in rankings.")

    class Meta(AppealSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = (*AppealSerializer.Meta.fields, "moves")
        read_only_fields = fields

    @extend_schema_field(MoveSerializer(many=True))
    def get_moves(self, appeal: Appeal) -> Any:
        return MoveSerializer(moves_shown(appeal, caller(self.context["request"])), many=True).data


class FilingSerializer(serializers.Serializer[Any]):
    """Either `score` and `line` (node-<point id>-<period>, claim-<id>, adjustment-<id>, a component's key or total), or
    `result`."""

    score = serializers.IntegerField(required=False)
    line = serializers.CharField(required=False, max_length=60)
    result = serializers.IntegerField(required=False)
    ground = serializers.CharField()
    wanted = serializers.CharField(required=False, allow_blank=True, default="")
    files = serializers.ListField(child=serializers.FileField(), required=False, default=list)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "result" not in attrs and not ("score" in attrs and "line" in attrs):
            raise serializers.ValidationError(
                {"line": [_("请写明得分和明细行（score、line），或考评结果（result）。")]}
            )
        return attrs


class AnswerSerializer(serializers.Serializer[Any]):
    answer = serializers.CharField()
    files = serializers.ListField(child=serializers.FileField(), required=False, default=list)


class DecisionSerializer(serializers.Serializer[Any]):
    """`upheld` with what is put in place: of a result its input, of an adjustment its points or `refuse`, of a claim its
    quality."""

    upheld = serializers.BooleanField()
    reason = serializers.CharField()
    period = serializers.CharField(required=False, allow_blank=True, default="")
    value = serializers.DecimalField(**NUMBER)
    tier = serializers.CharField(required=False, allow_blank=True, default="")
    target = serializers.DecimalField(**NUMBER)
    exempt = serializers.BooleanField(required=False, default=False)
    note = serializers.CharField(required=False, allow_blank=True, default="")
    refuse = serializers.BooleanField(required=False, default=False)
    points = serializers.DecimalField(**POINTS)
    quality = serializers.DecimalField(**POINTS)


class AppealFilterSet(django_filters.FilterSet):
    quarter = django_filters.CharFilter(field_name="quarter__code", lookup_expr="iexact")
    employee_no = django_filters.CharFilter(field_name="employee__number")

    class Meta:
        model = Appeal
        fields = ("quarter", "employee_no", "state", "side", "subject")


@extend_schema(tags=["appeals"])
class AppealViewSet(ScopedMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Appeal]):
    """Objections to lines of scores, as far as the person may read them: filed, answered, decided, withdrawn."""

    queryset = Appeal.objects.select_related(
        "bureau",
        "quarter__bureau",
        "employee",
        "filed_by",
        "point",
        "answered_by",
        "decided_by",
        "run",
        "corrected_run",
    ).order_by("-filed_at", "-pk")
    serializer_class = AppealSerializer
    filterset_class = AppealFilterSet
    parser_classes = (JSONParser, MultiPartParser, FormParser)
    lookup_value_regex = r"\d{1,18}"

    def get_serializer_class(self) -> type[AppealSerializer]:
        return AppealSerializer if self.action == "list" else AppealDetailSerializer

    @extend_schema(request=FilingSerializer, responses={201: AppealDetailSerializer})
    def create(self, request: Request) -> Response:
        """Files an appeal about a line of one's own score, or as assessor about a result; with files as multipart."""
        person, values = caller(request), given_by(request, FilingSerializer)
        score, key = self._line(request, values)
        texts = {name: values[name] for name in ("ground", "wanted", "files")}
        appeal = file_appeal(score=score, key=key, actor=person, today=person.bureau.today, now=timezone.now(), **texts)
        return self._answer(appeal, status.HTTP_201_CREATED)

    def _line(self, request: Request, values: dict[str, Any]) -> tuple[Score, str]:
        person = caller(request)
        scores: QuerySet[Score] = Score.objects.filter(bureau_id=person.bureau_id)
        scores = scores.select_related("run", "quarter__bureau", "bureau", "employee", "department")
        if "result" in values:
            result = get_object_or_404(Result.objects.visible_to(person), pk=values["result"])
            current = scores.filter(quarter=result.quarter_id, employee=result.employee_id, run__is_current=True)
            return get_object_or_404(current), node_key(result.point_id, result.period)
        return get_object_or_404(scores, pk=values["score"]), values["line"]

    @extend_schema(request=AnswerSerializer, responses=AppealDetailSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: str) -> Response:
        """Answers the appeal; the assessing department, who accepted the claim, or the office."""
        appeal, person = self.get_object(), caller(request)
        given = given_by(request, AnswerSerializer)
        appeal = answer_appeal(appeal=appeal, actor=person, today=person.bureau.today, now=timezone.now(), **given)
        return self._answer(appeal)

    @extend_schema(request=DecisionSerializer, responses=AppealDetailSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: str) -> Response:
        """Decides the appeal; upheld, the correction is written and the quarter scored again at once."""
        appeal, person = self.get_object(), caller(request)
        values = given_by(request, DecisionSerializer)
        upheld, reason = values.pop("upheld"), values.pop("reason")
        appeal = decide_appeal(
            appeal=appeal, actor=person, upheld=upheld, reason=reason, correction=Correction(**values),
            today=person.bureau.today, now=timezone.now(),
        )  # fmt: skip
        return self._answer(appeal)

    @extend_schema(request=None, responses=AppealDetailSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Withdraws the appeal; whoever filed it, as long as it is open."""
        return self._answer(withdraw_appeal(appeal=self.get_object(), actor=caller(request), now=timezone.now()))

    def _answer(self, appeal: Appeal, code: int = status.HTTP_200_OK) -> Response:
        shown = self.queryset.get(pk=appeal.pk)
        return Response(AppealDetailSerializer(shown, context=self.get_serializer_context()).data, status=code)
