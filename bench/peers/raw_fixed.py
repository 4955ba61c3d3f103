"""The least there can be: raw WSGI, always the same answer, nothing read and nothing checked."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

ANSWER = (
    b'<?xml version="1.0" encoding="UTF-8"?>'
    b"<Response><Message>Hello, thanks for the new message!</Message></Response>"
)


def app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    length = str(len(ANSWER))
    start_response("200 OK", [("Content-Type", "text/xml"), ("Content-Length", length)])
    return [ANSWER]
