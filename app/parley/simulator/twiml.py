"""Parser for the TwiML of a response, like Twilio's."""

from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from parley.http_client import Response
from parley.simulator.reported_errors import TwilioError, error
from parley.twilio.facts import TWIML_BYTES

XML_TYPES = frozenset({"text/xml", "application/xml"})
_ATTRIBUTES = frozenset({"to", "from", "action", "method", "statusCallback"})


@dataclass(frozen=True, repr=False)
class Delivered:
    """A message in the TwiML; without `to` it is sent back to the sender."""

    body: str
    to: str | None = None
    media_urls: tuple[str, ...] = ()
    from_: str | None = None
    status_callback: str | None = None
    """The URL for reports about the message."""


@dataclass(frozen=True)
class Result:
    """The messages in the TwiML, its redirect, and the errors that Twilio reports."""

    messages: tuple[Delivered, ...] = ()
    redirect: tuple[str, str] | None = None
    """Method and URL of a `<Redirect>`."""
    errors: tuple[TwilioError, ...] = ()


def read(response: Response) -> Result:
    """Parse a response. An invalid one sends nothing and is reported as an error."""
    if not 200 <= response.status < 300:
        return Result(errors=(error(11200, f"status {response.status}"),))
    if not response.content:
        return Result()
    if len(response.content) > TWIML_BYTES:
        return Result(errors=(error(11750),))
    content_type = response.header("Content-Type").partition(";")[0].strip().lower()
    if content_type not in XML_TYPES:
        return Result(errors=(error(12300, content_type or "none"),))
    try:
        root = ElementTree.fromstring(response.content)
    except (ElementTree.ParseError, ValueError, LookupError) as problem:
        return Result(errors=(error(12100, str(problem)),))
    if root.tag != "Response":
        return Result(errors=(error(12200, f"<{root.tag}>"),))
    return _obeyed(root)


def _obeyed(root: Element) -> Result:
    messages, redirect = [], None
    odd = [error(12200, "text outside of a message")] if (root.text or "").strip() else []
    for verb in root:
        if verb.tag == "Message":
            odd += [error(12200, why) for why in _schema(verb)]
            messages.append(_delivered(verb))
        elif verb.tag == "Redirect":
            method = verb.get("method", "POST").upper()
            if method not in ("GET", "POST"):
                odd.append(error(12200, "a <Redirect> with a method other than GET and POST"))
                break
            redirect = (method, (verb.text or "").strip())
            break  # what follows it is never reached
        else:
            odd.append(error(12200, f"<{verb.tag}>"))
    return Result(tuple(messages), redirect, tuple(odd))


def _schema(message: Element) -> list[str]:
    unknown = [
        f"<{each.tag}> in <Message>" for each in message if each.tag not in ("Body", "Media")
    ]
    return unknown + [f"the attribute {name}" for name in set(message.keys()) - _ATTRIBUTES]


def _delivered(message: Element) -> Delivered:
    body = message.find("Body")
    text = message.text if body is None else body.text
    media = tuple((each.text or "").strip() for each in message.findall("Media"))
    callback = message.get("statusCallback")
    return Delivered(text or "", message.get("to"), media, message.get("from"), callback)
