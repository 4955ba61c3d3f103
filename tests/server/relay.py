"""A proxy with HTTPS on a free port of 127.0.0.1, in front of a Parley server.

It forwards requests and responses unchanged, or changes them as a test specifies. The certificate
and the changes can be replaced while it runs.
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
    """The relay's port and certificate, its server, and the changes that it makes."""

    port: int
    authority: trustme.CA
    bundle: Path
    """The authority's certificate, for SSL_CERT_FILE."""
    behind: int = 0
    """The port of the server, which speaks plain HTTP."""
    certificate: ssl.SSLContext | None = None
    """None means plain HTTP."""
    forward: Callable[[Headers], Headers] = list
    """Changes the headers of a request."""
    back: Callable[[Answer], Answer] = lambda answer: answer
    """Changes a response."""
    kept: frozenset[str] = frozenset()
    """Paths that the platform does not forward: it responds with its own 404."""
    asked: list[tuple[str, str, Headers]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    """The received requests, and the time of each."""

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def certified(self, *names: str, days: float = 90, authority: trustme.CA | None = None) -> None:
        """Use a certificate for these hosts that expires in some days, or has expired."""
        ends = datetime.now(UTC) + timedelta(days=days, hours=1)
        issued = (authority or self.authority).issue_cert(
            *names, not_before=ends - timedelta(days=365), not_after=ends
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issued.configure_cert(context)
        self.certificate = context

    def well(self) -> None:
        """Reset all changes."""
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
        """Handshake in the request's thread, so that a slow one does not delay other requests."""
        if self.relay.certificate:
            request = self.relay.certificate.wrap_socket(request, server_side=True)
        try:
            super().finish_request(request, client_address)
        finally:
            request.close()


@contextmanager
def relayed(folder: Path) -> Iterator[Relay]:
    """Run a relay before its server starts, because PUBLIC_URL contains the relay's port."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    with serving(_Server(_Passing)) as server:
        server.relay = Relay(server.server_port, authority, folder / "authority.pem")
        server.relay.well()
        yield server.relay


def without(headers: Headers, *names: str) -> Headers:
    """Return the headers without these, whose names are in lower case."""
    return [(name, value) for name, value in headers if name.lower() not in names]
