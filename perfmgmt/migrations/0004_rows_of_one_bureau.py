"""PostgreSQL: each row belongs to a bureau, and a session sees and writes only those of the bureau it names.

`perfmgmt.bureau` is the variable of the session that common/postgresql sets: a bureau's id, 0 for all bureaus; without
it, or empty, there is no row. FORCE, because the application's role owns the tables. docs/isolation.md says what the
conditions are made of; tests/perfmgmt/test_policies.py fails for a table that has neither policy nor a reason.

Two functions stay for the migrations of later tables, which then need no code of ours:

    SELECT perfmgmt_keep_apart('app_table')                           the table has a column bureau_id
    SELECT perfmgmt_keep_apart('app_child', 'parent_id', 'app_table') it belongs to whom its parent belongs to
    SELECT perfmgmt_keep_no_longer('app_table')                       to reverse either
"""

from django.db import migrations

OWNED = (
    "organization_rankcategory", "organization_department", "organization_post", "organization_partybranch",
    "organization_employee", "notifications_notification", "notifications_grouprobot", "notifications_delivery",
    "indicators_keywork", "indicators_assessmentpoint", "indicators_schemesetting", "indicators_quarter",
    "indicators_rostersignature", "indicators_item", "indicators_itemrequest", "indicators_result",
    "indicators_facttoken", "tasks_market_task", "tasks_market_claim", "scoring_adjustment", "scoring_departmentscore",
    "scoring_scorerun", "scoring_score", "scoring_scoringjob", "scoring_appeal", "reviews_reviewmeeting",
    "reviews_reviewsettings", "reviews_showing", "reviews_talk", "reviews_talksuggestion", "awards_awardsettings",
    "awards_selection", "awards_staraward", "awards_usesettings", "awards_uselist", "awards_trainingsession",
    "supervision_letter", "supervision_lettersettings", "supervision_warningsheet", "exchange_importrun",
    "exchange_exportrun", "reports_bulletin",
)  # fmt: skip
"""Tables with a column bureau_id."""
BELOW = (
    ("organization_placement", "employee_id", "organization_employee"),
    ("organization_role", "employee_id", "organization_employee"),
    ("organization_absence", "employee_id", "organization_employee"),
    ("authtoken_token", "user_id", "organization_employee"),
    ("notifications_contactpreference", "employee_id", "organization_employee"),
    ("indicators_pointversion", "point_id", "indicators_assessmentpoint"),
    ("indicators_quarterstep", "quarter_id", "indicators_quarter"),
    ("indicators_correctionpass", "quarter_id", "indicators_quarter"),
    ("indicators_evidence", "result_id", "indicators_result"),
    ("indicators_resultopening", "result_id", "indicators_result"),
    ("tasks_market_task_open_to", "task_id", "tasks_market_task"),
    ("tasks_market_claimevent", "task_id", "tasks_market_task"),
    ("tasks_market_progressnote", "claim_id", "tasks_market_claim"),
    ("tasks_market_claimfile", "claim_id", "tasks_market_claim"),
    ("tasks_market_extension", "claim_id", "tasks_market_claim"),
    ("scoring_adjustmentstep", "adjustment_id", "scoring_adjustment"),
    ("scoring_adjustmentfile", "adjustment_id", "scoring_adjustment"),
    ("scoring_acknowledgement", "score_id", "scoring_score"),
    ("scoring_appealfile", "appeal_id", "scoring_appeal"),
    ("reviews_lostpoint", "meeting_id", "reviews_reviewmeeting"),
    ("reviews_agendaitem", "meeting_id", "reviews_reviewmeeting"),
    ("reviews_meetingcomment", "meeting_id", "reviews_reviewmeeting"),
    ("reviews_meetingaction", "meeting_id", "reviews_reviewmeeting"),
    ("reviews_showingbranch", "showing_id", "reviews_showing"),
    ("reviews_participant", "showing_id", "reviews_showing"),
    ("reviews_statement", "showing_id", "reviews_showing"),
    ("reviews_rating", "showing_id", "reviews_showing"),
    ("reviews_followup", "showing_id", "reviews_showing"),
    ("reviews_talksignature", "talk_id", "reviews_talk"),
    ("awards_selectionstep", "selection_id", "awards_selection"),
    ("awards_starcategory", "selection_id", "awards_selection"),
    ("awards_poolmember", "selection_id", "awards_selection"),
    ("awards_voter", "selection_id", "awards_selection"),
    ("awards_objection", "selection_id", "awards_selection"),
    ("awards_nomination", "category_id", "awards_starcategory"),
    ("awards_ballotcast", "category_id", "awards_starcategory"),
    ("awards_tally", "nomination_id", "awards_nomination"),
    ("awards_useline", "use_list_id", "awards_uselist"),
    ("awards_trainingsession_needs", "trainingsession_id", "awards_trainingsession"),
    ("awards_trainingattendance", "training_id", "awards_trainingsession"),
    ("supervision_letterstep", "letter_id", "supervision_letter"),
    ("supervision_letteritem", "letter_id", "supervision_letter"),
    ("supervision_letteritem_assisting", "letteritem_id", "supervision_letteritem"),
    ("supervision_itemextension", "item_id", "supervision_letteritem"),
    ("supervision_itemreport", "item_id", "supervision_letteritem"),
    ("supervision_reportfile", "report_id", "supervision_itemreport"),
    ("supervision_proposedminus", "item_id", "supervision_letteritem"),
    ("supervision_warned", "sheet_id", "supervision_warningsheet"),
    ("supervision_warningsignature", "line_id", "supervision_warned"),
    ("supervision_escalation", "line_id", "supervision_warned"),
    ("exchange_importfinding", "run_id", "exchange_importrun"),
    ("reports_bulletinreceipt", "bulletin_id", "reports_bulletin"),
)
"""Tables of what is part of something else, the column that says of what, and the table where that is."""
CHAINED = ("audit_entry", "audit_seal", "audit_chainhead")
"""Tables that know their bureau by the code of its chain, or of the confidential one (audit.models)."""

SCOPE = "(SELECT nullif(current_setting('perfmgmt.bureau', true), '')::bigint)"
CHAINS = f"""(SELECT ARRAY[code, CASE WHEN length(code) < 32 THEN '~' || code
    ELSE left('~' || encode(sha256(convert_to(code, 'UTF8')), 'hex'), 32) END] FROM organization_bureau WHERE id = {SCOPE})"""  # noqa: S608

FUNCTIONS = f"""
CREATE FUNCTION perfmgmt_keep_apart_where(kept regclass, is_ours text) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', kept);
    EXECUTE format('CREATE POLICY one_bureau ON %s USING (CASE WHEN %s = 0 THEN 1 WHEN %s THEN 1 END IS NOT NULL)',
        kept, $scope${SCOPE}$scope$, is_ours);
END $body$;

CREATE FUNCTION perfmgmt_keep_apart(kept regclass, key name DEFAULT 'bureau_id', parent regclass DEFAULT NULL)
RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    scope text := $scope${SCOPE}$scope$;
    is_owned boolean := EXISTS (SELECT FROM pg_attribute WHERE attrelid = parent AND attname = 'bureau_id');
BEGIN
    PERFORM perfmgmt_keep_apart_where(kept, CASE
        WHEN parent IS NULL THEN format('%I = %s', key, scope)
        ELSE format('EXISTS (SELECT FROM %s parent WHERE parent.id = %s.%I%s)', parent, kept, key,
            CASE WHEN is_owned THEN ' AND parent.bureau_id = ' || scope ELSE '' END)
    END);
END $body$;

CREATE FUNCTION perfmgmt_keep_no_longer(kept regclass) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format('DROP POLICY one_bureau ON %s', kept);
    EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY', kept);
END $body$;
"""  # noqa: S608  # names of our own tables


def keep_apart(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute(FUNCTIONS, params=None)
    schema_editor.execute("SELECT perfmgmt_keep_apart('organization_bureau', 'id')")
    for table in OWNED:
        schema_editor.execute("SELECT perfmgmt_keep_apart(%s)", [table])
    for row in BELOW:
        schema_editor.execute("SELECT perfmgmt_keep_apart(%s, %s, %s)", row)
    for table in CHAINED:
        schema_editor.execute(
            "SELECT perfmgmt_keep_apart_where(%s, %s)", [table, f"bureau_code = ANY ({CHAINS}::text[])"]
        )


def keep_no_longer(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for table in ("organization_bureau", *OWNED, *(row[0] for row in BELOW), *CHAINED):
        schema_editor.execute("SELECT perfmgmt_keep_no_longer(%s)", [table])
    schema_editor.execute("DROP FUNCTION perfmgmt_keep_no_longer(regclass)")
    schema_editor.execute("DROP FUNCTION perfmgmt_keep_apart(regclass, name, regclass)")
    schema_editor.execute("DROP FUNCTION perfmgmt_keep_apart_where(regclass, text)")


class Migration(migrations.Migration):
    dependencies = [
        ("perfmgmt", "0003_job_run_refused"),
        ("audit", "0002_refuse_changes"),
        ("authtoken", "0004_alter_tokenproxy_options"),
        ("awards", "0002_use_settings"),
        ("exchange", "0001_initial"),
        ("indicators", "0003_roster_reason"),
        ("notifications", "0003_sent_with_care"),
        ("organization", "0002_fill_calendar"),
        ("reports", "0002_bulletin_number"),
        ("reviews", "0004_meeting_drawn_at"),
        ("scoring", "0006_refuse_roundabout_changes"),
        ("supervision", "0003_warned_head_due"),
        ("tasks_market", "0001_initial"),
    ]

    operations = [migrations.RunPython(keep_apart, keep_no_longer)]
