"""The page's view of a conversation, as JSON values."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.dom import minidom
from xml.parsers.expat import ExpatError

from parley.http_client import Request, Response
from parley.simulator.carrier import Sent
from parley.simulator.cookie_jar import CookieJar
from parley.simulator.curl import curl
from parley.simulator.delivery import Delivery
from parley.simulator.history import Failure
from parley.simulator.page.copied_test import conversation, copied_test
from parley.simulator.page.phone import MENU, Phone
from parley.simulator.reported_errors import TwilioError
from parley.simulator.signed_text import FORM, GET
from parley.twilio.facts import COOKIE_BYTES, COOKIE_SECONDS

RETRIEVAL = 11200
"""The code of an error that the server itself can explain."""


def state(phone: Phone, given: Mapping[str, str]) -> dict[str, Any]:
    """Return all data that the page shows of one number's conversation."""
    simulator, pair = phone.simulator, (given["from"], given["to"])
    history, (from_, to) = simulator.history, pair
    jar = simulator.jar(*pair, keep=False)  # reading must not change anything
    failures = history.failures
    return {
        "changes": history.changes,
        "ahead": round(simulator.moved_on),
        "flow": phone.flow_of(to),
        "has_database": phone.has_database,
        "opted_out": pair in simulator.carrier.opted_out,
        "threads": [thread(phone, *each) for each in list(simulator.threads)],
        "messages": [
            message(phone, each, from_, failures.get(each.sid))
            for each in list(simulator.threads.get(pair, ()))
        ],
        "deliveries": [
            delivery(each, phone.auth_token, failures.get(each.parameters["MessageSid"]))
            for each in list(simulator.deliveries.get(pair, ()))
        ],
        "cookie": cookie(phone, jar, given["flow"], *pair),
        "routing": phone.routing(to, given["service"]) if given["flow"] == MENU else None,
        **copies(phone, pair),
    }


def thread(phone: Phone, from_: str, to: str) -> dict[str, Any]:
    return {"from": from_, "to": to, "flow": phone.flow_of(to)}


def copies(phone: Phone, pair: tuple[str, str]) -> dict[str, str]:
    """Return the conversation as a test, and as a transcript."""
    prefix = urlsplit(phone.public_url).path
    copied = conversation(list(phone.simulator.history.steps.get(pair, ())), prefix)
    settings: dict[str, str] = {}
    for each in copied:
        settings |= phone.settings_of(each.flow)
    return {
        "test": copied_test(copied, *pair, settings),
        "transcript": "\n".join(line for each in copied for line in each.lines),
    }


def message(phone: Phone, sent: Sent, mine: str, failure: Failure | None) -> dict[str, Any]:
    """Return one bubble; `mine` is the number of the shown phone, `failure` why it failed."""
    return {
        "key": sent.number,
        "side": "event" if sent.is_event else "mine" if sent.from_ == mine else "theirs",
        "from": sent.from_,
        "to": sent.to,
        "sid": sent.sid,
        "body": sent.body,
        "at": round(1_000 * sent.at),
        "media": list(sent.media_urls),
        "segments": dict(phone.segments(sent.body)),
        "status": sent.status,
        "error": error(sent.error) if sent.error else None,
        "failure": asdict(failure) if failure else None,
    }


def error(problem: TwilioError) -> dict[str, Any]:
    return problem._asdict()


def delivery(done: Delivery, auth_token: str, failure: Failure | None) -> dict[str, Any]:
    """Return every request with its response, and the errors that Twilio reports."""
    return {
        "key": f"{done.at}-{done.parameters['MessageSid']}",
        "at": round(1_000 * done.at),
        "body": done.parameters["Body"],
        "attempts": [attempt(request, answer, auth_token) for request, answer in done.attempts],
        "receipts": [attempt(request, answer, auth_token) for request, answer in done.receipts],
        "errors": [explained(each, done, failure) for each in done.errors],
    }


def explained(problem: TwilioError, done: Delivery, failure: Failure | None) -> dict[str, Any]:
    """Return an error with the server's own explanation instead of the advice to look for it."""
    told = error(problem)
    refused = [each for _, each in done.attempts if each and each.status >= 400]
    if problem.code == RETRIEVAL and failure:
        told["advice"] = failure.sentence
    elif problem.code == RETRIEVAL and refused:
        told["advice"] = refused[0].content.decode(errors="replace").strip()[:500]
    return told


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
    """Format TwiML with a line for each element; return anything else unchanged."""
    text = content.decode(errors="replace")
    try:
        document = minidom.parseString(content)  # noqa: S318  # expat itself limits entities
        # With text in it, an element is written in one line: its white space is part of the text.
        return document.toprettyxml(indent="  ").strip()
    except (ExpatError, ValueError, LookupError, RecursionError):
        return text


def cookie(phone: Phone, jar: CookieJar, flow: str, from_: str, to: str) -> dict[str, Any] | None:
    """Return the decoded cookie of the next text; None without a cookie."""
    header = jar.header()
    if not header:
        return None
    left = max(jar.expiries().values()) - phone.simulator.now()
    return {
        "header": header,
        "size": len(header.encode()),
        "largest": COOKIE_BYTES,
        "seconds_left": max(0, int(left)),
        "seconds_at_most": COOKIE_SECONDS,
        **phone.open_cookie(header, flow, from_, to),
    }
