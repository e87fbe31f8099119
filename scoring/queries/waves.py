"""How the scorings of many bureaus stand: for who works on one or follows it, and for the page of the jobs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet

from organization.models import Employee
from scoring.models import Wave, WaveUnit

State = WaveUnit.State
SHOWN_WAVES, SHOWN_FAILURES = 3, 20


def ended(wave: Wave, known: Collection[int]) -> list[WaveUnit]:
    """Units of the wave that ended, without those known already, in the order of their ends."""
    over = WaveUnit.objects.filter(wave=wave).exclude(state=State.OPEN)
    fresh = set(over.values_list("pk", flat=True)) - set(known)
    return list(over.filter(pk__in=fresh).select_related("bureau").order_by("ended_at", "pk")) if fresh else []


@dataclass(frozen=True, slots=True)
class Counted:
    """How many units of a wave are done, failed and open."""

    done: int = 0
    failed: int = 0
    open: int = 0

    @property
    def ended(self) -> int:
        return self.done + self.failed

    @property
    def total(self) -> int:
        return self.ended + self.open


def counted(wave_id: int) -> Counted:
    return _counted_by_wave(WaveUnit.objects.filter(wave=wave_id)).get(wave_id, Counted())


def _counted_by_wave(units: QuerySet[WaveUnit]) -> dict[int, Counted]:
    """By the ids of the waves that have any of these units."""
    numbers: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for wave_id, state, number in units.order_by().values_list("wave", "state").annotate(number=Count("pk")):
        numbers[wave_id][state] = number
    return {wave_id: Counted(**of_wave) for wave_id, of_wave in numbers.items()}


@dataclass(frozen=True, slots=True)
class WaveLine:
    """One wave on the page: what became of its units as far as they are seen, and of the failed ones the first."""

    kind: str
    quarter_code: str
    started_at: datetime
    ended_at: datetime | None
    counted: Counted
    failures: list[WaveUnit]

    @property
    def more(self) -> int:
        """Failed ones that are not shown."""
        return self.counted.failed - len(self.failures)


def latest_waves(user: Employee) -> list[WaveLine]:
    """The last waves as the person may see them: all bureaus at the top, else what was done for the own bureau."""
    units = _seen_by(user)
    waves = list(Wave.objects.order_by("-pk")[:SHOWN_WAVES])
    counts = _counted_by_wave(units.filter(wave__in=waves))
    failures: dict[int, list[WaveUnit]] = {wave.pk: [] for wave in waves}
    failed = units.filter(wave__in=waves, state=State.FAILED).select_related("bureau", "quarter").order_by("pk")
    for unit in failed:
        if len(failures[unit.wave_id]) < SHOWN_FAILURES:
            failures[unit.wave_id].append(unit)
    return [
        WaveLine(
            kind=wave.get_kind_display(),
            quarter_code=wave.quarter_code,
            started_at=wave.started_at,
            ended_at=wave.ended_at,
            counted=counts[wave.pk],
            failures=failures[wave.pk],
        )
        for wave in waves
        if wave.pk in counts
    ]


def unscored_last_night(user: Employee) -> int:
    """How many quarters the last nightly wave could not score, as far as the person may see them."""
    newest = Wave.objects.filter(kind=Wave.Kind.NIGHT).order_by("-pk").values("pk")[:1]
    return _seen_by(user).filter(wave__in=newest, state=State.FAILED).count()


def _seen_by(user: Employee) -> QuerySet[WaveUnit]:
    """All bureaus' for the one at the top, whose administrator moves the jobs; else the own bureau's."""
    units = WaveUnit.objects.all()
    return units if user.bureau.parent_id is None else units.filter(bureau=user.bureau_id)
