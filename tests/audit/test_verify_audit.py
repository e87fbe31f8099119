"""Whoever drops the triggers and tampers is found out by `verify_audit`."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.utils import timezone

from audit import jobs
from audit.models import ChainHead, Seal
from audit.queries import verify_chains
from audit.services import record, seal_chains
from organization.models import Bureau
from tests.factories import make_bureau
from tests.guards import audit_guards_lifted

pytestmark = pytest.mark.django_db


def sql(statement: str, *values: object) -> Callable[[list[int]], None]:
    """The statement with `{n}` as the id of the n-th line."""
    return lambda ids: connection.cursor().execute(statement.format(*ids), values)


@pytest.fixture
def lines() -> list[int]:
    """Three sealed lines of one bureau and one of another."""
    bureaus = [make_bureau("XS")] * 3 + [make_bureau("YS")]
    ids = [record(actor=None, action="x", target=bureau, reason=str(n)).pk for n, bureau in enumerate(bureaus)]
    seal_chains()
    return ids


def verify() -> str:
    out = StringIO()
    call_command("verify_audit", stdout=out)
    return out.getvalue()


def test_an_untouched_log_is_counted(lines):
    assert verify() == "审计记录完好，共 4 条。\n"


def test_an_empty_log_is_intact():
    assert verify() == "审计记录完好，共 0 条。\n"


def test_what_is_not_sealed_yet_is_sealed_first(lines):
    record(actor=None, action="x", label="全部")
    assert verify() == "审计记录完好，共 5 条。\n"
    assert Seal.objects.count() == 5


COPY = (
    "INSERT INTO audit_entry (at, bureau_code, actor, action, target_type, target_id, target, reason, request_id,"
    " nonce, signature) SELECT at, bureau_code, actor, action, target_type, target_id, target, {}, request_id, {},"
    " signature FROM audit_entry WHERE id = {{1}}"
)


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (sql("UPDATE audit_entry SET reason = 'y' WHERE id = {1}"), "{1}（第 2 条）被改动过"),
        (sql("UPDATE audit_entry SET actor = '张三' WHERE id = {3}"), "单位 YS：审计记录 {3}（第 1 条）被改动过"),
        (sql("UPDATE audit_entry SET bureau_code = 'YS' WHERE id = {1}"), "{1}（第 2 条）被改动过"),
        (sql("UPDATE audit_entry SET before = '1' WHERE id = {1}"), "{1}（第 2 条）被改动过"),
        (sql("UPDATE audit_entry SET id = 99 WHERE id = {1}"), "{1}（第 2 条）被删除"),
        (sql("DELETE FROM audit_entry WHERE id = {1}"), "{1}（第 2 条）被删除"),
        (sql("DELETE FROM audit_entry WHERE id = {2}"), "{2}（第 3 条）被删除"),
        (sql(COPY.format("'forged'", "'forged'")), "被改动过或是伪造的"),
        (sql("UPDATE audit_seal SET hash = 'x' WHERE entry_id = {1}"), "{1} 的封条（第 2 个）被改动过"),
        (sql("UPDATE audit_seal SET entry_id = 99 WHERE entry_id = {1}"), "审计记录 99（第 2 条）被删除"),
        (sql("UPDATE audit_seal SET position = 9 WHERE entry_id = {1}"), "第 2 个封条不见了"),
        (sql("DELETE FROM audit_seal WHERE entry_id = {0}"), "第 1 个封条不见了"),
        (sql("DELETE FROM audit_chainhead WHERE bureau_code = 'XS'"), "末尾记录与封条 3 对不上"),
        (sql("UPDATE audit_chainhead SET length = 2 WHERE bureau_code = 'XS'"), "末尾记录被改动过"),
        (sql("UPDATE audit_chainhead SET length = 0, hash = ''"), "末尾记录与封条 3 对不上"),
    ],
)
def test_tampering_is_found(lines, tamper, said):
    with audit_guards_lifted():
        tamper(lines)
    with pytest.raises(CommandError, match=said.format(*lines)) as refusal:
        verify()
    assert refusal.value.returncode == 1


def test_a_cut_tail_is_found_even_if_the_end_is_set_back(lines):
    with audit_guards_lifted():
        sql("DELETE FROM audit_seal WHERE entry_id = {2}")(lines)
        sql("DELETE FROM audit_entry WHERE id = {2}")(lines)
    assert verify_chains().broken == "单位 XS：审计链应有 3 条，只剩 2 条。"
    earlier = Seal.objects.get(bureau_code="XS", position=2)
    ChainHead.objects.filter(bureau_code="XS").update(length=F("length") - 1, hash=earlier.hash)
    record(actor=None, action="x", bureau=make_bureau("ZS"))
    with pytest.raises(CommandError, match="单位 XS：审计链的末尾记录被改动过"):
        verify()


def test_a_tampered_end_is_not_mended_by_new_lines(lines, caplog):
    ChainHead.objects.filter(bureau_code="XS").update(hash="x")
    record(actor=None, action="x", bureau=Bureau.objects.get(code="XS"))
    record(actor=None, action="x", bureau=Bureau.objects.get(code="YS"))
    assert seal_chains() == 1
    assert "the audit chain of bureau 'XS' is broken" in caplog.text


@pytest.mark.postgres
def test_a_copied_line_is_found_where_the_unique_index_was_dropped(lines):
    with audit_guards_lifted(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DROP CONSTRAINT audit_entry_nonce_key")
        cursor.execute(COPY.format("reason", "nonce").replace("{{1}}", "{1}").format(*lines))
    with pytest.raises(CommandError, match="复制品"):
        verify()


def test_a_key_that_was_changed_still_verifies_what_it_signed(lines, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "new-" + "x" * 60
    record(actor=None, action="x")
    assert verify() == "审计记录完好，共 5 条。\n"
    settings.SECRET_KEY_FALLBACKS = []
    assert verify_chains().broken


def test_the_job_seals_what_is_new(lines):
    old = record(actor=None, action="x")
    with audit_guards_lifted():
        sql("UPDATE audit_entry SET at = %s WHERE id = {}", timezone.now() - timedelta(days=9))([old.pk])
    record(actor=None, action="x")
    assert jobs.seal_chains() == 1
