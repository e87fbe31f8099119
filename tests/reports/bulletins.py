"""A published quarter of `make_world` and one after it, with the acts on bulletins short enough for a test's line."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils import timezone

from indicators.models import Quarter
from reports import services_bulletins as services
from reports.models import Bulletin
from tests.reports.world import World, add_quarter, make_world

DAY = date(2023, 5, 4)
NOW = timezone.make_aware(datetime(2023, 5, 4, 10))


def make_desk(code: str = "XS", **values: Any) -> World:
    """2023Q1 published; Anna 90.00, the head 86.25, Bert 82.50, Cora 78.75, three of the office 75.00."""
    return make_world(code, **values)


def with_quarter_after(world: World) -> World:
    """2023Q2, in which everybody had four faults but Cora none; nobody is away."""
    add_quarter(world, "2023Q2", {"cora": 0}, state=Quarter.State.PUBLISHED)
    return world


def draft(world: World, code: str = "2023Q1", by: str = "office") -> Bulletin:
    quarter = Quarter.objects.select_related("bureau").get(bureau=world.bureau, code=code)
    return services.draft_bulletin(quarter=quarter, actor=world.people[by], today=DAY, now=NOW)


def save(world: World, bulletin: Bulletin, by: str = "office", *, known: int | None = None, **texts: str) -> Bulletin:
    known = bulletin.version if known is None else known
    return services.save_bulletin(bulletin=bulletin, actor=world.people[by], texts=texts, known=known)


def submit(world: World, bulletin: Bulletin, by: str = "office") -> Bulletin:
    return services.submit_bulletin(bulletin=bulletin, actor=world.people[by], today=DAY, now=NOW)


def publish(world: World, bulletin: Bulletin, by: str = "director", number: str = "绩〔2023〕1号") -> Bulletin:
    return services.publish_bulletin(
        bulletin=bulletin, actor=world.people[by], number=number, known=bulletin.version, today=DAY, now=NOW
    )


def published(world: World) -> Bulletin:
    return publish(world, submit(world, draft(world)))
