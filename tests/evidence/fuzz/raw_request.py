"""A request that the fuzzer changes, and whether Twilio's library would sign it like this."""

import re
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs

from twilio.request_validator import get_signature_algorithm

from parley.simulator.signing import HMAC_SHA1, HMAC_SHA256, sign
from tests.webhook import PUBLIC_URL, TOKEN, environ_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from parley.http_client import Request

SHARED_KEY = "a shared key that signs nothing but this"
SECRETS = {HMAC_SHA1: TOKEN, HMAC_SHA256: SHARED_KEY}
SIGNATURE, SETTINGS = b"X-Twilio-Signature", b"X-Twilio-Webhooks-Signature-Settings"
FORM = b"application/x-www-form-urlencoded"

# gunicorn rejects requests with these bytes itself.
_NOT_IN_TARGET = re.compile(rb"[^\x21-\x7e]+")
_NOT_IN_TOKEN = re.compile(rb"[^!#$%&'*+.^`|~0-9A-Za-z-]+")
_NOT_IN_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]+")


class RawRequest(NamedTuple):
    """A request as bytes; parts that HTTP cannot express are dropped when it is read."""

    method: bytes
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @classmethod
    def read(cls, raw: bytes) -> "RawRequest":
        head, _, body = raw.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        method, _, rest = first.partition(b" ")
        pairs = (line.partition(b":") for line in lines)
        headers = ((_NOT_IN_TOKEN.sub(b"", name), value) for name, _, value in pairs)
        kept = [
            (name, _NOT_IN_VALUE.sub(b"", value).strip(b" \t")) for name, value in headers if name
        ]
        target = _NOT_IN_TARGET.sub(b"", rest.removesuffix(b" HTTP/1.1"))
        return cls(_NOT_IN_TOKEN.sub(b"", method) or b"GET", target or b"/", tuple(kept), body)

    @classmethod
    def of(cls, request: "Request") -> "RawRequest":
        """Return the same request without the host in its target."""
        target = request.url.removeprefix(PUBLIC_URL).encode()
        headers = ((name.encode(), value.encode()) for name, value in request.headers.items())
        return cls(request.method.encode(), target, tuple(headers), request.body)

    def as_http(self) -> bytes:
        lines = [b"%b %b HTTP/1.1" % (self.method, self.target)]
        lines += [b"%b: %b" % each for each in self.headers]
        return b"\r\n".join([*lines, b"", b""]) + self.body

    def as_environ(self) -> "WSGIEnvironment":
        headers = [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in self.headers
        ]
        method, target = self.method.decode("latin-1"), self.target.decode("latin-1")
        return environ_of(method, target, headers, self.body)

    def header(self, name: bytes) -> bytes:
        """Return the value of a header; several with this name are joined as in gunicorn."""
        values = [value for each, value in self.headers if each.lower() == name.lower()]
        if name.lower() == b"content-type":
            return values[-1] if values else b""
        return b",".join(values)

    def with_header(self, name: bytes, value: bytes) -> "RawRequest":
        """Return the request with one header of this name, or without it if the value is empty."""
        others = [each for each in self.headers if each[0].lower() != name.lower()]
        return self._replace(headers=(*others, *([(name, value)] if value else [])))

    @property
    def is_form(self) -> bool:
        return self.header(b"Content-Type").partition(b";")[0].strip().lower() == FORM

    @property
    def is_signed(self) -> bool:
        """Whether Twilio's library, with a secret of the server, signs this request like this."""
        given = self.header(SIGNATURE).decode("latin-1")
        if not self.is_form and not self._is_covered:
            return False
        return any(
            given and given == self._signature(f"{PUBLIC_URL}{port}") for port in ("", ":443")
        )

    def signed(self) -> "RawRequest":
        """Return the request with a valid signature; the URL has the hash of a non-form body."""
        request = self
        if not self.is_form and not self._is_covered:
            path, _, query = self.target.partition(b"?")
            fields = [each for each in query.split(b"&") if each and b"SHA256" not in each]
            fields = [b"bodySHA256=" + sha256(self.body).hexdigest().encode(), *fields]
            request = self._replace(target=path.partition(b"#")[0] + b"?" + b"&".join(fields))
        return request.with_header(SIGNATURE, request._signature(PUBLIC_URL).encode())

    def _signature(self, base_url: str) -> str:
        """Return the signature for a server with this URL; empty for an unknown algorithm."""
        algorithm = get_signature_algorithm(self.header(SETTINGS).decode("latin-1"))
        if algorithm not in SECRETS:
            return ""
        try:
            text = self.body.decode() if self.is_form else ""
            form = parse_qs(text, keep_blank_values=True, errors="strict")
            return sign(base_url + self.target.decode(), form, SECRETS[algorithm], algorithm)
        except UnicodeError:
            return ""

    @property
    def _is_covered(self) -> bool:
        """Whether the body is empty, or its hash is in the URL if it is not a form."""
        query = self.target.partition(b"#")[0].partition(b"?")[2].decode()
        claimed = parse_qs(query, keep_blank_values=True).get("bodySHA256")
        if claimed is None:
            return not self.body
        return claimed[0] == sha256(self.body).hexdigest()
