"""What a bureau agrees about showings and talks: the theme day, peers each, what triggers a talk."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.services import record
from common.errors import InvalidInput
from common.text import clauses, for_the_record
from organization.models import Bureau, Employee
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
    unknown = values.keys() - set(FIELDS)
    if unknown:
        raise InvalidInput(_("没有这一项约定：%s") % clauses(sorted(unknown)))
    Bureau.objects.select_for_update(no_key=True).get(pk=bureau.pk)  # the first row is made only once
    row = settings_of(bureau)
    before = {name: getattr(row, name) for name in values}
    changed = {name: value for name, value in values.items() if value != before[name]}
    for name, value in changed.items():
        setattr(row, name, value)
    try:
        row.full_clean(validate_unique=False)
    except ValidationError as error:
        faults = {name: clauses(sentences) for name, sentences in error.message_dict.items()}
        raise InvalidInput(clauses(faults.values()), fields=faults) from error
    if not changed:
        return row
    row.save()
    record(
        actor=actor,
        action="review_settings.set",
        bureau=bureau,
        target=row,
        label=for_the_record(gettext_lazy("三晒与谈话的约定")),
        before={name: before[name] for name in changed},
        after=changed,
    )
    return row
