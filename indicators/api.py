"""The API's points, items and results (interfaces.md "HTTP"); points and scores are strings."""

from __future__ import annotations

import re
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import ReasonSerializer
from common.errors import InvalidInput
from common.exact import format2, plain
from common.quarters import QuarterCode
from indicators.access import PostsFacts
from indicators.models import AssessmentPoint, FactToken, Item, Library, PointVersion, Quarter, Result
from indicators.permissions import may_assign_items, may_post_facts
from indicators.queries import working_quarter
from indicators.queries.library import rule_words
from indicators.services import assessing
from indicators.services import facts as fact_services
from indicators.services import items as item_services
from indicators.services.entering import enter_result
from organization.api import OwnField, ScopedMixin
from organization.models import Employee
from organization.requests import caller

NUMBER: dict[str, Any] = {"max_digits": 30, "decimal_places": 10, "allow_null": True, "required": False}


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
    """Individual points taken on, as far as the person may read them; the office enters and hands back."""

    queryset = Item.objects.select_related("quarter__bureau", "employee", "point", "bureau").order_by(
        "-quarter__code", "employee__number", "point__code"
    )
    serializer_class = ItemSerializer
    filterset_class = HeldFilter

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        person = caller(request)
        may_assign_items(person, person.bureau).require()
        return super().create(request, *args, **kwargs)

    def perform_create(self, serializer: serializers.BaseSerializer[Item]) -> None:
        given = serializer.validated_data
        quarter = given["quarter"]
        serializer.instance = item_services.take_on(
            actor=caller(self.request),
            employee=given["employee"],
            point=_point(quarter, given["point"]["code"]),
            quarter=quarter,
            taken_on=given.get("taken_on"),
        )

    def perform_destroy(self, instance: Item) -> None:
        person = caller(self.request)
        item_services.hand_back(item=instance, actor=person, today=person.bureau.today)


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
        given = ReasonSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        result = assessing.return_result(
            result=self.get_object(), actor=caller(request), reason=given.validated_data["reason"]
        )
        return Response(self.get_serializer(result).data)

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


def _quarter_code(text: str) -> str:
    try:
        return str(QuarterCode.parse(text))
    except ValueError as error:
        raise InvalidInput(str(error), fields={"quarter": str(error)}) from error


def _point(quarter: Quarter, code: str) -> AssessmentPoint:
    point = AssessmentPoint.objects.filter(
        bureau=quarter.bureau_id, year=quarter.period.year, code=code.strip()
    ).first()
    if point is None:
        sentence = _("%(year)s 年没有考点 %(code)s。") % {"year": quarter.period.year, "code": code}
        raise InvalidInput(sentence, fields={"point": sentence})
    return point


def _point_of_period(employee: Employee, code: str, period: str) -> AssessmentPoint:
    year = int(period[:4]) if re.match(r"[0-9]{4}", period) else 0
    point = AssessmentPoint.objects.filter(bureau=employee.bureau_id, year=year, code=code.strip()).first()
    if point is None:
        sentence = _("%(period)s 所在年度没有考点 %(code)s。") % {"period": period, "code": code}
        raise InvalidInput(sentence, fields={"point": sentence})
    return point
