"""Send requests to the application one by one, and check the responses."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.etree import ElementTree

from tests.evidence.fuzz.application import Log
from tests.evidence.fuzz.raw_request import RawRequest
from tests.recording_flow import RECORDED, SAID

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

STATUSES = frozenset({200, 400, 403, 404, 405, 413, 414, 431, 503})
"""The statuses in the contract's table, except 500."""
OVER_A_LIMIT = "needs a document of", "needs a cookie of"
"""The log messages about a reply or session that is too large: only these are a 500."""
BEYOND_THE_SIGNATURE = frozenset({200, 400, 404, 503})
SLOWEST = 1.0
"""The maximal seconds for a request."""
RETRY = SLOWEST / 4
"""Seconds after which a request is measured twice more, because the machine is shared."""
EXAMPLES = 20
"""The number of findings that are kept; further ones are only counted."""


class Answer(NamedTuple):
    """A response; the status 0 means that there was none."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    seconds: float


@dataclass
class Counts:
    """The results. `reached` requests passed the signature check, `remembered` gave a recording
    flow its memory, and `found` are requests with an error.
    """

    inputs: int = 0
    reached: int = 0
    remembered: int = 0
    refused: int = 0
    lost: int = 0
    mixed: int = 0
    let_in: int = 0
    over_a_limit: int = 0
    otherwise: int = 0
    slowest: float = 0.0
    slowest_size: int = 0
    found: list[tuple[str, bytes]] = field(default_factory=list)

    def find(self, name: str, what: str, raw: bytes) -> None:
        """Count an error in the response to a request."""
        setattr(self, name, getattr(self, name) + 1)
        if len(self.found) < EXAMPLES:
            self.found.append((what, raw))

    def time(self, seconds: float, size: int) -> None:
        if seconds > self.slowest:
            self.slowest, self.slowest_size = seconds, size


class Checker:
    """Sends requests to an application with the recording flows, checks and counts."""

    def __init__(self, application: "WSGIApplication", log: Log) -> None:
        self._application, self._log = application, log
        self.counts = Counts()

    def send(self, request: RawRequest) -> Answer:
        """Send a request, check and count the response, and return it."""
        counts = self.counts
        answer = self._answer(request)
        for _ in range(2):
            if answer.seconds > RETRY:
                again = self._answer(request)
                answer = again if again.seconds < answer.seconds else answer
        reached = self._is_beyond_the_signature(request, answer)
        counts.inputs += 1
        counts.reached += reached
        counts.remembered += any(turn.session for turn in RECORDED)
        counts.over_a_limit += self._is_over_a_limit(answer)
        counts.refused += not reached and 400 <= answer.status < 500
        counts.time(answer.seconds, len(request.as_http()))
        if reached and not request.is_signed:
            counts.find("let_in", f"let in with status {answer.status}", request.as_http())
        for name, what in self._faults(request, answer):
            counts.find(name, what, request.as_http())
        return answer

    def _answer(self, request: RawRequest) -> Answer:
        started: list[Any] = []
        RECORDED.clear()
        self._log.clear()
        environ = request.as_environ()
        begun = time.perf_counter()
        try:
            body = b"".join(self._application(environ, partial(_start, started)))
        except Exception as error:
            return Answer(0, [], type(error).__name__.encode(), time.perf_counter() - begun)
        spent = time.perf_counter() - begun
        return Answer(int(started[0][:3]), started[1], body, spent)

    def _is_beyond_the_signature(self, request: RawRequest, answer: Answer) -> bool:
        """Whether a request reached a flow, or got a response that reveals which flows exist."""
        if RECORDED or {"turn", "fallback"} & set(self._log.events):
            return True
        if self._is_over_a_limit(answer):
            return True
        path = request.target.partition(b"?")[0]
        is_health = path in (b"/healthz", b"/health") and request.method in (b"GET", b"HEAD")
        return answer.status in BEYOND_THE_SIGNATURE and not is_health

    def _is_over_a_limit(self, answer: Answer) -> bool:
        text = "".join(self._log.lines)
        return answer.status == 500 and any(each in text for each in OVER_A_LIMIT)

    def _faults(self, request: RawRequest, answer: Answer) -> Iterator[tuple[str, str]]:
        """Return the errors, each with the name of its count."""
        if not answer.status or (not answer.body and request.method != b"HEAD"):
            yield "lost", f"no answer: {answer.body.decode()}"
        elif answer.status not in STATUSES and not self._is_over_a_limit(answer):
            yield "otherwise", f"status {answer.status}: {self._log.lines[-1:]}"
        if answer.seconds > SLOWEST:
            yield "otherwise", f"{answer.seconds:.1f} s"
        if answer.status != 500 and not all(line.isprintable() for line in self._log.lines):
            yield "otherwise", "a line of the log has a character that is not printable"
        for name, value in answer.headers:
            if not (name + value).isascii() or not (name + value).isprintable():
                yield "otherwise", f"the header {name} is not valid"
        if any(turn.is_mixed_up for turn in RECORDED):
            yield "mixed", "a memory of another conversation"
        if answer.status == 200 and answer.body.startswith(b"<"):
            yield from _misread(answer.body)


def _start(kept: list[Any], *started: Any) -> Any:
    kept.extend(started)


def _misread(document: bytes) -> Iterator[tuple[str, str]]:
    """Whether an XML parser reads a text other than the flow's reply."""
    try:
        read = "".join(ElementTree.fromstring(document).itertext())
    except ElementTree.ParseError:
        yield "otherwise", "not XML"
        return
    for turn in RECORDED:
        if read != "".join(filter(_is_char, turn.message.body[:SAID])):
            yield "otherwise", "another text than the flow replied"


def _is_char(each: str) -> bool:
    """Whether XML 1.0 can contain a character (section 2.2)."""
    if each < " ":
        return each in "\t\n\r"
    return not "\ud800" <= each <= "\udfff" and each not in "\ufffe\uffff"
