"""Settings from the environment and from the file `.env` (docs/production.md, .env.example).

Every reader either returns a value of the right type or raises `Misconfigured`, which ends the process with one
sentence: a misspelt `DEBUG=flase` must never become a quiet default. The module needs nothing but the standard
library and is read before Django's settings exist, so its sentences are not translated.
"""

import difflib
import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

# Every variable that the application and bootstrap.py read: `.env` may name no others, .env.example has them all.
NAMES = (
    "DEBUG",
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "DATABASE_URL",
    "REDIS_URL",
    "EMAIL_URL",
    "WEBHOOK_HOSTS",
    "DELIVERIES_KEPT_DAYS",
    "MEDIA_ROOT",
    "DEFAULT_LANGUAGE",
    "LOG_FORMAT",
    "METRICS_ALLOWED",
    "OIDC_ISSUER",
    "OIDC_CLIENT_ID",
    "OIDC_CLIENT_SECRET",
    "OIDC_EMPLOYEE_CLAIM",
    "OIDC_SCOPES",
    "LDAP_URL",
    "LDAP_SEARCH",
    "LDAP_FILTER",
    "LDAP_BIND_DN",
    "LDAP_BIND_PASSWORD",
    "LDAP_TLS",
    "SIGN_ON_CA_FILE",
    "SCORING_LANES",
    "HOST",
    "PORT",
    "TEST_DATABASE_URL",
    "TEST_REDIS_URL",
    "CHROMIUM",
)

LONGEST_DAYS = 36_500
TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}

# WAL lets readers work beside the one writer; IMMEDIATE takes the write lock at the transaction's beginning, without
# which a transaction that read first fails at once when another one wrote in between. Without recursive triggers the row
# that an INSERT OR REPLACE removes would pass the triggers that refuse its removal.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA recursive_triggers=ON;",
}
# To open the file anew for each page is to read the whole schema again, and the last to leave writes the log back.
SQLITE_KEPT_SECONDS = 10
POSTGRESQL_PARAMETERS = {
    "application_name",
    "connect_timeout",
    "options",
    "sslcert",
    "sslcrl",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "target_session_attrs",
}
# One process of the web server runs four threads and one of the worker a single task: eight connections leave room
# for both and keep 2 web + 4 worker processes far below PostgreSQL's 100.
POOL_SIZE = 8
SOCKET_PATH_BYTES = 100


class Misconfigured(SystemExit):
    """Ends the start with exit code 1 and one sentence on standard error, without a traceback."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"配置错误：{sentence}")


class Environment:
    """Reads variables from the process environment, then from a `.env` file; an empty value counts as unset.

    Relative paths are taken from the folder of the `.env` file, so that web, worker and commands agree on them.
    """

    def __init__(self, file: Path, environ: Mapping[str, str] | None = None) -> None:
        self.folder_of_file = file.parent
        self.values = {**_read_file(file), **(os.environ if environ is None else environ)}

    def text(self, name: str, default: str = "") -> str:
        return self.values.get(name, "").strip() or default

    def boolean(self, name: str, *, default: bool) -> bool:
        value = self.text(name)
        if not value:
            return default
        if value.lower() in TRUE:
            return True
        if value.lower() in FALSE:
            return False
        _refuse(name, value, "只能写 1/true/yes/on 或 0/false/no/off")

    def choice(self, name: str, choices: Sequence[str], *, default: str) -> str:
        value = self.text(name, default)
        if value not in choices:
            _refuse(name, value, f"只能写 {'、'.join(choices)}")
        return value

    def port(self, name: str, *, default: int) -> int:
        value = self.text(name, str(default))
        if not value.isdecimal() or not 0 < int(value) < 65536:
            _refuse(name, value, "要写 1 到 65535 之间的整数")
        return int(value)

    def days(self, name: str, *, default: int) -> timedelta:
        value = self.text(name, str(default))
        if not value.isdecimal() or not 0 < int(value) <= LONGEST_DAYS:
            _refuse(name, value, f"要写 1 到 {LONGEST_DAYS} 之间的整数天数")
        return timedelta(days=int(value))

    def number(self, name: str, *, default: int, highest: int) -> int:
        """A whole number from 1 on."""
        value = self.text(name, str(default))
        if not value.isdecimal() or not 0 < int(value) <= highest:
            _refuse(name, value, f"要写 1 到 {highest} 之间的整数")
        return int(value)

    def names(self, name: str, *, default: Sequence[str]) -> list[str]:
        """A list written with commas."""
        value = self.text(name)
        if not value:
            return list(default)
        found = [part.strip() for part in value.split(",") if part.strip()]
        for part in found:
            if re.search(r"[\s;/]", part):
                _refuse(name, value, f"“{part}”不是主机名，多个名称之间请用英文逗号分隔")
        return found

    def networks(self, name: str, *, default: str) -> list[IPv4Network | IPv6Network]:
        """Addresses and networks such as `10.1.0.0/16`, written with commas."""
        parts = [part.strip() for part in self.text(name, default).split(",") if part.strip()]
        try:
            return [ip_network(part) for part in parts]
        except ValueError:
            _refuse(name, self.text(name), "每一项都要写成 IP 地址或网段，例如 10.1.2.3 或 10.1.0.0/16，用英文逗号分隔")

    def origins(self, name: str) -> list[str]:
        """A list of `https://host[:port]`, written with commas."""
        found = [part.strip() for part in self.text(name).split(",") if part.strip()]
        for part in found:
            if not re.fullmatch(r"https?://[^\s/;]+", part):
                _refuse(name, part, "每一项都要写成 https://主机名，末尾不带斜杠，用英文逗号分隔")
        return found

    def folder(self, name: str, *, default: Path) -> Path:
        """A folder, made if it is not there."""
        path = self._path(self.text(name, str(default)))
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            _refuse(name, str(path), f"无法作为目录使用（{error.strerror}）")
        return path

    def secret_key(self, file: Path) -> str:
        """SECRET_KEY, or a key that is drawn once and kept in `file` with mode 600.

        The kept key serves one machine; several web machines must share one SECRET_KEY by the environment.
        """
        key = self.text("SECRET_KEY")
        if key:
            return key
        try:
            # O_EXCL: of two processes that start together one draws the key and the other reads it
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass
        except OSError as error:
            raise Misconfigured(f"未设置 SECRET_KEY，也无法写入 {file}（{error.strerror}）。") from None
        else:
            with os.fdopen(handle, "w") as opened:
                opened.write(secrets.token_urlsafe(50))
        key = file.read_text().strip()
        if not key:
            raise Misconfigured(f"{file} 是空文件，请删除后重新启动，或设置 SECRET_KEY。")
        return key

    def database(self, name: str, *, default: str) -> dict[str, Any]:
        """Django's DATABASES entry of `sqlite:///path` or `postgres://user:password@host:port/name?sslmode=…`.

        PostgreSQL also takes `postgres:///name?host=/folder/of/socket&user=…`, and `pool_size=0` for no pool.
        """
        value = self.text(name, default)
        parts = _split(name, value)
        if parts.scheme == "sqlite":
            # three slashes: relative, four: absolute; sqlite://:memory: has no path at all
            file = parts.netloc or unquote(parts.path.removeprefix("/"))
            if not file:
                _refuse(name, value, "sqlite:/// 之后要写数据库文件的路径")
            database = file if file == ":memory:" else str(self._path(file))
            return {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": database,
                "CONN_MAX_AGE": SQLITE_KEPT_SECONDS,
                "OPTIONS": dict(SQLITE_OPTIONS),
            }
        if parts.scheme in {"postgres", "postgresql"}:
            return _postgresql(name, value, parts)
        _refuse(name, value, "只能以 sqlite:/// 或 postgres:// 开头")

    def redis(self, name: str, *, default: Path) -> str:
        """A URL for redis-py: `redis://`, `rediss://` or `unix://`; the default is the embedded server's socket."""
        value = self.text(name, f"unix://{default}")
        parts = _split(name, value)
        if parts.scheme in {"redis", "rediss"} and parts.hostname:
            if parts.path.strip("/") and not parts.path.strip("/").isdigit():
                _refuse(name, value, "主机之后只能写库号，例如 redis://127.0.0.1:6379/0")
            return value
        if parts.scheme == "unix" and parts.path.strip("/"):
            return value
        _refuse(name, value, "要写成 redis://主机:6379/0、rediss://… 或 unix:///套接字路径")

    def email(self, name: str, *, default: str) -> dict[str, Any]:
        """Django's EMAIL_* settings of `consolemail://`, `dummymail://`, `filemail:///folder` or
        `smtp://`, `smtp+tls://` (STARTTLS), `smtps://` with `user:password@host:port?from=address`.
        """
        value = self.text(name, default)
        parts = _split(name, value)
        backend = "django.core.mail.backends.{}.EmailBackend".format
        if parts.scheme in {"consolemail", "dummymail"}:
            return {"EMAIL_BACKEND": backend(parts.scheme.removesuffix("mail"))}
        if parts.scheme == "filemail" and parts.path.strip("/"):
            return {"EMAIL_BACKEND": backend("filebased"), "EMAIL_FILE_PATH": unquote(parts.path)}
        if parts.scheme in {"smtp", "smtp+tls", "smtps"} and parts.hostname:
            query = dict(parse_qsl(parts.query))
            unknown = set(query) - {"from"}
            if unknown:
                _refuse(name, value, f"不认识参数 {'、'.join(sorted(unknown))}")
            user = unquote(parts.username or "")
            return {
                "EMAIL_BACKEND": backend("smtp"),
                "EMAIL_HOST": parts.hostname,
                "EMAIL_PORT": parts.port or {"smtp": 25, "smtp+tls": 587, "smtps": 465}[parts.scheme],
                "EMAIL_HOST_USER": user,
                "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
                "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
                "EMAIL_USE_SSL": parts.scheme == "smtps",
                "EMAIL_TIMEOUT": 10,
                "DEFAULT_FROM_EMAIL": query.get("from") or user or f"perfmgmt@{parts.hostname}",
            }
        _refuse(name, value, "要写成 smtp://、smtp+tls://、smtps://、filemail:///目录、consolemail:// 或 dummymail://")

    def _path(self, value: str) -> Path:
        return (self.folder_of_file / Path(value).expanduser()).absolute()


def broker_socket(folder: Path) -> Path:
    """Where the embedded broker listens: in `folder`, or in a private temporary folder when that path is too long.

    A socket's path has room for 107 bytes on Linux and 103 on macOS; the name is derived from `folder`, so that web,
    worker, commands and bootstrap.py meet at the same place.
    """
    path = folder / "broker.sock"
    if len(os.fsencode(path)) <= SOCKET_PATH_BYTES:
        return path
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    private = Path(tempfile.gettempdir()) / f"perfmgmt-{os.getuid()}-{name}"
    private.mkdir(mode=0o700, exist_ok=True)
    status = private.lstat()
    if status.st_uid != os.getuid() or not private.is_dir() or private.is_symlink() or status.st_mode & 0o077:
        raise Misconfigured(f"{private} 不是本用户专用的目录，请删除它，或设置 REDIS_URL。")
    return private / "broker.sock"


def celery_broker(redis_url: str) -> str:
    """The same server as Celery's transport names it: a socket is `redis+socket://…?virtual_host=0` there."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    query = dict(parse_qsl(parts.query))
    return f"redis+socket://{parts.path}?virtual_host={query.get('db', '0')}"


def _postgresql(name: str, value: str, parts: SplitResult) -> dict[str, Any]:
    query = dict(parse_qsl(parts.query))
    host = query.pop("host", "") or unquote(parts.hostname or "")
    user = query.pop("user", "") or unquote(parts.username or "")
    password = query.pop("password", "") or unquote(parts.password or "")
    port = query.pop("port", "") or str(parts.port or "")
    pool_size = query.pop("pool_size", str(POOL_SIZE))
    database = unquote(parts.path.removeprefix("/"))
    if not database or "/" in database:
        _refuse(name, value, "主机之后要写数据库名，例如 postgres://用户:密码@主机:5432/perfmgmt")
    if not pool_size.isdigit():
        _refuse(name, value, "pool_size 要写整数，0 表示不用连接池")
    unknown = set(query) - POSTGRESQL_PARAMETERS
    if unknown:
        _refuse(name, value, f"不认识参数 {'、'.join(sorted(unknown))}")
    options: dict[str, Any] = dict(query)
    if int(pool_size):
        # min_size 0: a short command opens only the connection that it uses
        options["pool"] = {"min_size": 0, "max_size": int(pool_size), "timeout": 10, "max_idle": 300}
    return {
        "ENGINE": "common.postgresql",
        "NAME": database,
        "USER": user,
        "PASSWORD": password,
        "HOST": host,
        "PORT": port,
        "CONN_HEALTH_CHECKS": True,  # a restarted server costs one reconnect, not one failed page
        "OPTIONS": options,
    }


def _split(name: str, value: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        _ = parts.port  # raises for a port that is no number
    except ValueError:
        _refuse(name, value, "这个网址写错了，请检查端口和方括号")
    return parts


def _read_file(file: Path) -> dict[str, str]:
    """`NAME=value` lines; `#` begins a comment line, quotes around a value and a leading `export` are taken off."""
    if not file.is_file():
        return {}
    values = {}
    lines = map(str.strip, file.read_text(encoding="utf-8").splitlines())
    for number, line in enumerate(lines, start=1):
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.removeprefix("export ").partition("=")
        name, value = name.strip(), value.strip()
        if not equals:
            raise Misconfigured(f"{file} 第 {number} 行要写成“名称=值”。")
        if name not in NAMES:
            near = difflib.get_close_matches(name, NAMES, n=1)
            hint = f"是不是 {near[0]}？" if near else "可用的名称见 .env.example。"
            raise Misconfigured(f"{file} 第 {number} 行的 {name} 不是本系统的配置项，{hint}")
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        values[name] = value
    return values


def _refuse(name: str, value: str, reason: str) -> NoReturn:
    shown = re.sub(r"//[^/?#]*@", "//***@", value)  # a password has no place on a terminal or in a log
    raise Misconfigured(f"环境变量 {name} 的值“{shown}”不正确：{reason}。")
