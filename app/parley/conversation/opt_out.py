"""Keywords for opting out: STOP, HELP and START, and others for the same.

Twilio keeps the list of people who opted out and answers these words, and still calls the webhook;
a reply to STOP fails with error 21610
(https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out). It does so between phone numbers
and on RCS: not on WhatsApp, and not for a short code without a Messaging Service. There the server
answers them.
"""

from collections.abc import Mapping

from parley.conversation.masking import is_number, is_short_code
from parley.conversation.message import Message
from parley.conversation.reply import Reply
from parley.conversation.session import Session
from parley.twilio.facts import HELP_WORDS, START_WORDS, STOP_WORDS

STOP, HELP, START = "stop", "help", "start"

TYPES = {"STOP": STOP, "HELP": HELP, "START": START}
"""What `OptOutType` says, which comes with Advanced Opt-Out."""
BACK_IN = START_WORDS - {"YES"}
"""Twilio acts on YES only after an opt-out, so it may also be an answer."""


def opt_out_keyword(message: Message, *, opted_out: bool = False) -> str | None:
    """STOP, HELP or START if the message is not for a flow, else None.

    A word for STOP or START is the whole text, in any case, with space around it and a full stop
    behind it; a word for HELP is exactly the text. `opted_out` says that the person has opted out:
    then YES means START. Where the server answers, START and UNSTOP mean it only then, too.
    """
    if told := _told(message):
        return told
    is_ours = is_answered_here(message)
    if not (is_ours or (_is_answered(message.from_) and _is_answered_to(message))):
        return None
    word = _word(message.body.strip().removesuffix(".").rstrip())
    if word in STOP_WORDS:
        return STOP
    if word in (START_WORDS if opted_out else frozenset() if is_ours else BACK_IN):
        return START
    return HELP if (word if is_ours else _word(message.body)) in HELP_WORDS else None


def is_answered_here(message: Message) -> bool:
    """Whether the server answers the keywords: the message came to a short code of no service."""
    return (
        is_short_code(message.to)
        and is_number(message.from_)
        and not message.parameters.get("MessagingServiceSid")
        and _told(message) is None
    )


def keyword_reply(
    keyword: str, session: Session, message: Message, texts: Mapping[str, str]
) -> Reply:
    """No message where Twilio answers, otherwise the text for the keyword.

    STOP forgets the conversation, HELP and START do not.
    """
    said = (texts[keyword],) if is_answered_here(message) else ()
    return Reply(*said, session=Session() if keyword == STOP else session)


def _told(message: Message) -> str | None:
    return TYPES.get(message.parameters.get("OptOutType", "").upper())


def _is_answered(address: str) -> bool:
    return is_number(address) or address.casefold().startswith("rcs:")


def _is_answered_to(message: Message) -> bool:
    return _is_answered(message.to) or is_short_code(message.to)


def _word(text: str) -> str:
    return text.upper() if text.isascii() else ""
