"""The other side, for tests: signs with Twilio's own library, and keeps the pair's cookie."""

import itertools
import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

PUBLIC_URL = "https://sms.example.com"
TOKEN = "12345678901234567890123456789012"
SECRET = "a session secret of at least 32 characters"
ALICE = "+15551230001"
APP = "+15559870002"

_sids = itertools.count(1)


def message(body: str = "hi", *, from_: str = ALICE, to: str = APP, **more: Any) -> dict[str, Any]:
    """The parameters of one inbound text."""
    sid = f"SM{next(_sids):032x}"
    required = {"MessageSid": sid, "From": from_, "To": to, "Body": body, "NumMedia": "0"}
    return {**required, "ToCity": "", "AccountSid": f"AC{'0' * 32}", **more}


def signature(url: str, form: dict[str, Any] | None = None, token: str = TOKEN) -> str:
    """The signature that Twilio's own library computes."""
    signer = RequestValidator(token)
    # The library joins the values of a repeated name only for multi-dictionaries.
    signed = (
        _Repeating(form or {}) if any(isinstance(v, list) for v in (form or {}).values()) else form
    )
    return str(signer.compute_signature(url, signed or {}))


class _Repeating(dict[str, Any]):
    def getlist(self, name: str) -> list[str]:
        value = self[name]
        return value if isinstance(value, list) else [value]


@dataclass
class Twilio:
    """Texts the application under test, as one number to another."""

    client: FlaskClient
    from_: str = ALICE
    to: str = APP
    public_url: str = PUBLIC_URL
    cookie: str = field(default="", repr=False)

    def post(self, path: str, form: dict[str, Any], **headers: str) -> TestResponse:
        """One signed form post, exactly as given; the jar stays out of it."""
        signed = {"X-Twilio-Signature": signature(self.public_url + path, form), **headers}
        return self.client.open(
            path,
            method="POST",
            data=urlencode(form, doseq=True),
            content_type="application/x-www-form-urlencoded",
            headers=signed,
            environ_overrides={"RAW_URI": path},
        )

    def get(self, target: str, **headers: str) -> TestResponse:
        """One signed GET of a raw target."""
        signed = {"X-Twilio-Signature": signature(self.public_url + target), **headers}
        return self.client.get(target, headers=signed, environ_overrides={"RAW_URI": target})

    def post_json(self, path: str, value: Any, **headers: str) -> TestResponse:
        """One signed JSON post, with `bodySHA256` in its URL."""
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        joint = "&" if "?" in path else "?"
        target = f"{path}{joint}bodySHA256={sha256(body).hexdigest()}"
        signed = {"X-Twilio-Signature": signature(self.public_url + target), **headers}
        return self.client.post(
            target,
            data=body,
            content_type="application/json",
            headers=signed,
            environ_overrides={"RAW_URI": target},
        )

    def text(self, flow: str, body: str = "hi", **more: Any) -> TestResponse:
        """One text of a conversation: the jar's cookie goes along, and the answer's is kept."""
        form = message(body, from_=self.from_, to=self.to, **more)
        headers = {"Cookie": self.cookie} if self.cookie else {}
        response = self.post(f"/sms/{flow}", form, **headers)
        for set_cookie in response.headers.getlist("Set-Cookie"):
            pair, _, attributes = set_cookie.partition("; ")
            self.cookie = "" if "Max-Age=0" in attributes.split("; ") else pair
        return response

    def hears(self, flow: str, body: str = "hi", **more: Any) -> str:
        """What the answer to one text says, its messages on a line each."""
        response = self.text(flow, body, **more)
        assert response.status_code == 200, response.text
        return "\n".join(said(response))


def said(response: TestResponse) -> list[str]:
    """The messages of an answer as lines of a transcript, read by an independent XML parser.

    `text`, `(to +1555…) text` where it goes to somebody else, and `[URL]` for each picture.
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


def play(twilio: Twilio, flow: str, transcript: str, **first: Any) -> None:
    """Hold the conversation that a transcript tells: `>` is texted, `<` must be the answer.

    `first` are more parameters of the first text.
    """
    texts = [line for line in transcript.strip().splitlines() if line.strip()]
    told = [line.strip() for line in texts]
    heard: list[str] = []
    for line in told:
        if line.startswith(">"):
            heard.append(line)
            answer = twilio.hears(flow, line[1:].strip().replace("\\n", "\n"), **first)
            first = {}
            heard.extend(f"< {each}".rstrip() for each in answer.splitlines())
    assert heard == told


def longest_path(twilio: Twilio, flow: str, *texts: str) -> int:
    """How many bytes of the 4,096 the largest cookie takes while these texts are answered.

    Give the longest answers that the flow takes; name, value and attributes are counted.
    """
    cookies = [twilio.text(flow, body).headers.get("Set-Cookie", "") for body in texts]
    return max(len(cookie) for cookie in cookies)
