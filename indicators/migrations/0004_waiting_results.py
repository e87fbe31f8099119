"""The results that wait for somebody, found without reading those that are settled, without holding up who writes."""

from django.db import migrations, models

WAITING = models.Index(
    fields=["bureau", "state"], name="result_waiting", condition=models.Q(state__in=["reported", "reviewed"])
)


def build(apps, schema_editor):
    concurrently = {"concurrently": True} if schema_editor.connection.vendor == "postgresql" else {}
    schema_editor.add_index(apps.get_model("indicators", "Result"), WAITING, **concurrently)


def drop(apps, schema_editor):
    concurrently = {"concurrently": True} if schema_editor.connection.vendor == "postgresql" else {}
    schema_editor.remove_index(apps.get_model("indicators", "Result"), WAITING, **concurrently)


class Migration(migrations.Migration):
    atomic = False  # an index that is built beside the work cannot be built in a transaction

    dependencies = [("indicators", "0003_roster_reason")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.AddIndex("result", WAITING)],
            database_operations=[migrations.RunPython(build, drop)],
        )
    ]
