"""Bureaus in the middle of their rhythm, each with who opens which of its pages; the scene goes on while they look."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils import timezone

from awards.services.deciding import publish_stars
from exchange.models import ImportFinding, ImportRun
from organization.models import Bureau, Employee
from tests.awards.held import make_uses
from tests.awards.stars import BALLOT_FROM, DECIDED, OPENED, make_contest
from tests.factories import moment
from tests.reports.world import make_world
from tests.reviews.meetings import BEGAN, DAY, make_hall
from tests.reviews.rated import make_rated
from tests.reviews.rhythm import JUNE, make_rhythm
from tests.reviews.talks import TODAY, begin, closed, handed_over, make_suggestion, make_village

Look = tuple[Employee, str]


def _pages(person: Employee, app: str, *names: str, of: object = None) -> Iterator[Look]:
    for name in names:
        yield person, reverse(f"{app}:{name}", args=[] if of is None else [of])


def showings() -> Iterator[Look]:
    """A month with all its steps, on the day when two branches meet together."""
    rhythm = make_rhythm()
    room = rhythm.room
    room.hand_in(rhythm.june, "anna", today=JUNE)
    room.stand_on(JUNE)
    anna, office = room.people["anna"], room.people["office"]
    yield from _pages(office, "reviews", "showings", "showing-list", "showing-settings", "follow-ups")
    yield from _pages(office, "reviews", "branch-showings", of=room.branches["B"].code)
    yield from _pages(anna, "reviews", "showing-new", "showing-year")
    steps = ("showing", "showing-edit", "showing-hold", "projector", "statement")
    yield from _pages(anna, "reviews", *steps, of=rhythm.june.pk)
    yield from _pages(anna, "reviews", "showing", "summary", of=rhythm.april["A"].pk)


def ratings() -> Iterator[Look]:
    """Ballots before and after the last one is in."""
    rated = make_rated()
    rated.draw()
    rated.hand_in_all("anna")
    rated.follow_up()
    anna, secretary = rated.people["anna"], rated.people["secretary"]
    yield from _pages(anna, "reviews", "ratings", of=rated.showing.pk)
    yield from _pages(secretary, "reviews", "ratings", "summary", of=rated.showing.pk)
    rated.hand_in("anna")
    yield from _pages(secretary, "reviews", "summary", of=rated.showing.pk)
    yield from _pages(anna, "reviews", "ratings", of=rated.showing.pk)
    yield from _pages(anna, "reviews", "follow-ups")


def talks() -> Iterator[Look]:
    """A suggestion, a draft, a talk that waits for its second signature, and one with both."""
    village = make_village()
    Bureau.objects.filter(pk=village.bureau.pk).update(is_demo=True, stands_on=TODAY)
    head, employee, secretary = village["head"], village["employee"], village["secretary"]
    suggestion = make_suggestion(employee)
    draft, waiting, done = begin(head, employee), handed_over(head, employee), closed(head, employee)
    yield from _pages(secretary, "reviews", "talks")
    yield secretary, f"{reverse('reviews:talk-new')}?suggestion={suggestion.pk}"
    yield from _pages(secretary, "reviews", "suggestion-dismiss", of=suggestion.pk)
    yield from _pages(head, "reviews", "talks", "talk-new")
    yield from _pages(head, "reviews", "talk", "talk-edit", of=draft.pk)
    yield from _pages(employee, "reviews", "talk", of=waiting.pk)
    yield from _pages(village["discipline"], "reviews", "talk", of=done.pk)


def meetings() -> Iterator[Look]:
    """The table before the meeting, and after it with what was decided."""
    hall = make_hall()
    hall.at(BEGAN)
    office, head, anna = hall.people["office"], hall.people["head"], hall.people["anna"]
    yield from _pages(office, "reviews", "meetings", "meeting-new")
    meeting = hall.prepare()
    steps = ("meeting", "meeting-pack", "meeting-edit", "meeting-agenda", "meeting-comments")
    yield from _pages(office, "reviews", *steps, of=meeting.pk)
    yield from _pages(head, "reviews", "meeting-explanations", of=meeting.pk)
    hall.explain(hall.lost(meeting, "A", "K1"))
    hall.at(DAY)
    hall.hold(meeting)
    yield office, f"{reverse('reviews:meeting-show', args=[meeting.pk])}?item=2"
    action = hall.decide(meeting)
    yield from _pages(office, "reviews", "meeting-minutes", "meeting-decided", of=meeting.pk)
    yield from _pages(anna, "reviews", "meeting-actions")
    yield from _pages(anna, "reviews", "meeting-action", of=action.pk)


def stars() -> Iterator[Look]:
    """A selection from its nominations to the wall."""
    contest = make_contest(is_demo=True, stands_on=OPENED)
    office, director, a1, a5 = (contest.people[name] for name in ("office", "director", "a1", "a5"))
    yield from _pages(office, "awards", "stars", "selection-settings")
    selection = contest.open()
    for name in ("a1", "a2", "a3"):
        contest.nominate(name)
    yield from _pages(office, "awards", "selection-edit", "selection-pool", "nominations", of=selection.pk)
    yield from _pages(contest.people["head"], "awards", "nominate", of=selection.pk)
    contest.open_ballot()
    Bureau.objects.update(stands_on=BALLOT_FROM)
    yield a5, reverse("awards:ballot-star", args=[selection.pk, "dedication"])
    for voter in ("a5", "a6", "a7", "director"):
        contest.vote(voter, "a1", "a2")
    yield from _pages(office, "awards", "selection", "participation", of=selection.pk)
    contest.close()
    Bureau.objects.update(stands_on=DECIDED)
    yield from _pages(director, "awards", "decision", of=selection.pk)
    contest.decide(dedication=["a1", "a2"])
    yield from _pages(a5, "awards", "selection", of=selection.pk)
    day = date(2023, 5, 9)
    publish_stars(selection=contest.selection, actor=None, today=day, now=moment(day))
    yield from _pages(office, "awards", "wall", "rotation", "stars")
    yield from _pages(a1, "awards", "star", of=a1.number)
    won = a1.stars.get()
    yield from _pages(a1, "awards", "verify", of=won.token)


def uses() -> Iterator[Look]:
    """Lists that wait for decisions, a signed one, a training, and the file of a person."""
    world = make_world()
    office, anna, point = world.people["office"], world.people["anna"], world.bureau.points.get(code="K101")
    held = make_uses("", anna, anna.department, point)
    yield from _pages(office, "awards", "uses", "use-draw", "use-settings", "trainings", "training-new")
    yield from _pages(office, "awards", "use", of=held.needs.pk)
    yield from _pages(office, "awards", "use-line", of=held.line.pk)
    yield from _pages(office, "awards", "use-sheet", of=held.improvement.use_list_id)
    yield from _pages(office, "awards", "use-carry", of=held.improvement.pk)
    yield from _pages(office, "awards", "training", of=held.training.pk)
    yield from _pages(anna, "reports", "file-own")


def imports() -> Iterator[Look]:
    """A workbook that was refused, with the row to mend."""
    world = make_world()
    office, now = world.people["office"], timezone.now()
    run = ImportRun.objects.create(
        bureau=world.bureau, requested_by=office, state=ImportRun.State.REFUSED, file_name="六月.xlsx",
        sentence="查出 1 处问题，没有导入任何数据；请改正后重新上传。", problem_count=1,
        created_at=now, queued_at=now, finished_at=now,
    )  # fmt: skip
    ImportFinding.objects.create(run=run, sheet="考评结果", row=7, column="完成值", message="“三”不是数字")
    yield from _pages(office, "exchange", "import", of=run.pk)


SCENES = (showings, ratings, talks, meetings, stars, uses, imports)
