"""办理 and 验收: from the start to the points, with files, extensions and everybody who may not."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from audit.models import Entry
from common import storage
from common.errors import Conflict, InvalidInput, Refused
from indicators.models import Quarter
from scoring.queries import first_standing
from tasks_market.models import Claim, ClaimEvent, ClaimFile
from tasks_market.queries.board import board, earned, my_claims, working_of
from tasks_market.queries.figures import figures
from tasks_market.services import acceptance, doing
from tests.factories import make_bureau, make_claim, make_employee, make_scheme_setting
from tests.tasks_market.market import DAY, HOUR, NOW, Market

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 minutes"


@pytest.fixture
def market(settings, tmp_path) -> Market:
    settings.MEDIA_ROOT = tmp_path
    return Market()


def upload(name: str = "台账.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_from_start_to_points(market):
    claim = market.claim(task=market.task(base=Decimal(2), difficulty="high"))
    doing.start(claim=claim, actor=market.staff, now=NOW)
    doing.note_progress(claim=claim, actor=market.staff, text="已走访 12 户", now=NOW + HOUR)
    handed_in = doing.hand_in(claim=claim, actor=market.staff, report="全部办结", files=[upload()], now=NOW + DAY)
    assert (handed_in.state, handed_in.late) == ("handed_in", False)
    assert market.deputy.notifications.get().subject == f"{market.staff.name}交付了任务“{claim.task.name}”，请验收"
    accepted = acceptance.accept(
        claim=handed_in, actor=market.deputy, quality=Decimal("1.1"), comment="质量高", now=NOW + 2 * DAY
    )
    assert (accepted.state, accepted.outcome, accepted.quality) == ("accepted", "accepted", Decimal("1.1"))
    working = working_of(accepted)
    assert (working.coefficient, working.share, working.points, working.final) == (
        Decimal("1.5"), Fraction(1), Decimal("3.30"), True
    )  # fmt: skip
    score = first_standing(market.quarter, market.staff, today=NOW.date(), now=NOW)
    assert score is not None
    assert score.competitive == Decimal("3.30")  # at once, by the same arithmetic
    assert list(ClaimEvent.objects.values_list("kind", flat=True)) == ["started", "handed_in", "accepted"]
    actions = Entry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["claim.start", "claim.note", "claim.hand_in", "claim.accept"]


def test_what_lies_above_the_cap_is_shown(market):
    for base in ("9", "4"):
        market.claim(task=market.task(base=Decimal(base), difficulty="low"), state="accepted")
    mine = earned(market.staff, market.quarter)
    assert (mine.total, mine.cap, mine.counted, mine.overflow) == (
        Decimal("13.00"), Decimal(10), Decimal(10), Decimal("3.00")
    )  # fmt: skip


def test_files_are_checked_kept_outside_and_dropped_with_the_transaction(market, monkeypatch):
    claim = market.claim()
    for bad in (
        upload("程序.exe"), upload("空.pdf", b""), upload("假.pdf", b"MZ"), upload("图.png"), upload("../../x.sh"),
    ):  # fmt: skip
        with pytest.raises(InvalidInput):
            doing.hand_in(claim=claim, actor=market.staff, report="办结", files=[bad], now=NOW)
    monkeypatch.setattr(storage, "LARGEST", 10)
    with pytest.raises(InvalidInput, match="超过"):
        doing.hand_in(claim=claim, actor=market.staff, report="办结", files=[upload()], now=NOW)
    monkeypatch.undo()
    assert not ClaimFile.objects.exists()
    doing.hand_in(claim=claim, actor=market.staff, report="办结", files=[upload("../台账.PDF")], now=NOW)
    kept = ClaimFile.objects.get()
    assert (kept.name, kept.size, kept.content_type) == ("台账.PDF", len(PDF), "application/pdf")
    assert storage.path_of(kept.stored).read_bytes() == PDF
    assert len(kept.sha256) == 64
    assert ClaimFile.objects.visible_to(market.other).count() == 1
    assert ClaimFile.objects.visible_to(make_employee(make_bureau("YY"))).count() == 0


def test_back_to_work_with_a_reason(market):
    claim = market.claim(state="handed_in")
    with pytest.raises(InvalidInput):
        acceptance.send_back(claim=claim, actor=market.deputy, reason=" ", now=NOW)
    acceptance.send_back(claim=claim, actor=market.deputy, reason="缺少佐证", now=NOW)
    claim.refresh_from_db()
    assert (claim.state, claim.return_reason) == ("started", "缺少佐证")
    assert market.staff.notifications.get().body == "缺少佐证"
    doing.hand_in(claim=claim, actor=market.staff, report="已补", now=NOW)


def test_who_accepts(market):
    for person in (market.staff, market.head, market.other, market.person(market.b, "deputy_director")):
        with pytest.raises(Refused):
            acceptance.accept(claim=market.claim(state="handed_in"), actor=person, quality=None, comment="好", now=NOW)
    own = market.claim(market.office, state="handed_in")
    with pytest.raises(Refused) as caught:
        acceptance.accept(claim=own, actor=market.office, quality=None, comment="好", now=NOW)
    assert caught.value.code == "own"
    acceptance.accept(claim=own, actor=market.deputy, quality=None, comment="好", now=NOW)
    with pytest.raises(Refused):
        acceptance.accept(
            claim=market.claim(state="handed_in"),
            actor=make_employee(make_bureau("YY"), roles=["office"]),
            quality=None,
            comment="好",
            now=NOW,
        )


@pytest.mark.parametrize("quality", ["-0.1", "1.21", "0.955", "NaN"])
def test_quality_stays_in_its_range(market, quality):
    claim = market.claim(state="handed_in")
    with pytest.raises(InvalidInput):
        acceptance.accept(claim=claim, actor=market.deputy, quality=Decimal(quality), comment="好", now=NOW)


def test_a_quarter_that_is_shown_takes_no_acceptance(market):
    claim = market.claim(state="handed_in")
    Quarter.objects.update(state="publicity")
    with pytest.raises(Conflict):
        acceptance.accept(claim=claim, actor=market.deputy, quality=None, comment="好", now=NOW)


def test_what_is_not_handed_in_is_refused_once_it_is_overdue(market):
    claim = market.claim(state="started")
    with pytest.raises(Conflict):
        acceptance.refuse(claim=claim, actor=market.deputy, reason="没有交付", now=NOW)
    acceptance.refuse(claim=claim, actor=market.deputy, reason="没有交付", now=NOW + 11 * DAY)
    claim.refresh_from_db()
    assert (claim.state, claim.outcome) == ("refused", "refused")


def test_an_extension_is_asked_before_the_deadline_and_moves_it(market):
    claim = market.claim(state="started")
    due = claim.task.due_at
    with pytest.raises(Conflict, match="已过"):
        doing.ask_extension(claim=claim, actor=market.staff, until=due + 3 * DAY, reason="等批复", now=due + HOUR)
    with pytest.raises(InvalidInput):
        doing.ask_extension(claim=claim, actor=market.staff, until=due, reason="等批复", now=NOW)
    asked = doing.ask_extension(claim=claim, actor=market.staff, until=due + 3 * DAY, reason="等批复", now=NOW)
    with pytest.raises(Conflict):
        doing.ask_extension(claim=claim, actor=market.staff, until=due + 4 * DAY, reason="等批复", now=NOW)
    with pytest.raises(Refused):
        doing.decide_extension(extension=asked, actor=market.staff, granted=True, now=NOW)
    doing.decide_extension(extension=asked, actor=market.deputy, granted=True, until=due + DAY, now=NOW)
    claim.refresh_from_db()
    assert claim.deadline == due + DAY
    assert not claim.is_overdue(due + HOUR)
    assert list(Claim.objects.overdue(due + HOUR)) == []
    assert list(Claim.objects.overdue(due + DAY + HOUR)) == [claim]
    with pytest.raises(Conflict):
        doing.decide_extension(extension=asked, actor=market.deputy, granted=True, until=due + 2 * DAY, now=NOW)


def test_an_extension_denied_needs_its_reason(market):
    claim = market.claim(state="held")
    until = claim.task.due_at + DAY
    asked = doing.ask_extension(claim=claim, actor=market.staff, until=until, reason="等批复", now=NOW)
    with pytest.raises(InvalidInput):
        doing.decide_extension(extension=asked, actor=market.deputy, granted=False, now=NOW)
    doing.decide_extension(extension=asked, actor=market.deputy, granted=False, answer="不影响办理", now=NOW)
    claim.refresh_from_db()
    assert claim.due_at is None


def test_overdue_tasks_are_called_to_mind_once_a_day(market):
    type(market.bureau).objects.update(stands_on=None, is_demo=False)
    claim = market.claim(state="started")
    late = claim.task.due_at + DAY
    assert [doing.remind_overdue(NOW), doing.remind_overdue(late), doing.remind_overdue(late)] == [0, 1, 0]
    assert doing.remind_overdue(late + DAY) == 1


@pytest.mark.parametrize(
    ("sharing", "offers"),
    [("each", [("", "2.40")]), ("split", [("", "0.48")]), ("lead", [("lead", "1.92"), ("assistant", "0.12")])],
)
def test_the_board_says_what_i_would_get(market, sharing, offers):
    task = market.task(sharing=sharing)
    row = board(market.staff, type(task).objects.visible_to(market.staff), now=NOW)[0]
    assert [(offer.part, str(offer.worth)) for offer in row.offers] == offers
    assert all(offer.free for offer in row.offers)
    assert (row.places_left, row.state, bool(row.claim)) == (5, "open", True)
    assert row.counts_to == task.claim_until


def test_lists_cost_the_same_for_one_and_for_many(market, django_assert_num_queries):
    market.claim(task=market.task())
    tasks = type(market.task()).objects.visible_to(market.staff)
    with django_assert_num_queries(5):
        board(market.staff, tasks, now=NOW)
    with django_assert_num_queries(3):
        my_claims(market.staff, now=NOW)
    for _n in range(2):
        market.claim(task=market.task())
    with django_assert_num_queries(5):
        assert len(board(market.staff, tasks, now=NOW)) == 4
    with django_assert_num_queries(3):
        assert len(my_claims(market.staff, now=NOW)) == 3


def test_figures_from_rows(market, django_assert_num_queries):
    make_scheme_setting(market.bureau, "不参加单位排名序列", "局领导")
    leader = make_employee(market.bureau, department=market.a, category="局领导")
    first, second = market.task(difficulty="high", places=3), market.task(department=market.b)
    for task, person in ((first, market.staff), (second, market.staff), (second, leader)):
        make_claim(task, person)
    market.draft()
    make_claim(market.task(state="cancelled"), market.other, state="cancelled")
    with django_assert_num_queries(4):
        found = figures(market.bureau)
    assert (found.tasks, found.places, found.participations, found.people) == (2, 8, 3, 2)
    assert (found.staff, found.covered, str(found.coverage)) == (6, 1, "16.67")
    assert market.other in found.never
    assert [(group.label, group.participations, group.people) for group in found.by_department] == [
        ("征管股", 1, 1), ("税政股", 2, 2)
    ]  # fmt: skip
    assert [group.key for group in found.by_quarter] == ["2023Q1"]
    assert figures(market.bureau, ["2023Q2"]).tasks == 0
