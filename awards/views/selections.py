"""Pages of a selection: where it stands and what the reader can do now, the pool with its reasons, what the office sets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from awards.forms_selections import AwardSettingsForm, CategoryForm, DaysForm, ObjectionForm, OpenForm, ReasonForm
from awards.models import Objection, PoolMember, Selection, StarAward
from awards.permissions.selections import (
    may_answer_objection,
    may_cancel_selection,
    may_close_ballot,
    may_decide_stars,
    may_edit_categories,
    may_edit_days,
    may_nominate,
    may_object,
    may_open_ballot,
    may_publish_stars,
    may_run_selection,
    may_see_decision,
    may_see_participation,
    may_vote,
    may_withdraw_star,
)
from awards.queries.nominees import nobody_nominated
from awards.queries.selection_page import StarShown, objections_shown, pool_rows, stars_shown
from awards.queries.selections import (
    State,
    current_selection,
    next_limit,
    quarters_to_select,
    rail_of,
    settings_of,
)
from awards.queries.votes import Turnout, stars_to_vote, turnout, voted_for, voter_of
from awards.services.selections import cancel_selection, change_category, change_days, open_selection
from awards.services.settings import set_award_settings
from common.components import Step, Tab
from common.errors import Conflict, InvalidInput
from common.forms import add_refusal
from common.verdict import Verdict
from indicators.models import Quarter
from indicators.views.shared import one_page, status_of
from organization.queries import work_calendar
from organization.requests import PersonRequest


def seen(request: PersonRequest, pk: int) -> Selection:
    """A selection of the reader's bureau, 404 for any other."""
    rows = Selection.objects.visible_to(request.user).select_related("bureau", "quarter__bureau", "run")
    found: Selection = get_object_or_404(rows, pk=pk)
    return found


@dataclass(frozen=True)
class SelectionPage:
    """Everything on the page of one selection, for one reader."""

    selection: Selection
    request: PersonRequest
    objection_form: ObjectionForm | None = None

    @property
    def today(self) -> date:
        return self.request.user.bureau.today

    @property
    def calendar(self) -> Any:
        return work_calendar()

    @cached_property
    def limit(self) -> date | None:
        return next_limit(self.selection, self.today)

    @cached_property
    def rail(self) -> list[Step]:
        return rail_of(self.selection, self.selection.steps.select_related("by"))

    @cached_property
    def stars(self) -> list[StarShown]:
        return stars_shown(self.selection, self.request.user)

    @cached_property
    def standings(self) -> dict[str, int]:
        found = dict.fromkeys(PoolMember.Standing.values, 0)
        for standing in self.selection.pool.order_by().values_list("standing", flat=True):
            found[standing] += 1
        return found

    @cached_property
    def in_pool(self) -> int:
        return self.standings[PoolMember.Standing.IN]

    @cached_property
    def nominated(self) -> int:
        return len({nominee.number for star in self.stars for nominee in star.nominees})

    @cached_property
    def unnominated(self) -> int:
        return nobody_nominated(self.selection).count()

    @cached_property
    def winners(self) -> list[StarAward]:
        return [award for star in self.stars for award in star.chosen]

    @property
    def standing_winners(self) -> int:
        """Stars that were published and not withdrawn."""
        return sum(award.state == StarAward.State.PUBLISHED for award in self.winners)

    @property
    def staff_percent(self) -> int:
        return 100 - self.selection.leaders_percent

    @cached_property
    def turnout(self) -> list[Turnout]:
        return turnout(self.selection) if self.selection.state == State.BALLOTING else []

    @cached_property
    def may_vote(self) -> Verdict:
        return may_vote(self.request.user, self.selection, today=self.today, voter=self._voter)

    @cached_property
    def _voter(self) -> Any:
        return voter_of(self.selection, self.request.user) if self.selection.state == State.BALLOTING else None

    @cached_property
    def left_to_vote(self) -> int:
        """For how many stars the reader has not voted."""
        if not self.may_vote:
            return 0
        return len([one for one in stars_to_vote(self.selection) if one.pk not in voted_for(self._voter)])

    @cached_property
    def may_nominate(self) -> Verdict:
        return may_nominate(self.request.user, self.selection, today=self.today)

    @cached_property
    def may_object(self) -> Verdict:
        return may_object(self.request.user, self.selection, today=self.today)

    @cached_property
    def objection(self) -> ObjectionForm:
        return self.objection_form or ObjectionForm(awards=self.winners)

    @cached_property
    def objections(self) -> list[Objection]:
        rows = objections_shown(self.selection, self.request.user)
        for one in rows:
            one.may_answer = bool(may_answer_objection(self.request.user, one))  # type: ignore[attr-defined]
        return rows

    @property
    def runs(self) -> bool:
        return bool(may_run_selection(self.request.user, self.selection.bureau))

    @property
    def withdraws(self) -> bool:
        """Whether the reader withdraws stars; each is asked about again when it is done."""
        return any(may_withdraw_star(self.request.user, award) for award in self.winners)

    @cached_property
    def may_decide(self) -> Verdict:
        return may_decide_stars(self.request.user, self.selection)

    @property
    def sees_decision(self) -> bool:
        return self.selection.shows_votes and bool(may_see_decision(self.request.user, self.selection))

    @property
    def sees_participation(self) -> bool:
        return bool(may_see_participation(self.request.user, self.selection))

    @property
    def may_open_ballot(self) -> bool:
        return bool(may_open_ballot(self.request.user, self.selection)) and self.nominated > 0

    @property
    def may_close_ballot(self) -> bool:
        return bool(may_close_ballot(self.request.user, self.selection))

    @cached_property
    def may_publish(self) -> Verdict:
        return may_publish_stars(self.request.user, self.selection, today=self.today)

    @property
    def may_edit(self) -> bool:
        user, selection = self.request.user, self.selection
        return bool(may_edit_days(user, selection) or may_edit_categories(user, selection))

    @property
    def may_cancel(self) -> bool:
        return bool(may_cancel_selection(self.request.user, self.selection))


def page_of_selection(
    request: PersonRequest, found: Selection, *, objection_form: ObjectionForm | None = None
) -> HttpResponse:
    context = _history(request, found) | {
        "selection": found,
        "page": SelectionPage(found, request, objection_form),
    }
    status = status_of(objection_form) if objection_form else 200
    return render(request, "awards/selection.html", context, status=status)


def _history(request: PersonRequest, shown: Selection | None) -> dict[str, Any]:
    """The other selections, and for the office the quarters without one."""
    user = request.user
    rows = Selection.objects.visible_to(user).select_related("quarter").order_by("-quarter__code", "-pk")
    others = [one for one in rows[:20] if shown is None or one.pk != shown.pk]
    opens = may_run_selection(user, user.bureau)
    return {"others": others, "open_form": OpenForm(quarters=quarters_to_select(user.bureau)) if opens else None}


@require_GET
def stars(request: PersonRequest) -> HttpResponse:
    """五星: the selection that is going on, else the last one."""
    found = current_selection(request.user.bureau)
    if found is None:
        return render(request, "awards/selection_none.html", _history(request, None))
    return page_of_selection(request, found)


@require_GET
def selection(request: PersonRequest, pk: int) -> HttpResponse:
    """One selection."""
    return page_of_selection(request, seen(request, pk))


@require_POST
def selection_open(request: PersonRequest) -> HttpResponse:
    """启动评选."""
    user = request.user
    may_run_selection(user, user.bureau).require()
    quarters = Quarter.objects.visible_to(user).select_related("bureau")
    quarter = get_object_or_404(quarters, code=request.POST.get("quarter", ""))
    opened = open_selection(quarter=quarter, actor=user, today=user.bureau.today, now=timezone.now())
    messages.success(request, _("评选已启动，部门和支部已收到提名通知。"))
    return redirect("awards:selection", pk=opened.pk)


@require_http_methods(["GET", "POST"])
def selection_settings(request: PersonRequest) -> HttpResponse:
    """What the bureau has agreed about selections."""
    user = request.user
    may_run_selection(user, user.bureau).require()
    agreed = settings_of(user.bureau)
    form = AwardSettingsForm(request.POST or None, instance=agreed)
    if request.method == "POST" and form.is_valid():
        set_award_settings(bureau=user.bureau, actor=user, **form.cleaned_data)
        messages.success(request, _("已保存，从下一次评选起执行；公示的工作日从下一次公示起执行。"))
        return redirect("awards:stars")
    return render(request, "awards/selection_settings.html", {"form": form}, status=status_of(form))


@require_http_methods(["GET", "POST"])
def selection_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Days, criteria and numbers of winners, as far as they can still be changed."""
    user, found = request.user, seen(request, pk)
    may_run_selection(user, found.bureau).require()
    days, criteria = may_edit_days(user, found), may_edit_categories(user, found)
    data = request.POST or None
    days_form = DaysForm(data, selection=found) if days else None
    forms = [CategoryForm(data, category=one) for one in found.categories.order_by("pk")] if criteria else []
    shown = [form for form in (days_form, *forms) if form is not None]
    if request.method == "POST":
        days.require()
        faulty = [form for form in shown if not form.is_valid()]
        if not faulty and _save(request, found, days_form, forms):
            messages.success(request, _("已保存。"))
            return redirect("awards:selection", pk=pk)
    context = {"selection": found, "days_form": days_form, "forms": forms, "verdict": days}
    return render(
        request, "awards/selection_edit.html", context, status=422 if any(form.errors for form in shown) else 200
    )


def _save(request: PersonRequest, found: Selection, days: DaysForm | None, forms: list[CategoryForm]) -> bool:
    """Everything on the page or nothing of it; a refusal stands at the form that it is about."""
    user = request.user
    at: DaysForm | CategoryForm | None = days
    try:
        with transaction.atomic():
            if days is not None:
                changed = {name: day for name, day in days.cleaned_data.items() if name in days.changed_data}
                change_days(selection=found, actor=user, today=user.bureau.today, **changed)
            for at in forms:
                change_category(category=at.category, actor=user, **at.cleaned_data)
    except (Conflict, InvalidInput) as error:
        assert at is not None
        add_refusal(at, error)
        return False
    return True


@require_POST
def selection_cancel(request: PersonRequest, pk: int) -> HttpResponse:
    """取消评选, with a reason."""
    found = seen(request, pk)
    form = ReasonForm(request.POST)
    form.is_valid()
    reason = form.cleaned_data.get("reason", "")
    cancel_selection(selection=found, actor=request.user, reason=reason, now=timezone.now())
    messages.success(request, _("评选已取消，这个季度可以重新启动。"))
    return redirect("awards:selection", pk=pk)


@require_GET
def selection_pool(request: PersonRequest, pk: int) -> HttpResponse:
    """候选池: who is in and why, who is out and why, as far as the reader may know."""
    found = seen(request, pk)
    which = request.GET.get("standing", "")
    everybody = pool_rows(found, request.user)
    counts = {standing: sum(row.standing == standing for row in everybody) for standing in PoolMember.Standing.values}
    rows = [row for row in everybody if row.standing == which] if which in counts else everybody
    tabs = [Tab(_("全部"), "?", which not in counts, len(everybody))]
    tabs += [
        Tab(standing.label, f"?standing={standing}", which == standing, counts[standing])
        for standing in PoolMember.Standing
        if counts[standing]
    ]
    context = {
        "selection": found,
        "page": one_page(request, rows),
        "tabs": tabs if len(tabs) > 2 else [],
        "inside": counts[PoolMember.Standing.IN],
        "scored": found.pool.count(),
    }
    return render(request, "awards/selection_pool.html", context)
