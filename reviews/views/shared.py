"""What the pages about one showing share: the showing as its reader may see it, and the day that clocks count from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property

from common.workdays import WorkCalendar
from organization.queries import work_calendar
from organization.requests import PersonRequest
from reviews.models import Showing, ShowingBranch
from reviews.queries.ratings import Rater, raters
from reviews.queries.showings import month_title


def seen_showing(request: PersonRequest, pk: int) -> Showing:
    """The showing with its branches; 404 unless the reader may see it."""
    rows = Showing.objects.visible_to(request.user).select_related("bureau", "scheduled_by", "held_by", "closed_by")
    joined = Prefetch("joined", ShowingBranch.objects.select_related("branch__secretary"))
    return get_object_or_404(rows.prefetch_related(joined), pk=pk)


@dataclass(frozen=True)
class ShowingPage:
    """A page about one showing, for one reader; what costs a query is asked when the page shows it."""

    request: PersonRequest
    showing: Showing

    @property
    def today(self) -> date:
        return self.request.user.bureau.today

    @cached_property
    def calendar(self) -> WorkCalendar:
        return work_calendar()

    @property
    def month(self) -> str:
        return month_title(self.showing.month)

    @cached_property
    def raters(self) -> list[Rater]:
        return raters(self.showing)

    @cached_property
    def missing_raters(self) -> list[Rater]:
        """Whose ballots are not in."""
        return [rater for rater in self.raters if not rater.handed_in]
