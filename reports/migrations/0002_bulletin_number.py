from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("indicators", "0003_roster_reason"),
        ("organization", "0002_fill_calendar"),
        ("reports", "0001_initial"),
        ("scoring", "0006_refuse_roundabout_changes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="bulletin",
            constraint=models.UniqueConstraint(
                condition=models.Q(("number", ""), _negated=True),
                fields=("bureau", "number"),
                name="bulletin_number_once_a_bureau",
            ),
        ),
    ]
