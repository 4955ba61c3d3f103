"""What a webhook answered, read as Twilio reads it."""

from dataclasses import dataclass, field
from xml.etree import ElementTree


@dataclass(frozen=True)
class Delivered:
    """One message that the answer sends; without `to` it goes back to the sender."""

    body: str
    to: str | None = None
    media_urls: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """The HTTP answer to one text: its status, `Set-Cookie` headers and body."""

    status: int
    content: bytes = field(repr=False)
    set_cookies: tuple[str, ...] = field(default=(), repr=False)

    @property
    def messages(self) -> list[Delivered]:
        """The messages of the TwiML; none where the answer is no 200 or no TwiML."""
        if self.status != 200:
            return []
        try:
            document = ElementTree.fromstring(self.content)
        except ElementTree.ParseError:
            return []
        return [_delivered(element) for element in document.iter("Message")]


def _delivered(message: ElementTree.Element) -> Delivered:
    body = message.find("Body")
    text = message.text if body is None else body.text
    media = tuple((each.text or "").strip() for each in message.iter("Media"))
    return Delivered(text or "", message.get("to"), media)
