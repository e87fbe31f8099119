"""Scores cost less to write.

- PostgreSQL: the quarters of the runs that scores are added to are looked at once for each statement, not for each row
  (0006 looked for each row, 22 µs of the 60 that a row took besides its snapshot).
- The indexes of `run` and of `employee` alone are dropped: `score_once_in_a_run` begins with the one and
  `score_employee_quarter` with the other. Not by altering the fields, because SQLite rebuilds a table for that, and its
  triggers are lost (0004).
- PostgreSQL: snapshots are no longer compressed. They take the place that compressed ones of the first format took, lie
  beside the table unless they are short, so that whoever reads scores without them reads few pages, and 200 are written
  in 7 ms instead of 12. Stored ones stay as they are.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLE = "scoring_score"
TRIGGER = f"{TABLE}_frozen_by_run_insert"
FUNCTION = "scoring_refuse_frozen_run_rows"
BY_ROW = "scoring_refuse_frozen_run"
COLUMNS = ("run_id", "employee_id")

BODY = """
    DECLARE quarter record;
    BEGIN
        FOR quarter IN
            SELECT id, state FROM indicators_quarter
            WHERE id IN (SELECT quarter_id FROM scoring_scorerun WHERE id IN (SELECT DISTINCT run_id FROM written))
            ORDER BY id FOR SHARE
        LOOP
            IF quarter.state = 'published'
                AND NOT EXISTS (SELECT 1 FROM indicators_correctionpass p WHERE p.quarter_id = quarter.id)
            THEN
                RAISE EXCEPTION USING MESSAGE = 'the quarter is published and frozen',
                    ERRCODE = 'integrity_constraint_violation';
            END IF;
        END LOOP;
        RETURN NULL;
    END
"""


def look_once(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"CREATE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $${BODY}$$")
        schema_editor.execute(f"DROP TRIGGER {TRIGGER} ON {TABLE}")
        schema_editor.execute(
            f"CREATE TRIGGER {TRIGGER} AFTER INSERT ON {TABLE} REFERENCING NEW TABLE AS written "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}()"
        )


def look_each_time(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP TRIGGER {TRIGGER} ON {TABLE}")
        schema_editor.execute(f"DROP FUNCTION {FUNCTION}()")
        schema_editor.execute(
            f"CREATE TRIGGER {TRIGGER} BEFORE INSERT ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {BY_ROW}()"
        )


def drop_indexes(apps, schema_editor):
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, TABLE)
    for name, one in found.items():
        if one["index"] and not one["unique"] and tuple(one["columns"]) in {(column,) for column in COLUMNS}:
            schema_editor.execute(f"DROP INDEX {schema_editor.quote_name(name)}")


def create_indexes(apps, schema_editor):
    for column in COLUMNS:
        schema_editor.execute(f"CREATE INDEX {TABLE}_{column} ON {TABLE} ({column})")


def leave_uncompressed(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE {TABLE} ALTER COLUMN inputs SET STORAGE EXTERNAL")


def compress(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE {TABLE} ALTER COLUMN inputs SET STORAGE EXTENDED")


class Migration(migrations.Migration):
    dependencies = [
        ("scoring", "0008_points_of_a_run"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(look_once, look_each_time),
        migrations.RunPython(leave_uncompressed, compress),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(drop_indexes, create_indexes)],
            state_operations=[
                migrations.AlterField(
                    model_name="score",
                    name="run",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="scores",
                        to="scoring.scorerun",
                        verbose_name="计分轮次",
                    ),
                ),
                migrations.AlterField(
                    model_name="score",
                    name="employee",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scores",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="干部",
                    ),
                ),
            ],
        ),
    ]
