"""The application under gunicorn: real processes, real HTTP."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from tests.server.running import Server, running
from tests.server.senders import FORM, Sender, assert_unbroken, to
from tests.webhook import PUBLIC_URL, SETTINGS, message, signature


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    with running(folder, {**SETTINGS, "WEB_CONCURRENCY": "2"}) as server:
        yield server


def test_64_interleaved_senders_get_their_own_counts(server: Server) -> None:
    senders = [Sender(f"+1555123{number:04d}", to(server)) for number in range(64)]
    with ThreadPoolExecutor(16) as pool:
        for _ in range(5):
            list(pool.map(Sender.text, senders))
    assert_unbroken(senders)
    assert {sender.turns for sender in senders} == {5}


def test_the_raw_target_reaches_the_signature(server: Server) -> None:
    query = "From=%2B15551230001&To=%2b15559870002&MessageSid=SM1&Body=O%27Brien+it's%20%E2%9C%93"
    target = f"/sms/counter?{query}"
    headers = {"X-Twilio-Signature": signature(PUBLIC_URL + target)}
    assert server.ask("GET", target, headers=headers)[0] == 200
    assert server.ask("GET", target.replace("%2b", "%2B"), headers=headers)[0] == 403


def test_an_unsigned_request_is_rejected_everywhere(server: Server) -> None:
    for target in ("/sms/counter", "/sms/a/b", "/sms//counter", "//", "/nope", "/healthz/"):
        assert server.ask("POST", target)[0] == 403, target
    for method in ("PUT", "OPTIONS", "DELETE"):
        assert server.ask(method, "/sms/counter")[0] == 405
    assert server.ask("GET", "/healthz") == (200, "ok\n", [])


def test_a_chunked_body_is_read_completely(server: Server) -> None:
    form = message()
    body = urlencode(form).encode()
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:9], body[9:]))
    head = (
        "POST /sms/counter HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        f"Content-Type: {FORM}\r\nTransfer-Encoding: chunked\r\n"
        f"X-Twilio-Signature: {signature(PUBLIC_URL + '/sms/counter', form)}\r\n\r\n"
    )
    assert server.send(head.encode() + chunks + b"0\r\n\r\n").startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    "body",
    [
        b"zz\r\n",
        b"1\r\naXX0\r\n\r\n",
        b"1;\x01\r\na\r\n0\r\n\r\n",
        b"0\r\nContent-Length: 1\r\n\r\n",
        b"0\r\n" + b"X: 1\r\n" * 200 + b"\r\n",
    ],
)
def test_an_invalid_chunked_body_is_rejected(server: Server, body: bytes) -> None:
    head = b"POST /sms/counter HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    answer = server.send(head + b"Transfer-Encoding: chunked\r\n\r\n" + body)
    assert answer.startswith(b"HTTP/1.1 403 "), answer
    assert "Traceback" not in server.log()


@pytest.mark.parametrize("host", ["..", "a..b", "x" * 300, "not a host!", ""])
def test_the_host_header_is_ignored(server: Server, host: str) -> None:
    answer = server.send(
        f"GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    )
    assert answer.startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize("method", ["get", "Post", "FOO", "X" * 30, "a#b"])
def test_an_unknown_method_is_405(server: Server, method: str) -> None:
    request = f"{method} /sms/counter HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert server.send(request.encode()).startswith(b"HTTP/1.1 405 ")
