"""What a bureau agrees about a part of its work: one row of settings, which is made when something is first set."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext as _

from common.errors import InvalidInput
from common.text import clauses
from organization.models import Bureau
from organization.services.lines import difference

Row = TypeVar("Row", bound=Model)


def agree(
    bureau: Bureau, settings_of: Callable[[Bureau], Row], fields: Collection[str], values: Mapping[str, Any]
) -> tuple[Row, dict[str, Any], dict[str, Any]]:
    """Sets those of `fields` that are named; returns the row, and of what changed what it was and what it is.

    Raises InvalidInput with a sentence for each field that cannot be. The caller's transaction holds the bureau.
    """
    if unknown := values.keys() - set(fields):
        raise InvalidInput(_("没有这一项约定：%s") % clauses(sorted(unknown)))
    Bureau.objects.select_for_update(no_key=True).get(pk=bureau.pk)  # the first row is made only once
    row = settings_of(bureau)
    before, after = difference({name: getattr(row, name) for name in values}, dict(values))
    for name, value in after.items():
        setattr(row, name, value)
    try:
        row.full_clean(validate_unique=False)
    except ValidationError as error:
        faults = {name: clauses(sentences) for name, sentences in error.message_dict.items()}
        raise InvalidInput(clauses(faults.values()), fields=faults) from error
    if after:
        row.save()
    return row, before, after
