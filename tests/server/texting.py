"""Requests of Twilio and attackers through a proxy, with the same expectations for each proxy.

`proxy` is in front of Parley at the root, `prefixed` in front of the same at `/parley`, and `shown`
in front of a server that responds with the request that it received.
"""

import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import ClassVar
from urllib.parse import urlencode

import pytest

from parley.http_client import Request
from parley.simulator.signed_text import GET, JSON, signed_text
from tests.server.behind import Answer, Proxy, answer, raw
from tests.server.running import running
from tests.server.senders import through
from tests.server.slow import BODY, HEAD, seconds_of_texts, slow_senders
from tests.webhook import PUBLIC_URL, SETTINGS, TOKEN, message, signature, target_of

PREFIX = "/parley"
HANGS_UP = "/hangs-up"
MIB = 1_048_576
FIRST = "Hello, thanks for the new message!"

ODD_TARGETS = [
    "/sms/counter?Body=O%27Brien+it's%20%E2%9C%93&a=%2b&&b;c=d&e=%zz",
    "//sms//counter",
    "/sms/%63ounter/%27%2B+%2f'?x=1",
    "/sms/a/../counter/.",
    "/sms/%E2%9C%93?",
    "/?",
]


def text(proxy: Proxy, body: str = "hi", cookie: str = "", prefix: str = "", **more: str) -> Answer:
    """Send one signed text; `more` are headers."""
    url = f"{PUBLIC_URL}{prefix}/sms/counter"
    return _sent(proxy, signed_text(url, message(body), TOKEN, cookie=cookie), more)


def get(proxy: Proxy, target: str, **more: str) -> Answer:
    """Send one signed GET of a raw target."""
    return _sent(proxy, signed_text(PUBLIC_URL + target, {}, TOKEN, kind=GET), more)


def _sent(proxy: Proxy, request: Request, more: dict[str, str]) -> Answer:
    headers = {**request.headers, **more}
    return proxy.ask(request.method, target_of(request), request.body, headers)


class BehindAProxy:
    """A subclass starts its proxy in front of servers on these ports."""

    start: Callable[..., AbstractContextManager[Proxy]]
    behind_a_path: ClassVar[Mapping[str, str]]

    @pytest.fixture(scope="class")
    @classmethod
    def proxy(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
        folder = tmp_path_factory.mktemp("proxy")
        with running(folder, SETTINGS) as server, cls.start(folder, [server.port]) as proxy:
            yield proxy

    @pytest.fixture(scope="class")
    @classmethod
    def prefixed(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
        folder = tmp_path_factory.mktemp("prefixed")
        settings, changed = {**SETTINGS, "PUBLIC_URL": PUBLIC_URL + PREFIX}, cls.behind_a_path
        with (
            running(folder, settings) as server,
            cls.start(folder, [server.port], changed) as proxy,
        ):
            yield proxy

    @pytest.fixture(scope="class")
    @classmethod
    def shown(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
        with showing() as port, cls.start(tmp_path_factory.mktemp("shown"), [port]) as proxy:
            yield proxy

    def test_a_conversation_keeps_its_cookie(self, proxy: Proxy) -> None:
        first = text(proxy)
        assert (first.status, FIRST in first.text) == (200, True)
        assert first.headers["Content-Type"].startswith("text/xml")
        assert first.headers["Set-Cookie"].endswith("; Path=/; HttpOnly; Secure; Max-Age=14400")
        second = text(proxy, cookie=first.cookie)
        assert "Your current count is 1<" in second.text
        assert "Your current count is 2<" in text(proxy, cookie=second.cookie).text

    @pytest.mark.parametrize("body", ["x" * 2_000, "🎉👩‍👩‍👧 %27 + & = ✓\r\n" * 40, ""])
    def test_long_and_odd_bodies_arrive(self, proxy: Proxy, body: str) -> None:
        assert text(proxy, body).status == 200

    @pytest.mark.parametrize("prefix", ["", PREFIX])
    def test_the_raw_query_reaches_the_signature_check(
        self, request: pytest.FixtureRequest, prefix: str
    ) -> None:
        proxy = request.getfixturevalue("prefixed" if prefix else "proxy")
        query = "From=%2B15551230001&To=%2b15559870002&MessageSid=SM1&X=;&Body=%27+'%20%E2%9C%93"
        for path in ("/sms/counter", "/sms/counter/", "/sms/%63ounter"):
            target = f"{prefix}{path}?{query}"
            assert FIRST in get(proxy, target).text, target
        signed = {"X-Twilio-Signature": signature(f"{PUBLIC_URL}{prefix}/sms/counter?{query}")}
        changed = f"{prefix}/sms/counter?{query.replace('%2b', '%2B')}"
        assert proxy.ask("GET", changed, headers=signed).status == 403

    def test_json_is_covered_by_its_hash(self, proxy: Proxy) -> None:
        request = signed_text(f"{PUBLIC_URL}/sms/counter", message("✓"), TOKEN, kind=JSON)
        target, headers = target_of(request), request.headers
        assert FIRST in proxy.ask("POST", target, request.body, headers).text
        assert proxy.ask("POST", target, request.body + b" ", headers).status == 403

    @pytest.mark.parametrize("prefix", ["", PREFIX])
    def test_a_signed_path_without_a_flow_is_404_and_nothing_is_redirected(
        self, request: pytest.FixtureRequest, prefix: str
    ) -> None:
        proxy = request.getfixturevalue("prefixed" if prefix else "proxy")
        paths = ("//sms//counter", "/sms/%27%2B+%E2%9C%93", "/")
        statuses = {path: get(proxy, prefix + path).status for path in paths}
        assert statuses == dict.fromkeys(paths, 404)
        for path in ("/sms", "/sms/"):
            assert get(proxy, prefix + path).status == 400, (
                "the shared webhook must reject a request without a text"
            )

    def test_paths_outside_of_the_prefix_are_not_forwarded(self, prefixed: Proxy) -> None:
        assert FIRST in text(prefixed, prefix=PREFIX).text
        for target in (PREFIX, "/sms/counter", "/%70arley/sms/counter"):
            assert FIRST not in get(prefixed, f"{target}?{urlencode(message())}").text
        assert not 300 <= get(prefixed, PREFIX).status < 400

    def test_an_unsigned_request_is_rejected(self, proxy: Proxy) -> None:
        for method in ("GET", "POST"):
            assert proxy.ask(method, "/sms/counter").status == 403
        assert proxy.ask("PUT", "/sms/counter").status == 405
        assert proxy.ask("GET", "/healthz").text == "ok\n"

    def test_forged_forwarding_headers_change_nothing(self, proxy: Proxy) -> None:
        forged = {
            "X-Forwarded-For": "127.0.0.1",
            "X-Forwarded-Proto": "http",
            "X-Forwarded-Host": "evil.example",
            "X-Forwarded-Prefix": "/sms",
            "X-Original-URL": "/healthz",
            "X-Request-ID": "mine",
            "SCRIPT_NAME": "/sms",
            "Forwarded": "for=127.0.0.1;proto=http",
        }
        assert FIRST in text(proxy, **forged).text
        assert proxy.ask("POST", "/sms/counter", headers=forged).status == 403

    @pytest.mark.parametrize("target", ODD_TARGETS)
    def test_a_target_arrives_byte_for_byte(self, shown: Proxy, target: str) -> None:
        seen = shown.ask("GET", target).text
        assert seen.partition("\r\n")[0].split(" ")[1] == target

    def test_the_request_id_is_not_set_by_the_sender(self, shown: Proxy) -> None:
        seen = shown.ask("GET", "/", headers={"X-Request-ID": "mine"}).text
        names = re.findall(r"^X-Request-I[Dd]: ([0-9a-f-]{32,36})\r$", seen, re.MULTILINE)
        assert len(names) == 1
        assert "mine" not in seen

    def test_headers_of_8_kb_pass(self, proxy: Proxy) -> None:
        assert text(proxy, **{"X-Pad": "x" * 8_000}).status == 200
        assert text(proxy, **{f"X-{number}": "x" * 100 for number in range(75)}).status == 200

    def test_headers_over_the_limits_are_431(self, proxy: Proxy) -> None:
        assert text(proxy, **{"X-Pad": "x" * 15_361}).status == 431
        assert text(proxy, **{f"X-{number}": "" for number in range(90)}).status == 431
        assert proxy.ask("GET", "/", headers={"X-Pad": "x" * 40_000}).status == 431

    def test_a_request_line_over_8190_bytes_is_414(self, proxy: Proxy) -> None:
        target = f"/sms/counter?{urlencode(message())}&Pad="
        target += "x" * (8_190 - len(f"GET {target} HTTP/1.1"))
        assert get(proxy, target).status == 200
        assert get(proxy, f"{target}x").status == 414
        assert get(proxy, target + "x" * 7_000).status == 414

    def test_a_body_over_1_mib_is_413(self, proxy: Proxy) -> None:
        form = {**message(), "Pad": ""}
        form["Pad"] = "x" * (MIB - len(urlencode(form)))
        request = signed_text(f"{PUBLIC_URL}/sms/counter", form, TOKEN)
        headers = request.headers
        assert proxy.ask("POST", "/sms/counter", request.body, headers).status == 200
        # The server must reject it before it is sent: only its length is sent here.
        head = raw("POST", "/sms/counter", headers={**headers, "Content-Length": str(MIB + 1)})
        assert proxy.send(head).status == 413

    def test_slow_clients_delay_no_text(self, proxy: Proxy) -> None:
        with slow_senders(proxy.connected, [HEAD, BODY] * 8) as slow:
            took = seconds_of_texts(through(proxy), 10)
            assert (len(slow.connections), slow.gone) == (16, 0), "a slow connection was closed"
        assert max(took) < 2

    def test_plain_http_is_rejected_and_not_redirected(self, proxy: Proxy) -> None:
        for target in ("/sms/counter", "/"):
            with socket.create_connection(("127.0.0.1", proxy.plain_port), timeout=15) as plain:
                plain.sendall(raw("POST", target, urlencode(message()).encode()))
                heard = answer(plain)
            assert heard.status == 403
            assert heard.headers["Location"] is None
            assert "set the webhook to https://sms.example.com/" in heard.text

    def test_the_proxys_logs_contain_no_number_and_no_text(self, proxy: Proxy) -> None:
        form = message("recognisable words", from_="+15557654321")
        assert get(proxy, f"/sms/counter?{urlencode(form)}").status == 200
        assert text(proxy, "recognisable words", cookie="parley=recognisable").status == 200
        assert get(proxy, f"/sms/unknown?{urlencode(form)}").status == 404
        assert "5557654321" not in proxy.log()
        assert "recognisable" not in proxy.log()

    def test_the_proxys_logs_contain_no_number_without_a_response(self, shown: Proxy) -> None:
        query = "From=%2B15557654321&Body=recognisable"
        cookie = {"Cookie": "parley=recognisable", "X-Twilio-Signature": "recognisable"}
        assert shown.ask("POST", f"{HANGS_UP}?{query}", b"Body=recognisable", cookie).status == 502
        assert "5557654321" not in shown.log()
        assert "recognisable" not in shown.log()


@contextmanager
def showing() -> Iterator[int]:
    """A server on a free port that responds to each request with its own head, or closes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_show, args=(listener,))
        thread.start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def _show(listener: socket.socket) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            head = b""
            while b"\r\n\r\n" not in head and (part := connection.recv(65_536)):
                head += part
            if HANGS_UP.encode() in head:
                continue
            length = b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(head)
            connection.sendall(b"HTTP/1.1 200 OK\r\n" + length + head)
