"""Moments by minute: read as whole numbers by both databases, written in local time."""

from datetime import UTC, datetime

import pytest

from common.minutes import Minute, MinuteTexts
from scoring.models import Wave

MOMENT = datetime(2023, 1, 5, 9, 30, 59, 999999, UTC)


@pytest.mark.django_db
def test_the_database_cuts_off_the_seconds():
    Wave.objects.create(kind=Wave.Kind.NIGHT, started_at=MOMENT)
    minute = Wave.objects.values_list(Minute("started_at"), flat=True).get()
    assert minute == int(MOMENT.timestamp()) // 60


def test_a_minute_is_written_in_local_time():
    texts = MinuteTexts()
    assert texts[int(MOMENT.timestamp()) // 60] == "2023-01-05 17:30"
    assert texts[None] == ""
