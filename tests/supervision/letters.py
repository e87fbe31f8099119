"""A bureau with an office, two departments that lead, one that assists, and letters in one line each.

Everything is written on Monday 4 September 2023; by default an item is due on the 25th, fifteen working days later.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.test import Client

from organization.models import Bureau, Department, Employee
from supervision.models import ItemExtension, ItemReport, Letter, LetterItem
from supervision.services import letter_items, letters
from supervision.services.letter_reminders import remind_of_letters
from supervision.services.letters import ItemFacts
from tests.factories import make_bureau, make_department, make_employee, moment

DAY, DUE = date(2023, 9, 4), date(2023, 9, 25)
LATE = date(2023, 9, 26)
PEOPLE = {
    "head": ("A", ["department_head"]), "liaison": ("A", ["liaison"]), "anna": ("A", ()),
    "head_b": ("B", ["department_head"]), "carl": ("B", ()),
    "helper": ("C", ["liaison"]), "cora": ("C", ()), "emil": ("D", ()), "head_d": ("D", ["department_head"]),
    "office": ("O", ["office"]), "office2": ("O", ["office"]), "director": ("O", ["director"]),
    "deputy": ("O", ["deputy_director"]), "other_deputy": ("O", ["deputy_director"]),
    "discipline": ("O", ["discipline"]), "admin": ("O", ["system_admin"]),
}  # fmt: skip


@dataclass
class Desk:
    bureau: Bureau
    departments: dict[str, Department]
    people: dict[str, Employee] = field(default_factory=dict)

    def facts(self, place: str = "A", matter: str = "清理欠税", **values: Any) -> ItemFacts:
        given = {"problem": "台账不全", "requirement": "逐户核实", "due_on": DUE} | values
        helped = [self.departments[one] for one in given.pop("assisting", ())]
        who = self.people[given.pop("responsible")] if given.get("responsible") else None
        return ItemFacts(matter, department=self.departments[place], assisting=helped, responsible=who, **given)

    def draft(self, *items: ItemFacts, by: str = "office", **values: Any) -> Letter:
        given = {"kind": "written", "title": "欠税清理", "opening": "根据县局部署"} | values
        return letters.draft_letter(
            bureau=self.bureau,
            items=items or [self.facts()],
            actor=self.people[by],
            today=DAY,
            now=moment(DAY),
            **given,
        )

    def issue(self, letter: Letter, by: str = "office", today: date = DAY) -> Letter:
        return letters.issue_letter(letter=letter, actor=self.people[by], today=today, now=moment(today, 10))

    def issued(self, *items: ItemFacts, **values: Any) -> Letter:
        return self.issue(self.draft(*items, **values))

    def item(self, *items: ItemFacts, place: int = 1) -> LetterItem:
        """The item of a letter that has just been issued."""
        return self.issued(*items).items.get(position=place)

    def by(self, name: str, today: date) -> dict[str, Any]:
        return {"actor": self.people[name], "today": today, "now": moment(today, 11)}

    def report(
        self, item: LetterItem, by: str = "liaison", today: date = DUE, text: str = "已办结", **values: Any
    ) -> ItemReport:
        return letter_items.report_item(item=item, text=text, **self.by(by, today), **values)

    def check(
        self, item: LetterItem, accepted: bool = True, by: str = "office", today: date = DUE, **values: Any
    ) -> ItemReport:
        return letter_items.check_report(item=item, accepted=accepted, **self.by(by, today), **values)

    def ask(
        self, item: LetterItem, by: str = "liaison", today: date = DAY, wanted: date = date(2023, 10, 13)
    ) -> ItemExtension:
        return letter_items.ask_extension(item=item, wanted=wanted, reason="人手不足", **self.by(by, today))

    def decide(
        self, extension: ItemExtension, granted: bool = True, by: str = "office", today: date = DAY, **values: Any
    ) -> ItemExtension:
        return letter_items.decide_extension(extension=extension, granted=granted, **self.by(by, today), **values)

    def remind(self, today: date) -> int:
        return remind_of_letters(self.bureau, today=today, now=moment(today, 8))

    def at(self, today: date) -> None:
        """Lets the bureau's calendar stand on a day."""
        self.bureau.is_demo, self.bureau.stands_on = True, today
        self.bureau.save()

    def client(self, name: str) -> Client:
        client = Client()
        client.force_login(self.people[name])
        return client


def make_desk(code: str = "XS") -> Desk:
    bureau = make_bureau(code)
    desk = Desk(bureau, {one: make_department(bureau, f"{code}{one}", name=f"{one}股") for one in "ABCDO"})
    for name, (place, roles) in PEOPLE.items():
        desk.people[name] = make_employee(
            bureau, f"{code}-{name}", name=name, department=desk.departments[place], roles=roles
        )
    for place, deputy in (("A", "deputy"), ("B", "other_deputy")):
        Department.objects.filter(pk=desk.departments[place].pk).update(deputy=desk.people[deputy])
        desk.departments[place].refresh_from_db()
    return desk


def fresh(item: LetterItem) -> LetterItem:
    return LetterItem.objects.select_related("letter__bureau").get(pk=item.pk)
