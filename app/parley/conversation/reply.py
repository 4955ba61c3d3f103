"""What we say, and what we remember next."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.conversation.session import Session

_FORGOTTEN = Session()


class NoMessage(TypeError):
    """Something in a reply that is neither text nor Outgoing; the message says of what type."""


@dataclass(frozen=True, slots=True, repr=False)
class Outgoing:
    """One message of a reply; without `to` it goes back to whoever texted.

    `media_urls` are URLs that Twilio fetches; `status_callback` is the URL that Twilio tells what
    became of the message.
    """

    body: str = ""
    to: str | None = None
    media_urls: tuple[str, ...] = ()
    status_callback: str | None = None

    def __repr__(self) -> str:
        return f"Outgoing({len(self.body)} characters, {len(self.media_urls)} media)"


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Reply:
    """Messages to send and the session to remember: `Reply("Hello", session=next_session)`.

    An empty session forgets the conversation, and so does a reply that names none. No message at
    all means that nothing is sent. `note` is for the log of the turn: a reason in the author's
    words, with nothing of the person or the message in it. Raises NoMessage for one that is
    neither text nor Outgoing.
    """

    messages: tuple[Outgoing, ...]
    session: Session
    note: str | None

    def __init__(
        self, *messages: str | Outgoing, session: Session = _FORGOTTEN, note: str | None = None
    ) -> None:
        object.__setattr__(self, "messages", tuple(_outgoing(messages)))
        object.__setattr__(self, "session", session)
        object.__setattr__(self, "note", note)

    def __repr__(self) -> str:
        return f"Reply({len(self.messages)} messages, {self.session!r})"


def _outgoing(messages: Iterable[Any]) -> Iterable[Outgoing]:
    for message in messages:
        if isinstance(message, Outgoing):
            yield message
        elif isinstance(message, str):
            yield Outgoing(message)
        else:
            raise NoMessage(f"a reply says str or Outgoing, not {type(message).__name__}")
