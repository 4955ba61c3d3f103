"""MEDIA_FOLDER served by a real gunicorn, to Twilio's fetcher and to slow clients."""

import http.client
import os
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.server.running import ROOT, Server, running
from tests.webhook import SETTINGS, Twilio, over_http

pytestmark = pytest.mark.live

SHOW = """
from parley import Outgoing, Reply


def show(message, session, *, media):
    return Reply(Outgoing("Look.", media_urls=(media("menu.jpg"),)))
"""
PICTURE = os.urandom(5_000_000)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("media")
    for name in ("flows", "pictures"):
        (folder / name).mkdir()
    (folder / "flows" / "show.py").write_text(SHOW)
    (folder / "pictures" / "menu.jpg").write_bytes(PICTURE)
    settings = {
        **SETTINGS,
        "FLOWS": f"{folder}/flows,{ROOT}/app/flows",
        "MEDIA_FOLDER": str(folder / "pictures"),
    }
    with running(folder, settings) as running_server:
        yield running_server


@pytest.fixture
def twilio(server: Server) -> Twilio:
    return Twilio(over_http(server.port))


@pytest.fixture
def path(twilio: Twilio) -> str:
    return urlsplit(twilio.hears("show").splitlines()[1].strip("[]")).path


def test_a_connection_fetches_a_picture_ranges_and_not_modified(server: Server, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=15)

    def get(method: str = "GET", **headers: str) -> tuple[int, bytes]:
        connection.request(method, path, headers={n.replace("_", "-"): headers[n] for n in headers})
        response = connection.getresponse()
        tags.append(response.headers.get("ETag", ""))
        return response.status, response.read()

    tags: list[str] = []
    assert get() == (200, PICTURE)
    assert get(Range="bytes=1000000-1999999") == (206, PICTURE[1_000_000:2_000_000])
    assert get("HEAD") == (200, b"")
    assert get(If_None_Match=tags[0]) == (304, b"")
    assert get(Range="bytes=9999999-")[0] == 416
    assert get() == (200, PICTURE)
    connection.request("GET", f"{path}x")
    assert connection.getresponse().read() == b"There is no such picture here.\n"
    connection.close()


def test_stalled_clients_delay_no_text(server: Server, path: str, twilio: Twilio) -> None:
    sockets = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(30)]
    try:
        for each in sockets:
            each.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        for each in sockets:
            assert each.recv(12) == b"HTTP/1.1 200"
        assert twilio.hears("counter")
    finally:
        for each in sockets:
            each.close()
    assert server.ask("GET", "/healthz")[0] == 200
    assert "Traceback" not in server.log()


def test_media_urls_are_not_logged(server: Server, path: str) -> None:
    assert server.ask("GET", path.replace("menu", "menus"))[0] == 404
    token = path.split("/")[-2]
    assert token not in server.log()
    assert "not signed by this server" in server.log()
