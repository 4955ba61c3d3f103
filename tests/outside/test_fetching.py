"""Fetching, from sources that do all that a source can do wrong."""

import socket
import subprocess
import sys
import threading
import time

import pytest

from app.conversation import ErrandFailed
from app.outside import fetching
from app.outside.fetching import LIMIT
from tests.outside.source import (
    PICTURE,
    Answer,
    drips,
    said,
    sends,
    sends_without_end,
    source,
    stalls,
)

FOUND = {"message": "https://images.example.com/doge.jpg", "status": "success"}
NEVER_ENDS = "took more than"

fetch_json = fetching.make_fetch_json(at_once=16)


def chunked(body: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    return head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


@pytest.mark.parametrize(
    "answer",
    [
        said(PICTURE),
        said(PICTURE, "200 OK", "Content-Type: text/html"),
        chunked(PICTURE),
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + PICTURE,
        said(PICTURE + b" " * (LIMIT - len(PICTURE))),
    ],
)
def test_a_picture_is_found(answer: bytes) -> None:
    with source(sends(answer)) as (url, asked):
        assert fetch_json(url) == FOUND
    assert len(asked) == 1
    assert asked[0].startswith(b"GET /doge HTTP/1.1\r\n")
    assert b"Accept-Encoding: identity" in asked[0]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("absolute", [True, False])
def test_one_redirect_within_the_same_origin_is_followed(status: int, absolute: bool) -> None:
    with source(lambda c: redirect(c, status, absolute), sends(said(PICTURE))) as (url, asked):
        assert fetch_json(url) == FOUND
    assert asked[1].startswith(b"GET /other?x=1 HTTP/1.1\r\n")


def redirect(connection: socket.socket, status: int, absolute: bool) -> None:
    host, port = connection.getsockname()
    origin = f"http://{host}:{port}" if absolute else ""
    connection.sendall(said(b"", f"{status} Moved", f"Location: {origin}/other?x=1"))


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([sends(said(b"", "302 Found", "Location: /a"))] * 2, "redirects more than once"),
        ([sends(said(b"", "302 Found", "Location: http://127.0.0.1:1/"))], "another origin"),
        ([sends(said(b"", "302 Found", "Location: https://127.0.0.1/"))], "another origin"),
        ([sends(said(b"", "302 Found", "Location: file:///etc/passwd"))], "another origin"),
        ([sends(said(b"", "302 Found", "Location: http://[::1"))], "failed with ValueError"),
        ([sends(said(PICTURE, "404 Not Found"))], "answers 404"),
        ([sends(said(PICTURE, "500 Oops"))], "answers 500"),
        ([sends(said(b"", "204 No Content"))], "answers 204"),
        ([sends(said(b"<html>"))], "sends no JSON"),
        ([sends(said(b""))], "sends no JSON"),
        ([sends(said(b"[" * 60_000))], "sends no JSON"),
        ([sends(said(b"\xff\xfe\x00"))], "sends no JSON"),
        ([sends(said(PICTURE, "200 OK", "Content-Encoding: gzip")[:-5])], "failed with"),
        ([sends(said(PICTURE, length=len(PICTURE) + 1))], "failed with ClientPayloadError"),
        ([sends(said(PICTURE, length=len(PICTURE) - 1))], "sends no JSON|failed with"),
        ([sends(said(PICTURE, length=-1))], "failed with"),
        ([sends(said(b" " * (LIMIT + 1)))], "more than 65,536 bytes"),
        ([sends_without_end], "more than 65,536 bytes"),
        ([sends(chunked(b" " * (LIMIT + 1)))], "more than 65,536 bytes"),
        ([sends(b"")], "hangs up without an answer"),
        ([sends(b"SSH-2.0-OpenSSH\r\n")], "failed with"),
        ([sends(said(b"", "200 OK", "X: " + "x" * 70_000))], "failed with"),
    ],
)
def test_a_source_that_fails_is_given_up_with_its_reason(
    answers: list[Answer], reason: str
) -> None:
    with source(*answers) as (url, _), pytest.raises(ErrandFailed, match=reason) as caught:
        fetch_json(url)
    assert "127.0.0.1" not in str(caught.value)


def test_a_source_that_is_down_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ErrandFailed, match="failed with ClientConnectorError"):
        fetch_json(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize("url", ["http://", "ftp://127.0.0.1/", "http://127.0.0.1:99999/", "x"])
def test_a_url_that_is_none_is_given_up(url: str) -> None:
    with pytest.raises(ErrandFailed, match="failed with"):
        fetch_json(url)


@pytest.mark.live
def test_a_source_that_takes_three_seconds_still_answers() -> None:
    with source(sends(said(PICTURE), after=3.0)) as (url, _):
        assert fetch_json(url) == FOUND


WHOLE = said(PICTURE)
SLOW: dict[str, Answer] = {
    "says nothing": stalls,
    "drips its status line": drips(WHOLE),
    "drips its headers": drips(WHOLE, from_byte=WHOLE.index(b"Content-Length")),
    "drips its body": drips(WHOLE, from_byte=WHOLE.index(PICTURE)),
    "stops in its body": drips(WHOLE, from_byte=len(WHOLE) - 5, every=20.0),
    "takes 60 seconds": sends(WHOLE, after=20.0),
}


@pytest.mark.live
@pytest.mark.threat("S27")
def test_whatever_a_slow_source_does_it_ends_within_eight_seconds() -> None:
    """All at once, because each takes its seven seconds."""
    took: dict[str, float] = {}
    reasons: dict[str, str] = {}

    def ask(name: str, answer: Answer) -> None:
        with source(answer) as (url, _):
            started = time.monotonic()
            try:
                fetch_json(url)
            except ErrandFailed as error:
                reasons[name] = str(error)
            took[name] = time.monotonic() - started

    threads = [threading.Thread(target=ask, args=each) for each in SLOW.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert set(reasons) == set(SLOW)
    assert all(NEVER_ENDS in reason for reason in reasons.values()), reasons
    assert all(6.5 < seconds < 8.0 for seconds in took.values()), took


def test_a_name_server_that_does_not_answer_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A lookup cannot be interrupted: it is left behind."""
    monkeypatch.setattr(fetching, "SECONDS", 0.2)
    monkeypatch.setattr(fetching, "PATIENCE", 0.1)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(2))
    started = time.monotonic()
    with pytest.raises(ErrandFailed, match=NEVER_ENDS):
        fetch_json("http://images.example.com/")
    assert time.monotonic() - started < 1


def test_more_at_once_than_are_allowed_fail_instead_of_waiting() -> None:
    fetch_json = fetching.make_fetch_json(at_once=1)
    with source(sends(said(PICTURE), after=0.5), sends(said(PICTURE))) as (url, _):
        first = threading.Thread(target=fetch_json, args=(url,))
        first.start()
        time.sleep(0.1)
        with pytest.raises(ErrandFailed, match="under way already"):
            fetch_json(url)
        first.join()
        assert fetch_json(url) == FOUND


WITHOUT_FILES = """
import resource
import aiohttp
from app.conversation import ErrandFailed
from app.outside.fetching import make_fetch_json
fetch_json = make_fetch_json(1)
resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
try:
    fetch_json("http://127.0.0.1:1/")
except ErrandFailed as error:
    print(error)
"""


def test_where_no_file_descriptor_is_left_a_fetch_fails_as_others_do() -> None:
    told = subprocess.run([sys.executable, "-c", WITHOUT_FILES], capture_output=True, check=False)
    assert told.stdout.decode().splitlines() == ["a fetch cannot begin: OSError"]


def test_where_no_thread_is_left_a_fetch_fails_and_the_next_may_begin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_more(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    fetch_json = fetching.make_fetch_json(at_once=1)
    with source(sends(said(PICTURE))) as (url, _), monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", no_more)
        with pytest.raises(ErrandFailed, match="no thread"):
            fetch_json(url)
        patched.undo()
        assert fetch_json(url) == FOUND
