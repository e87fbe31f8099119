"""培训: for needs that people decided on; who is invited, who came, and whether it helped in the next quarter."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from decimal import Decimal

import pytest

from audit.models import Entry
from awards.grading import Word
from awards.models import TrainingSession, UseLine, UseList
from awards.queries.trainings import training_shown
from awards.queries.uses import lines_of
from awards.services.trainings import cancel_training, plan_training, record_attendance
from awards.services.uses import decide_line, draw_list
from common.errors import Conflict, InvalidInput, Refused
from indicators.models import Quarter
from notifications.models import Notification
from tests.awards.sample import NOW
from tests.reports.world import World, add_quarter, make_world

pytestmark = pytest.mark.django_db
D = Decimal
TODAY, DAY = date(2023, 4, 17), date(2023, 4, 20)


def build() -> World:
    """In the first quarter the head lost 0.50 and Bert 1.00 at K001 in one department, Cora and the others in another."""
    return make_world()


@pytest.fixture
def world(built: World) -> World:
    return deepcopy(built)


def needs_of(world: World, word: str = Word.TRAIN) -> dict[str, UseLine]:
    """The decided needs by department."""
    office = world.people["office"]
    use_list = draw_list(bureau=world.bureau, kind=UseList.Kind.TRAINING, period="2023Q1", actor=office, now=NOW)
    note = "" if word == Word.TRAIN else "已辅导"
    lines = [decide_line(line=line, decision=word, note=note, actor=office, now=NOW) for line in lines_of(use_list)]
    return {line.department.name: line for line in lines}


def plan(world: World, lines: list[UseLine], **given) -> TrainingSession:
    defaults = {"title": "政治学习辅导", "day": DAY, "today": TODAY, "actor": world.people["office"]}
    return plan_training(bureau=world.bureau, needs=lines, **defaults | given)


def ids(world: World, *names: str) -> list[int]:
    return [world.people[name].pk for name in names]


def test_those_are_invited_who_lost_on_it(world):
    needs = needs_of(world)
    training = plan(world, [needs["甲股"]])
    assert set(training.attendances.values_list("employee__name", flat=True)) == {"head", "bert"}
    told = Notification.objects.filter(occasion=f"training.plan:{training.pk}")
    assert set(told.values_list("recipient__name", "subject")) == {
        ("head", "请参加培训：政治学习辅导（2023-04-20）"), ("bert", "请参加培训：政治学习辅导（2023-04-20）"),
    }  # fmt: skip
    assert Entry.objects.get(action="training.schedule").after["people"] == 2


def test_who_has_left_is_not_invited(world):
    needs = needs_of(world)
    bert = world.people["bert"]
    bert.left_on = date(2023, 4, 1)
    bert.save()
    training = plan(world, [needs["甲股"]])
    assert [row.employee.name for row in training.attendances.all()] == ["head"]


def test_only_for_needs_that_people_decided_to_train(world):
    needs = needs_of(world, Word.COACH)
    with pytest.raises(InvalidInput, match="没有决定“安排培训”"):
        plan(world, [needs["甲股"]])
    with pytest.raises(InvalidInput):
        plan(world, [])


def test_not_for_a_past_day_nor_by_others(world):
    line = needs_of(world)["甲股"]
    with pytest.raises(InvalidInput, match="已经过去"):
        plan(world, [line], day=date(2023, 4, 16))
    for name in ("director", "head", "discipline", "anna", "admin"):
        with pytest.raises(Refused):
            plan(world, [line], actor=world.people[name])


def test_attendance_is_recorded_and_can_be_corrected(world):
    training = plan(world, [needs_of(world)["甲股"]])
    office = world.people["office"]
    given = {"training": training, "actor": office, "now": NOW}
    with pytest.raises(Conflict, match="还没有举办"):
        record_attendance(came=ids(world, "head"), today=TODAY, **given)
    with pytest.raises(InvalidInput, match="不在邀请名单上"):
        record_attendance(came=ids(world, "cora"), today=DAY, **given)
    notes = {world.people["bert"].pk: "病假"}
    record_attendance(came=ids(world, "head"), today=DAY, notes=notes, **given)
    rows = {row.employee.name: (row.came, row.note) for row in training.attendances.select_related("employee")}
    assert rows == {"head": (True, ""), "bert": (False, "病假")}
    held = TrainingSession.objects.get(pk=training.pk)
    assert (held.held_at, held.held_by) == (NOW, office)
    record_attendance(came=ids(world, "head", "bert"), today=DAY, **given)
    assert training.attendances.filter(came=True).count() == 2
    assert Entry.objects.filter(action="training.record").count() == 2
    with pytest.raises(Conflict, match="不能取消"):
        cancel_training(training=training, reason="x", actor=office)


def test_cancelling_tells_those_invited(world):
    training = plan(world, [needs_of(world)["甲股"]])
    with pytest.raises(InvalidInput, match="理由"):
        cancel_training(training=training, reason=" ", actor=world.people["office"])
    cancel_training(training=training, reason="授课人出差", actor=world.people["office"])
    assert not TrainingSession.objects.exists()
    told = Notification.objects.filter(occasion__startswith="training.cancel")
    assert set(told.values_list("recipient__name", "body")) == {("head", "授课人出差"), ("bert", "授课人出差")}


def test_drawing_again_does_not_lose_a_need_with_a_training(world):
    line = needs_of(world)["甲股"]
    training = plan(world, [line])
    again = needs_of(world)["甲股"]
    assert again.pk == line.pk
    assert list(training.needs.all()) == [again]


def test_the_next_quarter_shows_whether_it_helped(world):
    training = plan(world, [needs_of(world)["甲股"]])
    record_attendance(
        training=training, came=ids(world, "bert"), actor=world.people["office"], today=DAY, now=NOW
    )  # fmt: skip
    shown = training_shown(training, world.people["office"])
    assert (shown.published, shown.before_label, shown.after_label) == (False, "2023年一季度", "2023年二季度")
    assert all(one.after is None for one in shown.trainees)
    add_quarter(world, "2023Q2", {"bert": 0, "head": 2}, state=Quarter.State.PUBLISHED)
    shown = training_shown(training, world.people["office"])
    lost = {one.name: (one.before, one.after, one.helped) for one in shown.trainees}
    assert lost == {"bert": (D("1.00"), D("0.00"), True), "head": (D("0.50"), D("1.00"), False)}
    came, others = shown.of_those_who_came, shown.of_the_others
    assert (came.people, came.change) == (1, D("-1.00"))
    assert (others.people, others.change) == (1, D("0.50"))


def test_the_exact_people_who_see_it(world):
    other = make_world("YY")
    training = plan(world, [needs_of(world)["甲股"]])
    everybody = {**world.people, **{f"other {name}": one for name, one in other.people.items()}}
    seen = {name for name, one in everybody.items() if TrainingSession.objects.visible_to(one).exists()}
    assert seen == {"office", "director", "deputy", "discipline", "head", "bert"}
    rows = {name: {one.name for one in training_shown(training, world.people[name]).trainees} for name in seen}
    assert rows["bert"] == {"bert"}
    assert rows["head"] == rows["office"] == {"bert", "head"}
