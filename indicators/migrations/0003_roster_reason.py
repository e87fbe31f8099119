"""A signature given by the office in a head's place says why."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("indicators", "0002_rosters_requests_evidence")]

    operations = [
        migrations.AddField(
            model_name="rostersignature",
            name="reason",
            field=models.TextField(blank=True, help_text="绩效办代为确认时填写。", verbose_name="代签理由"),
        ),
    ]
