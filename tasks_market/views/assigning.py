"""派单: what the windows left over, the people it may go to, and what else waits for the deputy director's word."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common.errors import Conflict, InvalidInput
from common.text import listed
from common.verdict import Verdict
from organization.models import Employee, Role
from tasks_market.forms import AssignForm
from tasks_market.models import Task
from tasks_market.permissions import may_assign
from tasks_market.queries.board import duties
from tasks_market.queries.candidates import Candidate, candidates
from tasks_market.services.assigning import assign as assign_task
from tasks_market.views.board import places_as_dots
from tasks_market.views.shared import reader, task_seen, this_moment

SHOWN = 30
"""So many candidates are listed; the others are found by name."""


def may_open(person: Employee) -> Verdict:
    """Who assigns at all; for which task is asked again at each."""
    if person.has_role(Role.Kind.OFFICE, Role.Kind.DEPUTY_DIRECTOR):
        return Verdict.yes()
    return Verdict.no(_("派单由分管局领导或绩效办办理；有意承担未抢的任务，可以向他们说明。"))


@require_http_methods(["GET", "POST"])
def assign(request: HttpRequest) -> HttpResponse:
    """The waiting places, and the candidates for the one of `?task=`, by default the oldest."""
    user, now = reader(request), this_moment()
    may_open(user).require()
    number = request.GET.get("task", "")
    problem = ""
    if request.method == "POST":
        try:
            if not number:
                raise InvalidInput(_("没有选择要派的任务；请先选一项。"))
            task = task_seen(request, number)
            may_assign(user, task, now=now).require()
            return _assigned(request, task, AssignForm(request.POST, person=user))
        except (InvalidInput, Conflict) as refusal:
            problem = refusal.message
    waiting = duties(user, now=now)
    chosen = next((task for task in waiting.unclaimed if task.number == number), None)
    if chosen is None and number:
        asked = task_seen(request, number)
        if may_assign(user, asked, now=now):
            chosen = asked
        elif not problem:
            messages.info(request, str(may_assign(user, asked, now=now).message))
    chosen = chosen or next(iter(waiting.unclaimed), None)
    found = candidates(chosen, now=now) if chosen else []
    text = request.GET.get("q", "").strip()
    context = {
        "waiting": waiting,
        "chosen": chosen,
        "dots": places_as_dots(chosen, own=False) if chosen else [],
        "candidates": _narrowed(found, text)[:SHOWN],
        "others": max(len(_narrowed(found, text)) - SHOWN, 0),
        "q": text,
        "problem": problem,
        "picked": request.POST.getlist("people"),
        "leading": request.POST.get("lead", ""),
        "names_lead": chosen is not None and chosen.has_parts and not chosen.led and chosen.places_left > 1,
        "places": sum(task.places_left for task in waiting.unclaimed),
    }
    return render(request, "tasks_market/assign.html", context, status=422 if problem else 200)


def _assigned(request: HttpRequest, task: Task, form: AssignForm) -> HttpResponse:
    """Assigns to the people chosen, all or none. Raises InvalidInput and what the service raises."""
    if not form.is_valid():
        raise InvalidInput(str(next(iter(form.errors.values()))[0]))
    people = list(form.cleaned_data["people"])
    lead = form.cleaned_data["lead"]
    if task.has_parts and not task.led and lead is None and len(people) > 1:
        raise InvalidInput(_("选了 %d 人，还没有指定谁主办；请在其中一人的“主办”上点选。") % len(people))
    claims = assign_task(task=task, people=people, actor=reader(request), now=this_moment(), lead=lead)
    names = listed(
        f"{claim.employee.name}（{claim.get_part_display()}）" if claim.part else claim.employee.name
        for claim in claims
    )
    messages.success(request, _("“%(task)s”已派给%(names)s，已通知本人。") % {"task": task.name, "names": names})
    return redirect(reverse("tasks_market:assign"))


def _narrowed(found: Sequence[Candidate], text: str) -> list[Candidate]:
    if not text:
        return list(found)
    return [
        one
        for one in found
        if text in one.employee.name or text in one.employee.number or text in one.employee.department.name
    ]
