"""What must never be: an oversold task, an outcome that does not fit its claim's state."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tasks_market", "0003_count_places"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "accepted"), ("state", "accepted")),
                    models.Q(("outcome", "refused"), ("state", "refused")),
                    models.Q(("outcome", ""), models.Q(("state__in", ("accepted", "refused")), _negated=True)),
                    _connector="OR",
                ),
                name="claim_outcome_fits_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(("places_taken__lte", models.F("places"))), name="task_never_oversold"
            ),
        ),
    ]
