"""A sheet keeps its department's name as it was: what was signed must not read otherwise after a renaming."""

from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    names = apps.get_model("organization", "Department").objects.filter(pk=OuterRef("department")).values("name")
    apps.get_model("supervision", "WarningSheet").objects.update(department_name=Subquery(names))


class Migration(migrations.Migration):
    dependencies = [("organization", "0002_fill_calendar"), ("supervision", "0003_warned_head_due")]

    operations = [
        migrations.AddField(
            model_name="warningsheet",
            name="department_name",
            field=models.CharField(
                default="", help_text="生成时的名称；部门改名后不变。", max_length=100, verbose_name="部门名称"
            ),
            preserve_default=False,
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
