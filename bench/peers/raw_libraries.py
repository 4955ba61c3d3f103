"""The same job by twilio's and itsdangerous' functions, raw WSGI."""

import os
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from itsdangerous import BadData, URLSafeTimedSerializer
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

URL = os.environ["PUBLIC_URL"]
FOUR_HOURS = 14_400
validator = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"])
serializer = URLSafeTimedSerializer(os.environ["SESSION_SECRET"])


def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    form = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()
    parameters = dict(parse_qsl(form, keep_blank_values=True))
    signature = environ.get("HTTP_X_TWILIO_SIGNATURE", "")
    if not validator.validate(URL + environ["RAW_URI"], parameters, signature):
        start_response("403 Forbidden", [("Content-Length", "0")])
        return []
    count = remembered(environ.get("HTTP_COOKIE", ""))
    document = MessagingResponse()
    greeting = "Hello, thanks for the new message!"
    document.message(f"Your current count is {count}" if count else greeting)
    answer = str(document).encode()
    value = serializer.dumps({"count": count + 1})
    cookie = f"session={value}; Path=/; HttpOnly; Secure; Max-Age={FOUR_HOURS}"
    start_response(
        "200 OK",
        [
            ("Content-Type", "text/xml; charset=utf-8"),
            ("Content-Length", str(len(answer))),
            ("Set-Cookie", cookie),
        ],
    )
    return [answer]


def remembered(header: str) -> int:
    """The count in our cookie; 0 where there is none that opens."""
    name, _, value = header.partition("=")
    if name != "session":
        return 0
    try:
        return int(serializer.loads(value, max_age=FOUR_HOURS)["count"])
    except BadData:
        return 0
