"""Closes the ways around the triggers of 0004 (scoring.md §6).

- A claim counts in the quarter of its task, a score in that of its run: a row that names another quarter is held
  against that one, too.
- A quarter that was opened for a correction is closed again before the transaction ends; one that is not does not
  commit, so nobody can leave a published quarter open. SQLite has no deferred triggers: there a row that refers
  to a row that never is stands beside the pass as long as it lasts, and a deferred foreign key refuses the commit.

What 0004 says about rebuilding tables on SQLite holds for the tables that are looked into here: scoring_scorerun and
tasks_market_task.
"""

from django.db import migrations

REFUSAL = "the quarter is published and frozen"
CLAIM = ("quarter_id", "task_id", "employee_id", "part", "outcome", "quality")
OPENED = "indicators_correctionpass"
MARK = "indicators_correctionpass_open"

WAYS = {
    "tasks_market_claim": ("tasks_market_task", "task_id"),
    "scoring_score": ("scoring_scorerun", "run_id"),
}
"""Of a table whose rows count in another row's quarter: that row's table, and the column that names it."""


def triggers():
    """Table, verb, columns of an UPDATE, further condition, and whether a correction may."""
    yield "tasks_market_claim", "INSERT", (), "NEW.outcome = 'accepted'", True
    yield "tasks_market_claim", "UPDATE", CLAIM, "'accepted' IN (OLD.outcome, NEW.outcome)", True
    yield "tasks_market_claim", "DELETE", (), "OLD.outcome = 'accepted'", True
    yield "scoring_score", "INSERT", (), "", True
    yield "scoring_score", "UPDATE", ("run_id",), "", False


def create(apps, schema_editor):
    postgresql = schema_editor.connection.vendor == "postgresql"
    if postgresql:
        for table, opened in _functions():
            schema_editor.execute(
                f"CREATE FUNCTION {_function(table, opened)}() RETURNS trigger LANGUAGE plpgsql "
                f"AS $${_body(table, opened)}$$"
            )
    for table, verb, columns, condition, opened in triggers():
        of = f" OF {', '.join(columns)}" if columns else ""
        conditions = [condition] if condition else []
        if columns:
            differs = "IS DISTINCT FROM" if postgresql else "IS NOT"
            conditions.append(" OR ".join(f"OLD.{one} {differs} NEW.{one}" for one in columns))
        if postgresql:
            when = f"WHEN ({_both(conditions)}) " if conditions else ""
            schema_editor.execute(
                f"CREATE TRIGGER {_name(table, verb)} BEFORE {verb}{of} ON {table} FOR EACH ROW {when}"
                f"EXECUTE FUNCTION {_function(table, opened)}()"
            )
        else:
            conditions.append(f"EXISTS ({_frozen(table, verb, opened)})")
            schema_editor.execute(
                f"CREATE TRIGGER {_name(table, verb)} BEFORE {verb}{of} ON {table} WHEN {_both(conditions)} "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
    _close_before_commit(schema_editor, postgresql)


def drop(apps, schema_editor):
    postgresql = schema_editor.connection.vendor == "postgresql"
    for table, verb, *_rest in triggers():
        on = f" ON {table}" if postgresql else ""
        schema_editor.execute(f"DROP TRIGGER {_name(table, verb)}{on}")
    if postgresql:
        schema_editor.execute(f"DROP TRIGGER {OPENED}_left_open ON {OPENED}")
        schema_editor.execute("DROP FUNCTION scoring_refuse_open_pass()")
        for table, opened in _functions():
            schema_editor.execute(f"DROP FUNCTION {_function(table, opened)}()")
    else:
        schema_editor.execute(f"DROP TRIGGER {OPENED}_left_open_insert")
        schema_editor.execute(f"DROP TRIGGER {OPENED}_left_open_delete")
        schema_editor.execute(f"DROP TABLE {MARK}")


def _close_before_commit(schema_editor, postgresql):
    if postgresql:
        schema_editor.execute(
            f"CREATE FUNCTION scoring_refuse_open_pass() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "  # noqa: S608
            f"IF EXISTS (SELECT 1 FROM {OPENED} WHERE id = NEW.id) THEN "
            f"RAISE EXCEPTION USING MESSAGE = '{REFUSAL}', ERRCODE = 'integrity_constraint_violation'; END IF; "
            f"RETURN NULL; END $$"
        )
        schema_editor.execute(
            f"CREATE CONSTRAINT TRIGGER {OPENED}_left_open AFTER INSERT ON {OPENED} DEFERRABLE INITIALLY DEFERRED "
            f"FOR EACH ROW EXECUTE FUNCTION scoring_refuse_open_pass()"
        )
    else:
        schema_editor.execute(
            f"CREATE TABLE {MARK} (pass_id bigint NOT NULL PRIMARY KEY, never bigint NOT NULL DEFAULT 0 "
            f"REFERENCES {MARK} (pass_id) DEFERRABLE INITIALLY DEFERRED)"
        )
        schema_editor.execute(
            f"CREATE TRIGGER {OPENED}_left_open_insert AFTER INSERT ON {OPENED} "  # noqa: S608
            f"BEGIN INSERT INTO {MARK} (pass_id) VALUES (NEW.id); END"
        )
        schema_editor.execute(
            f"CREATE TRIGGER {OPENED}_left_open_delete AFTER DELETE ON {OPENED} "  # noqa: S608
            f"BEGIN DELETE FROM {MARK} WHERE pass_id = OLD.id; END"
        )


def _name(table, verb):
    return f"{table}_frozen_by_{WAYS[table][1].removesuffix('_id')}_{verb.lower()}"


def _functions():
    """Table, and whether a correction may, once for each function of PostgreSQL."""
    return dict.fromkeys((table, opened) for table, _verb, _columns, _condition, opened in triggers())


def _function(table, opened):
    return f"scoring_refuse_frozen_{WAYS[table][1].removesuffix('_id')}{'' if opened else '_always'}"


def _both(conditions):
    return " AND ".join(f"({one})" for one in conditions)


def _frozen(table, verb, opened):
    """SQLite: the published quarters in which the row counts, before or after, that are not opened."""
    rows = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}[verb]
    other, column = WAYS[table]
    named = ", ".join(f"{row}.{column}" for row in rows)
    unless = f" AND NOT EXISTS (SELECT 1 FROM {OPENED} p WHERE p.quarter_id = q.id)" if opened else ""  # noqa: S608
    return (  # names of our own tables
        f"SELECT 1 FROM {other} o JOIN indicators_quarter q ON q.id = o.quarter_id "  # noqa: S608
        f"WHERE o.id IN ({named}) AND q.state = 'published'{unless}"
    )


def _body(table, opened):
    """PostgreSQL: the same, after locking the quarter against a publication under way; OLD or NEW may be null."""
    other, column = WAYS[table]
    unless = f"AND NOT EXISTS (SELECT 1 FROM {OPENED} p WHERE p.quarter_id = quarter.id)" if opened else ""  # noqa: S608
    return f"""
    DECLARE quarter record;
    BEGIN
        FOR quarter IN
            SELECT id, state FROM indicators_quarter
            WHERE id IN (SELECT quarter_id FROM {other} WHERE id IN (OLD.{column}, NEW.{column})) ORDER BY id FOR SHARE
        LOOP
            IF quarter.state = 'published' {unless} THEN
                RAISE EXCEPTION USING MESSAGE = '{REFUSAL}', ERRCODE = 'integrity_constraint_violation';
            END IF;
        END LOOP;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END
    """  # noqa: S608


class Migration(migrations.Migration):
    dependencies = [
        ("scoring", "0005_scoring_job_as_of"),
        ("indicators", "0003_roster_reason"),
        ("tasks_market", "0001_initial"),
    ]

    operations = [migrations.RunPython(create, drop)]
