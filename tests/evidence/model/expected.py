"""The model: what each sender must read, whatever became of the cookie. It shares no code with
the server, and cannot read a cookie: it knows those again that it has seen being given.
"""

import math
import re
from typing import NamedTuple

from prove.model.readings import ORDERS, READINGS, Memory, Text

FOUR_HOURS, HALF_AN_HOUR = 14_400, 1_800
CLOCKS_APART = 5
"""Seconds by which the clock of the server that sealed may be ahead."""


class Deployed(NamedTuple):
    """One server: its secrets, newest first; which `order` it has, 0 for none; and by how many
    seconds its clock is ahead.
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
    """What a cookie is, that was given."""

    secret: str
    conversation: tuple[str, str, str]
    expiry: int
    memory: Memory


class Expected(NamedTuple):
    """The answer to one text. `lasting` is the new cookie's Max-Age, 0 where the cookie has to be
    removed, None where there must be none. `opened` is whether the memory was found.
    """

    status: int
    reading: str = ""
    memory: Memory = None
    lasting: int | None = None
    opened: bool = False


class Model:
    """All cookies that were ever given, and what they are good for."""

    def __init__(self) -> None:
        self.given: dict[str, Sealed] = {}

    def expects(self, text: Text, server: Deployed, now: float) -> Expected:
        if text.flow == "order" and not server.order:
            return Expected(404)
        memory = self.found(text, server, now)
        opened = memory is not None
        reading, memory = self._said(text, server, memory)
        if text.flow == "fallback":
            return Expected(200, reading, opened=opened)
        removed = 0 if text.cookies else None
        lasting = removed if memory is None else server.lasting(text.flow)
        return Expected(200, reading, memory, lasting, opened)

    def found(self, text: Text, server: Deployed, now: float) -> Memory:
        """What the first cookie that opens remembers; None where none does."""
        latest = server.lasting(text.flow) + CLOCKS_APART
        for value in text.cookies:
            sealed = self.given.get(value)
            if sealed is None or sealed.secret not in server.secrets:
                continue
            mine = sealed.conversation == (text.flow, text.from_, text.to)
            if mine and 0 < sealed.expiry - server.seconds(now) <= latest:
                return sealed.memory
        return None

    def is_given(
        self, value: str, text: Text, server: Deployed, now: float, memory: Memory
    ) -> None:
        """A cookie that a server has just sealed."""
        expiry = server.seconds(now) + server.lasting(text.flow)
        conversation = (text.flow, text.from_, text.to)
        self.given[value] = Sealed(server.secrets[0], conversation, expiry, memory)

    def _said(self, text: Text, server: Deployed, memory: Memory) -> tuple[str, Memory]:
        if text.body == "STOP":
            return "", None
        if text.body == "HELP" and all(
            re.fullmatch(r"\+[0-9]{8,15}", each) for each in (text.from_, text.to)
        ):
            return "", memory
        answers = ORDERS[server.order] if text.flow == "order" else READINGS[text.flow]
        return answers(memory, text)
