"""A bureau in which talks are held, everybody who must not learn of them, and another bureau."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from organization.models import Bureau, Employee
from reviews.models import Talk, TalkSuggestion, Trigger
from reviews.queries.talks import digest_of
from reviews.services.talks import Draft, sign_talk, start_talk
from tests.factories import make_branch, make_bureau, make_department, make_employee, make_quarter, moment

TODAY = date(2023, 6, 1)
NOW: datetime = moment(TODAY)
WORDS = {"affirmation": "窗口零投诉", "analysis": "佐证传得晚", "requirements": "当天传佐证"}
VIEW = "我会改进"


@dataclass
class Village:
    """`people` of the bureau and, from `foreign_…`, of the neighbour; `employee` is whom most talks are about."""

    bureau: Bureau
    people: dict[str, Employee]

    def __getitem__(self, who: str) -> Employee:
        return self.people[who]

    @property
    def stage(self) -> Any:
        return self.people.items()


def make_village() -> Village:
    """Employee, colleague and head work in A, which the deputy leads; employee and colleague are of the secretary's branch."""
    bureau, foreign = make_bureau("XS"), make_bureau("YZ")
    a, b = make_department(bureau, "A"), make_department(bureau, "B")
    branch, second = make_branch(bureau, "B1", name="第一支部"), make_branch(bureau, "B2", name="第二支部")

    def person(name: str, department: Any = b, role: str = "", of: Any = second) -> Employee:
        return make_employee(bureau, name=name, department=department, roles=[role] if role else [], branch=of)

    people = {
        "employee": person("艾工", a, of=branch),
        "colleague": person("柯同", a, of=branch),
        "liaison": person("廉络", a, "liaison", of=branch),
        "head": person("贺责", a, "department_head"),
        "secretary": person("舒记", of=branch),
        "deputy": person("付管", role="deputy_director"),
        "other_deputy": person("傅二", role="deputy_director"),
        "director": person("居长", role="director"),
        "office": person("白办", role="office"),
        "discipline": person("纪明", role="discipline"),
        "admin": person("管安", role="system_admin"),
        "other_secretary": person("舒二"),
        "other_head": person("贺二", role="department_head"),
    }
    for place, field, who in (
        (a, "deputy", "deputy"),
        (branch, "secretary", "secretary"),
        (second, "secretary", "other_secretary"),
    ):
        setattr(place, field, people[who])
        place.save()
    neighbour = make_branch(foreign, "B1", name="邻县支部")
    people["foreign_secretary"] = neighbour.secretary = make_employee(foreign, name="邻记", branch=neighbour)
    neighbour.save()
    people["foreign_discipline"] = make_employee(foreign, name="邻纪", roles=["discipline"])
    people["foreign_director"] = make_employee(foreign, name="邻长", roles=["director"])
    return Village(bureau, {who: Employee.objects.get(pk=one.pk) for who, one in people.items()})


def draft(**values: Any) -> Draft:
    """A whole record."""
    given: dict[str, Any] = {"kind": Talk.Kind.COACH, "trigger": Trigger.FREE, "held_on": TODAY, "place": "谈话室"}
    return Draft(**given | WORDS | values)


def begin(talker: Employee, employee: Employee, **values: Any) -> Talk:
    return start_talk(employee=employee, actor=talker, draft=draft(**values), today=TODAY, now=NOW)


def sign(talk: Talk, person: Employee, view: str = "", now: datetime = NOW) -> Talk:
    """The person signs the record as it is shown at this moment."""
    shown = Talk.objects.select_related("employee", "talker").get(pk=talk.pk)
    return sign_talk(talk=talk, actor=person, digest=digest_of(shown, by=shown.talker_id), now=now, view=view)


def handed_over(talker: Employee, employee: Employee, **values: Any) -> Talk:
    """Signed by the talker, waiting for the employee."""
    return sign(begin(talker, employee, **values), talker)


def closed(talker: Employee, employee: Employee, **values: Any) -> Talk:
    """Signed by both."""
    return sign(handed_over(talker, employee, **values), employee, VIEW)


def make_suggestion(employee: Employee, trigger: str = Trigger.LOW_RANK, quarter: str = "2023Q1") -> TalkSuggestion:
    found = make_quarter(employee.bureau, quarter)
    return TalkSuggestion.objects.create(
        bureau=employee.bureau, employee=employee, branch=employee.branch, quarter=found, trigger=trigger,
        reason="在后 10%", made_at=NOW,
    )  # fmt: skip
