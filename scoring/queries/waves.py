"""How the scorings of many bureaus stand: for the command that follows one, and for the page of the jobs."""

from __future__ import annotations

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
class WaveLine:
    """One wave on the page: how many bureaus' quarters are done, failed and open, and of the failed ones the first."""

    kind: str
    quarter_code: str
    started_at: datetime
    ended_at: datetime | None
    done: int
    failed: int
    open: int
    failures: list[WaveUnit]

    @property
    def total(self) -> int:
        return self.done + self.failed + self.open

    @property
    def more(self) -> int:
        """Failed ones that are not shown."""
        return self.failed - len(self.failures)


def latest_waves(user: Employee) -> list[WaveLine]:
    """The last waves as the person may see them: all bureaus at the top, else what was done for the own bureau."""
    units = _seen_by(user)
    waves = list(Wave.objects.order_by("-pk")[:SHOWN_WAVES])
    counts = {wave.pk: dict.fromkeys(State.values, 0) for wave in waves}
    states = units.filter(wave__in=waves).order_by().values_list("wave", "state").annotate(number=Count("pk"))
    for wave_id, state, number in states:
        counts[wave_id][state] = number
    failed = units.filter(wave__in=waves, state=State.FAILED).select_related("bureau", "quarter").order_by("pk")
    of_wave: dict[int, list[WaveUnit]] = {wave.pk: [] for wave in waves}
    for unit in failed:
        if len(of_wave[unit.wave_id]) < SHOWN_FAILURES:
            of_wave[unit.wave_id].append(unit)
    return [
        WaveLine(
            kind=wave.get_kind_display(),
            quarter_code=wave.quarter_code,
            started_at=wave.started_at,
            ended_at=wave.ended_at,
            done=counts[wave.pk][State.DONE],
            failed=counts[wave.pk][State.FAILED],
            open=counts[wave.pk][State.OPEN],
            failures=of_wave[wave.pk],
        )
        for wave in waves
        if any(counts[wave.pk].values())
    ]


def unscored_last_night(user: Employee) -> int:
    """How many quarters the last nightly wave could not score, as far as the person may see them."""
    newest = Wave.objects.filter(kind=Wave.Kind.NIGHT).order_by("-pk").values("pk")[:1]
    return _seen_by(user).filter(wave__in=newest, state=State.FAILED).count()


def _seen_by(user: Employee) -> QuerySet[WaveUnit]:
    """All bureaus' for the one at the top, whose administrator moves the jobs; else the own bureau's."""
    units = WaveUnit.objects.all()
    return units if user.bureau.parent_id is None else units.filter(bureau=user.bureau_id)
