"""The API's tasks and claims (interfaces.md "HTTP"); every act is the service that the pages call."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import django_filters
from django.db.models import Prefetch, prefetch_related_objects
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.timezone import localtime
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import ReasonSerializer
from common.exact import format2
from indicators.models import Quarter
from organization.api import OwnField, ScopedMixin
from organization.models import Department, Employee, Post
from tasks_market.models import Claim, Extension, Task
from tasks_market.queries import offer
from tasks_market.queries.board import state_of
from tasks_market.services import acceptance, assigning, claiming, doing, drafting

QUALITY: dict[str, Any] = {"max_digits": 4, "decimal_places": 2, "required": False, "allow_null": True, "default": None}


class TaskSerializer(serializers.ModelSerializer[Task]):
    quarter = OwnField(slug_field="code", queryset=Quarter.objects.select_related("bureau"))
    number = serializers.CharField(max_length=32, required=False)
    base = serializers.DecimalField(max_digits=9, decimal_places=2)
    department = OwnField(slug_field="code", queryset=Department.objects.all())
    post = OwnField(slug_field="code", queryset=Post.objects.all(), required=False, allow_null=True)
    point = serializers.SlugRelatedField[Any](slug_field="code", read_only=True)
    open_to = OwnField(slug_field="code", queryset=Department.objects.all(), many=True, required=False)
    places_left = serializers.IntegerField(read_only=True)
    lead_free = serializers.SerializerMethodField(
        help_text="whether the lead's place is free; null where the points are not shared between lead and assistants"
    )
    market_state = serializers.SerializerMethodField(help_text="scheduled, open, full, closed, draft or cancelled, now")

    class Meta:
        model = Task
        fields = [
            "id",
            "number",
            "quarter",
            "name",
            "kind",
            "difficulty",
            "base",
            "places",
            "places_taken",
            "places_left",
            "lead_free",
            "sharing",
            "posted_at",
            "claim_until",
            "due_at",
            "department",
            "post",
            "open_to",
            "point",
            "requirement",
            "deliverable",
            "state",
            "market_state",
        ]
        read_only_fields = ["id", "places_taken", "posted_at", "state"]

    def get_lead_free(self, task: Task) -> bool | None:
        return not task.led if task.has_parts else None

    def get_market_state(self, task: Task) -> str:
        return state_of(task, timezone.now())


class TaskEditSerializer(TaskSerializer):
    """A task keeps its number and its quarter."""

    quarter = serializers.CharField(source="quarter.code", read_only=True)  # type: ignore[assignment]
    number = serializers.CharField(read_only=True)


class ClaimSerializer(serializers.ModelSerializer[Claim]):
    task = serializers.CharField(source="task.number", read_only=True)
    quarter = serializers.CharField(source="quarter.code", read_only=True)
    employee_no = serializers.CharField(source="employee.number", read_only=True)
    name = serializers.CharField(source="employee.name", read_only=True)
    deadline = serializers.DateTimeField(read_only=True)
    quality = serializers.SerializerMethodField()
    extension_asked = serializers.SerializerMethodField(help_text="until when an undecided extension is asked, or null")

    class Meta:
        model = Claim
        fields = [
            "id",
            "task",
            "quarter",
            "employee_no",
            "name",
            "way",
            "part",
            "at",
            "state",
            "started_at",
            "handed_in_at",
            "late",
            "deadline",
            "report",
            "return_reason",
            "outcome",
            "quality",
            "comment",
            "accepted_on",
            "objection",
            "objection_answer",
            "extension_asked",
        ]
        read_only_fields = fields

    def get_extension_asked(self, claim: Claim) -> datetime | None:
        return next((localtime(one.asked_until) for one in claim.extensions.all() if not one.decision), None)

    def get_quality(self, claim: Claim) -> str | None:
        return None if claim.quality is None else format2(claim.quality)


_ANSWER = ClaimSerializer()
"""Built once, because finding its fields anew for each claim takes longer than filling them (docs/market.md)."""


class PostingSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class ClaimingSerializer(serializers.Serializer[Any]):
    role = serializers.ChoiceField(
        choices=Claim.Part.choices,
        required=False,
        allow_blank=True,
        default="",
        help_text="of a task that is shared between lead and assistants; left out: lead while that place is free",
    )


class AssignSerializer(serializers.Serializer[Any]):
    people = OwnField(slug_field="number", queryset=Employee.objects.select_related("bureau"), many=True)
    lead = OwnField(
        slug_field="number",
        queryset=Employee.objects.select_related("bureau"),
        required=False,
        allow_null=True,
        default=None,
        help_text="who of them leads a task that is shared so and has no lead yet; left out: the first",
    )


class HandInSerializer(serializers.Serializer[Any]):
    report = serializers.CharField()
    files = serializers.ListField(child=serializers.FileField(), required=False, default=list)


class ExtensionSerializer(serializers.ModelSerializer[Extension]):
    claim = serializers.IntegerField(source="claim_id", read_only=True)

    class Meta:
        model = Extension
        fields = [
            "id",
            "claim",
            "asked_at",
            "asked_until",
            "reason",
            "decision",
            "granted_until",
            "answer",
            "decided_at",
        ]
        read_only_fields = fields


class AskExtensionSerializer(serializers.Serializer[Any]):
    until = serializers.DateTimeField(help_text="later than the deadline as it stands")
    reason = serializers.CharField()


class GrantSerializer(serializers.Serializer[Any]):
    until = serializers.DateTimeField(
        required=False, allow_null=True, default=None, help_text="another moment than was asked for"
    )
    answer = serializers.CharField(required=False, allow_blank=True, default="")


class ClaimAnswerSerializer(serializers.Serializer[Any]):
    answer = serializers.CharField()


class ClaimDecisionSerializer(ClaimAnswerSerializer):
    upheld = serializers.BooleanField(help_text="true frees the place, false leaves the assignment as it is")


class AcceptSerializer(serializers.Serializer[Any]):
    quality = serializers.DecimalField(**QUALITY)
    comment = serializers.CharField()


class TaskFilter(django_filters.FilterSet):
    quarter = django_filters.CharFilter(field_name="quarter__code")
    department = django_filters.CharFilter(field_name="department__code")

    class Meta:
        model = Task
        fields = ["quarter", "department", "state", "kind", "difficulty", "number"]


class ClaimFilter(django_filters.FilterSet):
    quarter = django_filters.CharFilter(field_name="quarter__code")
    task = django_filters.CharFilter(field_name="task__number")
    employee_no = django_filters.CharFilter(field_name="employee__number")

    class Meta:
        model = Claim
        fields = ["quarter", "task", "employee_no", "state", "way"]


@extend_schema(tags=["tasks"])
class TaskViewSet(
    ScopedMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Task],
):
    """The market's tasks, as far as the person may see them: drafted, posted, claimed, assigned, cancelled."""

    queryset = (
        Task.objects.select_related("bureau", "quarter__bureau", "department", "post", "point")
        .with_lead()
        .prefetch_related("open_to")
        .order_by("-quarter__code", "number")
    )
    serializer_class = TaskSerializer
    filterset_class = TaskFilter
    lookup_value_regex = r"\d{1,18}"

    @extend_schema(request=TaskSerializer, responses={201: TaskSerializer})
    def create(self, request: Request) -> Response:
        """Drafts a task: the office for everybody, head and liaison for their own department."""
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        task = drafting.draft_task(actor=_person(request), now=timezone.now(), **given.validated_data)
        return Response(self.get_serializer(task).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=TaskEditSerializer, responses=TaskSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Changes a draft, or a posted task of which nobody holds a place yet."""
        task = self.get_object()
        context = self.get_serializer_context()
        given = TaskEditSerializer(task, data=request.data, partial=True, context=context)
        given.is_valid(raise_exception=True)
        task = drafting.edit_task(task=task, actor=_person(request), **given.validated_data)
        return Response(self.get_serializer(task).data)

    @extend_schema(request=PostingSerializer, responses=TaskSerializer)
    @action(detail=True, methods=["post"], url_path="post", url_name="post")
    def post_task(self, request: Request, pk: str) -> Response:
        """Posts the task, now or `at` a later moment."""
        given = PostingSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        task = drafting.post_task(
            task=self.get_object(), actor=_person(request), now=timezone.now(), at=given.validated_data["at"]
        )
        return Response(self.get_serializer(task).data)

    @extend_schema(request=ClaimingSerializer, responses={201: ClaimSerializer})
    @action(detail=True, methods=["post"])
    def claim(self, request: Request, pk: str) -> Response:
        """Takes a place of the task for oneself, as lead or assistant; 409 with the sentence for who comes too late."""
        person = _person(request)
        role = ""
        if request.data:
            given = ClaimingSerializer(data=request.data)
            given.is_valid(raise_exception=True)
            role = given.validated_data["role"]
        task = offer(person, int(pk)) or self.get_object()
        claim = claiming.claim_task(task=task, actor=person, now=timezone.now(), part=role)
        prefetch_related_objects([claim], Prefetch("extensions", Extension.objects.none()))  # a new one has none
        return Response(_ANSWER.to_representation(claim), status=status.HTTP_201_CREATED)

    @extend_schema(request=AssignSerializer, responses={201: ClaimSerializer(many=True)})
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, pk: str) -> Response:
        """Gives unclaimed places to people after the window has closed."""
        task = self.get_object()
        given = AssignSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        claims = assigning.assign(task=task, actor=_person(request), now=timezone.now(), **given.validated_data)
        return Response(ClaimSerializer(claims, many=True).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ReasonSerializer, responses=TaskSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancels the task with a reason; who holds a place is told."""
        task = drafting.cancel_task(
            task=self.get_object(), actor=_person(request), reason=_reason(request), now=timezone.now()
        )
        return Response(self.get_serializer(task).data)


@extend_schema(tags=["claims"])
class ClaimViewSet(ScopedMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Claim]):
    """Places of tasks with who holds them; each moves on by its holder or by who accepts."""

    queryset = (
        Claim.objects.select_related(
            "bureau", "quarter", "employee", "task__quarter", "task__bureau", "task__department"
        )
        .prefetch_related("extensions")
        .order_by("-quarter__code", "task__number", "at", "id")
    )
    serializer_class = ClaimSerializer
    filterset_class = ClaimFilter
    lookup_value_regex = r"\d{1,18}"

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Gives the place back; possible until the work starts."""
        claiming.withdraw_claim(claim=self.get_object(), actor=_person(request), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=ClaimSerializer)
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: str) -> Response:
        """The work starts."""
        claim = doing.start(claim=self.get_object(), actor=_person(request), now=timezone.now())
        return Response(self.get_serializer(claim).data)

    @extend_schema(request=HandInSerializer, responses=ClaimSerializer)
    @action(
        detail=True,
        methods=["post"],
        url_path="hand-in",
        url_name="hand-in",
        parser_classes=[JSONParser, MultiPartParser, FormParser],
    )
    def hand_in(self, request: Request, pk: str) -> Response:
        """Hands in a report, with files as multipart/form-data."""
        given = HandInSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        claim = doing.hand_in(
            claim=self.get_object(), actor=_person(request), now=timezone.now(), **given.validated_data
        )
        return Response(self.get_serializer(claim).data)

    @extend_schema(request=ReasonSerializer, responses=ClaimSerializer)
    @action(detail=True, methods=["post"], url_path="object", url_name="object")
    def object_to(self, request: Request, pk: str) -> Response:
        """Objects with a reason to what was assigned; once, before the work starts, by the person alone."""
        claim = assigning.object_to(
            claim=self.get_object(), actor=_person(request), reason=_reason(request), now=timezone.now()
        )
        return Response(self.get_serializer(claim).data)

    @extend_schema(request=ClaimDecisionSerializer, responses={200: ClaimSerializer, 204: None})
    @action(detail=True, methods=["post"], url_path="decide-objection", url_name="decide-objection")
    def decide_objection(self, request: Request, pk: str) -> Response:
        """Answers an objection, as who assigned or as the office: upheld, the place is free again (204)."""
        given, claim = _given(ClaimDecisionSerializer, request), self.get_object()
        assigning.decide_objection(claim=claim, actor=_person(request), now=timezone.now(), **given)
        if given["upheld"]:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=AskExtensionSerializer, responses={201: ExtensionSerializer})
    @action(detail=True, methods=["post"], url_path="ask-extension", url_name="ask-extension")
    def ask_extension(self, request: Request, pk: str) -> Response:
        """Asks before the deadline for a later one, with a reason; one at a time."""
        given = _given(AskExtensionSerializer, request)
        extension = doing.ask_extension(claim=self.get_object(), actor=_person(request), now=timezone.now(), **given)
        return Response(ExtensionSerializer(extension).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=GrantSerializer, responses=ExtensionSerializer)
    @action(detail=True, methods=["post"], url_path="grant-extension", url_name="grant-extension")
    def grant_extension(self, request: Request, pk: str) -> Response:
        """Grants the extension that waits, to the moment asked for or to `until`; 404 where none waits."""
        return self._decide_extension(request, granted=True, **_given(GrantSerializer, request))

    @extend_schema(request=ClaimAnswerSerializer, responses=ExtensionSerializer)
    @action(detail=True, methods=["post"], url_path="refuse-extension", url_name="refuse-extension")
    def refuse_extension(self, request: Request, pk: str) -> Response:
        """Refuses the extension that waits, with an answer; 404 where none waits."""
        return self._decide_extension(request, granted=False, **_given(ClaimAnswerSerializer, request))

    def _decide_extension(self, request: Request, **decision: Any) -> Response:
        extension = get_object_or_404(self.get_object().extensions, decision="")
        decided = doing.decide_extension(extension=extension, actor=_person(request), now=timezone.now(), **decision)
        return Response(ExtensionSerializer(decided).data)

    @extend_schema(request=AcceptSerializer, responses=ClaimSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """Accepts with a quality of 0 to 1.2 and a sentence; never one's own."""
        given = AcceptSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        claim = acceptance.accept(
            claim=self.get_object(), actor=_person(request), now=timezone.now(), **given.validated_data
        )
        return Response(self.get_serializer(claim).data)

    @extend_schema(request=ReasonSerializer, responses=ClaimSerializer)
    @action(detail=True, methods=["post"], url_path="return", url_name="return")
    def send_back(self, request: Request, pk: str) -> Response:
        """Sends what was handed in back to work with a reason."""
        claim = acceptance.send_back(
            claim=self.get_object(), actor=_person(request), reason=_reason(request), now=timezone.now()
        )
        return Response(self.get_serializer(claim).data)

    @extend_schema(request=ReasonSerializer, responses=ClaimSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str) -> Response:
        """未通过, with a reason: of what was handed in, or is overdue."""
        claim = acceptance.refuse(
            claim=self.get_object(), actor=_person(request), reason=_reason(request), now=timezone.now()
        )
        return Response(self.get_serializer(claim).data)


def _given(serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    given = serializer(data=request.data)
    given.is_valid(raise_exception=True)
    return given.validated_data


def _reason(request: Request) -> str:
    return str(_given(ReasonSerializer, request)["reason"])


def _person(request: Request) -> Employee:
    assert isinstance(request.user, Employee)
    return request.user
