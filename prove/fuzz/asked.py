"""A request as the fuzzer changes it: the bytes of an HTTP request, read as far as they go."""

import io
import re
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from gunicorn.util import split_request_uri, unquote_to_wsgi_str

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# What gunicorn lets no application see: it refuses such a request by itself.
_NOT_IN_TARGET = re.compile(rb"[^\x21-\x7e]+")
_NOT_IN_TOKEN = re.compile(rb"[^!#$%&'*+.^`|~0-9A-Za-z-]+")
_NOT_IN_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]+")

Headers = tuple[tuple[bytes, bytes], ...]


class Asked(NamedTuple):
    """One request. Every sequence of bytes is one: what HTTP cannot hold is left out."""

    method: bytes
    target: bytes
    headers: Headers
    body: bytes

    @classmethod
    def read(cls, raw: bytes) -> "Asked":
        head, _, body = raw.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        method, _, rest = first.partition(b" ")
        target = rest.removesuffix(b" HTTP/1.1")
        pairs = (line.partition(b":") for line in lines)
        headers = ((_NOT_IN_TOKEN.sub(b"", name), value) for name, _, value in pairs)
        kept = [
            (name, _NOT_IN_VALUE.sub(b"", value).strip(b" \t")) for name, value in headers if name
        ]
        return cls(
            _NOT_IN_TOKEN.sub(b"", method) or b"GET",
            _NOT_IN_TARGET.sub(b"", target) or b"/",
            tuple(kept),
            body,
        )

    def as_http(self) -> bytes:
        lines = [b"%b %b HTTP/1.1" % (self.method, self.target)]
        lines += [b"%b: %b" % each for each in self.headers]
        return b"\r\n".join([*lines, b"", b""]) + self.body

    def header(self, name: bytes) -> bytes:
        """The value of a header; of several of one name, joined as gunicorn does."""
        values = [value for each, value in self.headers if each.lower() == name.lower()]
        if name.lower() == b"content-type":
            return values[-1] if values else b""
        return b",".join(values)

    def with_header(self, name: bytes, value: bytes) -> "Asked":
        """The same request with one header of this name, or with none where the value is empty."""
        others = [each for each in self.headers if each[0].lower() != name.lower()]
        return self._replace(headers=(*others, *([(name, value)] if value else [])))

    def as_environ(self) -> "WSGIEnvironment":
        """The request as gunicorn hands it to an application."""
        target, path, query = self.target.decode("latin-1"), "", ""
        with suppress(ValueError):  # gunicorn refuses such a target by itself
            parts = split_request_uri(target)
            path, query = unquote_to_wsgi_str(parts.path), parts.query
        environ: WSGIEnvironment = {}
        for name, value in self.headers:
            key = f"HTTP_{name.decode().upper().replace('-', '_')}"
            said = value.decode("latin-1")
            environ[key] = f"{environ[key]},{said}" if key in environ else said
        for known in ("CONTENT_LENGTH", "TRANSFER_ENCODING", "CONTENT_TYPE"):
            environ.pop(f"HTTP_{known}", None)
        if kind := self.header(b"Content-Type"):
            environ["CONTENT_TYPE"] = kind.decode("latin-1")
        return {
            **environ,
            "CONTENT_LENGTH": str(len(self.body)),
            "REQUEST_METHOD": self.method.decode("latin-1"),
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "RAW_URI": target,
            "QUERY_STRING": query,
            "REMOTE_ADDR": "127.0.0.1",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(self.body),
            "wsgi.input_terminated": True,
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
