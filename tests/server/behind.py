"""nginx and Caddy as configured in docs/deploy.md: real programs, real TLS, on loopback.

Each configuration is taken from the guide. The values that a reader has to set there (addresses,
certificate, folders) are in one place for each proxy: READER_SETS in the two tests.
"""

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import trustme
from werkzeug.test import TestResponse

from parley.http_client import Request
from tests.server.running import ROOT, clean_environ, process
from tests.webhook import response, target_of

DOMAIN = "sms.example.com"
GUIDE = (ROOT / "docs/deploy.md").read_text()


def recipe(title: str) -> str:
    """Return the block of the guide whose first line ends with this title."""
    found = re.findall(rf"^```\w+ {re.escape(title)}\n(.*?)^```$", GUIDE, re.M | re.S)
    assert len(found) == 1, f"the guide has {len(found)} blocks with the title {title}"
    return str(found[0])


def as_set(recipe: str, reader_sets: Mapping[str, str]) -> str:
    """Insert the reader's values into a configuration; each must occur in it."""
    for written, own in reader_sets.items():
        assert written in recipe, f"not in the configuration: {written}"
        recipe = recipe.replace(written, own)
    return recipe


def program(name: str) -> str | None:
    """Return the path of a proxy; Debian installs nginx in a folder that is only in root's PATH."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


@cache
def authority() -> trustme.CA:
    return trustme.CA()


def write_certificate(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for the domain and its key to files."""
    issued = authority().issue_cert(DOMAIN)
    chain, key = folder / "fullchain.pem", folder / "privkey.pem"
    chain.write_bytes(b"".join(part.bytes() for part in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    return chain, key


@cache
def trusting() -> ssl.SSLContext:
    """Trust the certificate for this domain and no other name, as Twilio does."""
    context = ssl.create_default_context()
    authority().configure_trust(context)
    return context


@dataclass(frozen=True)
class Answer:
    """A response, received through the proxy."""

    status: int
    text: str
    headers: http.client.HTTPMessage

    @property
    def cookie(self) -> str:
        return str(self.headers["Set-Cookie"] or "").partition(";")[0]


@dataclass(frozen=True)
class Proxy:
    """A running proxy: its port, and the folder of its logs."""

    port: int
    plain_port: int
    folder: Path

    @contextmanager
    def connected(self) -> Iterator[ssl.SSLSocket]:
        """Open a TLS connection to the domain."""
        with (
            socket.create_connection(("127.0.0.1", self.port), timeout=15) as plain,
            trusting().wrap_socket(plain, server_hostname=DOMAIN) as connection,
        ):
            yield connection

    def send(self, raw: bytes) -> Answer:
        """Send a request, byte for byte, and return everything that comes back."""
        with self.connected() as connection:
            connection.sendall(raw)
            return answer(connection)

    def ask(
        self, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        return self.send(raw(method, target, body, headers))

    def send_request(self, request: Request) -> TestResponse:
        """Send a request by TLS, and return its response."""
        heard = self.ask(request.method, target_of(request), request.body, request.headers)
        return response(heard.status, list(heard.headers.items()), heard.text.encode())

    def log(self) -> str:
        """Return everything that the proxy has written to its folder."""
        files = [each for each in self.folder.rglob("*.log") if each.is_file()]
        return "".join(each.read_text(errors="replace") for each in files)


def raw(
    method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> bytes:
    """Return the bytes of a request, with the domain as its host."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {DOMAIN}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def answer(connection: socket.socket) -> Answer:
    """Return the response that arrives on a connection."""
    response = http.client.HTTPResponse(connection)
    response.begin()
    return Answer(response.status, response.read().decode(), response.headers)


@contextmanager
def started(command: list[str], proxy: Proxy, **environment: str) -> Iterator[Proxy]:
    """Run a proxy until the end of the block, and stop it by its process ID."""
    environ = clean_environ(**environment)
    with (
        (proxy.folder / "output.log").open("wb") as output,
        process(command, proxy.folder, output, env=environ) as running,
    ):
        _wait_until_it_listens(proxy, running)
        yield proxy


def _wait_until_it_listens(proxy: Proxy, process: subprocess.Popen[bytes]) -> None:
    for _ in range(400):
        assert process.poll() is None, f"it ended during startup:\n{proxy.log()}"
        try:
            with proxy.connected():
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"it does not listen:\n{proxy.log()}")
