"""What each post carries in a quarter, and what no one does (screens.md, 领取)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext as _

from common.exact import format2, round2
from common.text import listed
from indicators.models import Item, Library, Quarter
from indicators.queries.library import library, point_url, responsible
from indicators.queries.taking import NAMED
from organization.models import Employee


@dataclass(frozen=True, slots=True)
class PostRow:
    """What a post carries in a quarter, and what of it nobody took on."""

    department: str
    post: str
    people: str
    heads: int
    points: int
    full: str
    loose: int
    items: int
    each: str


@dataclass(frozen=True, slots=True)
class LoosePoint:
    """An individual point that nobody took on, or one that nobody is responsible for."""

    pk: int
    code: str
    name: str
    url: str
    responsible: str
    full: str
    cycle: str
    deadline: str
    library: str


@dataclass(frozen=True, slots=True)
class Workload:
    """The posts of some departments with their points, and the points that fall between them."""

    posts: list[PostRow]
    unclaimed: list[LoosePoint]
    orphans: list[LoosePoint]
    points: int


def workload(quarter: Quarter, departments: Sequence[int] | None) -> Workload:
    """The workload of the posts of these departments, None of all, the fullest first."""
    bureau, period = quarter.bureau, quarter.period
    versions = library(bureau, quarter.code).filter(withdrawn=False).exclude(point__library=Library.COMMON)
    posts = bureau.posts.select_related("department").order_by(F("department__code"), F("code"))
    if departments is not None:
        versions = versions.filter(Q(department__in=departments) | Q(post__department__in=departments))
        posts = posts.filter(department__in=departments)
    everything = list(versions.order_by("point__code"))
    found = [version for version in everything if version.point.library == Library.INDIVIDUAL]
    people: dict[int, list[str]] = defaultdict(list)
    in_post = Employee.objects.filter(bureau=bureau, post__in=posts).in_post_between(period.first_day, period.last_day)
    for post, name in in_post.order_by("number").values_list("post_id", "name"):
        people[post].append(name)
    taken = Item.objects.filter(quarter=quarter, employee__post__in=posts)
    items = Counter(taken.values_list("employee__post_id", flat=True))
    of_post: dict[int, list[Any]] = defaultdict(list)
    for version in found:
        if version.post_id:
            of_post[version.post_id].append(version)
    rows = []
    for post in posts:
        names, carried = people[post.pk], of_post[post.pk]
        if not names and not carried:
            continue
        full = sum((version.full for version in carried), Decimal(0))
        row = PostRow(
            department=post.department.name,
            post=post.name,
            people=listed(names[:NAMED]) + (_(" 等") if len(names) > NAMED else ""),
            heads=len(names),
            points=len(carried),
            full=format2(full),
            loose=sum(not version.holders for version in carried),
            items=items[post.pk],
            each=str(round2(Fraction(items[post.pk], len(names)))) if names else "–",
        )
        rows.append((full, row))
    return Workload(
        posts=[row for _full, row in sorted(rows, key=lambda pair: -pair[0])],
        unclaimed=[_loose(version) for version in found if not version.holders],
        orphans=[_loose(version) for version in everything if version.orphan],
        points=len(found),
    )


def _loose(version: Any) -> LoosePoint:
    return LoosePoint(
        pk=version.point_id,
        code=version.point.code,
        name=version.name,
        url=point_url(version.point),
        responsible=responsible(version),
        full=format2(version.full),
        cycle=version.get_cycle_display(),
        deadline=version.deadline,
        library=version.point.get_library_display(),
    )
