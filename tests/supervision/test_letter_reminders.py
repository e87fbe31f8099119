"""Half time, three and one working days before, daily after; what is overdue goes up and proposes a minus."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal

import pytest

from audit.models import Entry
from common.errors import Conflict, InvalidInput, Refused
from indicators.models import Quarter
from notifications.models import Notification
from organization.queries import work_calendar
from scoring.models import Adjustment
from supervision.jobs import remind_letters
from supervision.models import LetterItem, ProposedMinus
from supervision.queries.deadlines import reminder_of
from supervision.services.letters import revoke_letter, set_letter_settings
from supervision.services.minuses import adopt_minus, decline_minus
from tests.factories import make_quarter, moment
from tests.supervision.letters import DAY, DUE, LATE, Desk, fresh, make_desk

pytestmark = pytest.mark.django_db


def build() -> Desk:
    return make_desk()


@pytest.fixture
def desk(built: Desk) -> Desk:
    return deepcopy(built)


def reminded(person: str, desk: Desk) -> list[str]:
    rows = Notification.objects.filter(recipient=desk.people[person], occasion__startswith="letter-item.remind")
    return list(rows.order_by("pk").values_list("occasion", flat=True))


def told(person: str, desk: Desk) -> list[str]:
    return list(
        Notification.objects.filter(recipient=desk.people[person]).order_by("pk").values_list("subject", flat=True)
    )


def every_day(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


class TestReminding:
    def test_the_days_of_a_whole_life(self, desk: Desk) -> None:
        item = desk.item()
        days = {}
        for day in every_day(DAY, date(2023, 10, 8)):
            before = len(reminded("liaison", desk))
            desk.remind(day)
            desk.remind(day)
            if len(reminded("liaison", desk)) > before:
                days[day.isoformat()] = reminded("liaison", desk)[-1].split(":")[0].split(".")[-1]
        # 25 September is due; the holiday of October ends with two made-up working days
        assert days == {
            "2023-09-13": "half", "2023-09-20": "3", "2023-09-22": "1", "2023-09-26": "overdue",
            "2023-09-27": "overdue", "2023-09-28": "overdue", "2023-10-07": "overdue", "2023-10-08": "overdue",
        }  # fmt: skip
        assert fresh(item).state == "assigned"

    def test_after_a_standstill_only_the_newest(self, desk: Desk) -> None:
        desk.item()
        desk.remind(date(2023, 9, 21))
        assert [one.split(":")[0] for one in reminded("liaison", desk)] == ["letter-item.remind.3"]

    def test_nobody_is_reminded_of_what_was_reported(self, desk: Desk) -> None:
        desk.report(desk.item(), today=DAY)
        assert desk.remind(LATE) == 0
        assert not ProposedMinus.objects.exists()

    def test_an_extension_starts_anew(self, desk: Desk) -> None:
        item = desk.item()
        desk.remind(date(2023, 9, 20))
        desk.decide(desk.ask(item, today=date(2023, 9, 21)), today=date(2023, 9, 21), new_due=date(2023, 10, 27))
        assert desk.remind(date(2023, 9, 22)) == 0
        assert desk.remind(date(2023, 10, 24)) > 0

    def test_the_responsible_person_and_liaisons_else_the_head(self, desk: Desk) -> None:
        desk.item(desk.facts(responsible="anna"), desk.facts("B"))
        desk.remind(date(2023, 9, 20))
        assert {name for name in desk.people if reminded(name, desk)} == {"anna", "liaison", "head_b"}

    def test_overdue_goes_to_head_deputy_and_office_once(self, desk: Desk) -> None:
        desk.item()
        desk.remind(LATE)
        desk.remind(date(2023, 9, 27))
        for name in ("head", "deputy", "office"):
            assert sum("请督促办理" in one for one in told(name, desk)) == 1
        assert not any("请督促办理" in one for one in told("other_deputy", desk))

    def test_the_job_leaves_a_demonstration_in_peace(self, desk: Desk) -> None:
        desk.item()
        desk.at(LATE)
        remind_letters()
        assert not reminded("liaison", desk)

    def test_short_limits_have_no_half_time(self) -> None:
        calendar = work_calendar()
        due = date(2023, 9, 7)  # three working days after Monday the 4th
        assert reminder_of(DAY, due, DAY, calendar) is None
        found = reminder_of(DAY, due, date(2023, 9, 6), calendar)
        assert found is not None
        assert found.key == "1:2023-09-07"
        assert reminder_of(DAY, due, date(2023, 9, 9), calendar) is None, "a Saturday"


class TestProposing:
    def test_an_overdue_item_proposes_once(self, desk: Desk) -> None:
        desk.item(desk.facts(responsible="anna"))
        desk.remind(DUE)
        assert not ProposedMinus.objects.exists()
        desk.remind(LATE)
        desk.remind(date(2023, 9, 27))
        minus = ProposedMinus.objects.get()
        assert (minus.employee, minus.points, minus.state) == (desk.people["anna"], Decimal("0.50"), "proposed")
        assert "2023-09-25" in minus.reason
        assert Entry.objects.filter(action="proposed_minus.propose").count() == 1
        assert not Adjustment.objects.exists(), "a person decides"

    def test_without_a_responsible_person_the_head(self, desk: Desk) -> None:
        set_letter_settings(bureau=desk.bureau, actor=desk.people["office"], minus_points=Decimal("0.30"))
        desk.item()
        desk.remind(LATE)
        assert (ProposedMinus.objects.get().employee, ProposedMinus.objects.get().points) == (
            desk.people["head"], Decimal("0.30"),
        )  # fmt: skip

    def test_a_late_report_proposes_even_if_no_job_ran(self, desk: Desk) -> None:
        desk.report(desk.item(), today=LATE)
        assert ProposedMinus.objects.count() == 1

    def test_not_while_the_office_has_an_extension_on_its_desk(self, desk: Desk) -> None:
        desk.ask(desk.item())
        desk.remind(LATE)
        assert not ProposedMinus.objects.exists()

    def test_nor_when_it_is_reported_before_the_office_has_decided(self, desk: Desk) -> None:
        item = desk.item()
        desk.ask(item)
        assert desk.report(item, today=LATE).late
        assert not ProposedMinus.objects.exists()


class TestDeciding:
    @pytest.fixture
    def minus(self, desk: Desk) -> ProposedMinus:
        make_quarter(desk.bureau, "2023Q3")
        desk.item(desk.facts(responsible="anna"))
        desk.remind(LATE)
        return ProposedMinus.objects.get()

    def adopt(self, desk: Desk, minus: ProposedMinus, by: str = "office", **values: object) -> Adjustment:
        given = {"reason": "情况属实", "today": LATE, "now": moment(LATE)} | values
        return adopt_minus(minus=minus, actor=desk.people[by], **given)

    def test_a_long_matter_is_cut_before_the_number(self, desk: Desk) -> None:
        make_quarter(desk.bureau, "2023Q3")
        desk.item(desk.facts(responsible="anna", matter="办" * 200))
        desk.remind(LATE)
        matter = self.adopt(desk, ProposedMinus.objects.get()).matter
        assert len(matter) == 200
        assert matter.endswith("办…（税督〔2023〕1号第1件）")

    def test_a_recalled_letter_proposes_nothing_any_more(self, desk: Desk, minus: ProposedMinus) -> None:
        letter = minus.item.letter
        revoke_letter(letter=letter, reason="依据有误", **desk.by("office", DUE))
        minus.refresh_from_db()
        assert (minus.state, minus.decision) == ("declined", "依据有误")
        assert Entry.objects.filter(action="proposed_minus.decline", reason="依据有误").count() == 1
        ProposedMinus.objects.update(state="proposed")  # one that was recalled before proposals were laid aside with it
        with pytest.raises(Conflict, match="已经撤回"):
            self.adopt(desk, minus)

    def test_adopted_it_becomes_a_request(self, desk: Desk, minus: ProposedMinus) -> None:
        adjustment = self.adopt(desk, minus)
        assert (adjustment.state, adjustment.kind, adjustment.points) == ("requested", "minus", Decimal("0.50"))
        assert (adjustment.employee, adjustment.basis) == (desk.people["anna"], "税督〔2023〕1号《欠税清理》")
        minus.refresh_from_db()
        assert (minus.state, minus.adjustment, minus.decision) == ("adopted", adjustment, "情况属实")
        assert Entry.objects.filter(action__in=["adjustment.request", "proposed_minus.adopt"]).count() == 2
        assert "已提请对您减分" in told("anna", desk)[-1]
        assert Notification.objects.get(subject__contains="已提请对您减分").private, "no mail names it"
        with pytest.raises(Conflict):
            self.adopt(desk, minus)
        assert Adjustment.objects.count() == 1

    def test_another_person_and_another_amount(self, desk: Desk, minus: ProposedMinus) -> None:
        adjustment = self.adopt(desk, minus, employee=desk.people["head"], points=Decimal("0.2"))
        assert (adjustment.employee, adjustment.points) == (desk.people["head"], Decimal("0.20"))

    def test_declined_it_is_kept(self, desk: Desk, minus: ProposedMinus) -> None:
        with pytest.raises(InvalidInput):
            decline_minus(minus=minus, reason=" ", actor=desk.people["office"], now=moment(LATE))
        decline_minus(minus=minus, reason="已及时补办", actor=desk.people["office"], now=moment(LATE))
        minus.refresh_from_db()
        assert (minus.state, minus.adjustment) == ("declined", None)
        desk.remind(date(2023, 9, 27))
        assert ProposedMinus.objects.count() == 1

    @pytest.mark.parametrize("name", ["head", "liaison", "anna", "deputy", "director", "discipline", "admin"])
    def test_only_the_office_decides(self, desk: Desk, minus: ProposedMinus, name: str) -> None:
        with pytest.raises(Refused):
            self.adopt(desk, minus, by=name)
        with pytest.raises(Refused):
            decline_minus(minus=minus, reason="好", actor=desk.people[name], now=moment(LATE))

    def test_never_about_oneself(self, desk: Desk, minus: ProposedMinus) -> None:
        with pytest.raises(InvalidInput, match="本人"):
            self.adopt(desk, minus, employee=desk.people["office"])
        ProposedMinus.objects.update(employee=desk.people["office"])
        with pytest.raises(Refused, match="本人"):
            decline_minus(minus=minus, reason="好", actor=desk.people["office"], now=moment(LATE))

    def test_nothing_stays_of_a_refused_request(self, desk: Desk, minus: ProposedMinus) -> None:
        Quarter.objects.update(state=Quarter.State.PUBLICITY)
        with pytest.raises(Conflict):
            self.adopt(desk, minus)
        minus.refresh_from_db()
        assert (minus.state, minus.adjustment) == ("proposed", None)


def test_an_item_that_was_never_issued_is_left_alone(desk: Desk) -> None:
    desk.draft()
    assert desk.remind(LATE) == 0
    assert LetterItem.objects.get().state == "planned"
