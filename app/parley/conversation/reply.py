"""The reply to a message, and the next session."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from parley.conversation.session import Session

_FORGOTTEN = Session()


class NoMessage(TypeError):
    """Raised for a value in a reply that is neither str nor Outgoing; the message has its type."""


@dataclass(frozen=True, slots=True, repr=False)
class Outgoing:
    """One message of a reply; without `to` it goes back to the sender.

    `media_urls` are URLs that Twilio fetches; `status_callback` is the URL to which Twilio reports
    the delivery. `from_` is the sending address; the default is the one that received the text. A
    message to another channel needs an address of that channel.
    """

    body: str = ""
    to: str | None = None
    media_urls: tuple[str, ...] = ()
    status_callback: str | None = None
    from_: str | None = None

    def __post_init__(self) -> None:
        if isinstance(self.media_urls, str):
            raise NoMessage(
                "media_urls of Outgoing is one text: write a tuple, `media_urls=(url,)`"
            )
        if not isinstance(self.to, str | None):
            kind = type(self.to).__name__
            raise NoMessage(f'to of Outgoing is {kind}: write a text, `to="+15551230000"`')

    def __repr__(self) -> str:
        return f"Outgoing({len(self.body)} characters, {len(self.media_urls)} media)"


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Reply:
    """The messages to send, and the next session: `Reply("Hello", session=next_session)`.

    An empty session, or a reply without one, ends the conversation. Without messages, nothing is
    sent. `note` is for the log of the turn; it must not contain personal data. `goto` names the
    flow that continues the conversation, if the number has several flows. `later` is for scripts:
    the follow-ups; None keeps the current ones. Raises NoMessage for a message that is neither str
    nor Outgoing.
    """

    messages: tuple[Outgoing, ...]
    session: Session
    note: str | None
    goto: str | None
    later: tuple[Any, ...] | None

    def __init__(
        self,
        *messages: str | Outgoing,
        session: Session = _FORGOTTEN,
        note: str | None = None,
        goto: str | None = None,
        later: tuple[Any, ...] | None = (),
    ) -> None:
        object.__setattr__(self, "messages", tuple(_outgoing(messages)))
        object.__setattr__(self, "session", session)
        object.__setattr__(self, "note", note)
        object.__setattr__(self, "goto", goto)
        object.__setattr__(self, "later", later)

    def __repr__(self) -> str:
        return f"Reply({len(self.messages)} messages, {self.session!r})"


def goto(flow: str, *messages: str | Outgoing) -> Reply:
    """Return a reply that passes the conversation to another flow: `return goto("directory")`.

    The messages are sent before that flow's first reply.
    """
    return Reply(*messages, goto=flow)


def _outgoing(messages: Iterable[Any]) -> Iterable[Outgoing]:
    for message in messages:
        if isinstance(message, Outgoing):
            yield message
        elif isinstance(message, str):
            yield Outgoing(message)
        else:
            raise NoMessage(f"a reply takes str or Outgoing, not {type(message).__name__}")
