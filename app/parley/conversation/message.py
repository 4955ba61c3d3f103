"""An inbound SMS or MMS."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from parley.conversation.masking import masked


@dataclass(frozen=True, slots=True, repr=False)
class Media:
    """A picture, sound or file of a message: its URL at Twilio, and its MIME type."""

    url: str
    content_type: str = ""

    def __repr__(self) -> str:
        return "Media(…)"


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """An inbound message, as Twilio describes it.

    `from_` and `to` are addresses: E.164 (`+15551230000`), a short code, an alphanumeric sender or
    a channel address (`whatsapp:+1555…`). `parameters` has every parameter of the request by
    Twilio's name (`ProfileName`, `FromCity`), read-only; the first value of a repeated one.
    """

    sid: str
    from_: str
    to: str
    body: str = ""
    media: tuple[Media, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __repr__(self) -> str:
        return (
            f"Message({masked(self.from_)} to {masked(self.to)}: "
            f"{len(self.body)} characters, {len(self.media)} media)"
        )
