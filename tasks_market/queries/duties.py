"""What of the market waits for a person: own tasks to hand in, and what the office and the leader in charge decide."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from django.db.models import Count, Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.components import Duty
from common.workdays import WorkCalendar
from indicators.models import Quarter
from organization.models import Employee, Role
from tasks_market.models import Claim, Extension, Task, TaskQuerySet


def duties_of(user: Employee, *, today: date, calendar: WorkCalendar) -> list[Duty]:
    """Everything of the market that waits for this person; its windows hold to the second, by the clock."""
    return [*_in_hand(user), *_deciding(user, timezone.now())]


def _in_hand(user: Employee) -> Iterator[Duty]:
    """One's own tasks that are not handed in, the next deadline first; an objection waits for somebody else."""
    claims = Claim.objects.open().filter(employee=user).exclude(state=Claim.State.HANDED_IN).select_related("task")
    for claim in sorted(claims, key=lambda one: one.deadline):
        if not claim.awaits_objection:
            words = _("任务“%s”待交付") if claim.state == Claim.State.STARTED else _("任务“%s”待开工")
            url = f"{reverse('tasks_market:task', args=[claim.task.number])}#claim-{claim.pk}"
            yield Duty(words % claim.task.name, url, timezone.localdate(claim.deadline))


def _deciding(user: Employee, now: datetime) -> Iterator[Duty]:
    """What `board.duties` lists, counted in two queries; drafts wait for the office alone."""
    is_office = user.has_role(Role.Kind.OFFICE)
    if not is_office and not user.has_role(Role.Kind.DEPUTY_DIRECTOR):
        return
    tasks = Task.objects.filter(bureau=user.bureau_id, quarter__state__in=Quarter.TAKES_INPUT)
    if not is_office:
        tasks = tasks.filter(department__deputy=user)
    running = tasks.exclude(state=Task.State.CANCELLED)
    waiting = _waiting_tasks(running, now) | _waiting_claims(user, running)
    market, drafts = reverse("tasks_market:assign"), reverse("tasks_market:drafts")
    if waiting["drafts"] and is_office:
        words = ngettext("待亮单 %(n)d 项任务", "待亮单 %(n)d 项任务", waiting["drafts"])
        yield Duty(words % {"n": waiting["drafts"]}, drafts)
    if waiting["unclaimed"]:
        words = ngettext("待派单 %(n)d 项任务", "待派单 %(n)d 项任务", waiting["unclaimed"])
        yield Duty(words % {"n": waiting["unclaimed"]}, market)
    if waiting["handed_in"]:
        words = ngettext("待验收 %(n)d 件交付", "待验收 %(n)d 件交付", waiting["handed_in"])
        yield Duty(words % {"n": waiting["handed_in"]}, market)
    if waiting["objections"]:
        words = ngettext("待答复 %(n)d 条派单异议", "待答复 %(n)d 条派单异议", waiting["objections"])
        yield Duty(words % {"n": waiting["objections"]}, market)
    if waiting["extensions"]:
        words = ngettext("待决定 %(n)d 份延期申请", "待决定 %(n)d 份延期申请", waiting["extensions"])
        yield Duty(words % {"n": waiting["extensions"]}, market)


def _waiting_tasks(running: TaskQuerySet, now: datetime) -> dict[str, int]:
    passed = Q(state=Task.State.CLOSED) | Q(state=Task.State.POSTED, claim_until__lte=now)
    return running.aggregate(
        drafts=Count("pk", filter=Q(state=Task.State.DRAFT)),
        unclaimed=Count("pk", filter=passed & Q(places_taken__lt=F("places"))),
    )


def _waiting_claims(user: Employee, running: TaskQuerySet) -> dict[str, int]:
    undecided = Extension.objects.filter(claim=OuterRef("pk"), decision="")
    objected = Q(objected_at__isnull=False, objection_decided_at__isnull=True, state=Claim.State.HELD)
    in_work = Q(state__in=(Claim.State.HELD, Claim.State.STARTED))
    claims = Claim.objects.filter(task__in=running).exclude(employee=user).annotate(asks=Exists(undecided))
    return claims.aggregate(
        handed_in=Count("pk", filter=Q(state=Claim.State.HANDED_IN)),
        objections=Count("pk", filter=objected),
        extensions=Count("pk", filter=in_work & Q(asks=True)),
    )
