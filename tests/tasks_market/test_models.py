from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from tests.factories import make_bureau, make_claim, make_employee, make_task

pytestmark = pytest.mark.django_db


def refused(act) -> bool:
    with pytest.raises(IntegrityError), transaction.atomic():
        act()
    return True


def test_a_person_holds_a_place_once() -> None:
    bureau = make_bureau()
    task, person = make_task(bureau), make_employee(bureau)
    make_claim(task, person)
    assert refused(lambda: make_claim(task, person))
    make_claim(make_task(bureau), person)


def test_a_task_has_one_lead() -> None:
    bureau = make_bureau()
    task = make_task(bureau, sharing="lead")
    make_claim(task, make_employee(bureau), part="lead")
    make_claim(task, make_employee(bureau), part="assistant")
    make_claim(task, make_employee(bureau), part="assistant")
    assert refused(lambda: make_claim(task, make_employee(bureau), part="lead"))


@pytest.mark.parametrize("quality", ["-0.01", "1.21"])
def test_quality_stays_between_0_and_1_2(quality: str) -> None:
    bureau = make_bureau()
    task = make_task(bureau)
    assert refused(lambda: make_claim(task, make_employee(bureau), quality=Decimal(quality)))


@pytest.mark.parametrize("quality", [None, "0", "1.2"])
def test_its_borders_and_empty_are_taken(quality: str | None) -> None:
    bureau = make_bureau()
    claim = make_claim(make_task(bureau), make_employee(bureau), quality=Decimal(quality) if quality else None)
    claim.refresh_from_db()
    assert claim.quality == (Decimal(quality) if quality else None)


@pytest.mark.parametrize("values", [{"base": Decimal(0)}, {"base": Decimal(-1)}, {"places": 0}])
def test_a_task_is_worth_something_and_has_a_place(values: dict[str, object]) -> None:
    bureau = make_bureau()
    assert refused(lambda: make_task(bureau, **values))


def test_task_numbers_are_unique_in_the_installation() -> None:
    make_task(make_bureau(), "T1")
    other = make_bureau("YY")
    assert refused(lambda: make_task(other, "T1"))
