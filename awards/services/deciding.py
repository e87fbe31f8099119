"""审定、公示、公布、撤销: what the committee makes of the vote, and the stars that come of it."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from awards.models import COMMITTEE, RUNS_SELECTIONS, Selection, StarAward, StarKind
from awards.permissions.selections import (
    can_be_published,
    may_decide_stars,
    may_publish_stars,
    may_withdraw_star,
)
from awards.queries.selections import State, settings_of
from awards.queries.votes import Counted, counted, elsewhere
from awards.services.selections import (
    lock_selection,
    move_selection,
    record_selection,
    tell,
)
from common.errors import Conflict, InvalidInput
from common.text import clauses, clean, listed
from organization.models import Employee
from organization.queries import holders, staff, work_calendar
from scoring.models import Score
from tasks_market.services.steps import filled, require

IN_SERIALS: Mapping[str, str] = {
    StarKind.DEDICATION: "敬业",
    StarKind.LEARNING: "学习",
    StarKind.SERVICE: "服务",
    StarKind.INNOVATION: "创新",
    StarKind.PARTY_AFFAIRS: "党务",
}
"""How a serial number names the star (XS-2023Q1-敬业-01); data, hence not translated."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Who gets a star (ids of nominations), and why where that is not what the vote says."""

    nominations: frozenset[int]
    departure: str = ""


@transaction.atomic
def decide_stars(
    *, selection: Selection, choices: Mapping[int, Choice], actor: Employee, today: date, now: datetime
) -> Selection:
    """审定: the stars of all categories (by id) at once, then publicity begins.

    A reason is needed where a choice is not what the vote says. Whoever gets another star leaves room for the next
    without being a departure, since a person gets one star a quarter; two stars for one person need a reason, too.
    More stars than places only where the vote ends in a tie at the border, with a reason. Raises Refused, Conflict,
    InvalidInput with a sentence for each star.
    """
    selection = lock_selection(selection.pk)
    require(may_decide_stars(actor, selection))
    found = counted(selection)
    faults = faults_of(found, choices)
    if faults:
        raise InvalidInput(clauses(faults.values()), fields=faults)
    taken = _by_person(found, choices)
    for one in found:
        _write(selection, one, choices.get(one.category.pk, NOBODY), taken, actor=actor, now=now)
    until = work_calendar().add(today, settings_of(selection.bureau).publicity_days)
    move_selection(selection, State.PUBLICITY, actor=actor, now=now, publicity_until=until)
    chosen = StarAward.objects.filter(category__selection=selection).select_related("category", "employee")
    record_selection(
        selection,
        "selection.decide",
        actor=actor,
        after={
            "publicity_until": until,
            "stars": [f"{one.category} {one.employee.name}" for one in chosen],
            "departures": {str(one.category): one.category.departure for one in found if one.category.departure},
        },
    )
    tell(
        selection,
        staff(selection.bureau, today),
        gettext_lazy("%(quarter)s五星评选结果公示，有异议请在 %(due)s 前提出"),
        f"publicity:{until}:{now:%Y%m%d%H%M}",
        due=until,
    )
    return selection


NOBODY = Choice(frozenset())


def faults_of(found: Iterable[Counted], choices: Mapping[int, Choice]) -> dict[str, str]:
    """What is wrong with a decision, by `chosen-<category>` and `departure-<category>`; {} if it may stand."""
    rows = list(found)
    taken = _by_person(rows, choices)
    faults: dict[str, str] = {}
    if not any(choices.get(one.category.pk, NOBODY).nominations for one in rows):
        faults["chosen"] = _("一颗星也没有评出；请至少选定一人，或取消这次评选。")
    for one in rows:
        faults |= _faults_of_star(one, choices.get(one.category.pk, NOBODY), taken)
    twice = _twice_without_reason(rows, choices, taken)
    for category, names in twice.items():
        sentence = _("%s同时评为两颗星，每人每季一般只评一颗；确需如此请写明理由。")
        faults.setdefault(f"departure-{category}", sentence % listed(names))
    return faults


def _by_person(found: Iterable[Counted], choices: Mapping[int, Choice]) -> dict[int, set[int]]:
    """The stars (ids) that each person (id) is chosen for."""
    taken: dict[int, set[int]] = {}
    for one in found:
        chosen = choices.get(one.category.pk, NOBODY).nominations
        for nomination in one.nominations:
            if nomination.pk in chosen:
                taken.setdefault(nomination.employee_id, set()).add(one.category.pk)
    return taken


def _faults_of_star(one: Counted, choice: Choice, taken: Mapping[int, set[int]]) -> dict[str, str]:
    star, category = one.category.pk, one.category
    if choice.nominations - {nomination.pk for nomination in one.nominations}:
        return {f"chosen-{star}": _("%s：所选的人里有人不是候选人，请刷新页面再选。") % category}
    result = one.without(elsewhere(one, taken))
    if len(choice.nominations) > category.winners and not all(map(result.by_vote, choice.nominations)):
        sentence = _("%(star)s名额为 %(most)d 人，只有票数在界线上并列时才可以超出。")
        return {f"chosen-{star}": sentence % {"star": category, "most": category.winners}}
    if not result.follows(choice.nominations) and not choice.departure.strip():
        return {f"departure-{star}": _("%s：审定结果与投票结果不一致，请写明理由。") % category}
    return {}


def _twice_without_reason(
    found: Iterable[Counted], choices: Mapping[int, Choice], taken: Mapping[int, set[int]]
) -> dict[int, list[str]]:
    names = {row.employee_id: row.employee.name for one in found for row in one.nominations}
    faults: dict[int, list[str]] = {}
    for person, stars in taken.items():
        if len(stars) > 1 and not any(choices[star].departure.strip() for star in stars):
            faults.setdefault(max(stars), []).append(names[person])
    return faults


def _write(
    selection: Selection,
    one: Counted,
    choice: Choice,
    taken: Mapping[int, set[int]],
    *,
    actor: Employee,
    now: datetime,
) -> None:
    """The stars of one category as chosen now; what an earlier decision of this selection chose and this one does not
    goes away."""
    result = one.without(elsewhere(one, taken))
    category = one.category
    needed = not result.follows(choice.nominations) or any(
        len(taken[row.employee_id]) > 1 for row in one.nominations if row.pk in choice.nominations
    )
    category.departure = clean(choice.departure) if needed else ""
    category.save(update_fields=["departure"])
    chosen = StarAward.objects.filter(category=category, state=StarAward.State.CHOSEN)
    chosen.exclude(nomination_id__in=choice.nominations).delete()
    departments = dict(
        Score.objects.filter(run=selection.run, employee__in=[row.employee_id for row in one.nominations]).values_list(
            "employee_id", "department_id"
        )
    )
    for nomination in one.nominations:
        if nomination.pk in choice.nominations:
            StarAward.objects.update_or_create(
                nomination=nomination,
                defaults={
                    "bureau": selection.bureau,
                    "category": category,
                    "employee": nomination.employee,
                    "department_id": departments[nomination.employee_id],
                    "by_vote": result.by_vote(nomination.pk),
                    "chosen_by": actor,
                    "chosen_at": now,
                },
            )


# Publication ------------------------------------------------------------------------------------------------------


@transaction.atomic
def publish_stars(*, selection: Selection, actor: Employee | None, today: date, now: datetime) -> Selection:
    """公布: after the days of publicity, without open objections; each star gets its serial number and token.

    `actor` None is the clock. Raises Refused, Conflict.
    """
    selection = lock_selection(selection.pk)
    if actor is None:
        require(can_be_published(selection, today=today))
    else:
        require(may_publish_stars(actor, selection, today=today))
    awards = StarAward.objects.filter(category__selection=selection, state=StarAward.State.CHOSEN)
    numbers: Counter[str] = Counter()
    rows = list(awards.select_related("category", "employee").order_by("category_id", "employee__number"))
    if not rows:
        raise Conflict(_("没有拟表彰的人员，不能公布。"), code="nobody")
    for award in rows:
        kind = award.category.kind
        numbers[kind] += 1
        award.state = StarAward.State.PUBLISHED
        award.serial = f"{selection.bureau.code}-{selection.quarter.code}-{IN_SERIALS[kind]}-{numbers[kind]:02d}"
        award.token = secrets.token_urlsafe(32)
        award.published_on = today
    StarAward.objects.bulk_update(rows, ["state", "serial", "token", "published_on"])
    move_selection(selection, State.PUBLISHED, actor=actor, now=now)
    record_selection(
        selection,
        "selection.publish",
        actor=actor,
        after={"stars": [f"{one.serial} {one.employee.name}" for one in rows]},
    )
    for award in rows:
        tell(
            selection,
            [award.employee],
            gettext_lazy("祝贺您获评%(quarter)s%(star)s"),
            f"won:{award.pk}",
            star=award.category.get_kind_display(),
        )
    winners = {award.employee_id for award in rows}
    others = [one for one in staff(selection.bureau, today) if one.pk not in winners]
    tell(selection, others, gettext_lazy("%(quarter)s五星评选结果已公布"), "published")
    return selection


@transaction.atomic
def withdraw_star(*, award: StarAward, actor: Employee, reason: str, now: datetime) -> StarAward:
    """撤销称号: a published star, by the director with a reason; the certificate then verifies as withdrawn.

    Raises Refused, Conflict, InvalidInput.
    """
    selection = lock_selection(award.category.selection_id)
    award = StarAward.objects.select_related("category", "employee", "bureau").get(pk=award.pk)
    require(may_withdraw_star(actor, award))
    reason = filled(clean(reason), "reason", _("请写明撤销称号的理由。"))
    values = {"state": StarAward.State.WITHDRAWN, "withdrawn_by": actor, "withdrawn_at": now, "withdrawal": reason}
    if StarAward.objects.filter(pk=award.pk, state=StarAward.State.PUBLISHED).update(**values) != 1:
        raise Conflict(_("这个称号刚刚被撤销过；请刷新页面再看。"))
    for name, value in values.items():
        setattr(award, name, value)
    record_selection(
        selection,
        "star.withdraw",
        actor=actor,
        target=award,
        label=f"{award.serial} {award.employee.name}",
        before={"state": StarAward.State.PUBLISHED},
        after={"state": StarAward.State.WITHDRAWN},
        reason=reason,
    )
    people = [award.employee, *holders(selection.bureau, timezone.localdate(now), *RUNS_SELECTIONS, *COMMITTEE)]
    subject = gettext_lazy("%(quarter)s%(star)s称号已撤销：%(name)s")
    tell(
        selection,
        people,
        subject,
        f"withdrawn:{award.pk}",
        body=reason,
        star=award.category.get_kind_display(),
        name=award.employee.name,
    )
    return award
