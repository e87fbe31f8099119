"""PostgreSQL: the units of a wave are their bureaus' (0004_rows_of_one_bureau); the waves themselves are the installation's."""

from django.db import migrations


def keep_apart(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SELECT perfmgmt_keep_apart('scoring_waveunit')")


def keep_no_longer(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SELECT perfmgmt_keep_no_longer('scoring_waveunit')")


class Migration(migrations.Migration):
    dependencies = [("perfmgmt", "0004_rows_of_one_bureau"), ("scoring", "0007_waves")]

    operations = [migrations.RunPython(keep_apart, keep_no_longer)]
