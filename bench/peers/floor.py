"""The floor of the job: signature, cookie and answer by hand, raw WSGI, nothing else."""

import base64
import hmac
import os
import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

URL = os.environ["PUBLIC_URL"]
TOKEN = os.environ["TWILIO_AUTH_TOKEN"].encode()
SECRET = os.environ["SESSION_SECRET"].encode()
FOUR_HOURS = 14_400


def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    form = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()
    pairs = sorted(parse_qsl(form, keep_blank_values=True))
    signed = URL + environ["RAW_URI"] + "".join([name + value for name, value in pairs])
    mac = hmac.digest(TOKEN, signed.encode(), "sha1")
    given = environ.get("HTTP_X_TWILIO_SIGNATURE", "")
    if not hmac.compare_digest(base64.b64encode(mac), given.encode()):
        start_response("403 Forbidden", [("Content-Length", "0")])
        return []
    count = remembered(environ.get("HTTP_COOKIE", ""))
    text = f"Your current count is {count}" if count else "Hello, thanks for the new message!"
    answer = (
        f'<?xml version="1.0" encoding="UTF-8"?><Response><Message>{text}</Message></Response>'
    ).encode()
    cookie = f"floor={sealed(count + 1)}; Path=/; HttpOnly; Secure; Max-Age={FOUR_HOURS}"
    start_response(
        "200 OK",
        [
            ("Content-Type", "text/xml; charset=utf-8"),
            ("Content-Length", str(len(answer))),
            ("Set-Cookie", cookie),
        ],
    )
    return [answer]


def sealed(count: int) -> str:
    """Expiry, count and their MAC."""
    content = f"{int(time.time()) + FOUR_HOURS}.{count}"
    return f"{content}.{mac_of(content)}"


def mac_of(content: str) -> str:
    return base64.urlsafe_b64encode(hmac.digest(SECRET, content.encode(), "sha256")).decode()


def remembered(header: str) -> int:
    """The count in our cookie; 0 where there is none that we sealed and that still lasts."""
    name, _, value = header.partition("=")
    content, _, mac = value.rpartition(".")
    if name != "floor" or not hmac.compare_digest(mac_of(content), mac):
        return 0
    expiry, _, count = content.partition(".")
    return int(count) if int(expiry) > time.time() else 0
