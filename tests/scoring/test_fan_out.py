"""A wave over many bureaus: each is a unit, one that fails stops no other, and what was left is gone on with."""

from copy import deepcopy
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from audit.models import Entry
from common.errors import InvalidInput
from indicators.models import Library, Quarter
from scoring import jobs
from scoring.models import Score, ScoreRun, Wave, WaveUnit
from scoring.queries.waves import Counted, latest_waves, unscored_last_night
from scoring.services import fan_out
from tests.factories import make_bureau, make_employee, make_point, make_quarter, make_result, make_scheme_setting

pytestmark = pytest.mark.django_db

State = WaveUnit.State


def build():
    """Three bureaus with a person each, of which the second cannot be scored."""
    bureaus = [make_bureau(code) for code in ("AA", "BB", "CC")]
    for bureau in bureaus:
        make_result(make_employee(bureau), make_point(bureau, library=Library.COMMON))
    make_scheme_setting(bureaus[1], "共性权重", "40")
    return bureaus


@pytest.fixture
def province(built):
    return deepcopy(built)


def score_all():
    fan_out.work(fan_out.begin_all("2023Q1").pk, seconds=60)


def silence():
    """Lets so much time go by that whoever began a unit is taken for dead."""
    WaveUnit.objects.update(taken_at=timezone.now() - fan_out.SILENT)


def states():
    return dict(WaveUnit.objects.order_by("pk").values_list("bureau__code", "state"))


def test_one_failing_bureau_stops_no_other_and_is_named(province, capsys):
    with pytest.raises(CommandError, match="1 个单位没有计分：BB。"):
        call_command("score_quarter", "2023Q1", "--all", "--here")
    printed = capsys.readouterr()
    assert [line.split("：")[1] for line in printed.out.splitlines()] == ["计分 1 人，单位排名 1 人，漏项 0 个"] * 2
    assert printed.err.startswith("BB 2023Q1 的考评方案不能用来计分")
    assert states() == {"AA": "done", "BB": "failed", "CC": "done"}
    assert Wave.objects.get().ended_at is not None


def test_a_programming_error_in_one_bureau_stops_no_other(province, monkeypatch):
    def broken(**asked):
        if asked["bureau"].code == "AA":
            raise ZeroDivisionError
        return score_quarter(**asked)

    score_quarter = fan_out.score_quarter
    monkeypatch.setattr(fan_out, "score_quarter", broken)
    score_all()
    assert states() == {"AA": "failed", "BB": "failed", "CC": "done"}
    assert "程序出错" in WaveUnit.objects.get(bureau__code="AA").sentence


def test_a_repeated_wave_writes_no_score(province):
    for _time in range(2):
        score_all()
    assert Wave.objects.count() == 2
    assert Score.objects.count() == ScoreRun.objects.count() == 2
    assert Entry.objects.filter(action="score.run").count() == 2


def test_what_was_left_is_gone_on_with_and_nothing_is_done_twice(province, monkeypatch):
    wave = fan_out.begin_all("2023Q1")
    assert fan_out.work(wave.pk, seconds=0) == (1, True)
    done = WaveUnit.objects.get(state=State.DONE)
    again = fan_out.begin_all("2023Q1")
    assert again == wave
    fan_out.work(again.pk, seconds=60)
    assert WaveUnit.objects.get(pk=done.pk).ended_at == done.ended_at
    assert states() == {"AA": "done", "BB": "failed", "CC": "done"}


def test_a_wave_left_for_long_is_not_gone_on_with(province):
    wave = fan_out.begin_all("2023Q1")
    Wave.objects.update(started_at=timezone.now() - fan_out.RESUMED_WITHIN)
    assert fan_out.begin_all("2023Q1") != wave


def test_a_unit_that_kills_its_process_is_left_to_people_after_some_tries(province, monkeypatch):
    class Killed(BaseException):
        pass

    def dies(**_asked):
        raise Killed

    wave = fan_out.begin_all("2023Q1")
    WaveUnit.objects.exclude(bureau__code="AA").delete()
    monkeypatch.setattr(fan_out, "score_quarter", dies)
    for _time in range(fan_out.MOST_TRIES):
        with pytest.raises(Killed):
            fan_out.work(wave.pk, seconds=60)
        assert states() == {"AA": "open"}
    fan_out.work(wave.pk, seconds=60)
    assert states() == {"AA": "open"}  # the last to begin it may still be alive
    silence()
    fan_out.work(wave.pk, seconds=60)
    assert states() == {"AA": "failed"}
    assert Wave.objects.get().ended_at is not None


def test_a_unit_that_many_lanes_take_at_once_is_not_given_up(province):
    """Between taking a unit and locking it for the work, other lanes find it open."""
    wave = fan_out.begin_all("2023Q1")
    WaveUnit.objects.exclude(bureau__code="AA").delete()
    taken = [fan_out._take(wave.pk) for _lane in range(fan_out.MOST_TRIES + 1)]
    assert taken == [WaveUnit.objects.get().pk] * fan_out.MOST_TRIES + [None]
    assert [fan_out._work(unit) for unit in taken if unit] == [True, False, False]
    assert states() == {"AA": "done"}


def test_a_wave_that_ends_while_another_is_asked_for_makes_room_for_it(province, monkeypatch):
    def while_it_ends(*asked):
        made = create(*asked)
        Wave.objects.filter(pk=first.pk).update(ended_at=timezone.now())
        return made

    first, create = fan_out.begin_all("2023Q1"), fan_out._create
    monkeypatch.setattr(fan_out, "_create", while_it_ends)
    second = fan_out.begin_all("2023Q1")
    assert second != first
    assert second.units.count() == len(province)


def test_a_deadlock_is_tried_again(province, monkeypatch):
    raised: list[int] = []

    def locked(**asked):
        if not raised:
            raised.append(1)
            raise OperationalError
        return score_quarter(**asked)

    score_quarter = fan_out.score_quarter
    monkeypatch.setattr(fan_out, "score_quarter", locked)
    score_all()
    assert states() == {"AA": "done", "BB": "failed", "CC": "done"}
    assert WaveUnit.objects.get(bureau__code="AA").tries == 2


def test_the_sweep_hands_out_a_wave_on_which_nobody_works(province):
    wave = fan_out.begin_all("2023Q1")
    now = timezone.now()
    assert fan_out.silent_waves(now) == []
    late = now + fan_out.SILENT + timedelta(seconds=1)
    assert fan_out.silent_waves(late) == [wave.pk]
    fan_out.work(wave.pk, seconds=0)
    Wave.objects.update(started_at=now - timedelta(hours=1))
    assert fan_out.silent_waves(now) == []  # somebody does
    WaveUnit.objects.update(taken_at=now - timedelta(hours=1))
    WaveUnit.objects.filter(state=State.DONE).update(ended_at=now - timedelta(hours=1))
    jobs.sweep()
    assert states() == {"AA": "done", "BB": "failed", "CC": "done"}
    assert fan_out.silent_waves(late) == []


def test_a_lane_queues_up_again_behind_the_others(province, monkeypatch):
    sent = []
    monkeypatch.setattr(jobs.work_wave, "apply_async", lambda given, **_options: sent.append(given))
    monkeypatch.setattr(jobs, "LANE_SECONDS", 0)
    wave = fan_out.begin_all("2023Q1")
    assert jobs.work_wave(wave.pk, 2) == 1
    assert sent == [(wave.pk, 2, 2)]
    assert [jobs.work_wave(wave.pk, 2, turn) for turn in (2, 3, 4)] == [1, 1, 0]


def test_no_quarter_is_a_sentence(province):
    with pytest.raises(InvalidInput, match="没有任何单位有 2031Q1"):
        fan_out.begin_all("2031Q1")


def test_the_page_shows_all_to_the_top_and_to_a_bureau_its_own(client, province):
    Quarter.objects.update(state=Quarter.State.COLLECTING)
    top = make_bureau("TOP", name="省局")
    for bureau in province:
        bureau.parent = top
        bureau.save()
    jobs.score_open_quarters()
    above = make_employee(top, roles=["system_admin"])
    inside, aside = (make_employee(province[at], roles=["system_admin"]) for at in (1, 0))
    assert [line.counted for line in latest_waves(above)] == [Counted(done=2, failed=1)]
    assert [line.counted for line in latest_waves(inside)] == [Counted(failed=1)]
    assert [line.counted for line in latest_waves(aside)] == [Counted(done=1)]
    assert [unscored_last_night(one) for one in (above, inside, aside)] == [1, 1, 0]
    client.force_login(above)
    page = client.get("/jobs/").content.decode()
    assert f"{province[1].name} 2023年一季度" in page
    assert "应当等于 100" in page
    client.force_login(aside)
    page = client.get("/jobs/").content.decode()
    assert "每晚预计得分" in page
    assert province[1].name not in page


def test_the_number_of_statements_of_a_bureau_does_not_grow_with_its_people(province, django_assert_num_queries):
    make_quarter(province[0], "2023Q2")
    make_quarter(province[0], "2023Q3")
    wave = fan_out.begin_all("2023Q2")
    with django_assert_num_queries(35):
        fan_out.work(wave.pk, seconds=60)
    for _person in range(5):
        make_employee(province[0])
    wave = fan_out.begin_all("2023Q3")
    with django_assert_num_queries(35):
        fan_out.work(wave.pk, seconds=60)
