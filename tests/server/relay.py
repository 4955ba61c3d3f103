"""A proxy that speaks https on a free port of 127.0.0.1, before a server of ours.

It passes requests and answers on as they are, or spoils them as a test tells it: by then its
certificate, and what it does, may be others.
"""

import http.client
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import trustme

from tests.http_server import Handler, Server, serving

Headers = list[tuple[str, str]]
Answer = tuple[int, Headers, bytes]


@dataclass
class Relay:
    """Where it is, whom it trusts to be behind it, and what it spoils."""

    port: int
    authority: trustme.CA
    bundle: Path
    """The authority's certificate: what SSL_CERT_FILE names for those who should trust it."""
    behind: int = 0
    """The port of the server behind it, which speaks plain http."""
    certificate: ssl.SSLContext | None = None
    """None speaks plain http."""
    forward: Callable[[Headers], Headers] = list
    """What becomes of the headers of a request."""
    back: Callable[[Answer], Answer] = lambda answer: answer
    """What becomes of an answer."""
    kept: frozenset[str] = frozenset()
    """Paths that the platform keeps to itself: it answers them with its own 404."""
    asked: list[tuple[str, str, Headers]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    """Those of the same requests."""

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def certified(self, *names: str, days: float = 90, authority: trustme.CA | None = None) -> None:
        """Serve with a certificate for these hosts that ends in some days, or ended some ago."""
        ends = datetime.now(UTC) + timedelta(days=days, hours=1)
        issued = (authority or self.authority).issue_cert(
            *names, not_before=ends - timedelta(days=365), not_after=ends
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issued.configure_cert(context)
        self.certificate = context

    def well(self) -> None:
        """Spoil nothing any more."""
        self.forward, self.back, self.kept = list, lambda answer: answer, frozenset()
        self.certified("localhost")
        self.asked.clear()
        self.bodies.clear()


class _Passing(Handler):
    server: "_Server"

    def do_GET(self) -> None:
        relay = self.server.relay
        relay.asked.append((self.command, self.path, self.headers.items()))
        body = self.body()
        relay.bodies.append(body)
        if self.path in relay.kept:
            answer: Answer = (404, [("Content-Type", "text/html"), ("Content-Length", "0")], b"")
        else:
            answer = _asked(relay, self.command, self.path, self, body)
        status, headers, content = relay.back(answer)
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self) -> None:
        self.do_GET()


def _asked(
    relay: Relay, method: str, target: str, request: BaseHTTPRequestHandler, body: bytes
) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", relay.behind, timeout=15)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in relay.forward(list(request.headers.items())):
            connection.putheader(name, value)
        connection.endheaders(body or None)
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read()
    except OSError:
        return 502, [("Content-Type", "text/plain")], b"nothing is behind this proxy"
    finally:
        connection.close()


class _Server(Server):
    relay: Relay

    def finish_request(self, request: Any, client_address: Any) -> None:
        """In the thread of its request, so that a slow handshake holds nobody up."""
        if self.relay.certificate:
            request = self.relay.certificate.wrap_socket(request, server_side=True)
        try:
            super().finish_request(request, client_address)
        finally:
            request.close()


@contextmanager
def relayed(folder: Path) -> Iterator[Relay]:
    """A relay, before the server behind it has started: PUBLIC_URL names the relay's port."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    with serving(_Server(_Passing)) as server:
        server.relay = Relay(server.server_port, authority, folder / "authority.pem")
        server.relay.well()
        yield server.relay


def without(headers: Headers, *names: str) -> Headers:
    """Headers but for these, whose names are in lower case."""
    return [(name, value) for name, value in headers if name.lower() not in names]
