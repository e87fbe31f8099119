"""The points that the snapshots of a run's scores have in common, kept apart by bureau and frozen like the scores.

They count in their run's quarter: a correction adds them with its run; those of a published quarter are never changed or
removed. What 0004 says about rebuilding tables on SQLite holds for the new one.
"""

import django.core.serializers.json
import django.db.models.deletion
from django.db import migrations, models

REFUSAL = "the quarter is published and frozen"
TABLE = "scoring_runbasis"
GUARDS = (("INSERT", "scoring_refuse_frozen_run"), ("UPDATE", "scoring_refuse_frozen_run_always"),
          ("DELETE", "scoring_refuse_frozen_run_always"))  # fmt: skip
"""Verb, and the function of 0006 that refuses: a correction may insert."""


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"SELECT perfmgmt_keep_apart('{TABLE}', 'run_id', 'scoring_scorerun')")  # noqa: S608
        for verb, function in GUARDS:
            schema_editor.execute(
                f"CREATE TRIGGER {_name(verb)} BEFORE {verb} ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {function}()"
            )
    else:
        for verb, _function in GUARDS:
            schema_editor.execute(
                f"CREATE TRIGGER {_name(verb)} BEFORE {verb} ON {TABLE} WHEN EXISTS ({_frozen(verb)}) "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )


def drop(apps, schema_editor):
    postgresql = schema_editor.connection.vendor == "postgresql"
    for verb, _function in GUARDS:
        schema_editor.execute(f"DROP TRIGGER {_name(verb)}{f' ON {TABLE}' if postgresql else ''}")
    if postgresql:
        schema_editor.execute(f"SELECT perfmgmt_keep_no_longer('{TABLE}')")  # noqa: S608


def _name(verb):
    return f"{TABLE}_frozen_{verb.lower()}"


def _frozen(verb):
    """SQLite: the published quarters in which the row counts, before or after, unless a correction may."""
    rows = {"INSERT": "NEW.run_id", "UPDATE": "OLD.run_id, NEW.run_id", "DELETE": "OLD.run_id"}[verb]
    opened = "SELECT 1 FROM indicators_correctionpass p WHERE p.quarter_id = q.id"
    unless = f" AND NOT EXISTS ({opened})" if verb == "INSERT" else ""
    return (
        "SELECT 1 FROM scoring_scorerun o JOIN indicators_quarter q ON q.id = o.quarter_id "  # noqa: S608
        f"WHERE o.id IN ({rows}) AND q.state = 'published'{unless}"
    )


class Migration(migrations.Migration):
    dependencies = [("scoring", "0007_waves"), ("perfmgmt", "0004_rows_of_one_bureau")]

    operations = [
        migrations.CreateModel(
            name="RunBasis",
            fields=[
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="basis",
                        serialize=False,
                        to="scoring.scorerun",
                        verbose_name="计分轮次",
                    ),
                ),
                (
                    "points",
                    models.JSONField(
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        help_text="计分时的考点、规则和节点。",
                        verbose_name="考点",
                    ),
                ),
            ],
            options={
                "verbose_name": "计分依据",
                "verbose_name_plural": "计分依据",
            },
        ),
        migrations.RunPython(create, drop),
    ]
