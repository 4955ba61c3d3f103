"""What a webhook answered, read as Twilio reads it."""

from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from app.phone.errors import TwilioError, error
from app.phone.exchange import Response

LARGEST = 64_000
XML_TYPES = frozenset({"text/xml", "application/xml"})
_ATTRIBUTES = frozenset({"to", "from", "action", "method", "statusCallback"})


@dataclass(frozen=True, repr=False)
class Delivered:
    """One message that the answer sends; without `to` it goes back to the sender."""

    body: str
    to: str | None = None
    media_urls: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """The messages of an answer, where it redirects to, and the errors that it earns."""

    messages: tuple[Delivered, ...] = ()
    redirect: tuple[str, str] | None = None
    """Method and URL of a `<Redirect>`."""
    errors: tuple[TwilioError, ...] = ()


def read(response: Response) -> Answer:
    """What Twilio makes of an answer; one that it cannot use sends nothing and earns an error."""
    if not 200 <= response.status < 300:
        return Answer(errors=(error(11200, f"status {response.status}"),))
    if not response.content:
        return Answer()
    if len(response.content) > LARGEST:
        return Answer(errors=(error(11750),))
    content_type = response.header("Content-Type").partition(";")[0].strip().lower()
    if content_type not in XML_TYPES:
        return Answer(errors=(error(12300, content_type or "none"),))
    try:
        root = ElementTree.fromstring(response.content)
    except (ElementTree.ParseError, ValueError, LookupError) as problem:
        return Answer(errors=(error(12100, str(problem)),))
    if root.tag != "Response":
        return Answer(errors=(error(12200, f"<{root.tag}>"),))
    return _obeyed(root)


def _obeyed(root: Element) -> Answer:
    messages, redirect = [], None
    odd = [error(12200, "text outside of a message")] if (root.text or "").strip() else []
    for verb in root:
        if verb.tag == "Message":
            odd += [error(12200, why) for why in _schema(verb)]
            messages.append(_delivered(verb))
        elif verb.tag == "Redirect":
            method = verb.get("method", "POST").upper()
            if method not in ("GET", "POST"):
                odd.append(error(12200, "a <Redirect> by another method than GET and POST"))
                break
            redirect = (method, (verb.text or "").strip())
            break  # what stands behind it is never reached
        else:
            odd.append(error(12200, f"<{verb.tag}>"))
    return Answer(tuple(messages), redirect, tuple(odd))


def _schema(message: Element) -> list[str]:
    unknown = [
        f"<{each.tag}> in <Message>" for each in message if each.tag not in ("Body", "Media")
    ]
    return unknown + [f"the attribute {name}" for name in set(message.keys()) - _ATTRIBUTES]


def _delivered(message: Element) -> Delivered:
    body = message.find("Body")
    text = message.text if body is None else body.text
    media = tuple((each.text or "").strip() for each in message.findall("Media"))
    return Delivered(text or "", message.get("to"), media)
