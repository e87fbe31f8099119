"""A mistake in a point is revised from the quarter in which it was made: two versions may hold from the same quarter."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("indicators", "0001_initial"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="pointversion", name="point_version_once_a_quarter"),
    ]
