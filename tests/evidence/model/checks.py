"""Compare a server's response with the model's expectation."""

from dataclasses import dataclass, field
from http.cookies import SimpleCookie

from parley.http_client import Response
from parley.simulator import twiml
from tests.evidence.model.expected import Expected, Model
from tests.evidence.model.network import Exchange


@dataclass
class Counts:
    """The numbers of events; `opened` are turns with a cookie that opened, `unopened` turns with
    only cookies that did not.
    """

    turns: int = 0
    opened: int = 0
    unopened: int = 0
    refused: int = 0
    lost: int = 0
    mixed: int = 0
    let_in: int = 0
    deployed: int = 0
    flows: set[str] = field(default_factory=set)


class Disagreement(AssertionError):
    """The server's response is not what the model expects."""


def check(exchange: Exchange, model: Model, now: float, counts: Counts) -> str:
    """Compare a response, record the cookie that it sets, and return the expected text.

    Raises Disagreement.
    """
    text, response = exchange.text, exchange.response
    expected = model.expects(text, exchange.server, now)
    _compare(response, expected, counts)
    if response.status == 200 and text.flow != "fallback":
        counts.turns += 1
        counts.opened += expected.opened
        counts.unopened += bool(text.cookies) and not expected.opened
        counts.flows.add(text.flow)
    if expected.memory is not None and expected.lasting and (given := cookie(response)):
        model.remember(given[0], text, exchange.server, now, expected.memory)
    return expected.text


def _compare(response: Response, expected: Expected, counts: Counts) -> None:
    if response.status != expected.status:
        counts.lost += 1
        raise Disagreement(f"status {response.status}, not {expected.status}")
    if expected.status != 200:
        return
    answer = twiml.read(response)
    text = "\n".join(each.body for each in answer.messages)
    if answer.errors or (expected.text and not text):
        counts.lost += 1
        raise Disagreement(f"no text instead of {expected.text!r}; {answer.errors}")
    given = cookie(response)
    lasting = None if given is None else int(given[1])
    if (text, lasting) != (expected.text, expected.lasting):
        counts.mixed += 1
        raise Disagreement(
            f"{text!r} and a cookie for {lasting} s, not {expected.text!r} and {expected.lasting} s"
        )


def cookie(response: Response) -> tuple[str, str] | None:
    """Return the value and the Max-Age of the one cookie in a response; None without a cookie."""
    if not response.set_cookies:
        return None
    (header,) = response.set_cookies
    morsel = SimpleCookie(header)["parley"]
    return morsel.value, morsel["max-age"]
