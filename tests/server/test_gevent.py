"""Known pitfalls of gevent: the order of patching, and blocked workers."""

import ast
import json
import logging
import os
import re
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from parley.server import metrics_folder, worker_slots
from tests.server.behind import answer
from tests.server.running import ROOT, Server, printed, running, until
from tests.server.senders import to
from tests.server.slow import seconds_of_texts
from tests.server.test_starting import copy_of_the_project
from tests.server.workers import reload, workers
from tests.webhook import SETTINGS, Twilio, raw_text

FLOWS = {
    "waits": "import time\n{head}    time.sleep(5)\n",
    "computes": "import time\n{head}    end = time.time() + 2\n"
    "    while time.time() < end:\n        pass\n",
    "hangs": "{head}    while True:\n        pass\n",
    "insists": "{head}    while True:\n        try:\n            while True:\n"
    "                pass\n        except BaseException:\n            pass\n",
    "calls": "{head}    sum(range(10**12))\n",
}


def project_with_flows(folder: Path) -> tuple[Path, str]:
    """A project with flows that wait, compute and hang, and its configuration."""
    project = copy_of_the_project(folder)
    for name, source in FLOWS.items():
        head = f"from parley.conversation import Reply\n\n\ndef {name}(message, session):\n"
        code = source.format(head=f'{head}    """Be slow."""\n')
        (project / f"app/flows/{name}.py").write_text(f'{code}    return Reply("done")\n')
    return project, str(project / "gunicorn.conf.py")


def test_the_configuration_patches_first() -> None:
    packaged = (ROOT / "app/parley/server/gunicorn_conf.py").read_text()
    body = ast.parse(packaged).body
    assert ast.unparse(body[1]) == "from gevent import monkey"
    assert ast.unparse(body[2]) == "monkey.patch_all()"
    of_a_checkout = (ROOT / "gunicorn.conf.py").read_text()
    assert len([line for line in (packaged + of_a_checkout).splitlines() if line]) <= 40


def test_no_patched_module_is_imported_before_the_patch(tmp_path: Path) -> None:
    """gunicorn itself is imported before its configuration, and handles that."""
    code = (
        "import runpy, sys; from gunicorn.app import wsgiapp; before = set(sys.modules)\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'gevent': print(sorted(set(sys.modules) - before)); sys.exit()\n"
        "sys.meta_path.insert(0, Finder()); runpy.run_path(sys.argv[1])\n"
    )
    for conf in (ROOT / "gunicorn.conf.py", ROOT / "app/parley/server/gunicorn_conf.py"):
        loaded = set(ast.literal_eval(printed(tmp_path, [sys.executable, "-c", code, conf])))
        loaded -= {"pkgutil", "<run_path>"}  # of runpy
        assert loaded <= {"parley", "parley.server", "parley.server.gunicorn_conf"}


def test_importing_the_package_does_not_patch() -> None:
    names = [
        ".".join(file.relative_to(ROOT / "app").with_suffix("").parts).removesuffix(".__init__")
        for file in (ROOT / "app/parley").rglob("*.py")
        if {"server", "migrations"}.isdisjoint(file.parts)
        and not file.name.startswith(("__main__", "pytest_plugin"))
    ]
    code = (
        "import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]\n"
        "assert 'gevent' not in sys.modules and 'gunicorn' not in sys.modules\n"
        "import parley.server.worker, parley.server.logger\n"
        "from gevent import monkey; sys.exit(monkey.is_anything_patched())\n"
    )
    printed(ROOT / "app", [sys.executable, "-c", code, *names])


@pytest.mark.live
def test_it_starts_serves_and_stops_without_a_warning(tmp_path: Path) -> None:
    settings = {**SETTINGS, "WEB_CONCURRENCY": "2", "METRICS_TOKEN": "m" * 32}
    settings["PYTHONWARNINGS"] = "error"
    with running(tmp_path, settings, ends_by=signal.SIGTERM) as server:
        assert "Hello" in Twilio(to(server)).hears("counter")
    assert "Warning" not in server.log()
    assert "Traceback" not in server.log()
    assert server.process.returncode == 0


@pytest.mark.live
def test_200_waiting_turns_delay_no_other_turn(tmp_path: Path) -> None:
    project, conf = project_with_flows(tmp_path)
    with running(project, SETTINGS, "-c", conf) as server:
        connections = [server.connect() for _ in range(200)]
        for connection in connections:
            connection.sendall(raw_text("waits"))
        took = seconds_of_texts(to(server), 20)
        assert [answer(each).status for each in connections] == [200] * 200
        for connection in connections:
            connection.close()
    assert sorted(took)[10] < 0.1, "the median is too long even for a busy machine"
    assert max(took) < 5, "the first text arrives while 200 turns start"


@pytest.mark.live
def test_blocking_over_a_second_is_logged_with_the_flow(tmp_path: Path) -> None:
    project, conf = project_with_flows(tmp_path)
    with running(project, SETTINGS, "-c", conf) as server, server.connect() as waits:
        waits.sendall(raw_text("waits"))
        time.sleep(0.5)
        with server.connect() as computes:
            computes.sendall(raw_text("computes"))
            assert answer(computes).status == 200
        until(lambda: " pause " in server.log())
        (line,) = re.findall(r" WARNING pause (.*)", server.log())
    assert line.startswith("flow=computes ms=")
    assert 1_000 < int(re.findall(r"ms=(\d+)", line)[0]) < 30_000


@pytest.mark.live
@pytest.mark.parametrize(
    ("flow", "line"),
    [
        ("hangs", "worker reason=blocked flow=hangs"),
        ("insists", "worker reason=blocked flow=insists"),
        ("calls", "worker reason=killed last_flow=calls"),
    ],
)
def test_a_flow_that_computes_forever_is_stopped_and_logged(
    tmp_path: Path, flow: str, line: str
) -> None:
    """Within gunicorn's timeout, 12 seconds by default; other conversations continue."""
    project, conf = project_with_flows(tmp_path)
    arguments = ("-c", conf, "--timeout", "4")
    with running(project, SETTINGS, *arguments) as server, server.connect() as hangs:
        sender = Twilio(to(server))
        for _ in range(2):
            sender.text("counter")
        began = time.monotonic()
        hangs.settimeout(60)
        hangs.sendall(raw_text(flow))
        with suppress(OSError):
            hangs.recv(1_000)
        took = time.monotonic() - began
        until(lambda: server.log().count("INFO serving") == 2)
        until(lambda: line in server.log())
        assert "Your current count is 2" in sender.hears("counter")
    assert 2 < took < 12, "gunicorn checks once a second, and this machine may be slow"


@pytest.mark.live
def test_an_unread_log_delays_no_text(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    with (
        os.fdopen(reading, "rb"),
        os.fdopen(writing, "wb", buffering=0) as pipe,
        running(tmp_path, {**SETTINGS, "WEB_CONCURRENCY": "2"}, says_to=pipe) as server,
    ):
        until_full(writing)
        reload(server)
        took = seconds_of_texts(to(server), 20)
        with ThreadPoolExecutor(4) as pool:
            refused = [pool.submit(server.send, b"GARBAGE\r\n\r\n") for _ in range(20)]
            assert all(b" 400 " in each.result() for each in refused)
        assert server.ask("POST", "/sms/counter")[0] == 403
    assert sorted(took)[10] < 0.1
    assert max(took) < 2


def until_full(pipe: int) -> None:
    os.set_blocking(pipe, False)
    with suppress(BlockingIOError):
        while True:
            os.write(pipe, b"x" * 512)
    os.set_blocking(pipe, True)


class FakeWorker:
    """The part of a worker that gunicorn passes to a hook: its age, which is its number."""

    def __init__(self, age: int) -> None:
        self.age = age


def test_replaced_workers_reuse_the_slots_of_the_metrics(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Metrics are in files by slot: docs/decisions/0023."""
    first = [FakeWorker(age) for age in range(1, 3)]
    for worker in first:
        worker_slots.take(worker)
    living, numbers = first, set()
    for age in range(3, 1_003):
        worker_slots.take(replacement := FakeWorker(age))
        numbers.add(worker_slots.own(replacement))
        worker_slots.release(living.pop(0))
        living.append(replacement)
    worker_slots.note("/sms/counter")
    with caplog.at_level(logging.INFO, "parley"):
        for worker in living:
            worker_slots.release(worker)
    assert numbers <= {0, 1, 2}
    assert [each.getMessage() for each in caplog.records if "last_flow=counter" in each.message]


def test_the_metrics_folder_is_emptied_at_startup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "counter_7.db").write_bytes(b"")
    (tmp_path / "other").write_bytes(b"")
    monkeypatch.setenv(metrics_folder.VARIABLE, str(tmp_path))
    metrics_folder.make(os.getuid(), os.getgid())
    assert [each.name for each in tmp_path.iterdir()] == ["other"]


def test_without_shared_memory_the_metrics_use_another_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(metrics_folder, "MEMORY", "/proc/self")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv(metrics_folder.VARIABLE, "")  # so that it is not set after this test
    monkeypatch.delenv(metrics_folder.VARIABLE)
    metrics_folder.make(os.getuid(), os.getgid())
    assert Path(os.environ[metrics_folder.VARIABLE]).parent == tmp_path
    monkeypatch.setattr("tempfile.tempdir", "/proc/self")
    monkeypatch.delenv(metrics_folder.VARIABLE)
    with pytest.raises(SystemExit, match="There is no folder for the metrics"):
        metrics_folder.make(os.getuid(), os.getgid())


@pytest.mark.live
def test_no_deployed_flow_blocks_its_worker() -> None:
    command = [sys.executable, str(ROOT / "tests/server/pauses_of_flows.py")]
    longest: dict[str, float] = json.loads(printed(ROOT, command))
    assert len(longest) >= 12
    assert {name: ms for name, ms in longest.items() if ms > 100} == {}


@pytest.mark.live
def test_the_metrics_of_killed_workers_are_kept_in_few_files(tmp_path: Path) -> None:
    token = {"Authorization": f"Bearer {'m' * 32}"}
    folder = tmp_path / "metrics"
    settings = {**SETTINGS, "METRICS_TOKEN": "m" * 32, metrics_folder.VARIABLE: str(folder)}
    with running(tmp_path, settings) as server:
        for number in range(1, 6):
            Twilio(to(server)).text("counter")
            kill_the_worker(server)
            page = server.ask("GET", "/metrics", headers=token)[1]
            assert f'outcome="answered"}} {number}.0' in page
        assert len(list(folder.glob("*.db"))) <= 4


def kill_the_worker(server: Server) -> None:
    (killed,) = workers(server)
    os.kill(killed, 9)
    until(lambda: workers(server) and workers(server) != {killed})
    until(lambda: server.log().count("INFO serving") >= 2)
