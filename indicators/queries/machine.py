"""What the page of machine points shows: where each point's facts come from, and which systems may post them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.utils.translation import gettext as _

from common.text import listed
from indicators.models import FactToken, Library, PointVersion, Quarter, Result
from indicators.queries import rule_of
from indicators.queries.library import point_url
from indicators.sources import find_source
from organization.models import Bureau


@dataclass(frozen=True, slots=True)
class MachinePoint:
    """A machine point of a quarter: its source in words, what the number means, how much of it is there."""

    url: str
    code: str
    name: str
    source: str
    meaning: str
    own: bool
    results: int
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class TokenRow:
    token: FactToken
    in_use: bool
    label: str


def machine_versions(bureau: Bureau, quarter: Quarter) -> Any:
    """The machine points in force in a quarter, those that the application computes itself first."""
    versions = PointVersion.objects.in_force(quarter.code).filter(
        point__bureau=bureau, withdrawn=False, source=PointVersion.Source.MACHINE
    )
    rows = versions.exclude(point__library=Library.COMPETITIVE).select_related("point")
    return rows.order_by("-point__fact_source", "point__code")


def point_rows(versions: Iterable[PointVersion], quarter: Quarter) -> list[MachinePoint]:
    """The lines of a page of `machine_versions`, with one query for all."""
    shown = list(versions)
    results = Result.objects.filter(quarter=quarter, point__in=[version.point_id for version in shown])
    figures: dict[int, tuple[int, datetime | None, set[str]]] = {}
    grouped = (
        results.order_by().values_list("point_id", "origin").annotate(number=Count("pk"), newest=Max("entered_at"))
    )
    for point_id, origin, number, newest in grouped:
        counted, latest, origins = figures.setdefault(point_id, (0, None, set()))
        moments = [one for one in (latest, newest) if one is not None]
        figures[point_id] = (counted + number, max(moments, default=None), origins | {origin} - {""})
    rows = []
    for version in shown:
        counted, latest, origins = figures.get(version.point_id, (0, None, set()))
        source = find_source(version.point.fact_source)
        rows.append(
            MachinePoint(
                url=point_url(version.point),
                code=version.point.code,
                name=version.name,
                source=str(source.label) if source else listed(sorted(origins)) or _("外部系统报送或导入"),
                meaning=source.meanings().get(rule_of(version).method, "") if source else "",
                own=source is not None,
                results=counted,
                newest=latest,
            )
        )
    return rows


def token_rows(bureau: Bureau, today: date) -> list[TokenRow]:
    """All tokens of the bureau, those in use first."""
    tokens = FactToken.objects.filter(bureau=bureau).select_related("created_by").order_by("system", "-created_at")
    return sorted((_token_row(token, today) for token in tokens), key=lambda row: not row.in_use)


def _token_row(token: FactToken, today: date) -> TokenRow:
    expired = token.expires_on is not None and token.expires_on < today
    label = _("已停用") if token.revoked_at else _("已过期") if expired else _("在用")
    return TokenRow(token, in_use=not (token.revoked_at or expired), label=label)


def tokens_in_use(bureau: Bureau, today: date) -> QuerySet[FactToken]:
    """The bureau's tokens that open the door: neither revoked nor expired."""
    unexpired = Q(expires_on__isnull=True) | Q(expires_on__gte=today)
    return FactToken.objects.filter(unexpired, bureau=bureau, revoked_at__isnull=True)
