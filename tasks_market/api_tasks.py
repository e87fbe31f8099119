"""The API's tasks (interfaces.md "HTTP"); every act is the service that the pages call."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import ReasonSerializer, given_by
from indicators.models import Quarter
from organization.api import OwnField, ScopedMixin
from organization.models import Department, Employee, Post
from organization.requests import caller
from tasks_market.api_claims import ANSWER, ClaimSerializer
from tasks_market.models import Claim, Extension, Task
from tasks_market.queries import offer
from tasks_market.queries.board import state_of
from tasks_market.services import assigning, claiming, drafting


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


class TaskFilter(django_filters.FilterSet):
    quarter = django_filters.CharFilter(field_name="quarter__code")
    department = django_filters.CharFilter(field_name="department__code")

    class Meta:
        model = Task
        fields = ["quarter", "department", "state", "kind", "difficulty", "number"]


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
        task = drafting.draft_task(actor=caller(request), now=timezone.now(), **given.validated_data)
        return Response(self.get_serializer(task).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=TaskEditSerializer, responses=TaskSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Changes a draft, or a posted task of which nobody holds a place yet."""
        task = self.get_object()
        context = self.get_serializer_context()
        given = TaskEditSerializer(task, data=request.data, partial=True, context=context)
        given.is_valid(raise_exception=True)
        task = drafting.edit_task(task=task, actor=caller(request), **given.validated_data)
        return Response(self.get_serializer(task).data)

    @extend_schema(request=PostingSerializer, responses=TaskSerializer)
    @action(detail=True, methods=["post"], url_path="post", url_name="post")
    def post_task(self, request: Request, pk: str) -> Response:
        """Posts the task, now or `at` a later moment."""
        given = given_by(request, PostingSerializer)
        task = drafting.post_task(task=self.get_object(), actor=caller(request), now=timezone.now(), at=given["at"])
        return Response(self.get_serializer(task).data)

    @extend_schema(request=ClaimingSerializer, responses={201: ClaimSerializer})
    @action(detail=True, methods=["post"])
    def claim(self, request: Request, pk: str) -> Response:
        """Takes a place of the task for oneself, as lead or assistant; 409 with the sentence for who comes too late."""
        person = caller(request)
        role = ""
        if request.data:
            given = given_by(request, ClaimingSerializer)
            role = given["role"]
        task = offer(person, int(pk)) or self.get_object()
        claim = claiming.claim_task(task=task, actor=person, now=timezone.now(), part=role)
        prefetch_related_objects([claim], Prefetch("extensions", Extension.objects.none()))  # a new one has none
        return Response(ANSWER.to_representation(claim), status=status.HTTP_201_CREATED)

    @extend_schema(request=AssignSerializer, responses={201: ClaimSerializer(many=True)})
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, pk: str) -> Response:
        """Gives unclaimed places to people after the window has closed."""
        task = self.get_object()
        given = given_by(request, AssignSerializer, self.get_serializer_context())
        claims = assigning.assign(task=task, actor=caller(request), now=timezone.now(), **given)
        return Response(ClaimSerializer(claims, many=True).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ReasonSerializer, responses=TaskSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancels the task with a reason; who holds a place is told."""
        task = drafting.cancel_task(
            task=self.get_object(),
            actor=caller(request),
            reason=given_by(request, ReasonSerializer)["reason"],
            now=timezone.now(),
        )
        return Response(self.get_serializer(task).data)
