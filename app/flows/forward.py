from typing import Annotated

from parley import Message, Outgoing, PhoneNumber, Reply, Session, SettingType, Switch
from parley.conversation.understanding import what_is

from ._phone_numbers import (
    addressed,
    begins_like_a_number,
    channel_of,
    is_allowed,
    is_same,
    on_channel,
)

HINT = "Begin with the number to text, like this: +15551230000 Hello"
REFUSED = "Sorry, I can't text that number: it is abroad, or a premium number."
MOST_PEOPLE = 3
"""Maximum number of recent recipients to choose from."""
LONGEST_KEPT = 1_000
"""Maximum size in bytes of a text that waits for the owner's choice: the cookie is small."""
AUTOMATIC = ("tapback", "auto-reply", "call", "start keyword")


def _countries(written: str) -> tuple[str, ...]:
    """Return the countries in a text like `US,CA`. Raises ValueError."""
    found = tuple(each.strip().upper() for each in written.split(","))
    if not all(len(each) == 2 and each.isascii() and each.isalpha() for each in found):
        raise ValueError("is not a list of countries. Write their codes, like US,CA.")
    return found


Countries = Annotated[
    tuple[str, ...], SettingType(_countries, ",".join, "codes of countries, like `US,CA`")
]


def forward(
    message: Message,
    session: Session,
    *,
    forward_to: Annotated[PhoneNumber, "the owner's phone"],
    forward_replies: Annotated[Switch, "whether the owner can answer"] = True,
    forward_countries: Annotated[
        Countries, "the countries that the owner can text; by default the number's own country"
    ] = (),
) -> Reply:
    """Forward every text to the owner's phone, and the owner's replies to the senders.

    A text of the owner goes only to the number at its beginning; without a number, the owner is
    asked for one. A sender's number can be spoofed: an attacker who knows the owner's number can
    make this server text others in the same country. If that risk matters more than answering, set
    FORWARD_REPLIES=off.
    """
    if is_same(message.to, forward_to):
        return Reply(note="not forwarded: FORWARD_TO is the number that received the text")
    kind = what_is(message.body, media=len(message.media), parameters=message.parameters)
    if not is_same(message.from_, forward_to):
        if kind in ("auto-reply", "start keyword"):
            return Reply(note="an automatic reply is not forwarded")
        return Reply(_sent(message, f"{message.from_}: {_words(message, kind)}", forward_to))
    if kind in AUTOMATIC:
        return Reply(session=session, note="an automatic reply of the owner is not sent")
    if not forward_replies:
        return Reply(note="FORWARD_REPLIES is off: the owner's text is not sent")
    return _answer(message, session, kind, forward_countries)


def _answer(
    message: Message, session: Session, kind: str | None, countries: tuple[str, ...]
) -> Reply:
    """Send the owner's text to the number at its beginning; without one, ask for it."""
    people = tuple(session.get("people", ()))
    found = addressed(message.body, message.to)
    if found is None and (chosen := _chosen(message.body, people, session)):
        return _to(chosen, session["text"], message, people, countries, ())
    says_nothing = not message.media and not (found.body if found else message.body).strip()
    if found is None:
        body = _words(message, kind)
        too_long = len(body.encode()) > LONGEST_KEPT or bool(message.media)
        if begins_like_a_number(message.body) or says_nothing or not people or too_long:
            return Reply(HINT, session=session.forget("text"))
        listed = "\n".join(f"{place}. {each}" for place, each in enumerate(people, start=1))
        return Reply(f"To whom?\n{listed}", session=session.remember(text=body))
    if says_nothing or is_same(found.to, message.from_) or is_same(found.to, message.to):
        return Reply(HINT, session=session.forget("text"))
    media = tuple(each.url for each in message.media)
    return _to(found.to, found.body, message, people, countries, media)


def _chosen(body: str, people: tuple[str, ...], session: Session) -> str | None:
    """Return the person whom the owner chose from the list for the stored text."""
    said = body.strip().rstrip(".)")
    if "text" in session and said.isascii() and said.isdigit() and len(said) == 1:
        place = int(said)
        return people[place - 1] if 1 <= place <= len(people) else None
    return None


def _to(
    to: str,
    body: str,
    message: Message,
    people: tuple[str, ...],
    countries: tuple[str, ...],
    media: tuple[str, ...],
) -> Reply:
    """Send a text, and confirm the recipient to the owner."""
    if not is_allowed(to, message.to, countries):
        return Reply(REFUSED, session=Session({"people": people}))
    others = [each for each in people if each != to]
    kept = Session({"people": (to, *others)[:MOST_PEOPLE]})
    sent = Outgoing(body, to, media, from_=_sender(message, to))
    return Reply(sent, f"Sent to {to}.", session=kept)


def _sent(message: Message, body: str, to: str) -> Outgoing:
    urls = tuple(each.url for each in message.media)
    return Outgoing(body, to, urls, from_=_sender(message, to))


def _sender(message: Message, to: str) -> str | None:
    """Return the sending address on the channel of `to`; None if it is the receiving address."""
    if channel_of(to) == channel_of(message.to):
        return None
    return on_channel(channel_of(to), message.to)


def _words(message: Message, kind: str | None) -> str:
    """Return the words of a message, or a description of a location or contact card."""
    if kind == "location" and (latitude := message.parameters.get("Latitude")):
        longitude = message.parameters.get("Longitude", "")
        said = f"Location: https://maps.google.com/?q={latitude},{longitude}"
        return f"{message.body}\n{said}" if message.body else said
    if kind == "contact" and not message.body:
        return "Contact card"
    return message.body
