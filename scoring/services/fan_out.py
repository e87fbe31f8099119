"""Scoring many bureaus: a wave has one unit for each bureau's quarter, and any number of processes work on its units.

A unit is worked in one transaction: its row is locked, its scores are written and it is marked as done. A process that
is killed takes nothing with it; the unit is open as before, and whoever looks for work next finds it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from common import progress
from common.errors import DomainError, InvalidInput
from common.tenancy import within
from indicators.models import Quarter
from scoring.models import ScoreRun, Wave, WaveUnit
from scoring.queries.waves import counted
from scoring.services.scoring import score_as_it_stands, score_quarter

logger = logging.getLogger(__name__)

State = WaveUnit.State
RESUMED_WITHIN = timedelta(hours=12)
"""A wave that was left is gone on with; an older one is closed, because what it has done may be out of date."""
KEPT_FOR = timedelta(days=30)
SILENT = timedelta(minutes=2)
"""A wave on which nobody began or ended a unit for so long is handed out again."""
MOST_TRIES = 3
"""So often a unit is begun before it is left to people: something in it may be what kills the process."""
TOLD_EVERY = 1.0


def begin_all(quarter_code: str) -> Wave:
    """The wave that scores every bureau's quarter finally; one that was left unfinished is gone on with.

    Raises InvalidInput if no bureau has the quarter.
    """
    quarters = Quarter.objects.filter(code=quarter_code).order_by("bureau__code")
    if not quarters.exists():
        raise InvalidInput(_("没有任何单位有 %s 这个季度；请先导入该季度的数据。") % quarter_code)
    return _begin(Wave.Kind.ALL, ((quarter, None) for quarter in quarters), quarter_code)


def begin_night() -> Wave:
    """The nightly wave: each bureau's quarters that have begun and are neither in publicity nor published."""
    quarters = Quarter.objects.filter(state__in=Quarter.TAKES_INPUT).select_related("bureau").order_by("bureau", "code")
    return _begin(
        Wave.Kind.NIGHT,
        ((one, one.bureau.today) for one in quarters if one.period.first_day <= one.bureau.today),
    )


def _begin(kind: Wave.Kind, units: Iterable[tuple[Quarter, date | None]], quarter_code: str = "") -> Wave:
    now = timezone.now()
    Wave.objects.filter(started_at__lt=now - KEPT_FOR, ended_at__isnull=False).delete()
    under_way = Wave.objects.filter(kind=kind, quarter_code=quarter_code, ended_at=None)
    under_way.filter(started_at__lt=now - RESUMED_WITHIN).update(ended_at=now)
    parts = list(units)
    while True:
        wave = _create(kind, parts, quarter_code, now)
        if wave is not None:
            return wave
        wave = under_way.first()
        if wave is not None:  # otherwise it ended between the two looks, and there is room for another
            logger.info("wave %s is gone on with", wave.pk)
            return wave


@transaction.atomic
def _create(
    kind: Wave.Kind, parts: Sequence[tuple[Quarter, date | None]], quarter_code: str, now: datetime
) -> Wave | None:
    """A wave with its units; None if one of its kind and quarter is under way."""
    try:
        with transaction.atomic():
            wave = Wave.objects.create(kind=kind, quarter_code=quarter_code, started_at=now)
    except IntegrityError:
        return None
    units = [WaveUnit(wave=wave, bureau_id=one.bureau_id, quarter=one, today=today) for one, today in parts]
    WaveUnit.objects.bulk_create(units, batch_size=500)
    return wave


def work(wave_id: int, *, seconds: float) -> tuple[int, bool]:
    """Works units one after the other; returns how many, and whether it stopped only because the time was over."""
    over, told, worked = time.monotonic() + seconds, 0.0, 0
    while (unit_id := _take(wave_id)) is not None:
        worked += _work(unit_id)
        if time.monotonic() >= told + TOLD_EVERY:
            told = time.monotonic()
            counts = counted(wave_id)
            progress.tell(counts.ended, counts.total)
        if time.monotonic() >= over:
            return worked, True
    end(wave_id)
    return worked, False


@transaction.atomic
def _take(wave_id: int) -> int | None:
    """Finds an open unit that nobody works on and notes that it is begun; None if there is none.

    The note is committed before the work begins, so that a unit which kills its process is not begun for ever. One that
    was begun just now may be in the hands of a lane that has not locked it yet: it is not given up before SILENT.
    """
    now = timezone.now()
    free = WaveUnit.objects.select_for_update(skip_locked=True, of=("self",)).filter(wave=wave_id, state=State.OPEN)
    unit = free.order_by("tries", "pk").first()
    if unit is None:
        return None
    if unit.tries >= MOST_TRIES:
        if unit.taken_at is not None and unit.taken_at > now - SILENT:
            return None
        unit.state, unit.ended_at = State.FAILED, now
        unit.sentence = _("计分的进程多次在途中消失，没有再试；请查看服务日志，查明原因后重新计分。")
    else:
        unit.tries, unit.taken_at = unit.tries + 1, now
    unit.save()
    return unit.pk


@transaction.atomic
def _work(unit_id: int) -> bool:
    """Scores one unit and writes how it ended, all or nothing; whether it ended here. Safe to run twice.

    It did not if it was over already, or if the database did not let it: then it stays open. Whoever took a unit waits
    for it: two lanes that took the last one, and look for others, would pass it over for each other's looking.
    """
    found = WaveUnit.objects.select_for_update(of=("self",)).filter(pk=unit_id, state=State.OPEN)
    unit = found.select_related("quarter__bureau").order_by("pk").first()
    if unit is None:
        return False
    try:
        with transaction.atomic(), progress.listening(lambda *_told: None), within(unit.bureau_id):
            run = _score(unit)
    except DomainError as error:
        logger.warning("%s %s was not scored: %s", unit.quarter.bureau, unit.quarter, error)
        unit.state, unit.sentence = State.FAILED, error.message
    except OperationalError:  # a deadlock, or no database: the unit stays open, and its tries are counted
        logger.exception("%s %s was not scored", unit.quarter.bureau, unit.quarter)
        return False
    except Exception:
        logger.exception("%s %s was not scored", unit.quarter.bureau, unit.quarter)
        unit.state, unit.sentence = State.FAILED, _("程序出错，得分没有改变；原因见这一时刻的服务日志。")
    else:
        unit.state, unit.scored, unit.ranked, unit.missing = State.DONE, run.scored, run.ranked, run.missing
    unit.ended_at = timezone.now()
    unit.save()
    return True


def _score(unit: WaveUnit) -> ScoreRun:
    """The work of a unit: everything that it reads and writes is its bureau's."""
    bureau, code = unit.quarter.bureau, unit.quarter.code
    if unit.today is None:
        return score_quarter(bureau=bureau, quarter_code=code, actor=None)
    return score_as_it_stands(bureau=bureau, quarter_code=code, today=unit.today)


def end(wave_id: int) -> bool:
    """Closes a wave without an open unit; whether it is closed."""
    still_open = WaveUnit.objects.filter(wave=OuterRef("pk"), state=State.OPEN)
    Wave.objects.filter(~Exists(still_open), pk=wave_id, ended_at=None).update(ended_at=timezone.now())
    return Wave.objects.filter(pk=wave_id, ended_at__isnull=False).exists()


def silent_waves(now: datetime) -> list[int]:
    """Waves under way on which nobody works: their messages were lost, or died with a worker."""
    since = now - SILENT
    under_way = Wave.objects.filter(ended_at=None, started_at__lt=since)
    moves = under_way.annotate(taken=Max("units__taken_at"), ended=Max("units__ended_at"))
    silent = moves.filter(Q(taken=None) | Q(taken__lt=since), Q(ended=None) | Q(ended__lt=since))
    return list(silent.order_by("pk").values_list("pk", flat=True))
