"""Opt-out keywords: STOP, HELP and START, and their synonyms.

Twilio maintains the list of people who opted out and answers these words, and still calls the
webhook; a reply to STOP fails with error 21610
(https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out). This applies to phone numbers
and RCS, but not to WhatsApp, nor to a short code without a Messaging Service. For the latter the
server answers them.
"""

from collections.abc import Mapping

from parley.conversation.masking import is_number, is_short_code
from parley.conversation.message import Message
from parley.conversation.reply import Reply
from parley.conversation.session import Session
from parley.twilio.facts import HELP_WORDS, START_WORDS, STOP_WORDS

STOP, HELP, START = "stop", "help", "start"

TYPES = {"STOP": STOP, "HELP": HELP, "START": START}
"""The values of `OptOutType`, which Twilio sends with Advanced Opt-Out."""
BACK_IN = START_WORDS - {"YES"}
"""Twilio acts on YES only after an opt-out, so it may also be an answer."""


def opt_out_keyword(message: Message, *, opted_out: bool = False) -> str | None:
    """Return STOP, HELP or START if the message is not for a flow, otherwise None.

    A word for STOP or START must be the whole text, in any case; outer space and a full stop are
    ignored. A word for HELP must be exactly the text. `opted_out`: the person has opted out, so YES
    means START. If the server answers the keywords, START and UNSTOP mean START only then, too.
    """
    if told := _told(message):
        return told
    is_ours = is_answered_here(message)
    if not (is_ours or is_answered_by_twilio(message)):
        return None
    word = _word(message.body.strip().removesuffix(".").rstrip())
    if word in STOP_WORDS:
        return STOP
    if word in (START_WORDS if opted_out else frozenset() if is_ours else BACK_IN):
        return START
    return HELP if (word if is_ours else _word(message.body)) in HELP_WORDS else None


def is_answered_here(message: Message) -> bool:
    """Return whether the server answers the keywords: for a short code without a service."""
    return (
        is_short_code(message.to)
        and is_number(message.from_)
        and not message.parameters.get("MessagingServiceSid")
        and _told(message) is None
    )


def is_answered_by_twilio(message: Message) -> bool:
    """Return whether Twilio answers the keywords: between numbers, and on RCS."""
    answers = _is_answered(message.from_) and _is_answered_to(message)
    return _told(message) is not None or (answers and not is_answered_here(message))


def keyword_reply(
    keyword: str, session: Session, message: Message, texts: Mapping[str, str]
) -> Reply:
    """Return an empty reply if Twilio answers the keyword, otherwise the text for it.

    STOP deletes the session; HELP and START keep it.
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
