"""Twilio's side, for tests and the benchmark: sends signed texts, in process or over HTTP."""

import http.client
import io
import itertools
import json
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit
from xml.etree import ElementTree

from flask.testing import FlaskClient
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, TestResponse
from werkzeug.wrappers import Request as WerkzeugRequest

from parley.http_client import Request
from parley.simulator.signed_text import FORM, GET, signed_text
from parley.simulator.signing import sign, with_body_hash

PUBLIC_URL = "https://sms.example.com"
TOKEN = "12345678901234567890123456789012"
SECRET = "a session secret of at least 32 characters"
SETTINGS = {"PUBLIC_URL": PUBLIC_URL, "TWILIO_AUTH_TOKEN": TOKEN, "SESSION_SECRET": SECRET}
DEVELOPMENT = {**SETTINGS, "PARLEY_MODE": "development", "PUBLIC_URL": "http://127.0.0.1:8000"}
ALICE = "+15551230001"
APP = "+15559870002"

Send = Callable[[Request], TestResponse]

_sids = itertools.count(1)


def development(port: int) -> dict[str, str]:
    """Return the settings of a development server on a port of this machine."""
    return {**DEVELOPMENT, "PUBLIC_URL": f"http://127.0.0.1:{port}"}


def message(body: str = "hi", *, from_: str = ALICE, to: str = APP, **more: Any) -> dict[str, Any]:
    """Return the parameters of one inbound text."""
    sid = f"SM{next(_sids):032x}"
    required = {"MessageSid": sid, "From": from_, "To": to, "Body": body, "NumMedia": "0"}
    return {**required, "ToCity": "", "AccountSid": f"AC{'0' * 32}", **more}


def signature(url: str, form: dict[str, Any] | None = None, token: str = TOKEN) -> str:
    """Return the signature, computed by Twilio's own library."""
    return sign(url, form or {}, token)


def target_of(request: Request) -> str:
    """Return the request target: the part after the host, byte for byte."""
    rest = request.url.partition("://")[2]
    return rest[rest.index("/") :] if "/" in rest else "/"


def environ_of(
    method: str, target: str, headers: Iterable[tuple[str, str]], body: bytes = b""
) -> dict[str, Any]:
    """Return the request as gunicorn passes it to an application."""
    path = query = ""
    with suppress(ValueError):  # gunicorn itself rejects such a target
        parts = urlsplit(f".{target}" if target.startswith("//") else target)
        path, query = parts.path[target.startswith("//") :], parts.query
    environ: dict[str, Any] = {}
    for name, value in headers:
        key = f"HTTP_{name.upper().replace('-', '_')}"
        environ[key] = f"{environ[key]},{value}" if key in environ else value
        if key == "HTTP_CONTENT_TYPE":
            environ["CONTENT_TYPE"] = value
    for known in ("CONTENT_LENGTH", "TRANSFER_ENCODING", "CONTENT_TYPE"):
        environ.pop(f"HTTP_{known}", None)
    return {
        **environ,
        "CONTENT_LENGTH": str(len(body)),
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path.encode("latin-1")).decode("latin-1"),
        "RAW_URI": target,
        "QUERY_STRING": query,
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def as_http(request: Request, *, keep_alive: bool = True) -> bytes:
    """Return the bytes of the request on the wire."""
    host = request.url.partition("://")[2].partition("/")[0]
    headers = {"Host": host, **request.headers, "Content-Length": str(len(request.body))}
    if not keep_alive:
        headers["Connection"] = "close"
    lines = [f"{request.method} {target_of(request)} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + request.body


def raw_text(flow: str = "counter", body: str = "hi", *, keep_alive: bool = False) -> bytes:
    """Return the bytes of one signed text whose connection is closed after the response."""
    request = signed_text(f"{PUBLIC_URL}/sms/{flow}", message(body), TOKEN)
    return as_http(request, keep_alive=keep_alive)


def in_process(client: FlaskClient) -> Send:
    """Return a function that sends requests to the application of a test client."""

    def send(request: Request) -> TestResponse:
        headers = request.headers.items()
        environ = environ_of(request.method, target_of(request), headers, request.body)
        return client.open(WerkzeugRequest(environ))

    return send


def over_http(port: int, timeout: float = 15) -> Send:
    """Return a function that sends requests to a server on this machine, one per connection."""

    def send(request: Request) -> TestResponse:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)) as connection:
            body = request.body or None
            connection.request(request.method, target_of(request), body, request.headers)
            answer = connection.getresponse()
            return response(answer.status, answer.getheaders(), answer.read())

    return send


def response(status: int, headers: list[tuple[str, str]], body: bytes) -> TestResponse:
    """Convert a response received over HTTP into one of the test client's."""
    request = EnvironBuilder().get_request()
    return TestResponse([body], str(status), Headers(headers), request)


@dataclass
class Twilio:
    """Texts an application from one number to another: in process, or over HTTP."""

    client: Any
    """A FlaskClient, or a function that sends a request."""
    from_: str = ALICE
    to: str = APP
    public_url: str = PUBLIC_URL
    cookie: str = field(default="", repr=False)

    def send(self, request: Request, **headers: str) -> TestResponse:
        """Send a request with more headers, without using the cookie jar."""
        prefix = urlsplit(self.public_url).path  # a proxy strips it
        url = request.url.replace(f"{self.public_url}/", f"{self.public_url.removesuffix(prefix)}/")
        request = replace(request, url=url)
        send = in_process(self.client) if isinstance(self.client, FlaskClient) else self.client
        return send(replace(request, headers={**request.headers, **headers}))

    def post(self, path: str, form: dict[str, Any], **headers: str) -> TestResponse:
        """Send one signed form, exactly as given."""
        return self.send(signed_text(self.public_url + path, form, TOKEN, kind=FORM), **headers)

    def get(self, target: str, **headers: str) -> TestResponse:
        """Send one signed GET of a raw target."""
        return self.send(signed_text(self.public_url + target, {}, TOKEN, kind=GET), **headers)

    def post_json(self, path: str, value: Any, **headers: str) -> TestResponse:
        """Send one signed JSON body, with `bodySHA256` in its URL."""
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        url = with_body_hash(self.public_url + path, body)
        request = replace(signed_text(url, {}, TOKEN, kind=GET), method="POST", body=body)
        return self.send(request, **{"Content-Type": "application/json", **headers})

    def text(self, flow: str, body: str = "hi", **more: Any) -> TestResponse:
        """Send one text of a conversation with the jar's cookie, and store the response's."""
        form = message(body, from_=self.from_, to=self.to, **more)
        headers = {"Cookie": self.cookie} if self.cookie else {}
        response = self.post(f"/sms/{flow}", form, **headers)
        for set_cookie in response.headers.getlist("Set-Cookie"):
            pair, _, attributes = set_cookie.partition("; ")
            self.cookie = "" if "Max-Age=0" in attributes.split("; ") else pair
        return response

    def hears(self, flow: str, body: str = "hi", **more: Any) -> str:
        """Return the reply to one text, one message per line."""
        response = self.text(flow, body, **more)
        assert response.status_code == 200, response.text
        return "\n".join(said(response))


def said(response: TestResponse) -> list[str]:
    """Return the messages of a reply as transcript lines, read by an independent XML parser.

    `text`, `(to +1555…) text` if it goes to another number, and `[URL]` for each picture.
    """
    document = ElementTree.fromstring(response.data)
    assert document.tag == "Response"
    lines = []
    for message in document.findall("Message"):
        to, body = message.get("to"), message.find("Body")
        text = (message.text if body is None else body.text) or ""
        lines.append(f"(to {to}) {text}" if to else text)
        lines += [f"[{media.text}]" for media in message.findall("Media")]
    return lines
