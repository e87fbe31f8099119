"""What the warnings tell of each head and liaison as a machine fact: whether they signed in time (domain.md, Results)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from indicators.sources import FactSource, Occurrence
from organization.models import Bureau
from supervision.models import Warned
from supervision.queries.signers import Place, Signers
from supervision.queries.warning_standing import Side, Standing, facts_of


def warnings_signed(bureau: Bureau, first: date, last: date, today: date) -> Iterator[Occurrence]:
    """Each line's signature of a side on the day of its limit: of whoever signed, in time or late.

    What was not signed by its limit counts against the head or the liaison whom the department has today; where it has
    none, against nobody. What nobody owes any more stands nowhere.
    """
    lines = Warned.objects.filter(
        Q(head_due__range=(first, last)) | Q(liaison_due__range=(first, last)), sheet__bureau=bureau
    )
    signers = Signers(bureau, today)
    own = {Side.HEAD: Place.HEAD, Side.LIAISON: Place.LIAISON}
    for line in lines.select_related("sheet").prefetch_related("signatures").order_by("pk"):
        signatures = {one.side: one for one in line.signatures.all()}
        facts = facts_of(line)
        for side in Side:
            limit, signature = facts.limit(side), signatures.get(side)
            if not first <= limit <= last:
                continue
            if signature is not None:
                yield Occurrence(signature.by_id, limit, kept=not signature.late)
            elif facts.standing(side, None, today) == Standing.MISSED:
                for person in signers.at(own[side], line.sheet.department_id):
                    yield Occurrence(person.pk, limit, kept=False)


SIGNED = FactSource(
    key="warnings_signed",
    label=_("预警按时签字"),
    things=_("应签的预警"),
    kept=_("按时签字"),
    broken=_("逾期或没有签字"),
    measure=warnings_signed,
)
