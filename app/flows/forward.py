import re

from app.conversation import Message, Outgoing, Reply, Session

HINT = "Begin with the number to text, like this: +15551230000 Hello"

_ADDRESSED = re.compile(r"(\+[0-9]{8,15})\s+(.*)", re.DOTALL)
_NUMBER = re.compile(r"\+[0-9]{8,15}\s*")


def forward(message: Message, session: Session, *, forward_to: str, forward_replies: bool) -> Reply:
    """Forward every text to its owner's phone, whose answers go back.

    The owner is whoever texts from FORWARD_TO. The number of a sender can be spoofed: somebody who
    knows the owner's can make this server text others. Where that weighs more than answering does,
    FORWARD_REPLIES=off.
    """
    if message.to == forward_to:
        return Reply(note="FORWARD_TO is the number that was texted: nothing is forwarded")
    if message.from_ != forward_to:
        return Reply(_with_pictures(message, f"{message.from_}: {message.body}", forward_to))
    if not forward_replies:
        return Reply(note="FORWARD_REPLIES is off: the owner's text goes nowhere")
    return _answer(message, session)


def _answer(message: Message, session: Session) -> Reply:
    """The owner's text goes to the number that it begins with, or to the one before."""
    addressed = _ADDRESSED.fullmatch(message.body)
    to, body = addressed.groups() if addressed else (session.get("to"), message.body)
    says_nothing = not message.media and (not body.strip() or _NUMBER.fullmatch(message.body))
    if says_nothing or to in (None, message.from_, message.to):
        return Reply(HINT, session=session)
    return Reply(_with_pictures(message, body, to), session=session.remember(to=to))


def _with_pictures(message: Message, body: str, to: str) -> Outgoing:
    return Outgoing(body, to=to, media_urls=tuple(each.url for each in message.media))
