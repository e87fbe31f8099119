"""What a bureau agrees about selections; it holds from the next one on."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from audit.services import record
from awards.models import AwardSettings
from awards.permissions.selections import may_run_selection
from awards.services.selections import checked
from organization.models import Bureau, Employee

FIELDS = ("leaders_percent", "most_categories", "winners_each", "nomination_days", "ballot_days", "publicity_days")


@transaction.atomic
def set_award_settings(*, bureau: Bureau, actor: Employee, **values: int) -> AwardSettings:
    """Writes the agreement; a selection that is going on keeps what it was opened with, but for the days of publicity.

    Raises Refused, InvalidInput.
    """
    may_run_selection(actor, bureau).require()
    Bureau.objects.select_for_update(no_key=True).get(pk=bureau.pk)
    agreed = AwardSettings.objects.filter(bureau=bureau).first() or AwardSettings(bureau=bureau)
    before: dict[str, Any] = {name: getattr(agreed, name) for name in FIELDS}
    for name in FIELDS:
        setattr(agreed, name, values.get(name, before[name]))
    checked(agreed, exclude=("bureau",))
    after = {name: getattr(agreed, name) for name in FIELDS if getattr(agreed, name) != before[name]}
    if after or agreed.pk is None:
        agreed.save()
        changed = {name: before[name] for name in after}
        record(actor=actor, action="award_settings.change", bureau=bureau, target=agreed, before=changed, after=after)
    return agreed
