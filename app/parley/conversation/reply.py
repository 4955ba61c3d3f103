"""What we say, and what we remember next."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from parley.conversation.session import Session

_FORGOTTEN = Session()


class NoMessage(TypeError):
    """Something in a reply that is neither text nor Outgoing; the message says of what type."""


@dataclass(frozen=True, slots=True, repr=False)
class Outgoing:
    """One message of a reply; without `to` it goes back to the sender.

    `media_urls` are URLs that Twilio fetches; `status_callback` is the URL that Twilio tells what
    became of the message. `from_` is the address that sends it, by default the one that was
    texted. A message to another channel needs an address of that channel.
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
    """Messages to send and the session to remember: `Reply("Hello", session=next_session)`.

    An empty session forgets the conversation, and so does a reply that names none. No message at
    all means that nothing is sent. `note` is for the log of the turn: a reason in the author's
    words, with nothing of the person or the message in it. `goto` names the flow that goes on with
    the conversation, where a number has several flows. `later` is for scripts: what happens if no
    text comes; None leaves that as it was. Raises NoMessage for one that is neither text nor
    Outgoing.
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
    """A reply that hands the conversation over to another flow: `return goto("directory")`.

    The messages are sent before what that flow says first.
    """
    return Reply(*messages, goto=flow)


def _outgoing(messages: Iterable[Any]) -> Iterable[Outgoing]:
    for message in messages:
        if isinstance(message, Outgoing):
            yield message
        elif isinstance(message, str):
            yield Outgoing(message)
        else:
            raise NoMessage(f"a reply says str or Outgoing, not {type(message).__name__}")
