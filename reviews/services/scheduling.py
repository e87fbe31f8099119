"""安排三晒: one a month for a branch, a year's at once, or one that several branches hold together (交流月)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.services import record
from common.errors import Conflict, InvalidInput
from common.text import for_the_record, listed
from notifications.services import notify
from organization.models import Employee, PartyBranch
from organization.queries import work_calendar
from reviews.models import Participant, Showing, ShowingBranch, Statement
from reviews.permissions.showings import may_change_showing, may_schedule_for
from reviews.queries.showings import (
    members_on,
    month_of,
    month_title,
    months_after,
    settings_of,
    theme_day_in,
)
from tasks_market.services.steps import require

FARTHEST_AHEAD = 12
FARTHEST_BACK = 1
"""How many months from the current one a showing can be scheduled for; what lies behind is entered late (补登)."""

_spoken_month = lazy(month_title, str)
_spoken_day = lazy(lambda day: date_format(day, _("n月j日")), str)


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when of the day, and what about; all of it may be left open."""

    starts_at: time | None = None
    place: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """What came of scheduling a year: the showings made, and the months that were left because they have one."""

    made: list[Showing]
    left: list[str]

    @property
    def sentence(self) -> str:
        months = listed(month_title(month) for month in self.left)
        if not self.made:
            return _("没有新的安排：%s已经安排过三晒。") % months if months else _("这一年没有剩下的主题党日。")
        made = _("已安排 %d 次三晒。") % len(self.made)
        return made + _("%s已经安排过，保持不变。") % months if months else made


@transaction.atomic
def schedule_showing(
    *,
    branches: Sequence[PartyBranch],
    day: date,
    actor: Employee,
    today: date,
    now: datetime,
    at: Place = Place(),
) -> Showing:
    """Schedules the showing of the day's month for the branches, one or several that hold it together; tells the members.

    Raises Refused, InvalidInput, Conflict where a branch has one in that month already (it is named).
    """
    branches = lock_branches(branches)
    require(may_schedule_for(actor, branches))
    _require_near(day, today)
    month = month_of(day)
    taken = taken_in(branches, [month])
    if taken:
        named = listed(branch.name for branch in branches if (branch.pk, month) in taken)
        sentence = _("%(branches)s %(month)s已经安排过三晒，一个月只开一次；要一起开，请先取消原来的安排。")
        raise Conflict(sentence % {"branches": named, "month": month_title(month)}, code="scheduled")
    showing = _make(branches, day, actor=actor, now=now, at=at)
    subject = (
        gettext_lazy("%(month)s三晒定在 %(day)s，请在当天前提交发言")
        if day >= today
        else gettext_lazy("补登了 %(day)s的三晒（%(month)s），请核对到会情况")  # nobody can hand in any more
    )
    tell(showing, subject, f"showing.schedule:{showing.pk}")
    return showing


@transaction.atomic
def schedule_year(
    *, branch: PartyBranch, year: int, actor: Employee, today: date, now: datetime, at: Place = Place()
) -> Series:
    """Schedules a branch's showings for the theme day of each coming month of the year; the members are told once.

    Months that have one are left as they are; so are theme days that have passed. Raises Refused, InvalidInput.
    """
    branches = lock_branches([branch])
    require(may_schedule_for(actor, branches))
    if not today.year <= year <= today.year + 1:
        sentence = _("只能安排今年或明年的三晒。")
        raise InvalidInput(sentence, fields={"year": sentence})
    theme_day, calendar = settings_of(branch.bureau).theme_day, work_calendar()
    days = [theme_day_in(f"{year:04d}-{number:02d}", theme_day, calendar) for number in range(1, 13)]
    coming = [day for day in days if day >= today]
    taken = taken_in(branches, [month_of(day) for day in coming])
    left = [month_of(day) for day in coming if (branch.pk, month_of(day)) in taken]
    made = [_make(branches, day, actor=actor, now=now, at=at) for day in coming if month_of(day) not in left]
    if made:
        named = listed(f"{showing.day:%Y-%m-%d}" for showing in made)
        everybody = Employee.objects.filter(showings__showing__in=made).distinct()
        notify(
            recipients=everybody,
            subject=for_the_record(
                gettext_lazy("%(branch)s安排了 %(year)d 年的 %(n)d 次三晒"), branch=branch.name, year=year, n=len(made)
            ),
            body=named,
            url=reverse("reviews:showings"),
            occasion=f"showing.series:{made[0].pk}",
        )
    return Series(made, left)


@transaction.atomic
def change_showing(*, showing: Showing, actor: Employee, day: date, today: date, at: Place = Place()) -> Showing:
    """改期、改地点、改主题 as long as it has not been held; a new day stays in the month and the members are told of it.

    Raises Refused, Conflict, InvalidInput.
    """
    showing = lock_showing(showing)
    require(may_change_showing(actor, showing))
    if month_of(day) != showing.month:
        sentence = _("日期应当在%s以内；要换月份，请取消后重新安排。") % month_title(showing.month)
        raise InvalidInput(sentence, fields={"day": sentence})
    if day < today and day != showing.day:
        sentence = _("新的日期不能早于今天（%s）。") % today
        raise InvalidInput(sentence, fields={"day": sentence})
    wanted = {"day": day, "starts_at": at.starts_at, "place": at.place.strip(), "topic": at.topic.strip()}
    before = {name: getattr(showing, name) for name, value in wanted.items() if getattr(showing, name) != value}
    if not before:
        return showing
    for name in before:
        setattr(showing, name, wanted[name])
    showing.save(update_fields=list(before))
    last = record_showing(
        showing, "showing.change", actor=actor, before=before, after={name: wanted[name] for name in before}
    )
    if "day" in before:
        refresh_participants(showing=showing)
    if before.keys() - {"topic"}:
        # The line's number, because a day that was left can come back and is news again.
        tell(
            showing, gettext_lazy("%(month)s三晒改为 %(day)s，请留意时间和地点"), f"showing.change:{showing.pk}:{last}"
        )
    return showing


@transaction.atomic
def cancel_showing(*, showing: Showing, actor: Employee) -> None:
    """取消: takes the showing back, as long as nobody has handed in; drafts go with it. Raises Refused, Conflict."""
    showing = lock_showing(showing)
    require(may_change_showing(actor, showing))
    statements = Statement.objects.filter(showing=showing)
    handed_in = statements.filter(handed_in_at__isnull=False).count()
    if handed_in:
        raise Conflict(_("已经有 %d 人提交了发言，不能取消；可以改期。") % handed_in, code="handed_in")
    record_showing(showing, "showing.call_off", actor=actor, before={"day": showing.day, "branches": names_of(showing)})
    tell(showing, gettext_lazy("原定 %(day)s的三晒（%(month)s）已取消"), f"showing.cancel:{showing.pk}", linked=False)
    statements.delete()
    showing.delete()


@transaction.atomic
def refresh_participants(*, showing: Showing) -> int:
    """The list follows the branches as they are on its day, until it is held; returns how many came or went.

    Places in the order of speaking stay; who comes speaks last. Nothing happens to one that has been held.
    """
    showing = lock_showing(showing)
    if showing.state != Showing.State.SCHEDULED:
        return 0
    listed_now = {one.employee_id: one for one in Participant.objects.filter(showing=showing).order_by("pk")}
    members = members_on(ShowingBranch.objects.filter(showing=showing).values_list("branch", flat=True), showing.day)
    wanted = {person.pk: branch for person, branch in members}
    gone = [one.pk for one in listed_now.values() if one.employee_id not in wanted]
    if gone:
        Participant.objects.filter(pk__in=gone).delete()
    for one in listed_now.values():
        if wanted.get(one.employee_id, one.branch_id) != one.branch_id:
            Participant.objects.filter(pk=one.pk).update(branch=wanted[one.employee_id])
    last = Participant.objects.filter(showing=showing).aggregate(last=Max("position"))["last"] or 0
    new = [(person, branch) for person, branch in members if person.pk not in listed_now]
    Participant.objects.bulk_create(
        Participant(showing=showing, employee=person, branch_id=branch, position=last + place)
        for place, (person, branch) in enumerate(new, start=1)
    )
    return len(gone) + len(new)


def refresh_coming(today: date) -> int:
    """Nightly: the lists of all showings that have not been held; returns how many people came or went."""
    coming = Showing.objects.filter(state=Showing.State.SCHEDULED, bureau__stands_on__isnull=True)
    near = coming.filter(month__gte=months_after(month_of(today), -1)).order_by("pk")
    return sum(refresh_participants(showing=showing) for showing in near)


# Steps -----------------------------------------------------------------------------------------------------------


def lock_branches(branches: Iterable[PartyBranch]) -> list[PartyBranch]:
    """The branches, locked in the order of their ids, so that nobody else schedules for one of them meanwhile."""
    ids = {branch.pk for branch in branches}
    if not ids:
        sentence = _("请选择参加的党支部。")
        raise InvalidInput(sentence, fields={"branches": sentence})
    locked = PartyBranch.objects.select_for_update(of=("self",), no_key=True).select_related("bureau", "secretary")
    return list(locked.filter(pk__in=ids).order_by("pk"))


def lock_showing(showing: Showing) -> Showing:
    """The showing as it stands, locked: what is handed in, held or changed at once goes one after the other.

    Raises Conflict if it was cancelled.
    """
    rows = Showing.objects.select_for_update(of=("self",), no_key=True).select_related("bureau")
    found = rows.filter(pk=showing.pk).order_by().prefetch_related("joined__branch__secretary").first()
    if found is None:
        raise Conflict(_("这次三晒已经取消。"), code="gone")
    return found


def taken_in(branches: Iterable[PartyBranch], months: Iterable[str]) -> set[tuple[int, str]]:
    """The pairs of branch and month that have a showing."""
    rows = ShowingBranch.objects.filter(branch__in=list(branches), month__in=list(months))
    return set(rows.values_list("branch", "month"))


def names_of(showing: Showing) -> str:
    """The branches that hold it, as they are called."""
    return listed(one.branch.name for one in sorted(showing.joined.all(), key=lambda one: one.branch.code))


def page_of(showing: Showing) -> str:
    return reverse("reviews:showing", args=[showing.pk])


def record_showing(
    showing: Showing, action: str, *, actor: Employee | None, before: Any = None, after: Any = None, reason: str = ""
) -> int:
    """The audit line of an act on a showing; returns its number."""
    return record(
        actor=actor,
        action=action,
        bureau=showing.bureau,
        target=showing,
        label=f"{showing.month} {names_of(showing)}",
        before=before,
        after=after,
        reason=reason,
    ).pk


def tell(showing: Showing, subject: Any, occasion: str, *, linked: bool = True) -> int:
    """Tells everybody on the list; `subject` may name %(month)s and %(day)s."""
    spoken = for_the_record(subject, month=_spoken_month(showing.month), day=_spoken_day(showing.day))
    at = [f"{showing.starts_at:%H:%M}" if showing.starts_at else "", showing.place, showing.topic]
    return notify(
        recipients=Employee.objects.filter(showings__showing=showing),
        subject=spoken,
        body=" · ".join(filter(None, [names_of(showing), *at])),
        url=page_of(showing) if linked else reverse("reviews:showings"),
        occasion=occasion,
    )


def _require_near(day: date, today: date) -> None:
    current = month_of(today)
    if not months_after(current, -FARTHEST_BACK) <= month_of(day) <= months_after(current, FARTHEST_AHEAD):
        sentence = _("只能安排上个月到一年以内的三晒。")
        raise InvalidInput(sentence, fields={"day": sentence})


def _make(branches: Sequence[PartyBranch], day: date, *, actor: Employee, now: datetime, at: Place) -> Showing:
    showing = Showing.objects.create(
        bureau=branches[0].bureau,
        month=month_of(day),
        day=day,
        starts_at=at.starts_at,
        place=at.place.strip(),
        topic=at.topic.strip(),
        scheduled_by=actor,
        scheduled_at=now,
    )
    ShowingBranch.objects.bulk_create(
        ShowingBranch(showing=showing, branch=branch, month=showing.month) for branch in branches
    )
    refresh_participants(showing=showing)
    after = {"day": day, "branches": names_of(showing), "people": showing.participants.count()}
    record_showing(showing, "showing.schedule", actor=actor, after=after)
    return showing
