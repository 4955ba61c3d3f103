"""What the page shows of a conversation, as JSON values."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.dom import minidom
from xml.parsers.expat import ExpatError

from app.phone.carrier import Sent
from app.phone.curl import FORM, GET, curl
from app.phone.delivery import Delivery
from app.phone.errors import TwilioError
from app.phone.exchange import Request, Response
from app.phone.jar import FOUR_HOURS, CookieJar

LARGEST_COOKIE = 4_096

OpenCookie = Callable[[str, str, str, str], Mapping[str, Any]]
"""`(cookie header, flow, from, to)` -> `{"remembered": …}` or `{"reason": …}`."""
Segments = Callable[[str], Mapping[str, Any]]
"""`text` -> `{"encoding": …, "count": …, "units": …, "forcing": […]}`."""


def message(sent: Sent, mine: str, segments: Segments) -> dict[str, Any]:
    """One bubble; `mine` is the number whose phone is looked at."""
    return {
        "side": "mine" if sent.from_ == mine else "theirs",
        "from": sent.from_,
        "body": sent.body,
        "media": list(sent.media_urls),
        "segments": dict(segments(sent.body)),
        "error": error(sent.error) if sent.error else None,
    }


def error(problem: TwilioError) -> dict[str, Any]:
    return problem._asdict()


def delivery(done: Delivery, auth_token: str) -> dict[str, Any]:
    """Every request with its answer, and the errors earned."""
    return {
        "attempts": [attempt(request, answer, auth_token) for request, answer in done.attempts],
        "errors": [error(each) for each in done.errors],
    }


def attempt(request: Request, response: Response | None, auth_token: str) -> dict[str, Any]:
    query = urlsplit(request.url).query
    coded = request.body.decode() if request.method == "POST" else query
    parameters = dict(parse_qsl(coded, keep_blank_values=True))
    kind = FORM if request.method == "POST" else GET
    url = request.url if kind == FORM else request.url.partition("?")[0]
    try:
        command = curl(url, parameters, auth_token, request.headers.get("Cookie", ""), kind)
    except ValueError as problem:
        command = f"# {problem}"
    return {
        "method": request.method,
        "url": request.url,
        "headers": request.headers,
        "parameters": parameters,
        "curl": command,
        "answer": answer(response) if response else None,
    }


def answer(response: Response) -> dict[str, Any]:
    return {
        "status": response.status,
        "milliseconds": round(response.milliseconds, 1),
        "type": response.header("Content-Type"),
        "document": pretty(response.content),
    }


def pretty(content: bytes) -> str:
    """TwiML with a line for each element; anything else as it is."""
    text = content.decode(errors="replace")
    try:
        document = minidom.parseString(content)  # noqa: S318  # expat bounds entities by itself
        # With text in it, an element is written in one line: its white space is part of the text.
        return document.toprettyxml(indent="  ").strip()
    except (ExpatError, ValueError, LookupError, RecursionError):
        return text


def cookie(
    jar: CookieJar, now: float, flow: str, from_: str, to: str, open_cookie: OpenCookie
) -> dict[str, Any] | None:
    """The cookie that goes along with the next text, opened; None where there is none."""
    header = jar.header()
    if not header:
        return None
    left = max(jar.expiries().values()) - now
    return {
        "header": header,
        "size": len(header.encode()),
        "largest": LARGEST_COOKIE,
        "seconds_left": max(0, int(left)),
        "seconds_at_most": FOUR_HOURS,
        **open_cookie(header, flow, from_, to),
    }
