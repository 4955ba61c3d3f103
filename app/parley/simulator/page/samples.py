"""Sample messages: reactions, automatic replies, contact cards, buttons, keywords.

Each has the parameters that Twilio sends
(https://www.twilio.com/docs/messaging/guides/webhook-request).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

WHATSAPP = "whatsapp:"
CARD, PICTURE = "contact.vcf", "picture.jpg"
"""Files of the page."""
DRIVING = (
    "I’m driving with Do Not Disturb turned on. I’ll see your message when I get where I’m going."
)
URGENT = (
    "(I’m not receiving notifications. If this is urgent, reply “urgent” to send a notification "
    "through with your original message.)"
)
OUT_OF_OFFICE = "Automatic reply: I am out of the office until Monday. I will answer when I return."

Fields = Callable[[str], dict[str, str]]


def _none(_typed: str) -> dict[str, str]:
    return {}


@dataclass(frozen=True)
class Sample:
    """A prepared message: in `body`, `{last}` is the last message, `{typed}` the typed text.

    `parameters` returns additional ones for the typed text. Only WhatsApp sends samples with
    `is_whatsapp`.
    """

    label: str
    body: str = ""
    parameters: Fields = field(default=_none)
    is_card: bool = False
    is_whatsapp: bool = False


def _button(typed: str) -> dict[str, str]:
    label = typed or "1"
    return {"MessageType": "interactive", "ButtonText": label, "ButtonPayload": label}


def _list_item(typed: str) -> dict[str, str]:
    label = typed or "1"
    return {"MessageType": "interactive", "ListTitle": label, "ListId": label}


def _location(_typed: str) -> dict[str, str]:
    place = {"Latitude": "52.5163", "Longitude": "13.3777", "Label": "Brandenburg Gate"}
    return {"MessageType": "location", **place, "Address": "Pariser Platz, Berlin"}


def _opt_out_type(kind: str) -> Fields:
    return lambda _typed: {"OptOutType": kind}


SAMPLES: dict[str, dict[str, Sample]] = {
    "Reactions": {
        "liked": Sample("Like", "Liked “{last}”"),
        "unliked": Sample("Like removed", "Removed a like from “{last}”"),
        "laughed": Sample("😂", "Reacted 😂 to “{last}”"),
        "unlaughed": Sample("😂 removed", "Removed a 😂 from “{last}”"),
    },
    "Automatic replies": {
        "driving": Sample("Driving", DRIVING),
        "urgent": Sample("Notifications are off", URGENT),
        "out-of-office": Sample("Out of the office", OUT_OF_OFFICE),
    },
    "Attachments": {
        "card": Sample("Contact card", is_card=True),
        "location": Sample("Location", parameters=_location, is_whatsapp=True),
    },
    "Courtesies": {
        "thanks": Sample("Thanks", "Thanks!"),
        "bye": Sample("Goodbye", "Bye, have a nice day"),
    },
    "Buttons": {
        "button": Sample("Button", "{typed}", _button, is_whatsapp=True),
        "list": Sample("Item of a list", "{typed}", _list_item, is_whatsapp=True),
    },
    "Opt-out": {
        "please-stop": Sample("Please stop", "Please stop texting me"),
        "no-more": Sample("No more messages, in Spanish", "No me envíen más mensajes"),
        "start": Sample("START", "START"),
        "yes": Sample("YES", "YES"),
        "type-stop": Sample("STOP, Advanced Opt-Out", "STOP", _opt_out_type("STOP")),
        "type-own": Sample("Own word, Advanced Opt-Out", "Enough", _opt_out_type("STOP")),
        "type-start": Sample("START, Advanced Opt-Out", "START", _opt_out_type("START")),
        "type-help": Sample("HELP, Advanced Opt-Out", "HELP", _opt_out_type("HELP")),
    },
}
"""By group, in the order of the menu."""

BY_NAME = {name: each for group in SAMPLES.values() for name, each in group.items()}
