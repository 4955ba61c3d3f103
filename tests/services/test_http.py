"""The service `http`, with servers that make every possible error.

`test_http_patched.py` runs this file again with gevent's patch.
"""

import gzip
import json
import socket
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import trustme

from parley.conversation import ServiceError
from parley.services.http import MAX_BYTES, BadStatus, Http
from tests.services.upstream import (
    PICTURE,
    Answer,
    answering_connections,
    answering_many,
    chunked,
    drips,
    said,
    sends,
    sends_without_end,
    source,
    stalls,
)

FOUND = {"message": "https://images.example.com/doge.jpg", "status": "success"}
LATE = "took more than"
WHOLE = said(PICTURE)

http = Http()


@pytest.mark.parametrize(
    "answer",
    [
        WHOLE,
        said(PICTURE, "200 OK", "Content-Type: text/html"),
        said(PICTURE, "201 Created"),
        chunked(PICTURE),
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + PICTURE,
        b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE,
        said(PICTURE + b" " * (MAX_BYTES - len(PICTURE))),
    ],
)
def test_get_json_returns_the_value(answer: bytes) -> None:
    with source(sends(answer)) as (url, asked):
        assert http.get_json(url) == FOUND
    assert len(asked) == 1
    assert asked[0].startswith(b"GET /doge HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"\r\nAccept-Encoding: identity\r\nConnection: close\r\n" in asked[0]
    assert b"\r\nAccept: application/json\r\n" in asked[0]


def test_get_returns_status_headers_and_body() -> None:
    with source(sends(said(b"caf\xc3\xa9", "203 Maybe", "X-One: 1", "X-ONE: 2"))) as (url, asked):
        answer = http.get(f"{url}?q=a%20b#part", headers={"user-agent": "test", "X-Two": "2"})
    assert (answer.status, answer.text, answer.headers["x-one"]) == (203, "café", "1")
    assert asked[0].startswith(b"GET /doge?q=a%20b HTTP/1.1\r\n")
    assert b"\r\nuser-agent: test\r\nX-Two: 2\r\n\r\n" in asked[0]
    assert b"User-Agent" not in asked[0]


def test_a_user_name_and_a_password_in_the_url_are_sent_as_basic_authentication() -> None:
    with source(sends(WHOLE)) as (url, asked):
        http.get(url.replace("http://", "http://me:p%40ss@"))
    assert f"Authorization: Basic {b64encode(b'me:p@ss').decode()}\r\n".encode() in asked[0]


@pytest.mark.parametrize(
    ("body", "sent", "content_type"),
    [
        (b"\x00\xff", b"\x00\xff", b""),
        ("größer", "größer".encode(), b""),
        ({"a": "1 & 2"}, b"a=1+%26+2", b"Content-Type: application/x-www-form-urlencoded\r\n"),
        (b"", b"", b""),
    ],
)
def test_post_sends_bytes_text_or_a_form(
    body: bytes | str | dict[str, str], sent: bytes, content_type: bytes
) -> None:
    with source(sends(said(b"thanks"))) as (url, asked):
        assert http.post(url, body).text == "thanks"
    head, _, received = asked[0].partition(b"\r\n\r\n")
    assert received == sent
    assert b"Content-Length: %d" % len(sent) in head
    assert content_type in head + b"\r\n"


def test_post_json_sends_a_value_and_returns_one() -> None:
    with source(sends(WHOLE)) as (url, asked):
        assert http.post_json(url, {"toppings": ["ham", "ü"]}, idempotency_key="SM1-2") == FOUND
    head, _, body = asked[0].partition(b"\r\n\r\n")
    assert json.loads(body) == {"toppings": ["ham", "ü"]}
    assert b"\r\nContent-Type: application/json\r\n" in head
    assert b"\r\nIdempotency-Key: SM1-2\r\n" in head


def test_post_json_returns_none_for_an_empty_response() -> None:
    with source(sends(said(b"", "204 No Content"))) as (url, _):
        assert http.post_json(url, []) is None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("absolute", [True, False])
def test_a_get_follows_one_redirect_within_its_origin(status: int, absolute: bool) -> None:
    with source(lambda c: redirect(c, status, absolute), sends(WHOLE)) as (url, asked):
        assert http.get_json(url.replace("//", "//me:secret@")) == FOUND
    assert asked[1].startswith(b"GET /other?x=1 HTTP/1.1\r\n")
    assert all(b"Authorization: Basic" in request for request in asked)


def redirect(connection: socket.socket, status: int, absolute: bool) -> None:
    host, port = connection.getsockname()
    origin = f"http://{host}:{port}" if absolute else ""
    connection.sendall(said(b"", f"{status} Moved", f"Location: {origin}/other?x=1"))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_post_follows_no_redirect(status: int) -> None:
    moved = said(b"", f"{status} Moved", "Location: /other")
    with source(sends(moved), sends(WHOLE)) as (url, asked):
        with pytest.raises(BadStatus, match=f"responds with {status}"):
            http.post_json(url, {})
        assert len(asked) == 1


@pytest.mark.threat("S27")
@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([sends(said(b"", "302 Found", "Location: /a"))] * 2, "redirects more than once"),
        ([sends(said(b"", "302 Found", "Location: http://127.0.0.1:1/"))], "another origin"),
        ([sends(said(b"", "302 Found", "Location: https://127.0.0.1/"))], "another origin"),
        ([sends(said(b"", "302 Found", "Location: file:///etc/passwd"))], "another origin"),
        ([sends(said(b"", "302 Found", "Location: //a.example/"))], "another origin"),
        ([sends(said(b"", "302 Found", "Location: http://[::1"))], "to an invalid URL"),
        ([sends(said(PICTURE, "404 Not Found"))], "responds with 404"),
        ([sends(said(b" " * (MAX_BYTES + 1), "500 Oops"))], "responds with 500"),
        ([sends(said(b"<html>"))], "the response is not JSON"),
        ([sends(said(b""))], "the response is not JSON"),
        ([sends(said(b"[" * 60_000))], "the response is not JSON"),
        ([sends(said(b"\xff\xfe\x00"))], "the response is not JSON"),
        ([sends(said(gzip.compress(PICTURE), "200 OK", "Content-Encoding: gzip"))], "compressed"),
        ([sends(said(PICTURE, length=len(PICTURE) + 1))], "the body is cut off"),
        ([sends(said(PICTURE, length=len(PICTURE) - 1))], "the response is not JSON"),
        ([sends(chunked(PICTURE)[:-9])], "no complete response: IncompleteRead"),
        ([sends(said(b" " * (MAX_BYTES + 1)))], "larger than 65,536 bytes"),
        ([sends_without_end], "larger than 65,536 bytes"),
        ([sends(chunked(b" " * (MAX_BYTES + 1)))], "larger than 65,536 bytes"),
        ([sends(b"")], "no complete response: RemoteDisconnected"),
        ([sends(WHOLE[:30])], "no complete response|the response is not JSON"),
        ([sends(b"SSH-2.0-OpenSSH\r\n")], "no complete response: BadStatusLine"),
        ([sends(said(b"", "200 OK", "X: " + "x" * 70_000))], "no complete response: LineTooLong"),
        ([sends(said(b"", "200 OK", *["X: 1"] * 101))], "no complete response: HTTPException"),
    ],
)
def test_a_failing_server_is_a_service_error_with_a_reason(
    answers: list[Answer], reason: str
) -> None:
    with source(*answers) as (url, asked), pytest.raises(ServiceError, match=reason) as caught:
        http.get_json(f"{url}?key=hunter2")
    assert len(asked) == len(answers), "a request was repeated"
    assert "127.0.0.1" not in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_compressed_response_is_not_unpacked() -> None:
    bomb = gzip.compress(b"[" + b"1," * 5_000_000)
    with source(sends(said(bomb, "200 OK", "Content-Encoding: gzip"))) as (url, _):
        started = time.process_time()
        with pytest.raises(ServiceError, match="compressed"):
            http.get_json(url, max_bytes=len(bomb))
    assert time.process_time() - started < 0.5


def test_other_statuses_can_be_accepted() -> None:
    with source(sends(said(b"", "409 Conflict"))) as (url, _), pytest.raises(BadStatus) as caught:
        http.post_json(url, {})
    assert caught.value.status == 409


@pytest.mark.parametrize("answer", [sends(b""), sends(WHOLE[:-5]), sends(said(b"", "503 Busy"))])
def test_a_post_that_fails_is_not_sent_again(answer: Answer) -> None:
    with source(answer, answer) as (url, asked):
        with pytest.raises(ServiceError):
            http.post(url, "an order")
        time.sleep(0.1)
        assert len(asked) == 1


def test_a_server_that_is_down_is_a_service_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ServiceError, match="no connection: Connection refused"):
        http.get_json(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "ftp://127.0.0.1/",
        "http://127.0.0.1:99999/",
        "x",
        "http://[::1",
        "http://a b/",
        "http://127.0.0.1/a\x00b",
        "http://127.0.0.1:1/ü",
        f"http://{'a' * 70}.example/",
    ],
)
def test_an_invalid_url_is_a_service_error(url: str) -> None:
    with pytest.raises(ServiceError, match=r"not valid|neither http nor|no host|no valid host"):
        http.get_json(url)


@pytest.mark.parametrize("header", ["a\r\nX-Injected: 1", "\N{SNOWMAN}"])
def test_a_header_that_cannot_be_sent_is_a_service_error(header: str) -> None:
    with source(stalls) as (url, asked), pytest.raises(ServiceError, match="is not valid"):
        http.get(url, headers={"X-Name": header})
    assert not asked


SLOW: dict[str, Answer] = {
    "says nothing": stalls,
    "drips its status line": drips(WHOLE, every=0.05),
    "drips its headers": drips(WHOLE, from_byte=WHOLE.index(b"Content-Length"), every=0.05),
    "drips its body": drips(WHOLE, from_byte=WHOLE.index(PICTURE), every=0.05),
    "stops in its body": drips(WHOLE, from_byte=len(WHOLE) - 5, every=5.0),
    "sends 100 Continue forever": drips(b"HTTP/1.1 100 Continue\r\n\r\n" * 50, every=0.05),
    "answers late": sends(WHOLE, after=5.0),
}


@pytest.mark.threat("S27")
@pytest.mark.parametrize("answer", SLOW.values(), ids=SLOW)
def test_a_slow_server_times_out_at_the_deadline(answer: Answer) -> None:
    with source(answer) as (url, _):
        started = time.monotonic()
        with pytest.raises(ServiceError, match=r"took more than 0\.4 seconds"):
            http.get_json(url, deadline=0.4)
        assert 0.35 < time.monotonic() - started < 0.8


def test_the_deadline_includes_a_redirect() -> None:
    moved = sends(said(b"", "302 Found", "Location: /a"), after=0.3)
    with (
        source(moved, sends(WHOLE, after=0.3)) as (url, _),
        pytest.raises(ServiceError, match=LATE),
    ):
        http.get_json(url, deadline=0.5)


HANDSHAKE = b"\x16\x03\x03\x40\x00" + b"\x02\x00\x3f\xfc\x03\x03" + b"x" * 400
"""The start of a TLS record of 16 kB, which never ends."""


@pytest.mark.parametrize(("scheme", "answer"), [("http", WHOLE), ("https", HANDSHAKE)])
def test_at_the_deadline_the_connection_is_closed_although_bytes_arrive(
    scheme: str, answer: bytes
) -> None:
    with answering_connections(drips(answer, every=0.05)) as (address, ended):
        started = time.monotonic()
        with pytest.raises(ServiceError, match=LATE):
            http.get(f"{scheme}://{address}/", deadline=0.4)
        while not ended and time.monotonic() - started < 2:
            time.sleep(0.05)
        assert ended, "the connection is still open"
        assert ended[0] - started < 1.0


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """A certificate authority that the system trusts."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return ca


@contextmanager
def secure_source(ca: trustme.CA, name: str) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(name).configure_cert(context)
    with source(sends(WHOLE), tls=context) as (url, _):
        yield url


def test_a_server_with_a_valid_certificate_is_called(authority: trustme.CA) -> None:
    with secure_source(authority, "127.0.0.1") as url:
        assert http.get_json(url) == FOUND


@pytest.mark.parametrize(
    ("ca", "name", "reason"),
    [
        (None, "example.com", "no connection: its certificate is not valid: IP address mismatch$"),
        (trustme.CA(), "127.0.0.1", "its certificate is not valid: (self-signed|unable to get)"),
    ],
)
def test_a_server_with_an_invalid_certificate_is_rejected(
    authority: trustme.CA, ca: trustme.CA | None, name: str, reason: str
) -> None:
    with secure_source(ca or authority, name) as url, pytest.raises(ServiceError, match=reason):
        http.get_json(url)


def test_a_server_without_tls_is_a_failed_connection() -> None:
    with (
        answering_connections(sends(WHOLE)) as (address, _),
        pytest.raises(ServiceError, match="no connection: "),
    ):
        http.get(f"https://{address}/")


def test_two_hundred_slow_servers_delay_no_other_fetch() -> None:
    released = threading.Event()
    found: list[object] = []

    def answers_when_released(connection: socket.socket) -> None:
        released.wait(10)
        connection.sendall(WHOLE)

    with answering_many(answers_when_released) as slow, source(sends(WHOLE)) as (url, _):
        waiting = [
            threading.Thread(target=lambda: found.append(http.get_json(slow))) for _ in range(200)
        ]
        for thread in waiting:
            thread.start()
        started = time.monotonic()
        assert http.get_json(url) == FOUND
        spent = time.monotonic() - started
        assert found == []
        released.set()
        for thread in waiting:
            thread.join(10)
    assert found == [FOUND] * 200
    assert spent < 0.5, "too slow even for a busy machine"


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="Linux counts descriptors there")
def test_five_hundred_fetches_leak_no_descriptor_and_no_thread() -> None:
    def count() -> tuple[int, int]:
        return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()

    with answering_many(sends(WHOLE)) as url, answering_many(sends(b"")) as failing:
        http.get(url)
        time.sleep(0.1)
        before = count()
        for _ in range(250):
            assert http.get_json(url) == FOUND
            with pytest.raises(ServiceError):
                http.get(failing)
        time.sleep(0.2)
        after = count()
    assert after[0] <= before[0] + 2
    assert after[1] <= before[1] + 2


@pytest.mark.parametrize(
    ("head", "flood"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"a: b\r\n"),
    ],
    ids=["responses 100", "trailers"],
)
def test_endless_headers_and_trailers_are_limited(head: bytes, flood: bytes) -> None:
    """http.client itself does not limit them."""

    def floods(connection: socket.socket) -> None:
        connection.sendall(head)
        with suppress(OSError):
            for _ in range(2_000):
                connection.sendall(flood * 1_000)

    with source(floods) as (url, _):
        started = time.monotonic()
        with pytest.raises(ServiceError):
            http.get(url, deadline=5)
        assert time.monotonic() - started < 4
