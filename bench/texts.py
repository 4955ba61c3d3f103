"""The texts that every peer is sent: signed, of 20 parameters like Twilio's, and the same each run.

A lot of `pairs` conversations of `turns` texts each, drawn from a seed: each text has a MessageSid
and a body of its own, each conversation a number of its own. The conversations go on side by side,
so that no two texts in a row are of one of them.
"""

import io
import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PUBLIC_URL = "https://sms.example.com"
TOKEN = "0123456789abcdef" * 2
SECRET = "a secret that protects nothing but a measurement"
SETTINGS = {"PUBLIC_URL": PUBLIC_URL, "TWILIO_AUTH_TOKEN": TOKEN, "SESSION_SECRET": SECRET}
PATH = "/sms/counter"
APP = "+15559870002"
WORDS = ("yes", "no", "maybe", "at", "eight", "bring", "cake", "and", "the", "blue", "umbrella")
PLACES = {"City": "SAN FRANCISCO", "State": "CA", "Zip": "94105", "Country": "US"}


class Text(NamedTuple):
    """One signed text: its path, its headers but for the cookie, and its body as a form."""

    path: str
    from_: str
    headers: dict[str, str]
    body: bytes

    def as_http(self, cookie: str = "", *, keep_alive: bool = True) -> bytes:
        """The request as it travels, with the cookie of its conversation."""
        headers = {**self.headers, "Content-Length": str(len(self.body))}
        if cookie:
            headers["Cookie"] = cookie
        if not keep_alive:
            headers["Connection"] = "close"
        lines = [
            f"POST {self.path} HTTP/1.1",
            *(f"{name}: {said}" for name, said in headers.items()),
        ]
        return "\r\n".join([*lines, "", ""]).encode() + self.body

    def as_environ(self, cookie: str = "") -> "WSGIEnvironment":
        """The request as gunicorn hands it to an application."""
        environ: WSGIEnvironment = {
            f"HTTP_{name.upper().replace('-', '_')}": said for name, said in self.headers.items()
        }
        environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE")
        if cookie:
            environ["HTTP_COOKIE"] = cookie
        return {
            **environ,
            "CONTENT_LENGTH": str(len(self.body)),
            "REQUEST_METHOD": "POST",
            "SCRIPT_NAME": "",
            "PATH_INFO": self.path,
            "RAW_URI": self.path,
            "QUERY_STRING": "",
            "REMOTE_ADDR": "127.0.0.1",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "https",
            "wsgi.input": io.BytesIO(self.body),
            "wsgi.input_terminated": True,
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }


def conversations(pairs: int, turns: int, *, seed: int = 16) -> Iterator[list[Text]]:
    """For each turn the texts of all pairs."""
    lots = random.Random(seed)
    numbers = [f"+1555{number:07}" for number in lots.sample(range(10_000_000), pairs)]
    for _ in range(turns):
        yield [signed(form(number, said(lots), lots)) for number in numbers]


def said(lots: random.Random) -> str:
    """A few words and a number."""
    return " ".join([*lots.choices(WORDS, k=4), f"{lots.randrange(10**6):06}"])


def form(from_: str, body: str, lots: random.Random) -> dict[str, str]:
    """The 20 parameters of one text."""
    sid = f"SM{lots.getrandbits(128):032x}"
    parameters = {"ToCountry": "US", "MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid}
    parameters |= {"NumMedia": "0", "NumSegments": "1", "SmsStatus": "received", "Body": body}
    parameters |= {f"From{part}": where for part, where in PLACES.items()}
    parameters |= {f"To{part}": where for part, where in PLACES.items()}
    parameters |= {"From": from_, "To": APP, "ApiVersion": "2010-04-01"}
    parameters |= {"AccountSid": f"AC{1:032x}", "MessagingServiceSid": f"MG{2:032x}"}
    assert len(parameters) == 20
    return parameters


def signed(parameters: dict[str, str], path: str = PATH) -> Text:
    """The text with these parameters, signed by Twilio's own library."""
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC_URL + path, parameters)
    token = parameters["MessageSid"][2:]
    headers = {
        "Host": PUBLIC_URL.removeprefix("https://"),
        "User-Agent": "TwilioProxy/1.1",
        "Accept": "*/*",
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "X-Twilio-Signature": str(signature),
        "X-Home-Region": "us1",
        "X-Forwarded-Proto": "https",  # of the proxy, without which the tutorial refuses all
        "I-Twilio-Idempotency-Token": "-".join(
            [token[:8], token[8:12], token[12:16], token[16:20], token[20:]]
        ),
    }
    return Text(path, parameters["From"], headers, urlencode(parameters).encode())
