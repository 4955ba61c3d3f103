"""Parse a pasted request: from Twilio's debugger, a curl command, or plain lines.

Twilio's shapes: https://www.twilio.com/docs/usage/troubleshooting/debugging-event-webhooks and
https://www.twilio.com/docs/usage/monitor-alert.
"""

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from parley.twilio.parameters import FORM

SIGNATURE, SETTINGS = "x-twilio-signature", "x-twilio-webhooks-signature-settings"
_URL = re.compile(r"https?://\S+")
_REQUEST_LINE = re.compile(r"(GET|POST) (/\S*|https?://\S+)( HTTP/\S+)?")
_HEADER = re.compile(r"([A-Za-z][A-Za-z0-9-]*):\s*(.*)")
_FORM = re.compile(r"[^=&\s]+=[^&\s]*(&[^=&\s]+=[^&\s]*)+")
_HOW = (
    "Paste the URL in one line, then the parameters, Name=value in each line, and "
    "X-Twilio-Signature: …; or the JSON of Twilio's debugger, or a curl command."
)


@dataclass
class PastedRequest:
    """A parsed request; the names of headers are in lower case."""

    url: str = field(default="", repr=False)
    method: str = "POST"
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def signature(self) -> str:
        return self.headers.get(SIGNATURE, "")

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", FORM) if self.body else ""


def read_pasted(text: str) -> PastedRequest:
    """Parse a request. Raises ValueError, with what to paste, if there is none."""
    text = text.strip()
    if text.startswith("{"):
        found = _of_debugger(text)
    elif text.startswith("curl "):
        found = _of_curl(text)
    else:
        found = _of_lines(text.splitlines())
    if not _URL.fullmatch(found.url):
        raise ValueError(f"There is no URL in it. {_HOW}")
    return found


def _of_debugger(text: str) -> PastedRequest:
    """Parse an event of the debugger's webhook, its payload, or an alert of the Monitor API."""
    try:
        event = json.loads(text)
        payload = event.get("Payload", event)
        payload = json.loads(payload) if isinstance(payload, str) else payload
    except (ValueError, RecursionError):
        raise ValueError(f"It begins like JSON, but is not JSON. {_HOW}") from None
    asked = _mapping(_mapping(_mapping(payload).get("webhook")).get("request"))
    asked = asked or {
        "url": event.get("request_url"),
        "method": event.get("request_method"),
        "parameters": event.get("request_variables"),
        "headers": event.get("request_headers"),
    }
    method = str(asked.get("method") or "POST").upper()
    found = PastedRequest(str(asked.get("url") or ""), method)
    found.headers = {name.lower(): value for name, value in _pairs(asked.get("headers"))}
    return _with_parameters(found, _pairs(asked.get("parameters")))


def _of_curl(text: str) -> PastedRequest:
    """Parse a curl command of `parley curl` or the page."""
    try:
        words = shlex.split(text.replace("\\\n", " "))[1:]
    except ValueError:
        raise ValueError(f"The curl command has an open quotation mark. {_HOW}") from None
    found = PastedRequest()
    pairs: list[tuple[str, str]] = []
    for option, value in zip(words, [*words[1:], ""], strict=True):
        if option in ("-H", "--header"):
            name, _, rest = value.partition(":")
            found.headers[name.strip().lower()] = rest.strip()
        elif option in ("--data-urlencode", "-d", "--data"):
            pairs.append(_pair(value))
        elif option == "--data-raw":
            found.body = value.encode()
        elif option in ("-X", "--request"):
            found.method = value.upper()
        elif _URL.fullmatch(option):
            found.url = option
    return _with_parameters(found, pairs)


def _of_lines(lines: Iterable[str]) -> PastedRequest:
    """Parse a URL or a request line, then headers and parameters in any order."""
    found, path = PastedRequest(), ""
    pairs: list[tuple[str, str]] = []
    for line in filter(None, map(str.strip, lines)):
        if first := _REQUEST_LINE.fullmatch(line):
            found.method, path = first[1], first[2]
        elif _URL.fullmatch(line):
            path = path or line
        elif header := _HEADER.fullmatch(line):
            found.headers[header[1].lower()] = header[2]
        elif _FORM.fullmatch(line):
            pairs += parse_qsl(line, keep_blank_values=True)
        elif "=" in line:
            pairs.append(_pair(line))
    is_path = path.startswith("/")
    found.url = f"https://{found.headers.get('host', '')}{path}" if is_path else path
    return _with_parameters(found, pairs)


def _with_parameters(found: PastedRequest, pairs: Iterable[tuple[str, str]]) -> PastedRequest:
    coded = urlencode(list(pairs))
    if found.method == "GET":
        if coded and "?" not in found.url:
            found.url += f"?{coded}"
    elif coded:
        found.body = coded.encode()
    return found


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _pairs(value: Any) -> list[tuple[str, str]]:
    """Return the pairs of an object, or of `name=value&…`; a list is a repeated name."""
    if isinstance(value, str):
        return parse_qsl(value, keep_blank_values=True)
    return [
        (name, str(one))
        for name, each in _mapping(value).items()
        for one in (each if isinstance(each, list) else [each])
    ]


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value
