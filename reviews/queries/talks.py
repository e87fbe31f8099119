"""谈心谈话: with whom one may talk, what a signature covers and whether it still fits, what waits for whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Min, Q
from django.urls import reverse

from common.digest import digest_of_data
from organization.models import Employee, EmployeeQuerySet, Role
from reviews.models import Talk, TalkSuggestion
from reviews.models.talks import TalkQuerySet

State = Talk.State


def people_to_talk_with(actor: Employee, *, today: date) -> EmployeeQuerySet:
    """The people in post with whom this person may hold a talk; nobody for most."""
    reach = Q(branch__secretary=actor)
    if actor.has_role(Role.Kind.DEPARTMENT_HEAD):
        reach |= Q(department_id=actor.department_id)
    if actor.has_role(Role.Kind.DEPUTY_DIRECTOR):
        reach |= Q(department__deputy=actor)
    if actor.has_role(Role.Kind.DIRECTOR):
        reach |= Q(bureau_id=actor.bureau_id)
    people: EmployeeQuerySet = Employee.objects.filter(reach, bureau_id=actor.bureau_id)
    return people.in_post_between(today, today).exclude(pk=actor.pk)


# What a signature covers -------------------------------------------------------------------------------------------


def digest_of(talk: Talk, *, by: int) -> str:
    """The SHA-256 of the record as this side signs it: the talker without the other's view, the other with it.

    People stand in it by staff number, which no correction of a name changes.
    """
    lines = [
        ["谈话", str(talk.pk)],
        ["谈话对象", talk.employee.number],
        ["谈话人", talk.talker.number],
        ["方式", talk.kind],
        ["事由", talk.trigger],
        ["日期", talk.held_on.isoformat()],
        ["地点", talk.place],
        ["肯定成绩", talk.affirmation],
        ["分析问题", talk.analysis],
        ["提出要求", talk.requirements],
        ["回访日期", talk.follow_up_on.isoformat() if talk.follow_up_on else ""],
    ]
    if by == talk.employee_id:
        lines.append(["本人意见", talk.view])
    return digest_of_data(lines)


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature as the sheet shows it; `intact` says whether the record still is as it was signed."""

    name: str
    of_talker: bool
    at: datetime
    digest: str
    intact: bool


def signatures_of(talk: Talk) -> list[Signed]:
    """The signatures in their order, each checked against the record as it stands."""
    return [
        Signed(
            name=one.by.name,
            of_talker=one.by_id == talk.talker_id,
            at=one.at,
            digest=one.digest,
            intact=one.digest == digest_of(talk, by=one.by_id),
        )
        for one in talk.signatures.select_related("by")
    ]


# What waits for whom -----------------------------------------------------------------------------------------------


def waiting_for(user: Employee, *, today: date) -> TalkQuerySet:
    """What waits for this person: to sign, to finish writing, to follow up; the state says which."""
    held = Q(state=State.DRAFT) | _due(today)
    return Talk.objects.visible_to(user).filter(Q(employee=user, state=State.WITH_EMPLOYEE) | Q(held, talker=user))


def to_follow_up(user: Employee, *, today: date) -> TalkQuerySet:
    """The signed talks that this person held and whose day to look again has come."""
    return Talk.objects.visible_to(user).filter(_due(today), talker=user)


def _due(today: date) -> Q:
    return Q(state=State.SIGNED, follow_up_on__lte=today, followed_up_at__isnull=True)


@dataclass(frozen=True, slots=True)
class TalkDuties:
    """How many talks wait for a person: to sign, to finish writing, to follow up (the earliest since when), suggested."""

    sign: int
    write: int
    follow_up: int
    follow_up_on: date | None
    suggested: int


def duties_of(user: Employee, today: date) -> TalkDuties:
    """What waits for this person, and for this person alone; in two queries."""
    mine = Talk.objects.visible_to(user).filter(Q(talker=user) | Q(employee=user))
    held = Q(talker=user)
    counted = mine.aggregate(
        sign=Count("pk", filter=Q(employee=user, state=State.WITH_EMPLOYEE)),
        write=Count("pk", filter=held & Q(state=State.DRAFT)),
        follow_up=Count("pk", filter=held & _due(today)),
        follow_up_on=Min("follow_up_on", filter=held & _due(today)),
    )
    return TalkDuties(**counted, suggested=TalkSuggestion.objects.open().addressed_to(user).count())


# What pages show ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TalkRow:
    """A talk as a list shows it; `follow_up_on` is None where nothing was agreed, it is done, or not signed yet."""

    url: str
    name: str
    department: str
    talker: str
    kind: str
    trigger: str
    held_on: date
    state: str
    state_label: str
    follow_up_on: date | None
    followed_up: bool


def talk_rows(talks: Iterable[Talk]) -> list[TalkRow]:
    """Talks (`for_list`) as rows of a list, in the order they come in."""
    return [
        TalkRow(
            url=page_of(one),
            name=one.employee.name,
            department=one.employee.department.name,
            talker=one.talker.name,
            kind=str(one.get_kind_display()),
            trigger=str(one.get_trigger_display()),
            held_on=one.held_on,
            state=one.state,
            state_label=str(one.get_state_display()),
            follow_up_on=one.follow_up_on if one.state == State.SIGNED and not one.followed_up_at else None,
            followed_up=one.followed_up_at is not None,
        )
        for one in talks
    ]


def page_of(talk: Talk) -> str:
    return reverse("reviews:talk", args=[talk.pk])
