"""What a bureau agrees about showings and talks: the theme day, peers each, what triggers a talk."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy

from audit.services import record
from common.text import for_the_record
from organization.models import Bureau, Employee
from organization.services.agreed import agree
from reviews.models import ReviewSettings
from reviews.permissions.showings import may_set_reviews
from reviews.queries.showings import settings_of

FIELDS = ("theme_day", "peers_each", "low_rank_percent", "fall_places")


@transaction.atomic
def set_review_settings(*, bureau: Bureau, actor: Employee, **values: int) -> ReviewSettings:
    """Sets those of FIELDS that are named, from now on; showings that are scheduled keep their days.

    Raises Refused, InvalidInput with a sentence for each field that cannot be.
    """
    may_set_reviews(actor, bureau).require()
    row, before, after = agree(bureau, settings_of, FIELDS, values)
    if after:
        record(
            actor=actor,
            action="review_settings.set",
            bureau=bureau,
            target=row,
            label=for_the_record(gettext_lazy("三晒与谈话的约定")),
            before=before,
            after=after,
        )
    return row
