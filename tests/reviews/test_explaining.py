"""扣分说明: who fills it, until when, what a correction run keeps, and who is reminded once a day."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta

import pytest

from audit.models import Entry
from common.errors import Conflict, Refused
from common.text import version_of
from notifications.models import Notification
from reviews.models import LostPoint
from reviews.services import explaining
from reviews.services.meetings import follow_run
from tests.reviews.meetings import BEGAN, DAY, PEOPLE, Hall, make_hall

pytestmark = pytest.mark.django_db


def build() -> Hall:
    return make_hall()


@pytest.fixture
def hall(built: Hall) -> Hall:
    return deepcopy(built)


class TestFilling:
    def test_cause_and_measure_make_it_whole(self, hall: Hall) -> None:
        row = hall.lost(hall.prepare(), "A", "K1")
        half = hall.explain(row, cause="只有原因", measure=" ")
        assert (half.cause, half.filled_at, half.filled_by) == ("只有原因", None, None)
        whole = hall.explain(row, "liaison", measure="补课")
        assert (whole.filled_by, whole.measure) == (hall.people["liaison"], "补课")
        again = hall.explain(row, "liaison", measure="补课")
        assert again.filled_at == whole.filled_at
        lines = list(Entry.objects.filter(action="lost_point.explain").order_by("pk"))
        assert [line.after["measure"] for line in lines] == ["", "补课"]

    def test_what_another_window_wrote_is_not_overwritten(self, hall: Hall) -> None:
        row = hall.lost(hall.prepare(), "A", "K1")
        known = version_of("", "")
        hall.explain(row, known=known)
        with pytest.raises(Conflict, match="刚刚被别人改过"):
            hall.explain(row, "liaison", cause="另一个原因", known=known)
        hall.explain(row, "liaison", known=known)  # the same words overwrite nothing
        assert hall.explain(row, "liaison", cause="另一个原因", known=version_of("原因", "措施")).cause == "另一个原因"

    def test_emptied_it_is_unfilled_again(self, hall: Hall) -> None:
        row = hall.explain(hall.lost(hall.prepare(), "A", "K1"))
        row = hall.explain(row, cause="")
        assert row.filled_at is None
        assert LostPoint.objects.unfilled().filter(pk=row.pk).exists()

    def test_who_may(self, hall: Hall) -> None:
        meeting = hall.prepare()
        for place, may in (("A", {"head", "liaison"}), ("B", {"head_b"}), ("D", {"office"})):
            row, wrote = hall.lost(meeting, place, "K1"), set()
            for name in PEOPLE:
                try:
                    hall.explain(row, name, cause=f"{name}说")
                    wrote.add(name)
                except Refused:
                    pass
            assert wrote == may, place

    def test_also_late_but_not_once_it_was_held(self, hall: Hall) -> None:
        meeting = hall.prepare()
        row = hall.lost(meeting, "A", "K1")
        hall.explain(row, today=DAY)
        hall.hold(meeting)
        with pytest.raises(Conflict, match="不能再改"):
            hall.explain(row, cause="改")
        assert LostPoint.objects.get(pk=row.pk).cause == "原因"


class TestCorrections:
    def test_what_was_written_is_kept(self, hall: Hall) -> None:
        meeting = hall.prepare()
        row = hall.explain(hall.lost(meeting, "A", "K1"))
        hall.correct(faults=4)
        assert explaining.follow_corrections(bureau=hall.bureau, today=BEGAN) == 1
        row.refresh_from_db()
        assert (str(row.lost), row.cause, row.filled_by) == ("2.50", "原因", hall.people["head"])
        assert explaining.follow_corrections(bureau=hall.bureau, today=BEGAN) == 0
        line = Entry.objects.get(action="meeting.redraw")
        assert (line.before["run"], line.after["run"]) == (1, 2)

    def test_scored_again_within_its_run_it_is_drawn_again(self, hall: Hall) -> None:
        meeting = hall.prepare()
        assert explaining.follow_corrections(bureau=hall.bureau, today=BEGAN) == 0
        hall.score_again(faults=4)
        assert explaining.follow_corrections(bureau=hall.bureau, today=BEGAN) == 1
        assert str(hall.lost(meeting, "A", "K1").lost) == "2.50"
        assert explaining.follow_corrections(bureau=hall.bureau, today=BEGAN) == 0

    def test_what_is_lost_no_longer_goes_unless_something_was_written(self, hall: Hall) -> None:
        meeting = hall.prepare()
        written, bare = hall.lost(meeting, "A", "K1"), hall.lost(meeting, "A", "K2")
        hall.explain(written)
        LostPoint.objects.filter(pk=bare.pk).update(point=hall.points["K1"], department=hall.departments["C"])
        hall.correct(faults=0)
        assert follow_run(meeting=meeting, actor=hall.people["office"], today=BEGAN)
        written.refresh_from_db()
        assert str(written.lost) == "0.50"  # bert's fault remains
        assert not LostPoint.objects.filter(pk=bare.pk).exists()
        assert hall.lost(meeting, "A", "K2").cause == ""

    def test_what_is_gone_but_written_stays_with_nothing_lost(self, hall: Hall) -> None:
        meeting = hall.prepare()
        row = hall.explain(hall.lost(meeting, "A", "K1"))
        LostPoint.objects.filter(pk=row.pk).update(department=hall.departments["C"])
        hall.correct(faults=1)
        follow_run(meeting=meeting, actor=None, today=BEGAN)
        row.refresh_from_db()
        assert (str(row.lost), row.people, row.cause) == ("0.00", 0, "原因")

    def test_after_the_meeting_nothing_follows(self, hall: Hall) -> None:
        meeting = hall.held()
        hall.correct(faults=0)
        assert follow_run(meeting=meeting, actor=None, today=BEGAN) is False
        assert str(hall.lost(meeting, "A", "K1").lost) == "1.50"


class TestReminding:
    def told(self, day: date) -> set[str]:
        rows = Notification.objects.filter(occasion__startswith=f"meeting.remind:{day}")
        return set(rows.values_list("recipient__name", flat=True))

    def test_departments_that_are_not_done_once_a_day(self, hall: Hall) -> None:
        meeting = hall.prepare()
        hall.explain(hall.lost(meeting, "B", "K1"), "head_b")
        hall.explain(hall.lost(meeting, "B", "K2"), "head_b")
        day = date(2023, 4, 13)
        assert explaining.remind_of_explanations(bureau=hall.bureau, today=day) == 3
        assert explaining.remind_of_explanations(bureau=hall.bureau, today=day) == 0
        assert self.told(day) == {"head", "liaison", "office"}  # the office for the department without anybody

    def test_not_on_days_off_and_said_otherwise_once_it_is_late(self, hall: Hall) -> None:
        hall.prepare()
        assert explaining.remind_of_explanations(bureau=hall.bureau, today=date(2023, 4, 16)) == 0
        late = DAY - timedelta(1)
        explaining.remind_of_explanations(bureau=hall.bureau, today=late)
        subjects = set(Notification.objects.filter(occasion__contains=str(late)).values_list("subject", flat=True))
        assert subjects == {"2023年一季度讲评会的扣分说明已逾期（2023-04-17），请尽快填写"}

    def test_nobody_after_the_meeting(self, hall: Hall) -> None:
        hall.held()
        assert explaining.remind_of_explanations(bureau=hall.bureau, today=DAY) == 0
