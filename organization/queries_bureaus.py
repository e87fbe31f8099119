"""The tree of bureaus as its page shows it: each below the one that it belongs to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from organization.models import Bureau


@dataclass(frozen=True, slots=True)
class Branch:
    """A bureau of the tree; `depth` counts from the top shown, `below` all that hang on it, `people` those in post."""

    bureau: Bureau
    depth: int
    below: int
    people: int

    @property
    def indent(self) -> str:
        """Its place as text, which also a screen reader and paper show."""
        return "　" * (self.depth - 1) + "└ " if self.depth else ""


def tree_of(top: Bureau) -> list[Branch]:
    """The bureau and all below it, each before those below it; two queries, however many."""
    rows = list(Bureau.objects.filter(Q(pk=top.pk) | Q(pk__in=Bureau.objects.below(top).values("pk"))))
    people = _people([row.pk for row in rows])
    children: dict[int | None, list[Bureau]] = defaultdict(list)
    for row in rows:
        children[row.parent_id].append(row)

    def walk(bureau: Bureau, depth: int) -> Iterator[Branch]:
        lower = [branch for child in children[bureau.pk] for branch in walk(child, depth + 1)]
        yield Branch(bureau, depth, len(lower), people.get(bureau.pk, 0))
        yield from lower

    return list(walk(next(row for row in rows if row.pk == top.pk), 0))


def _people(bureaus: Sequence[int]) -> dict[int, int]:
    """How many are in post in each of the bureaus on its own date."""
    today = Coalesce("stands_on", timezone.localdate())
    joined = Q(employees__joined_on__isnull=True) | Q(employees__joined_on__lte=today)
    stays = Q(employees__left_on__isnull=True) | Q(employees__left_on__gte=today)
    counted = Bureau.objects.filter(pk__in=bureaus).annotate(people=Count("employees", filter=joined & stays))
    return dict(counted.order_by().values_list("pk", "people"))
