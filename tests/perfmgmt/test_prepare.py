"""The table of demo logins that `make run` shows."""

from io import StringIO

import pytest
from django.core.management import call_command
from django_celery_beat.models import PeriodicTask

from organization.models import Role
from perfmgmt.management.commands.prepare import demo_logins, display_width
from perfmgmt.schedule import JOBS
from tests.factories import make_bureau, make_employee, make_role


def test_a_chinese_character_is_two_columns_wide():
    assert display_width("工号 101") == 8


@pytest.mark.django_db
def test_no_demo_no_table():
    assert demo_logins() == ""


@pytest.mark.django_db
def test_demo_logins_stand_in_columns_with_their_roles():
    bureau = make_bureau()
    office = make_employee(bureau, number="D01", name="周文", is_demo=True)
    make_role(office, Role.Kind.OFFICE)
    assessor = make_employee(bureau, number="D02", name="欧阳海", is_demo=True)
    make_role(assessor, Role.Kind.LIAISON)
    make_employee(bureau, number="9001", name="王芳")
    heading, names, *rows = demo_logins().splitlines()
    assert "demo-361" in heading
    assert "9001" not in demo_logins()
    assert [row.split()[:3] for row in rows] == [["绩效办", "D01", "周文"], ["考评部门", "D02", "欧阳海"]]
    assert {display_width(row[: row.index("D0")]) for row in rows} == {display_width(names[: names.index("工号")])}


@pytest.mark.django_db
def test_prepare_writes_the_schedule_and_only_the_logins_to_standard_output():
    out = StringIO()
    make_bureau()  # with a bureau in the table no sample bureau is made
    call_command("prepare", "--demo", stdout=out)
    assert out.getvalue().strip() == ""
    assert PeriodicTask.objects.filter(name__in=[job.task for job in JOBS]).count() == len(JOBS)
