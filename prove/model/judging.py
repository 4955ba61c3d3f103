"""Whether what a server answered is what the model says."""

from dataclasses import dataclass, field
from http.cookies import SimpleCookie

from app.phone import answers
from app.phone.exchange import Response
from prove.model.expected import Expected, Model
from prove.model.network import Passed

REMOVED = ("", "0")


@dataclass
class Tally:
    """How often what has happened."""

    turns: int = 0
    opened: int = 0
    """Turns whose cookie was good for its memory."""
    unopened: int = 0
    """Turns with cookies of which none was."""
    refused: int = 0
    lost: int = 0
    mixed: int = 0
    let_in: int = 0
    deployed: int = 0
    seen: set[str] = field(default_factory=set)
    """The names of the flows that have answered."""


class Disagreement(AssertionError):
    """The server says something else than the model."""


def judge(passed: Passed, model: Model, now: float, tally: Tally) -> str:
    """What its sender must read of one answer, where it was right; a cookie given is noted.

    Raises Disagreement.
    """
    text = passed.text
    expected = model.expects(text, passed.server, now)
    response = passed.response
    _compare(response, expected, tally)
    if response.status == 200 and text.flow != "fallback":
        tally.turns += 1
        tally.opened += expected.opened
        tally.unopened += bool(text.cookies) and not expected.opened
        tally.seen.add(text.flow)
    if expected.memory is not None and expected.lasting:
        value, _ = cookie(response) or REMOVED
        model.is_given(value, text, passed.server, now, expected.memory)
    return expected.reading


def _compare(response: Response, expected: Expected, tally: Tally) -> None:
    if response.status != expected.status:
        tally.lost += 1
        raise Disagreement(f"status {response.status}, not {expected.status}")
    if expected.status != 200:
        return
    answer = answers.read(response)
    reading = "\n".join(each.body for each in answer.messages)
    if answer.errors or (expected.reading and not reading):
        tally.lost += 1
        raise Disagreement(f"nothing is read, but should: {expected.reading!r}; {answer.errors}")
    if reading != expected.reading:
        tally.mixed += 1
        raise Disagreement(f"read is {reading!r}, not {expected.reading!r}")
    given = cookie(response)
    lasting = None if given is None else int(given[1])
    if lasting != expected.lasting:
        tally.mixed += 1
        raise Disagreement(f"the cookie is given for {lasting}, not {expected.lasting} seconds")


def cookie(response: Response) -> tuple[str, str] | None:
    """The value and the Max-Age of the one cookie that an answer sets; None where it sets none."""
    headers = response.set_cookies
    if not headers:
        return None
    (header,) = headers
    morsel = SimpleCookie(header)["parley"]
    return morsel.value, morsel["max-age"]
