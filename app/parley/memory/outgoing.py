"""Writing messages to the outbox, in the transaction of the turn or timer that sends them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from parley.conversation import Outgoing
from parley.conversation.follow_ups import LATE
from parley.memory import outbox_statements as sql
from parley.memory.database import Connection, Statement, Values

START, MESSAGE = "start", "message"
"""Kinds of messages besides those of timers: the first question of a script that the server begins,
and messages to others."""
AT_ONCE = frozenset({MESSAGE, LATE})
"""Kinds that may be sent at any hour, because the person has just texted."""


@dataclass(frozen=True, kw_only=True)
class ToSend:
    """A message to send; `version` is that of its conversation, if it has one.

    `data` is used once it was sent: `lifetime` is how many seconds a script that begins with it
    waits for an answer.
    """

    person: str = field(repr=False)
    number: str = field(repr=False)
    body: str = field(repr=False)
    media_urls: Sequence[str] = field(default=(), repr=False)
    flow: str | None = None
    version: int | None = None
    kind: str = MESSAGE
    after: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)


def addressed(messages: Sequence[Outgoing], person: str, number: str) -> list[ToSend]:
    """Return messages for a person, from a number of ours, unless they name others."""
    return [
        ToSend(
            person=each.to or person,
            number=each.from_ or number,
            body=each.body,
            media_urls=each.media_urls,
        )
        for each in messages
    ]


def add(connection: Connection, message: ToSend, due: datetime, now: datetime) -> int:
    """Write a message to send, in the transaction of `connection`; return its id."""
    media, data = list(message.media_urls), json.dumps(dict(message.data))
    values = {**vars(message), "media_urls": media, "data": data, "due": due, "now": now}
    ((id_,),) = connection.execute(sql.ADD, values).fetchall()
    return int(id_)


def to_send(messages: Sequence[Outgoing], values: Values) -> list[Statement]:
    """Return the statements that write a turn's messages to the outbox, to be sent in order.

    `values` has the key of the conversation, `kind` and `now`, and its version if the messages are
    dropped when it has changed.
    """
    more = {"due": values["now"], "data": "{}"}
    return [
        (
            sql.ADD_NEXT if position else sql.ADD,
            {
                **values,
                **more,
                **({} if _is_own(each) else {"version": None, "kind": MESSAGE}),
                "person": each.to or values["person"],
                "number": each.from_ or values["number"],
                "body": each.body,
                "media_urls": list(each.media_urls),
                "after": None,
                "first": values["person"],
            },
        )
        for position, each in enumerate(messages)
    ]


def _is_own(outgoing: Outgoing) -> bool:
    """Whether a message is for the person of the conversation, from the number that was texted."""
    return outgoing.to is None and outgoing.from_ is None
