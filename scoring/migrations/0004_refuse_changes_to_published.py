"""Triggers that keep a published quarter as it is, for whoever comes past the services (scoring.md §6).

- What a score is worked out from (items, results, adjustments, department scores, accepted claims and what their tasks
  are worth): written into a published quarter only while it is opened for a correction. Only the transaction that
  corrects sees that row of `indicators_correctionpass`.
- Runs: a correction adds one and takes the mark of the current run off the one before; nothing else of them changes.
- Scores: a correction adds them; none is ever changed or removed.
- The quarter: it never leaves 已发布.

An update of other columns, or to the same values, passes. On PostgreSQL the quarter is locked before it is looked at,
so that a write past the services waits for a publication that is under way.

A later migration that lets SQLite rebuild one of these tables loses its triggers, and one that rebuilds a table which
they look into fails: such a migration drops them first and creates them again (docs/locking.md). The test
tests/scoring/test_frozen_by_database.py notices.
"""

from django.db import migrations

REFUSAL = "the quarter is published and frozen"

INPUTS = {
    "indicators_item": ("quarter_id", "employee_id", "point_id", "taken_on"),
    "indicators_result": (
        "quarter_id", "employee_id", "point_id", "period", "target", "value", "tier", "exempt", "note", "points",
        "state", "source", "origin", "late", "entered_by_id", "entered_at", "reviewed_by_id", "reviewed_at",
        "confirmed_by_id", "confirmed_at",
    ),
    "scoring_adjustment": (
        "quarter_id", "employee_id", "day", "kind", "points", "matter", "basis", "disciplinary", "state",
        "entered_by_id", "entered_at", "counted_by_id", "counted_at",
    ),
    "scoring_departmentscore": ("quarter_id", "department_id", "score"),
}  # fmt: skip
CLAIM = ("quarter_id", "task_id", "employee_id", "part", "outcome", "quality")
TASK = ("quarter_id", "number", "name", "difficulty", "base", "sharing")
RUN = (
    "bureau_id", "quarter_id", "number", "kind", "scheme", "scored_at", "scored_by_id", "as_of", "reason", "scored",
    "ranked", "missing",
)  # fmt: skip

OPENABLE = "scoring_refuse_frozen"
"""Refuses unless the quarter is opened for a correction; the other function refuses always."""
ALWAYS = "scoring_refuse_frozen_always"
STATE = "scoring_refuse_unpublishing"


def triggers():
    """Table, verb, columns of an UPDATE, further condition, and which refusal, of every trigger."""
    for table, columns in INPUTS.items():
        yield table, "INSERT", (), "", OPENABLE
        yield table, "UPDATE", columns, "", OPENABLE
        yield table, "DELETE", (), "", OPENABLE
    yield "tasks_market_claim", "INSERT", (), "NEW.outcome = 'accepted'", OPENABLE
    yield "tasks_market_claim", "UPDATE", CLAIM, "'accepted' IN (OLD.outcome, NEW.outcome)", OPENABLE
    yield "tasks_market_claim", "DELETE", (), "OLD.outcome = 'accepted'", OPENABLE
    yield "tasks_market_task", "UPDATE", TASK, "", OPENABLE
    yield "scoring_score", "INSERT", (), "", OPENABLE
    yield "scoring_score", "UPDATE", (), "", ALWAYS
    yield "scoring_score", "DELETE", (), "", ALWAYS
    yield "scoring_scorerun", "INSERT", (), "", OPENABLE
    yield "scoring_scorerun", "UPDATE", ("is_current",), "", OPENABLE
    yield "scoring_scorerun", "UPDATE", RUN, "", ALWAYS
    yield "scoring_scorerun", "DELETE", (), "", ALWAYS
    yield "indicators_quarter", "UPDATE", ("state", "code", "bureau_id"), "OLD.state = 'published'", STATE
    yield "indicators_quarter", "DELETE", (), "OLD.state = 'published'", STATE


def name_of(table, verb, columns, refusal):
    kind = "_always" if refusal == ALWAYS and columns else ""
    return f"{table}_frozen_{verb.lower()}{kind}"


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        _create_functions(schema_editor)
    for table, verb, columns, condition, refusal in triggers():
        name = name_of(table, verb, columns, refusal)
        of = f" OF {', '.join(columns)}" if columns else ""
        conditions = [condition] if condition else []
        if schema_editor.connection.vendor == "postgresql":
            if not columns and verb != "UPDATE" and not condition:
                rows = "NEW" if verb == "INSERT" else "OLD"
                schema_editor.execute(
                    f"CREATE TRIGGER {name} AFTER {verb} ON {table} REFERENCING {rows} TABLE AS written "
                    f"FOR EACH STATEMENT EXECUTE FUNCTION {refusal}_rows()"
                )
                continue
            if columns:
                conditions.append(" OR ".join(f"OLD.{one} IS DISTINCT FROM NEW.{one}" for one in columns))
            when = f"WHEN ({_both(conditions)}) " if conditions else ""
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {verb}{of} ON {table} FOR EACH ROW {when}EXECUTE FUNCTION {refusal}()"
            )
        else:
            if columns:
                conditions.append(" OR ".join(f"OLD.{one} IS NOT NEW.{one}" for one in columns))
            if refusal != STATE:
                conditions.append(_is_frozen(verb, opened=refusal == OPENABLE))
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {verb}{of} ON {table} WHEN {_both(conditions)} "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )


FUNCTIONS = (OPENABLE, f"{OPENABLE}_rows", ALWAYS, f"{ALWAYS}_rows", STATE)


def _create_functions(schema_editor):
    """PostgreSQL: of one row, and of all rows of a statement at once, so that an import asks once for each batch."""
    row, rows = "OLD.quarter_id, NEW.quarter_id", "SELECT DISTINCT quarter_id FROM written"
    refuse = f"RAISE EXCEPTION USING MESSAGE = '{REFUSAL}', ERRCODE = 'integrity_constraint_violation';"
    bodies = (
        _body(row, opened=True),
        _body(rows, opened=True),
        _body(row),
        _body(rows),
        f"BEGIN {refuse} END",
    )
    for function, body in zip(FUNCTIONS, bodies, strict=True):
        schema_editor.execute(f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$")


def drop(apps, schema_editor):
    postgresql = schema_editor.connection.vendor == "postgresql"
    for table, verb, columns, _condition, refusal in triggers():
        on = f" ON {table}" if postgresql else ""
        schema_editor.execute(f"DROP TRIGGER {name_of(table, verb, columns, refusal)}{on}")
    if postgresql:
        for function in FUNCTIONS:
            schema_editor.execute(f"DROP FUNCTION {function}()")


def _both(conditions):
    return " AND ".join(f"({one})" for one in conditions)


def _is_frozen(verb, *, opened):
    """SQLite: whether a quarter that the row belongs to, before or after, is published (and not opened)."""
    rows = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}[verb]
    quarters = ", ".join(f"{row}.quarter_id" for row in rows)
    unless = " AND NOT EXISTS (SELECT 1 FROM indicators_correctionpass p WHERE p.quarter_id = q.id)" if opened else ""
    return f"EXISTS (SELECT 1 FROM indicators_quarter q WHERE q.id IN ({quarters}) AND q.state = 'published'{unless})"  # noqa: S608  # names of our own tables


def _body(quarters, *, opened=False):
    """PostgreSQL: the same, after locking the quarters against a publication under way; OLD or NEW may be null."""
    unless = (
        "AND NOT EXISTS (SELECT 1 FROM indicators_correctionpass p WHERE p.quarter_id = quarter.id)" if opened else ""
    )
    return f"""
    DECLARE quarter record;
    BEGIN
        FOR quarter IN
            SELECT id, state FROM indicators_quarter WHERE id IN ({quarters}) ORDER BY id FOR SHARE
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
        ("scoring", "0003_appeal_assessor"),
        ("indicators", "0003_roster_reason"),
        ("tasks_market", "0001_initial"),
    ]

    operations = [migrations.RunPython(create, drop)]
