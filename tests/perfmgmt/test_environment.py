"""A value is read as its type or the start ends with one sentence."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from perfmgmt.environment import NAMES, Environment, Misconfigured, broker_socket, celery_broker

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def read(tmp_path):
    def environment(file: str = "", **values: str) -> Environment:
        (tmp_path / ".env").write_text(file, encoding="utf-8")
        return Environment(tmp_path / ".env", values)

    return environment


@pytest.mark.parametrize(("value", "meaning"), [("1", True), ("True", True), ("on", True), ("0", False), ("no", False)])
def test_boolean(read, value, meaning):
    assert read(DEBUG=value).boolean("DEBUG", default=not meaning) is meaning


def test_unset_and_empty_take_the_default(read):
    assert read().boolean("DEBUG", default=True) is True
    assert read(DEBUG=" ").boolean("DEBUG", default=True) is True


def test_the_process_wins_over_the_file(read):
    environment = read('# comment\nexport DEFAULT_LANGUAGE="en"\nPORT=8010\n', PORT="8020")
    assert environment.choice("DEFAULT_LANGUAGE", ["zh-hans", "en"], default="zh-hans") == "en"
    assert environment.port("PORT", default=8000) == 8020


@pytest.mark.parametrize(
    ("ask", "name", "value"),
    [
        (lambda e: e.boolean("DEBUG", default=False), "DEBUG", "flase"),
        (lambda e: e.choice("DEFAULT_LANGUAGE", ["zh-hans", "en"], default="en"), "DEFAULT_LANGUAGE", "zh"),
        (lambda e: e.port("PORT", default=8000), "PORT", "80000"),
        (lambda e: e.names("ALLOWED_HOSTS", default=[]), "ALLOWED_HOSTS", "a.cn b.cn"),
        (lambda e: e.names("ALLOWED_HOSTS", default=[]), "ALLOWED_HOSTS", "https://a.cn"),
        (lambda e: e.origins("CSRF_TRUSTED_ORIGINS"), "CSRF_TRUSTED_ORIGINS", "a.cn"),
        (lambda e: e.database("DATABASE_URL", default=""), "DATABASE_URL", "mysql://h/db"),
        (lambda e: e.database("DATABASE_URL", default=""), "DATABASE_URL", "postgres://h:port/db"),
        (lambda e: e.database("DATABASE_URL", default=""), "DATABASE_URL", "postgres://h"),
        (lambda e: e.database("DATABASE_URL", default=""), "DATABASE_URL", "postgres://h/db?sslmod=require"),
        (lambda e: e.database("DATABASE_URL", default=""), "DATABASE_URL", "postgres://h/db?pool_size=many"),
        (lambda e: e.database("DATABASE_URL", default=""), "DATABASE_URL", "sqlite://"),
        (lambda e: e.redis("REDIS_URL", default=Path("/x")), "REDIS_URL", "localhost:6379"),
        (lambda e: e.redis("REDIS_URL", default=Path("/x")), "REDIS_URL", "redis://h/main"),
        (lambda e: e.email("EMAIL_URL", default=""), "EMAIL_URL", "smpt://h"),
        (lambda e: e.email("EMAIL_URL", default=""), "EMAIL_URL", "smtp://h?form=a@b.cn"),
        (lambda e: e.folder("MEDIA_ROOT", default=Path("/x")), "MEDIA_ROOT", "/dev/null/media"),
    ],
)
def test_a_misspelt_value_ends_the_start_with_its_name_and_value(read, ask, name, value):
    with pytest.raises(Misconfigured) as refusal:
        ask(read(**{name: value}))
    sentence = str(refusal.value.code)
    assert name in sentence
    assert value in sentence
    assert "\n" not in sentence


def test_a_refusal_hides_the_password(read):
    with pytest.raises(Misconfigured) as refusal:
        read(DATABASE_URL="postgres://perf:secret@host/").database("DATABASE_URL", default="")
    assert "secret" not in str(refusal.value.code)


@pytest.mark.parametrize(("line", "hint"), [("DEBGU=1", "DEBUG"), ("just words", "第 1 行")])
def test_a_misspelt_line_of_the_file_ends_the_start(read, line, hint):
    with pytest.raises(Misconfigured, match=hint):
        read(line)


def test_sqlite_takes_its_lock_at_the_beginning_and_relative_paths_from_the_project(read, tmp_path):
    database = read(DATABASE_URL="sqlite:///var/x.sqlite3").database("DATABASE_URL", default="")
    assert database["NAME"] == str(tmp_path / "var/x.sqlite3")
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in database["OPTIONS"]["init_command"]


def test_postgresql_by_host_and_by_socket(read):
    by_host = read(DATABASE_URL="postgres://u:p%40@db.cn:5433/perf?sslmode=require").database(
        "DATABASE_URL", default=""
    )
    assert (by_host["HOST"], by_host["PORT"], by_host["USER"], by_host["PASSWORD"]) == ("db.cn", "5433", "u", "p@")
    assert by_host["OPTIONS"]["sslmode"] == "require"
    assert by_host["OPTIONS"]["pool"]["max_size"] > 0
    by_socket = read(DATABASE_URL="postgres:///perf?host=/run/pg&user=u&pool_size=0").database(
        "DATABASE_URL", default=""
    )
    assert (by_socket["HOST"], by_socket["NAME"]) == ("/run/pg", "perf")
    assert by_socket["OPTIONS"] == {}


def test_the_broker_as_redis_and_celery_name_it(read):
    url = read().redis("REDIS_URL", default=Path("/srv/var/broker.sock"))
    assert url == "unix:///srv/var/broker.sock"
    assert celery_broker(url) == "redis+socket:///srv/var/broker.sock?virtual_host=0"
    assert celery_broker("unix:///run/redis.sock?db=3") == "redis+socket:///run/redis.sock?virtual_host=3"
    assert celery_broker("rediss://h:6380/1") == "rediss://h:6380/1"


def test_the_socket_of_a_deep_folder_is_short_and_private(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    deep = Path("/srv") / ("很深的目录" * 10)
    path = broker_socket(deep)
    assert path == broker_socket(deep) != broker_socket(deep / "other")
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.parent.chmod(0o755)
    with pytest.raises(Misconfigured):
        broker_socket(deep)
    assert broker_socket(Path("/srv/var")) == Path("/srv/var/broker.sock")


def test_smtp(read):
    email = read(EMAIL_URL="smtp+tls://a%40b.cn:p@mail.cn?from=perf@b.cn").email("EMAIL_URL", default="")
    assert (email["EMAIL_HOST"], email["EMAIL_PORT"], email["EMAIL_USE_TLS"]) == ("mail.cn", 587, True)
    assert (email["EMAIL_HOST_USER"], email["DEFAULT_FROM_EMAIL"]) == ("a@b.cn", "perf@b.cn")


def test_the_drawn_key_is_kept_and_private(read, tmp_path):
    file = tmp_path / "secret_key"
    key = read().secret_key(file)
    assert len(key) >= 50
    assert read().secret_key(file) == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read(SECRET_KEY="given").secret_key(file) == "given"


def test_every_variable_has_its_lines_in_the_example():
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^([A-Z_]+)=", text, re.MULTILINE)) == sorted(NAMES)
    for paragraph in text.strip().split("\n\n"):
        assert paragraph.startswith("# ")


def test_a_command_ends_with_one_sentence_and_no_traceback():
    environment = {**os.environ, "DEBUG": "flase", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.strip().count("\n") == 0
    assert "DEBUG" in done.stderr
    assert "flase" in done.stderr
