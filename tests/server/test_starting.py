"""The start of the server, and its errors."""

import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from parley.server import configuration
from tests.server.running import (
    ROOT,
    clean_environ,
    finished,
    free_port,
    running,
    served,
    until,
)
from tests.server.senders import to
from tests.webhook import SETTINGS, Twilio, development

CONFIGURATION = str(ROOT / "gunicorn.conf.py")
ONE = {**SETTINGS, "WEB_CONCURRENCY": "1"}


def start(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a start that must fail, until it ends."""
    return finished(folder, "parley", "-c", CONFIGURATION, *arguments, **settings)


def test_invalid_settings_are_reported_before_it_listens(tmp_path: Path) -> None:
    ended = start(
        tmp_path,
        PUBLIC_URL="http://sms.example.com",
        WEB_CONCURRENCY="many",
        TIME_ZONE="America/NewYork",
    )
    assert ended.returncode == 1
    for name in (
        "PUBLIC_URL",
        "TWILIO_AUTH_TOKEN",
        "SESSION_SECRET",
        "WEB_CONCURRENCY",
        "TIME_ZONE",
    ):
        assert f"- {name}" in ended.stderr
    assert "Listening" not in ended.stderr
    assert "Traceback" not in ended.stderr


def test_gunicorn_itself_reports_invalid_settings(tmp_path: Path) -> None:
    arguments = ("-c", CONFIGURATION, "--bind", f"127.0.0.1:{free_port()}")
    ended = finished(tmp_path, "gunicorn", *arguments, PUBLIC_URL="http://sms.example.com")
    assert ended.returncode == 1
    assert "- PUBLIC_URL" in ended.stderr
    assert "Listening" not in ended.stderr
    assert "Traceback" not in ended.stderr


def test_blank_retired_and_overridden_settings(tmp_path: Path) -> None:
    """A blank number is the default, --bind overrides PORT, and the log may be JSON."""
    secret = tmp_path / "token"
    secret.write_text(SETTINGS["TWILIO_AUTH_TOKEN"])
    secret.chmod(0o644)
    given = {"WEB_CONCURRENCY": "", "PORT": str(free_port()), "LOG_FORMAT": "json"}
    gone = {"WEB_THREADS": "8", "METRICS_PORT": "9100", "TWILIO_AUTH_TOKEN_FILE": str(secret)}
    settings = {**SETTINGS, **given, **gone}
    del settings["TWILIO_AUTH_TOKEN"]
    with running(tmp_path, settings, "--access-logfile", "-") as server:
        server.send(b"GARBAGE\r\n\r\n")
    log = server.log()
    assert "WEB_THREADS has no effect" in log
    assert "set WEB_CONCURRENCY" in log
    assert "METRICS_PORT has no effect: set METRICS_TOKEN" in log
    assert "TWILIO_AUTH_TOKEN_FILE can be read by every user" in log
    lines = [json.loads(line) for line in log.splitlines()]
    assert {"time", "level", "event"} <= set.intersection(*map(set, lines))
    messages = " ".join(line.get("message", "") for line in lines)
    assert f"Listening at: http://127.0.0.1:{server.port} " in messages
    assert "Invalid request: InvalidRequestLine" in messages
    assert "GET /healthz HTTP/1.1" in messages


def test_it_listens_on_the_platforms_port_and_warns_of_a_low_file_limit(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "parley", "-c", CONFIGURATION]
    with served(
        command,
        tmp_path,
        port,
        env=clean_environ(**ONE, PORT=str(port)),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (400, 400)),
    ) as server:
        for host in ("127.0.0.1", "::1") if socket.has_dualstack_ipv6() else ("127.0.0.1",):
            socket.create_connection((host, port), timeout=5).close()
        until(lambda: "serving" in server.log())
        assert "Each worker holds 144 connections at once, not 4,096" in server.log()
        assert "raise the limit of open files (ulimit -n)" in server.log()


def test_gunicorn_without_the_configuration_does_not_serve_a_checkout(tmp_path: Path) -> None:
    arguments = ("--chdir", str(ROOT), "--bind", f"127.0.0.1:{free_port()}", "wsgi:app")
    ended = finished(tmp_path, "gunicorn", *arguments, **SETTINGS)
    assert ended.returncode == 3
    assert "gunicorn did not read gunicorn.conf.py" in ended.stderr
    assert f"--config {CONFIGURATION}" in ended.stderr


def test_flasks_development_server_is_rejected() -> None:
    port = str(free_port())
    ended = finished(ROOT, "flask", "--app", "wsgi", "run", "--port", port, **SETTINGS)
    assert ended.returncode == 1
    assert "Start Parley with `python -m parley`" in ended.stderr
    assert "Running on" not in ended.stderr


def test_development_always_runs_one_worker(tmp_path: Path) -> None:
    ended = start(tmp_path, "--workers", "3", **development(free_port()))
    assert ended.returncode == 1
    assert "runs one worker" in ended.stderr


def test_a_development_server_listens_on_this_machine_only(tmp_path: Path) -> None:
    ended = start(tmp_path, "--bind", "0.0.0.0:0", **development(free_port()))
    assert ended.returncode == 1
    assert "on this machine only: drop --bind" in ended.stderr


def test_a_port_in_use_is_reported(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ended = start(tmp_path, **development(port))
    assert ended.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}: another program listens there" in ended.stderr
    assert "Traceback" not in ended.stderr


def configured(workers: str) -> dict[str, str]:
    """Return gunicorn's settings by name, as gunicorn reads them."""
    settings = {**SETTINGS, "WEB_CONCURRENCY": workers}
    shown = finished(ROOT, "gunicorn", "--print-config", "-c", CONFIGURATION, **settings)
    return dict(re.findall(r"^(\w+) += (.*)$", shown.stdout, re.MULTILINE))


def test_gunicorn_has_the_documented_deadlines_and_parser() -> None:
    """The fast parser accepts a bare line feed as the end of a header: docs/decisions/0018."""
    found = configured(workers="2")
    assert (found["keepalive"], found["timeout"], found["graceful_timeout"]) == ("75", "12", "15")
    assert found["http_parser"] == "python", "the fast parser must not be used"
    assert found["max_requests"] == "100000"


def test_a_single_worker_is_never_replaced() -> None:
    """While it ended, there would be no worker."""
    assert configured(workers="1")["max_requests"] == "0"


def test_the_server_does_not_start_if_a_flow_cannot_be_loaded(tmp_path: Path) -> None:
    folder = copy_of_the_project(tmp_path)
    (folder / "app/flows/status.py").write_text("def status(message, session): ...\n")
    ended = finished(folder, "parley", "--bind", f"127.0.0.1:{free_port()}", **ONE)
    assert ended.returncode == 1
    assert "status.py" in ended.stderr
    assert "Listening" not in ended.stderr


@pytest.mark.live
def test_usr2_starts_a_second_server_that_replaces_the_first(tmp_path: Path) -> None:
    pidfile = tmp_path / "pid"
    with running(tmp_path, SETTINGS, "--pid", str(pidfile)) as server:
        server.process.send_signal(signal.SIGUSR2)
        until(lambda: (tmp_path / "pid.2").exists())
        second = int((tmp_path / "pid.2").read_text())
        until(lambda: server.log().count("INFO serving") == 2)
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(timeout=20)
        try:
            assert "Hello" in Twilio(to(server)).hears("counter")
        finally:
            os.kill(second, signal.SIGTERM)
        until(lambda: not Path(f"/proc/{second}").exists())
        assert "can't open file" not in server.log()


@pytest.mark.live
@pytest.mark.parametrize("name", ["USR1", "TTIN", "TTOU", "WINCH"])
def test_gunicorns_other_signals_leave_it_serving(tmp_path: Path, name: str) -> None:
    with running(tmp_path, ONE) as server:
        twilio = Twilio(to(server))
        assert "Hello" in twilio.hears("counter")
        server.process.send_signal(getattr(signal, f"SIG{name}"))
        until(lambda: f"Handling signal: {name.lower()}" in server.log())
        if name == "TTIN":
            until(lambda: server.log().count("INFO serving") == 2)
        for count in range(1, 5):
            assert f"count is {count}" in twilio.hears("counter")
        assert server.process.poll() is None


@pytest.mark.live
def test_a_reload_serves_changed_code(tmp_path: Path) -> None:
    folder = copy_of_the_project(tmp_path)
    flow = folder / "app/flows/static_reply.py"
    with running(folder, SETTINGS, "--reload", "-c", str(folder / "gunicorn.conf.py")) as server:
        first = Twilio(to(server)).hears("static-reply")
        assert "Changed" not in first
        flow.write_text(
            "from parley.conversation import Reply\n\n\n"
            'def static_reply(message, session):\n    """Changed."""\n    return Reply("Changed")\n'
        )
        until(lambda: server.log().count("INFO serving") == 2)
        until(lambda: server.ask("GET", "/healthz")[0] == 200)
        assert "Changed" in Twilio(to(server)).hears("static-reply")


def copy_of_the_project(folder: Path) -> Path:
    """Copy the files that a server needs into a folder."""
    copy = folder / "project"
    shutil.copytree(ROOT / "app", copy / "app", ignore=shutil.ignore_patterns("*.egg-info"))
    for name in ("wsgi.py", "gunicorn.conf.py"):
        shutil.copy(ROOT / name, copy / name)
    return copy


def test_without_shared_memory_heartbeats_use_another_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert configuration.worker_tmp_dir() == configuration.MEMORY
    monkeypatch.setattr(configuration, "MEMORY", "/proc/self")
    assert configuration.worker_tmp_dir() is None
