"""The API's results with their evidence and steps, and the door for machine facts (interfaces.md "HTTP"); points are strings."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import ReasonSerializer, given_by
from common.errors import InvalidInput
from common.exact import format2, plain
from indicators.access import PostsFacts
from indicators.api_items import HeldFilter
from indicators.models import AssessmentPoint, Evidence, FactToken, Result
from indicators.permissions import may_assess, may_post_facts
from indicators.services import assessing
from indicators.services import facts as fact_services
from indicators.services.entering import enter_result
from indicators.services.evidence import add_evidence, may_add_evidence, remove_evidence
from organization.api import OwnField, ScopedMixin
from organization.files import hand_out
from organization.models import Employee
from organization.requests import caller

NUMBER: dict[str, Any] = {"max_digits": 30, "decimal_places": 10, "allow_null": True, "required": False}


class ResultSerializer(serializers.ModelSerializer[Result]):
    quarter = serializers.CharField(source="quarter.code", read_only=True)
    employee_no = serializers.CharField(source="employee.number", read_only=True)
    name = serializers.CharField(source="employee.name", read_only=True)
    point = serializers.CharField(source="point.code", read_only=True)
    target = serializers.SerializerMethodField()
    value = serializers.SerializerMethodField(method_name="get_entered")
    points = serializers.SerializerMethodField()
    entered_by = serializers.SlugRelatedField[Employee](slug_field="number", read_only=True, allow_null=True)
    reviewed_by = serializers.SlugRelatedField[Employee](slug_field="number", read_only=True, allow_null=True)
    confirmed_by = serializers.SlugRelatedField[Employee](slug_field="number", read_only=True, allow_null=True)

    class Meta:
        model = Result
        fields = [
            "id",
            "quarter",
            "period",
            "employee_no",
            "name",
            "point",
            "target",
            "value",
            "tier",
            "exempt",
            "note",
            "points",
            "state",
            "source",
            "late",
            "entered_by",
            "entered_at",
            "reviewed_by",
            "reviewed_at",
            "confirmed_by",
            "confirmed_at",
            "return_reason",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_target(self, result: Result) -> str | None:
        return None if result.target is None else plain(result.target)

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_entered(self, result: Result) -> str | None:
        return None if result.value is None else plain(result.value)

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_points(self, result: Result) -> str | None:
        return None if result.points is None else format2(result.points)


class ResultEntrySerializer(serializers.Serializer[Any]):
    period = serializers.CharField(max_length=7)
    employee_no = OwnField(slug_field="number", queryset=Employee.objects.all())
    point = serializers.CharField(max_length=32)
    value = serializers.DecimalField(**NUMBER)
    target = serializers.DecimalField(**NUMBER)
    tier = serializers.CharField(max_length=32, required=False, allow_blank=True, default="")
    exempt = serializers.BooleanField(required=False, default=False)
    note = serializers.CharField(required=False, allow_blank=True, default="")


class EvidenceSerializer(serializers.ModelSerializer[Evidence]):
    by = serializers.SlugRelatedField[Employee](slug_field="number", read_only=True, allow_null=True)

    class Meta:
        model = Evidence
        fields = ["id", "name", "size", "content_type", "sha256", "at", "by"]
        read_only_fields = fields


class EvidenceUploadSerializer(serializers.Serializer[Any]):
    files = serializers.ListField(child=serializers.FileField(), allow_empty=False)


class FactSerializer(serializers.Serializer[Any]):
    period = serializers.CharField(max_length=7)
    employee_no = serializers.CharField(max_length=32)
    point = serializers.CharField(max_length=32)
    value = serializers.DecimalField(**NUMBER)
    tier = serializers.CharField(max_length=32, required=False, allow_blank=True, default="")
    note = serializers.CharField(required=False, allow_blank=True, default="")


class FactsWrittenSerializer(serializers.Serializer[Any]):
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()


class ResultIdsSerializer(serializers.Serializer[Any]):
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        allow_empty=False,
        max_length=assessing.MOST_AT_ONCE,
    )


class RefusedResultSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    message = serializers.CharField()


class TakenResultsSerializer(serializers.Serializer[Any]):
    """What was taken, and why the others were not; ids that the person may not see are refused, too."""

    done = serializers.ListField(child=serializers.IntegerField())
    refused = RefusedResultSerializer(many=True)


class ResultFilter(HeldFilter):
    class Meta:
        model = Result
        fields = ["quarter", "employee_no", "department", "point", "period", "state", "late", "source"]


@extend_schema(tags=["results"])
class ResultViewSet(ScopedMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Result]):
    """Results of nodes, as far as the person may read them; facts come in, the application works out the points."""

    queryset = Result.objects.select_related(
        "quarter", "employee", "point", "entered_by", "reviewed_by", "confirmed_by"
    ).order_by("-quarter__code", "employee__number", "point__code", "period")
    serializer_class = ResultSerializer
    filterset_class = ResultFilter
    fact_token_actions = ("facts",)

    @extend_schema(request=ResultEntrySerializer, responses={201: ResultSerializer})
    def create(self, request: Request) -> Response:
        """Enters the fact of one node, new or in place of what was there."""
        entry = ResultEntrySerializer(data=request.data, context=self.get_serializer_context())
        entry.is_valid(raise_exception=True)
        given = dict(entry.validated_data)
        employee = given.pop("employee_no")
        point = _point_of_period(employee, given.pop("point"), given["period"])
        result = enter_result(
            employee=employee, point=point, actor=caller(request), today=employee.bureau.today, **given
        )
        return Response(self.get_serializer(result).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=ResultSerializer)
    @action(detail=True, methods=["post"])
    def review(self, request: Request, pk: str) -> Response:
        """The first review by the head of the employee's department."""
        result = assessing.review_result(result=self.get_object(), actor=caller(request))
        return Response(self.get_serializer(result).data)

    @extend_schema(request=None, responses=ResultSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """The confirmation by the assessing department; nobody confirms an own result."""
        result = assessing.confirm_result(result=self.get_object(), actor=caller(request))
        return Response(self.get_serializer(result).data)

    @extend_schema(request=ReasonSerializer, responses=ResultSerializer)
    @action(detail=True, methods=["post"], url_path="return", url_name="return")
    def send_back(self, request: Request, pk: str) -> Response:
        """Sends the result back with a reason."""
        given = given_by(request, ReasonSerializer)
        result = assessing.return_result(result=self.get_object(), actor=caller(request), reason=given["reason"])
        return Response(self.get_serializer(result).data)

    @extend_schema(
        methods=["get"], responses=EvidenceSerializer(many=True), filters=False, operation_id="results_evidence_list"
    )
    @extend_schema(
        methods=["post"],
        request={"multipart/form-data": EvidenceUploadSerializer},
        responses={201: EvidenceSerializer(many=True)},
        operation_id="results_evidence_create",
    )
    @action(
        detail=True,
        methods=["get", "post"],
        pagination_class=None,
        parser_classes=[MultiPartParser],
        serializer_class=EvidenceSerializer,
    )
    def evidence(self, request: Request, pk: str) -> Response:
        """The files that show that the fact is so; up to ten of 20 MB, added until the result is confirmed."""
        result = self.get_object()
        if request.method == "GET":
            return Response(EvidenceSerializer(result.evidence.select_related("by"), many=True).data)
        may_add_evidence(caller(request), result).require()
        given = EvidenceUploadSerializer(data={"files": request.FILES.getlist("files")})
        given.is_valid(raise_exception=True)
        kept = add_evidence(
            result=result, files=given.validated_data["files"], actor=caller(request), now=timezone.now()
        )
        return Response(EvidenceSerializer(kept, many=True).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        methods=["get"],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
        filters=False,
        operation_id="results_evidence_retrieve",
    )
    @extend_schema(methods=["delete"], request=None, responses={204: None}, operation_id="results_evidence_destroy")
    @action(
        detail=True,
        methods=["get", "delete"],
        pagination_class=None,
        url_path=r"evidence/(?P<evidence_id>[0-9]{1,18})",
        url_name="evidence-file",
    )
    def evidence_file(self, request: Request, pk: str, evidence_id: str) -> HttpResponseBase:
        """One file; whoever uploaded it takes it back until the result is confirmed."""
        rows = self.get_object().evidence.select_related(
            "result__quarter", "result__bureau", "result__employee", "result__point"
        )
        found = get_object_or_404(rows, pk=evidence_id)
        if request.method == "GET":
            return hand_out(found)
        remove_evidence(evidence=found, actor=caller(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=ResultSerializer, operation_id="results_open")
    @action(detail=True, methods=["post"])
    def open(self, request: Request, pk: str) -> Response:
        """Notes that the caller, who reviews or confirms the result, has read it as it is answered here."""
        result = self.get_object()
        person = caller(request)
        assessing.may_judge(person, result).require()
        return Response(
            self.get_serializer(assessing.open_result(result=result, actor=person, now=timezone.now())).data
        )

    @extend_schema(request=ResultIdsSerializer, responses=TakenResultsSerializer, filters=False)
    @action(detail=False, methods=["post"], url_path="review-opened", pagination_class=None)
    def review_opened(self, request: Request) -> Response:
        """The first review of several results, each opened by the caller since it was entered; each stands alone."""
        return self._take(request, assessing.review_opened)

    @extend_schema(request=ResultIdsSerializer, responses=TakenResultsSerializer, filters=False)
    @action(detail=False, methods=["post"], url_path="confirm-opened", pagination_class=None)
    def confirm_opened(self, request: Request) -> Response:
        """The confirmation of several results, each opened by the caller since it was entered; each stands alone."""
        return self._take(request, assessing.confirm_opened)

    def _take(self, request: Request, service: Callable[..., assessing.Taken]) -> Response:
        person = caller(request)
        may_assess(person).require()
        given = given_by(request, ResultIdsSerializer)
        taken = service(ids=given["ids"], actor=person)
        refused = [{"id": row.pk, "message": sentence} for row, sentence in taken.refused]
        refused += [{"id": pk, "message": _("没有找到，或不在您可以查看的范围内。")} for pk in taken.unknown]
        return Response({"done": [row.pk for row in taken.done], "refused": refused})

    @extend_schema(request=FactSerializer(many=True), responses={200: FactsWrittenSerializer}, filters=False)
    @action(detail=False, methods=["post"], pagination_class=None, permission_classes=[PostsFacts])
    def facts(self, request: Request) -> Response:
        """Takes up to 5,000 machine facts, all or nothing; every fault is named by its row, counted from 0.

        From an outside system with its fact token, or from an account of the office.
        """
        token = request.auth if isinstance(request.auth, FactToken) else None
        person = None if token else caller(request)
        bureau = token.bureau if token else caller(request).bureau
        may_post_facts(person, bureau).require()
        if not isinstance(request.data, list):
            raise InvalidInput(_("应当是一个列表，每一项是一条机考数据。"))
        if len(request.data) > fact_services.MOST_FACTS:
            raise InvalidInput(
                _("一次最多报送 %(most)d 条，现在是 %(now)d 条。")
                % {"most": fact_services.MOST_FACTS, "now": len(request.data)}
            )
        rows = FactSerializer(data=request.data, many=True)
        if not rows.is_valid():
            raise InvalidInput(_("有数据的格式不对，一条也没有保存。"), fields={"rows": _row_faults(rows.errors)})
        facts = [fact_services.Fact(**row) for row in rows.validated_data]
        created, updated = fact_services.post_facts(
            bureau=bureau, facts=facts, actor=person, today=bureau.today, system=token.system if token else ""
        )
        return Response({"created": created, "updated": updated, "unchanged": len(facts) - created - updated})


def _row_faults(errors: Any) -> list[dict[str, object]]:
    """The faults of a list of facts in the form of `post_facts`; the framework names rows by place or by key."""
    numbered = errors.items() if isinstance(errors, dict) else enumerate(errors)
    return [
        {"row": number, "field": name, "message": str(sentences[0])}
        for number, faults in numbered
        for name, sentences in (faults.items() if isinstance(faults, dict) else [("", faults)])
    ]


def _point_of_period(employee: Employee, code: str, period: str) -> AssessmentPoint:
    year = int(period[:4]) if re.match(r"[0-9]{4}", period) else 0
    point = AssessmentPoint.objects.filter(bureau=employee.bureau_id, year=year, code=code.strip()).first()
    if point is None:
        sentence = _("%(period)s 所在年度没有考点 %(code)s。") % {"period": period, "code": code}
        raise InvalidInput(sentence, fields={"point": sentence})
    return point
