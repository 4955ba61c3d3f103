"""The metrics of several real processes: their sum, which outlives each of them."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from prometheus_client.mmap_dict import MmapedDict
from werkzeug.test import TestResponse

from parley.http_client import Request
from tests import webhook
from tests.counts import counts
from tests.server.running import Server, running, until
from tests.server.workers import workers
from tests.webhook import PUBLIC_URL, Twilio, over_http, signature

pytestmark = pytest.mark.live

METRICS_TOKEN = "m" * 32
AUTHORIZED = {"Authorization": f"Bearer {METRICS_TOKEN}"}
SETTINGS = {**webhook.SETTINGS, "METRICS_TOKEN": METRICS_TOKEN}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A contacts file that exists at startup."""
    file = tmp_path_factory.mktemp("directory") / "contacts.csv"
    file.write_text("name,number,address\nAda,1,London\n")
    return file


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, directory: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    settings = {**SETTINGS, "WEB_CONCURRENCY": "2", "DIRECTORY_FILE": str(directory)}
    with running(folder, settings) as server:
        until(lambda: server.log().count("INFO serving") == 2)
        yield server


def ask(server: Server, method: str, target: str, **headers: str) -> TestResponse:
    return over_http(server.port)(Request(method, f"{PUBLIC_URL}{target}", headers, b""))


def text(server: Server, flow: str = "counter") -> TestResponse:
    return Twilio(over_http(server.port)).text(flow)


def turns(server: Server) -> float:
    page = ask(server, "GET", "/metrics", **AUTHORIZED)
    assert page.status_code == 200
    return counts(page.text).get("parley_turns_total counter answered", 0)


def files_of(pid: int) -> set[Path]:
    """Return the files in which a worker counts turns."""
    maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
    return {Path(line.split()[-1]) for line in maps if "/counter_" in line}


def has_counted(pid: int) -> bool:
    """Whether a worker's own file has an answered turn of the counter."""
    wanted = '"counter", "outcome": "answered"'
    return any(
        number > 0 and wanted in key
        for file in files_of(pid)
        for key, number, *_ in MmapedDict.read_all_values_from_file(file)  # type: ignore[no-untyped-call]
    )


def text_until_each_has_counted(server: Server) -> float:
    """Text until each worker has counted a turn; return the number of turns."""
    until(lambda: len(workers(server)) == 2 and all(map(files_of, workers(server))))
    expected = turns(server)
    for _ in range(40):
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: text(server).status_code, range(20)))
        assert set(answers) == {200}
        expected += len(answers)
        if all(map(has_counted, workers(server))):
            return expected
    raise AssertionError("one worker got none of 800 texts")


def test_the_totals_include_all_workers_even_ended_ones(server: Server) -> None:
    expected = text_until_each_has_counted(server)
    assert [turns(server) for _ in range(5)] == [expected] * 5

    killed = min(workers(server))
    os.kill(killed, signal.SIGKILL)
    until(lambda: killed not in workers(server))
    expected_after = text_until_each_has_counted(server)
    assert expected_after > expected
    assert turns(server) == expected_after

    before = workers(server)
    server.process.send_signal(signal.SIGHUP)
    until(lambda: len(workers(server)) == 2 and not workers(server) & before, 40)
    assert turns(server) == expected_after
    assert turns(server) < text_until_each_has_counted(server)


def test_a_reload_leaks_no_open_file(server: Server) -> None:
    opened = Path(f"/proc/{server.process.pid}/fd")
    before = len(list(opened.iterdir()))
    for _ in range(2):
        old = workers(server)
        server.process.send_signal(signal.SIGHUP)
        until(lambda: len(workers(server)) == 2 and not workers(server) & old, 40)  # noqa: B023
    until(lambda: len(list(opened.iterdir())) <= before)


@pytest.mark.threat("S29")
def test_the_metrics_require_the_token(server: Server) -> None:
    assert ask(server, "GET", "/metrics", **AUTHORIZED).status_code == 200
    refused = ask(server, "GET", "/sms/counter")
    assert refused.status_code == 403
    for headers in ({}, {"Authorization": "Bearer x"}, {"Host": "127.0.0.1:9100"}):
        response = ask(server, "GET", "/metrics", **headers)
        assert (response.status_code, response.data) == (403, refused.data)


def test_every_response_has_no_store_and_no_version(server: Server, directory: Path) -> None:
    signed = {"X-Twilio-Signature": signature(f"{PUBLIC_URL}/sms/counter")}
    directory.rename(directory.with_suffix(".gone"))
    answers = [
        (200, text(server)),
        (200, ask(server, "GET", "/healthz")),
        (200, ask(server, "GET", "/metrics", **AUTHORIZED)),
        (400, ask(server, "GET", "/sms/counter", **signed)),
        (403, ask(server, "GET", "/")),
        (404, text(server, "nope")),
        (405, ask(server, "PUT", "/")),
        (413, ask(server, "POST", "/", **{"Content-Length": "2000000"})),
        (431, ask(server, "GET", "/", X="x" * 15_360)),
        (500, text(server, "directory")),
        (503, text(server, "forward")),
    ]
    directory.with_suffix(".gone").rename(directory)
    for wanted, response in answers:
        status, said = response.status_code, response.headers
        assert status == wanted
        assert said["Cache-Control"] == "no-store", status
        assert said["X-Content-Type-Options"] == "nosniff", status
        assert said.get("Server", "gunicorn") == "gunicorn", status
        assert not {"Via", "X-Powered-By"} & {*said.keys()}


def test_gunicorns_own_responses_have_the_status_of_the_contract(server: Server) -> None:
    """With its own text, even if the bytes are not HTTP (docs/decisions/0023)."""
    for wanted, head in (
        (414, {"target": "/" + "x" * 8_180}),
        (431, {"X": "x" * 16_400}),
        (431, {f"X-{number}": "" for number in range(91)}),
        (417, {"Expect": "much"}),
        (501, {"Transfer-Encoding": "zip, chunked"}),
    ):
        target = head.pop("target", "/")
        assert ask(server, "POST", target, **head).status_code == wanted
    log = server.log()
    assert "LimitRequestLine. Next: set the webhook to POST instead of GET." in log
    assert "LimitRequestHeaders. Next: Twilio's requests are smaller" in log


def test_the_folder_is_deleted_with_the_server(tmp_path: Path) -> None:
    with running(tmp_path, SETTINGS, ends_by=signal.SIGTERM) as server:
        assert turns(server) == 0
        (file,) = files_of(*workers(server))
        assert file.exists()
    assert not file.parent.exists()
