"""The model: the text that each sender must receive in any state of the cookie. It shares no code
with the server, and cannot read a cookie: it recognizes the cookies that it has seen.
"""

import math
import re
from typing import NamedTuple

from tests.evidence.model.expected_text import (
    ANSWERS,
    EXPIRED,
    OPTED_OUT,
    ORDERS,
    Form,
    Memory,
    Text,
)

FOUR_HOURS, HALF_AN_HOUR = 14_400, 1_800
CLOCKS_APART = 5
"""Seconds by which the clock of the sealing server may be ahead."""


class Deployed(NamedTuple):
    """One server: its secrets, newest first; the version of `order`, 0 for none; and the seconds by
    which its clock is ahead.
    """

    secrets: tuple[str, ...]
    order: int = 1
    ahead: int = 0

    def lasting(self, flow: str) -> int:
        brief = flow == "brief-counter" or (flow == "order" and self.order == 2)
        return HALF_AN_HOUR if brief else FOUR_HOURS

    def seconds(self, now: float) -> int:
        return math.floor(now + self.ahead)


class Sealed(NamedTuple):
    """A cookie that a server set."""

    secret: str
    conversation: tuple[str, str, str]
    expiry: int
    memory: Memory


class Expected(NamedTuple):
    """The response to one text. `lasting` is the new cookie's Max-Age, 0 if the cookie must be
    removed, None if there must be no cookie. `opened` is whether a cookie opened.
    """

    status: int
    text: str = ""
    memory: Memory = None
    lasting: int | None = None
    opened: bool = False


class Model:
    """All cookies that were ever set, with their contents."""

    def __init__(self) -> None:
        self.given: dict[str, Sealed] = {}

    def expects(self, text: Text, server: Deployed, now: float) -> Expected:
        if text.flow == "order" and not server.order:
            return Expected(404)
        memory = self.found(text, server, now)
        opened = memory not in (None, EXPIRED)
        answer, memory = self._answered(text, server, memory)
        if text.flow == "fallback":
            return Expected(200, answer, opened=opened)
        removed = 0 if text.cookies else None
        lasting = removed if memory is None else server.lasting(text.flow)
        return Expected(200, answer, memory, lasting, opened)

    def found(self, text: Text, server: Deployed, now: float) -> Memory:
        """Return the content of the first cookie that opens. If none does: EXPIRED if the first
        would have opened at another time, otherwise None.
        """
        latest = server.lasting(text.flow) + CLOCKS_APART
        expired = None
        for number, value in enumerate(text.cookies):
            sealed = self.given.get(value)
            if sealed is None or sealed.secret not in server.secrets:
                continue
            if sealed.conversation == (text.flow, text.from_, text.to):
                if 0 < sealed.expiry - server.seconds(now) <= latest:
                    return sealed.memory
                expired = expired or (None if number else EXPIRED)
        return expired

    def remember(
        self, value: str, text: Text, server: Deployed, now: float, memory: Memory
    ) -> None:
        """Record a cookie that a server has just sealed."""
        expiry = server.seconds(now) + server.lasting(text.flow)
        conversation = (text.flow, text.from_, text.to)
        self.given[value] = Sealed(server.secrets[0], conversation, expiry, memory)

    def _answered(self, text: Text, server: Deployed, memory: Memory) -> tuple[str, Memory]:
        numbers = (text.from_, text.to)
        if all(re.fullmatch(r"\+[0-9]{8,15}", each) for each in numbers):
            if text.body == "STOP":
                return "", OPTED_OUT
            if text.body == "HELP":
                return "", None if memory == EXPIRED else memory
        memory = None if memory == OPTED_OUT else memory
        answers = ORDERS[server.order] if text.flow == "order" else ANSWERS[text.flow]
        if memory == EXPIRED and not isinstance(answers, Form):
            memory = None
        return answers(memory, text)
