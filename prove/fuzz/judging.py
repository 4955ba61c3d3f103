"""One request after the other to the application, and what must not come of any."""

import time
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from prove.fuzz.application import Heard
from prove.fuzz.asked import Asked
from prove.fuzz.counts import Answer, Counts
from prove.fuzz.signing import is_signed
from prove.fuzz.witness import REACHED, SAID, is_own

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

TABLE = frozenset({200, 400, 403, 404, 405, 413, 414, 431, 503})
"""The statuses of the contract's table but for 500."""
OVER_A_LIMIT = "makes a document of", "makes a cookie of"
"""What the log says where a flow's reply or memory is larger than may be: that alone is a 500."""
BEHIND_THE_DOOR = frozenset({200, 400, 404, 503})
SLOWEST = 1.0
"""Seconds that no request may take."""
AGAIN = SLOWEST / 4
"""Seconds after which a request is asked again, twice: a shared machine stalls now and then, and
what is slow by itself is slow again."""


class Judge:
    """Asks an application that has the witness among its flows, and counts."""

    def __init__(self, application: "WSGIApplication", heard: Heard) -> None:
        self._application = application
        self._heard = heard
        self.counts = Counts()

    def ask(self, asked: Asked) -> Answer:
        """The answer to one request, judged and counted."""
        signed, counts = is_signed(asked), self.counts
        answer = self._answer(asked)
        for _ in range(2):
            if answer.seconds > AGAIN:
                again = self._answer(asked)
                answer = again if again.seconds < answer.seconds else answer
        counts.inputs += 1
        behind = self._is_behind(asked, answer)
        counts.reached += behind
        counts.remembered += any(session for _, session in REACHED)
        counts.over_a_limit += self._is_over_a_limit(answer)
        counts.refused += not behind and 400 <= answer.status < 500
        counts.time(answer.seconds, len(asked.as_http()))
        for name, what in self._wrongs(asked, answer, is_let_in=behind and not signed):
            counts.find(name, what, asked.as_http())
        return answer

    def _answer(self, asked: Asked) -> Answer:
        started: list[Any] = []
        REACHED.clear()
        self._heard.forget()
        environ = asked.as_environ()
        begun = time.perf_counter()
        try:
            body = b"".join(self._application(environ, partial(_started, started)))
        except Exception as error:
            return Answer(0, [], type(error).__name__.encode(), time.perf_counter() - begun)
        spent = time.perf_counter() - begun
        return Answer(int(started[0][:3]), started[1], body, spent)

    def _is_behind(self, asked: Asked, answer: Answer) -> bool:
        """Whether a request came past the door: to a flow, or as far as being told of one."""
        if REACHED or {"turn", "fallback"} & set(self._heard.events):
            return True
        if self._is_over_a_limit(answer):
            return True
        is_health = asked.method == b"GET" and asked.target.partition(b"?")[0] == b"/healthz"
        return answer.status in BEHIND_THE_DOOR and not (is_health and answer.body == b"ok\n")

    def _is_over_a_limit(self, answer: Answer) -> bool:
        told = "".join(self._heard.lines)
        return answer.status == 500 and any(each in told for each in OVER_A_LIMIT)

    def _wrongs(
        self, asked: Asked, answer: Answer, *, is_let_in: bool
    ) -> Iterator[tuple[str, str]]:
        """What is wrong, by the count that it belongs to."""
        if is_let_in:
            yield "let_in", f"let in with status {answer.status}"
        if not answer.status or (not answer.body and asked.method != b"HEAD"):
            yield "lost", f"no answer: {answer.body.decode()}"
        elif answer.status not in TABLE and not self._is_over_a_limit(answer):
            yield "otherwise", f"status {answer.status}: {self._heard.lines[-1:]}"
        if answer.seconds > SLOWEST:
            yield "otherwise", f"{answer.seconds:.1f} s"
        if any(not line.isprintable() for line in self._heard.lines) and answer.status != 500:
            yield "otherwise", "a line of the log that is none"
        for name, value in answer.headers:
            if not (name + value).isascii() or not (name + value).isprintable():
                yield "otherwise", f"the header {name} is none"
        for message, session in REACHED:
            if not is_own(message, session):
                yield "mixed", "a memory of another conversation"
        if answer.status == 200 and answer.body.startswith(b"<"):
            yield from _misread(answer.body)


def _started(kept: list[Any], *said: Any) -> Any:
    kept.extend(said)


def _misread(document: bytes) -> Iterator[tuple[str, str]]:
    """Whether an XML parser reads the answer as it was meant."""
    try:
        read = "".join(ElementTree.fromstring(document).itertext())
    except ElementTree.ParseError:
        yield "otherwise", "no XML"
        return
    for message, _ in REACHED:
        if read != "".join(filter(_is_char, message.body[:SAID])):
            yield "otherwise", "another text than was meant"


def _is_char(each: str) -> bool:
    """Whether XML 1.0 can hold a character (2.2)."""
    if each < " ":
        return each in "\t\n\r"
    return not "\ud800" <= each <= "\udfff" and each not in "\ufffe\uffff"
