"""Tasks and claims that came in before the market: their places are counted, their states follow their outcomes."""

from typing import Any

from django.db import migrations
from django.db.models import Count, F, OuterRef, Subquery
from django.db.models.functions import Coalesce


def fill(apps: Any, schema_editor: Any) -> None:
    Task, Claim = apps.get_model("tasks_market", "Task"), apps.get_model("tasks_market", "Claim")  # noqa: N806
    Claim.objects.exclude(outcome="").update(state=F("outcome"))
    taken = Claim.objects.filter(task=OuterRef("pk")).order_by().values("task").annotate(n=Count("pk")).values("n")
    Task.objects.update(places_taken=Coalesce(Subquery(taken), 0))
    Task.objects.exclude(state="draft").update(announced=True)


class Migration(migrations.Migration):
    dependencies = [
        ("tasks_market", "0002_market_work"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
