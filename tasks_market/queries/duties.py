"""What of the market waits for a person: own tasks to hand in, and what the office and the leader in charge decide."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce, TruncDate
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from common.components import Duty
from common.questions import Found, Question, tallied
from indicators.models import Quarter
from indicators.queries.asked import Asked, Asker, DutyQuestion
from organization.models import Employee, Role
from tasks_market.models import Claim, Extension, Task, TaskQuerySet


def duties_of(asker: Asker) -> Iterator[DutyQuestion]:
    """Everything of the market that waits for this person; its windows hold to the second, by the clock."""
    yield from _in_hand(asker.user)
    yield from _deciding(asker.user, asker.now)


def _in_hand(user: Employee) -> Iterator[DutyQuestion]:
    """One's own tasks that are not handed in, the next deadline first; an objection waits for somebody else."""

    def begin(_asked: Asked, found: list[Found]) -> Iterator[Duty]:
        for row in found:
            yield Duty(_("任务“%s”待开工") % row.text, _claim_url(row), row.day)

    def hand_in(_asked: Asked, found: list[Found]) -> Iterator[Duty]:
        for row in found:
            yield Duty(_("任务“%s”待交付") % row.text, _claim_url(row), row.day)

    mine = Claim.objects.filter(employee=user).exclude(objected_at__isnull=False, objection_decided_at__isnull=True)
    for state, read in ((Claim.State.STARTED, hand_in), (Claim.State.HELD, begin)):
        due = TruncDate(Coalesce("due_at", "task__due_at"))
        yield Question(mine.filter(state=state), read, key="pk", text="task__name", note="task__number", day=due)


def _claim_url(row: Found) -> str:
    return f"{reverse('tasks_market:task', args=[row.note])}#claim-{row.key}"


def _deciding(user: Employee, now: datetime) -> Iterator[DutyQuestion]:
    """What `board.duties` lists, counted; drafts wait for the office alone."""
    is_office = user.has_role(Role.Kind.OFFICE)
    if not is_office and not user.has_role(Role.Kind.DEPUTY_DIRECTOR):
        return
    tasks = Task.objects.filter(bureau=user.bureau_id, quarter__state__in=Quarter.TAKES_INPUT)
    if not is_office:
        tasks = tasks.filter(department__deputy=user)
    running = tasks.exclude(state=Task.State.CANCELLED)
    if is_office:
        post = tallied(ngettext_lazy("待亮单 %(n)d 项任务", "待亮单 %(n)d 项任务", "n"), reverse("tasks_market:drafts"))
        yield Question(running.filter(state=Task.State.DRAFT), post, counted=True)
    passed = Q(state=Task.State.CLOSED) | Q(state=Task.State.POSTED, claim_until__lte=now)
    assign = tallied(ngettext_lazy("待派单 %(n)d 项任务", "待派单 %(n)d 项任务", "n"), reverse("tasks_market:assign"))
    yield Question(running.filter(passed, places_taken__lt=F("places")), assign, counted=True)
    yield from _deciding_claims(user, running)


def _deciding_claims(user: Employee, running: TaskQuerySet) -> Iterator[DutyQuestion]:
    page = reverse("tasks_market:assign")
    claims = Claim.objects.filter(task__in=running).exclude(employee=user)
    accept = tallied(ngettext_lazy("待验收 %(n)d 件交付", "待验收 %(n)d 件交付", "n"), f"{page}#review")
    yield Question(claims.filter(state=Claim.State.HANDED_IN), accept, counted=True)
    objected = claims.filter(objected_at__isnull=False, objection_decided_at__isnull=True, state=Claim.State.HELD)
    answer = tallied(ngettext_lazy("待答复 %(n)d 条派单异议", "待答复 %(n)d 条派单异议", "n"), f"{page}#asked")
    yield Question(objected, answer, counted=True)
    undecided = Extension.objects.filter(claim=OuterRef("pk"), decision="")
    in_work = claims.filter(state__in=(Claim.State.HELD, Claim.State.STARTED))
    decide = tallied(ngettext_lazy("待决定 %(n)d 份延期申请", "待决定 %(n)d 份延期申请", "n"), f"{page}#asked")
    yield Question(in_work.filter(Exists(undecided)), decide, counted=True)
