"""The years that the library chinese_calendar knows: only days that depart from Monday to Friday are kept."""

from chinese_calendar.constants import Holiday, holidays, workdays
from django.db import migrations


def fill(apps, schema_editor):
    year_model = apps.get_model("organization", "CalendarYear")
    day_model = apps.get_model("organization", "CalendarDay")
    free = [
        day_model(day=day, is_workday=False, name=Holiday(holiday).chinese)
        for day, holiday in holidays.items()
        if day.weekday() < 5
    ]
    made_up = [
        day_model(day=day, is_workday=True, name=f"{Holiday(holiday).chinese}调休")
        for day, holiday in workdays.items()
        if day.weekday() >= 5
    ]
    day_model.objects.bulk_create(free + made_up)
    year_model.objects.bulk_create(
        year_model(year=year, source="国务院办公厅关于部分节假日安排的通知")
        for year in sorted({day.year for day in holidays})
    )


def empty(apps, schema_editor):
    apps.get_model("organization", "CalendarDay").objects.all().delete()
    apps.get_model("organization", "CalendarYear").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("organization", "0001_initial")]

    operations = [migrations.RunPython(fill, empty)]
