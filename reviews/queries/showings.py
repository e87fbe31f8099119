"""What a bureau has agreed about showings, and which day a month's showing falls on."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from common.workdays import WorkCalendar
from organization.models import Bureau, Employee
from organization.queries import placement_in_force
from reviews.models import ReviewSettings


def settings_of(bureau: Bureau) -> ReviewSettings:
    """The bureau's settings; those of domain.md, not saved, where it has none of its own."""
    return ReviewSettings.objects.filter(bureau=bureau).first() or ReviewSettings(bureau=bureau)


def moment_of(bureau: Bureau) -> datetime:
    """The moment by the bureau's calendar: a demonstration's lies on the day where its calendar stands."""
    now = timezone.now()
    if bureau.stands_on is None:
        return now
    return datetime.combine(bureau.stands_on, timezone.localtime(now).timetz())


def month_of(day: date) -> str:
    return f"{day:%Y-%m}"


def first_of(month: str) -> date:
    """The first day of `2023-05`. Raises ValueError for what is no month."""
    return date.fromisoformat(f"{month}-01")


def last_day(month: str) -> date:
    """The last day of a month such as 2023-05."""
    return first_of(months_after(month, 1)) - timedelta(days=1)


def months_after(month: str, number: int) -> str:
    """The month that lies so many months after `month`, before it if negative."""
    first = first_of(month)
    years, rest = divmod(first.year * 12 + first.month - 1 + number, 12)
    return f"{years:04d}-{rest + 1:02d}"


def month_title(month: str) -> str:
    """A month as people say it: `2023-05` → 2023年5月."""
    return date_format(first_of(month), _("Y年n月"))


def theme_day_in(month: str, theme_day: int, calendar: WorkCalendar) -> date:
    """The theme day of the month, on the next working day where it is none, yet within the month."""
    planned = first_of(month).replace(day=theme_day)
    day = planned if calendar.is_workday(planned) else calendar.add(planned, 1)
    return day if month_of(day) == month else calendar.on_or_before(planned)


def members_on(branches: Iterable[int], day: date) -> list[tuple[Employee, int]]:
    """Who belongs to one of the branches on the day and is in post, each with the branch, in order of number."""
    wanted = set(branches)
    ever = Q(branch__in=wanted) | Q(placements__branch__in=wanted)
    people = Employee.objects.in_post_between(day, day).filter(ever).distinct().order_by("number")
    found = []
    for person in people.prefetch_related("placements"):
        placed = placement_in_force(person.placements.all(), day) or person
        if placed.branch_id in wanted:
            found.append((person, placed.branch_id))
    return found


def peopled_months(branches: Iterable[int], months: Collection[str]) -> set[tuple[int, str]]:
    """The pairs of branch and month in which the branch had people from the first day to the last.

    A branch that was founded later, or whose people have all left, owed nothing then. Two queries, none without months.
    """
    wanted = set(branches)
    if not months or not wanted:
        return set()
    people = Employee.objects.filter(Q(branch__in=wanted) | Q(placements__branch__in=wanted)).distinct()
    people = list(people.only("branch", "joined_on", "left_on").order_by().prefetch_related("placements"))

    def on(day: date) -> set[int | None]:
        here = (person for person in people if person.in_post_on(day))
        return {(placement_in_force(person.placements.all(), day) or person).branch_id for person in here}

    found = set()
    for month in months:
        throughout = on(first_of(month)) & on(last_day(month)) & wanted
        found |= {(branch, month) for branch in throughout if branch is not None}
    return found
