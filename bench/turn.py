"""What a turn costs, beside the same turn in the usual tutorial: `make bench`.

One process, no network: the processor time of whole WSGI calls, 20 parameters each, another
MessageSid, body and cookie in every turn, Parley's log line written to nowhere. The two take turns
in rounds; the best round counts, so that what else the machine does counts least.
"""

import io
import logging
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Flask
from twilio.request_validator import RequestValidator

from app import Settings, create_app

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PUBLIC_URL = "https://sms.example.com"
TOKEN, SECRET = secrets.token_hex(16), secrets.token_urlsafe(48)
ROUNDS, TURNS = 20, 300
PLACES = [
    f"{side}{part}" for side in ("From", "To") for part in ("City", "State", "Zip", "Country")
]


@dataclass
class Sender:
    """Texts one application, and keeps its cookie."""

    app: Flask
    cookie: str = ""
    answer: bytes = b""

    def turn(self, environ: "WSGIEnvironment") -> None:
        if self.cookie:
            environ["HTTP_COOKIE"] = self.cookie
        self.answer = b"".join(self.app.wsgi_app(environ, self.started))

    def started(self, status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
        if not status.startswith("200"):
            raise SystemExit(f"{self.app.name} answers {status}")
        for name, value in headers:
            if name == "Set-Cookie":
                self.cookie = value.partition(";")[0]


def environ(number: int, path: str = "/sms/counter") -> "WSGIEnvironment":
    """One signed text of 20 parameters."""
    sid = f"SM{secrets.token_hex(16)}"
    form = {"Body": f"hi {number}", "From": "+15551230001", "To": "+15559870002", "NumMedia": "0"}
    form |= {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "NumSegments": "1"}
    form |= {"AccountSid": f"AC{'0' * 32}", "ApiVersion": "2010-04-01", "SmsStatus": "received"}
    form |= {"MessagingServiceSid": f"MG{'0' * 32}", **dict.fromkeys(PLACES, "SAN FRANCISCO")}
    body = urlencode(form).encode()
    return {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "RAW_URI": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "sms.example.com",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "application/x-www-form-urlencoded; charset=UTF-8",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_HOST": "sms.example.com",
        "HTTP_USER_AGENT": "TwilioProxy/1.1",
        "HTTP_X_TWILIO_SIGNATURE": RequestValidator(TOKEN).compute_signature(
            f"{PUBLIC_URL}{path}", form
        ),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
    }


def microseconds(sender: Sender) -> float:
    """The processor time of one turn, over a round of them."""
    environs = [environ(number) for number in range(TURNS)]
    started = time.process_time()
    for each in environs:
        sender.turn(each)
    return (time.process_time() - started) / TURNS * 1e6


def main() -> None:
    settings = {"PUBLIC_URL": PUBLIC_URL, "TWILIO_AUTH_TOKEN": TOKEN, "SESSION_SECRET": SECRET}
    with Path(os.devnull).open("w") as nowhere:
        logging.getLogger("parley").addHandler(logging.StreamHandler(nowhere))
        compare(settings)


def tutorial(settings: dict[str, str]) -> Flask:
    """The peer, which reads its settings when it is imported."""
    os.environ.update(settings)
    from bench.peers.tutorial import app

    return app


def compare(settings: dict[str, str]) -> None:
    peers = {
        "the tutorial": Sender(tutorial(settings)),
        "Parley": Sender(create_app(Settings.load(settings))),
    }
    best = dict.fromkeys(peers, float("inf"))
    for _ in range(ROUNDS):
        for name, sender in peers.items():
            best[name] = min(best[name], microseconds(sender))
    texts = {sender.answer.partition(b"<Message>")[2] for sender in peers.values()}
    if len(texts) != 1:
        raise SystemExit("the two do not answer alike")
    for name, spent in best.items():
        ratio = spent / best["the tutorial"]
        print(f"{name:14} {spent:7.0f} µs of processor time a turn   {ratio:.2f}")


if __name__ == "__main__":
    main()
