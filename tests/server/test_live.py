"""The live page of a real server: streams, slow readers, a stop, and a browser."""

import http.client
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from parley.memory.live_feed import MOST_READERS
from parley.web.live_access import LiveAccess
from tests import webhook
from tests.postgres import Cluster
from tests.server.running import Server, running, until
from tests.webhook import Twilio, over_http

pytestmark = pytest.mark.live

TOKEN = "l" * 40
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}


def settings(url: str, workers: int = 2) -> dict[str, str]:
    more = {"DATABASE_URL": url, "DATABASE_CONNECTIONS": "2", "WEB_CONCURRENCY": str(workers)}
    return {**webhook.SETTINGS, "LIVE_TOKEN": TOKEN, **more}


@pytest.fixture(scope="module")
def url(cluster: Cluster) -> Iterator[str]:
    yield cluster.new_database(name := f"live_page_{os.getpid()}")
    cluster.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, url: str) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("live"), settings(url)) as server:
        until(lambda: server.log().count("INFO serving") == 2)
        yield server


@contextmanager
def stream(server: Server) -> Iterator[http.client.HTTPResponse]:
    """Return the event stream of a live page, once it is connected."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)) as connection:
        connection.request("GET", "/live/events", headers=AUTHORIZED)
        response = connection.getresponse()
        assert response.status == 200
        while response.readline() != b"event: state\n":
            pass
        yield response


def events(response: http.client.HTTPResponse) -> Iterator[Any]:
    """Yield the events as they arrive, until the stream ends."""
    while line := response.readline():
        if line == b"event: events\n":
            yield from json.loads(response.readline().removeprefix(b"data: "))


def test_the_page_shows_the_texts_of_all_workers(server: Server) -> None:
    with stream(server) as response:
        sids = set()
        for number in range(20):
            text = Twilio(over_http(server.port), from_=f"+155512300{number:02d}")
            sids.add(text.text("counter", MessageSid=f"SM{number:032x}").status_code)
        assert sids == {200}
        wanted = {f"SM{number:032x}" for number in range(20)}
        for event in events(response):
            wanted.discard(event.get("sid", ""))
            if not wanted:
                break


@pytest.mark.threat("S39")
def test_stalled_readers_delay_no_text(server: Server) -> None:
    request = f"GET /live/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
    with ExitStack() as stack:
        statuses = []
        for _ in range(2 * MOST_READERS + 6):
            connection = stack.enter_context(closing(socket.socket()))
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            connection.settimeout(10)
            connection.connect(("127.0.0.1", server.port))
            connection.sendall(request.encode())
            statuses.append(connection.recv(12).split()[1])
        assert statuses.count(b"200") <= 2 * MOST_READERS
        assert set(statuses) == {b"200", b"503"}, "no reader was rejected"
        took = []
        for _ in range(50):
            began = time.monotonic()
            assert Twilio(over_http(server.port)).text("counter").status_code == 200
            took.append(time.monotonic() - began)
    assert sorted(took)[45] < 0.5


def test_a_server_with_an_open_page_stops_immediately(tmp_path: Path, url: str) -> None:
    with running(tmp_path, settings(url, 1)) as server, stream(server) as response:
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert list(events(response)) is not None
        server.process.wait(20)
        took = time.monotonic() - began
    assert took < 5, f"it took {took} seconds"
    assert "Traceback" not in server.log()


def test_the_page_shows_a_text_and_the_pending_conversation(
    server: Server, chromium: Browser
) -> None:
    link = LiveAccess([TOKEN], f"http://127.0.0.1:{server.port}").link()
    problems: list[str] = []
    page = chromium.new_page()
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(link)
    assert page.url == f"http://127.0.0.1:{server.port}/live", "the key is still in the address"
    expect(page.get_by_role("status")).to_have_text("Connected", timeout=20_000)
    Twilio(over_http(server.port), from_="+15557770099").hears("sign-up", "words")
    texts = page.locator("#texts tbody tr", has_text="+1555…99")
    expect(texts.first).to_contain_text("sign-up", timeout=20_000)
    waiting = page.locator("#conversations tbody tr", has_text="+1555…99")
    expect(waiting).to_contain_text("question 1 waits", timeout=20_000)
    server.ask("POST", "/sms/counter", b"Body=words")
    failed = page.locator("#failed tbody tr").first
    expect(failed).to_contain_text("no signature", timeout=20_000)
    whole = page.content()
    page.close()
    assert problems == []
    assert "words" not in whole
    assert "+15557770099" not in whole
