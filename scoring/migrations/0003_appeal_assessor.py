import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organization", "0002_fill_calendar"),
        ("scoring", "0002_appeals_steps_acknowledgements"),
    ]

    operations = [
        migrations.AddField(
            model_name="appeal",
            name="assessor",
            field=models.ForeignKey(
                help_text="提出时考评这个考点的部门，由它答复；空为由验收人或绩效办答复。",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organization.department",
                verbose_name="考评部门",
            ),
        ),
    ]
