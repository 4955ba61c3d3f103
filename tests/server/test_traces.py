"""Traces of real servers: after the fork of a gevent worker, at its end, and elsewhere."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collector import Collector, collecting
from tests.server.running import (
    ROOT,
    Server,
    clean_environ,
    free_port,
    process,
    running,
    until,
    wait_until_healthy,
)
from tests.server.test_any_wsgi import COMMANDS
from tests.webhook import SETTINGS, raw_text

pytestmark = pytest.mark.live


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as found:
        yield found


def settings(endpoint: str, **more: str) -> dict[str, str]:
    return {**SETTINGS, "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, **more}


def test_every_worker_sends_its_spans_before_it_ends(tmp_path: Path, collector: Collector) -> None:
    """No span is sent before the stop, because a batch waits for five seconds."""
    given = settings(collector.url, WEB_CONCURRENCY="2", OTEL_SERVICE_NAME="shop")
    with running(tmp_path, given) as server:
        for number in range(20):
            assert b"200 OK" in server.send(raw_text(body=str(number)))
        assert len(collector.spans) < 20
    taken = collector.take()
    assert [each.name for each in taken] == ["POST /sms/counter"] * 20
    assert {each.resource["service.name"] for each in taken} == {"shop"}
    assert len({each.trace for each in taken}) == 20


def test_an_unreachable_collector_only_causes_a_log_line(tmp_path: Path) -> None:
    given = settings(f"http://127.0.0.1:{free_port()}", WEB_CONCURRENCY="1")
    given |= {"OTEL_BSP_SCHEDULE_DELAY": "20", "OTEL_EXPORTER_OTLP_TIMEOUT": "1"}
    with running(tmp_path, given) as server:
        slowest = 0.0
        for number in range(60):
            began = time.monotonic()
            assert b"200 OK" in server.send(raw_text(body=str(number)))
            slowest = max(slowest, time.monotonic() - began)
            time.sleep(0.02)
        assert slowest < 0.5
        until(lambda: "traces reason=" in server.log())
        began = time.monotonic()
    assert time.monotonic() - began < 8
    lines = [line for line in server.log().splitlines() if " turn " not in line]
    assert sum("traces" in line for line in lines) == 1, lines
    assert "Traceback" not in server.log()


@pytest.mark.parametrize("name", ["granian", "waitress"])
def test_other_servers_send_spans_while_they_run(
    tmp_path: Path, collector: Collector, name: str
) -> None:
    port = free_port()
    own = {
        "granian": ["--port", str(port), "wsgi:app"],
        "waitress": [f"127.0.0.1:{port}", "wsgi:app"],
    }
    command = [str(ROOT / ".venv/bin" / COMMANDS[name][0]), *COMMANDS[name][1:], *own[name]]
    environ = clean_environ(**settings(collector.url, OTEL_BSP_SCHEDULE_DELAY="50"))
    with (tmp_path / "log").open("wb") as log, process(command, ROOT, log, env=environ) as started:
        server = Server(port, started, tmp_path / "log")
        wait_until_healthy(server)
        assert b"200 OK" in server.send(raw_text())
        until(lambda: collector.spans)
    assert collector.take()[0].name == "POST /sms/counter"
