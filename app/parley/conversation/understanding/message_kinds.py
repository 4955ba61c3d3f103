"""Classify messages that are not answers: reactions, automatic replies, pictures, opt-outs."""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from parley.conversation.understanding.folding import fold, shortened, without_emoji, words
from parley.conversation.understanding.languages import ANY, alternatives, load, phrases
from parley.conversation.understanding.politeness import plain, polite_forms
from parley.twilio.facts import HELP_WORDS

TAPBACK, AUTO_REPLY, CALL = SILENT = "tapback", "auto-reply", "call"
PICTURE, VOICE, CONTACT, LOCATION = "picture", "voice message", "contact", "location"
COURTESY, STOP_WISH, START_KEYWORD = "courtesy", "stop wish", "start keyword"
KINDS = (
    *SILENT,
    *(PICTURE, VOICE, CONTACT, LOCATION),
    *(COURTESY, STOP_WISH, START_KEYWORD),
)
"""Messages that phones send automatically (SILENT: they get no reply), and other non-answers."""

SHORTEST_NOTICE = 9
"""Minimum length of an automatic reply, in characters."""
LONGEST_NOTICE = 480
"""Length of three segments, in characters; a longer text is treated as an answer."""

_NONE: Mapping[str, str] = MappingProxyType({})


def what_is(
    message_body: str,
    *,
    media: int = 0,
    parameters: Mapping[str, str] = _NONE,
    language: str = "en",
) -> str | None:
    """Return the kind of a message that is not an answer; None if it may be one.

    `media` is the number of pictures and files, `parameters` are Twilio's.
    """
    if kind := _attached(message_body, media, parameters):
        return kind
    if parameters.get("OptOutType", "").upper() == "START":
        return START_KEYWORD
    said = fold(message_body)
    if _tapback().fullmatch(said.strip()):
        return TAPBACK
    if not said or len(said) > LONGEST_NOTICE:
        return None
    if len(said) >= SHORTEST_NOTICE and (found := _notices().search(said)):
        return AUTO_REPLY if found.lastgroup == "auto" else CALL
    spoken = [shortened(word) for word in words(plain(message_body))]
    if _wishes_to_stop(" ".join(spoken), language):
        return STOP_WISH
    if " ".join(spoken) in phrases(ANY, "start_keyword", "words"):
        return START_KEYWORD
    approving = phrases(ANY, "courtesy", "approving")
    return COURTESY if _thanks(spoken) and not approving.intersection(spoken) else None


def is_courtesy(text: str) -> bool:
    """Return whether a text is a courtesy, including emoji and approval: `great, thanks`, `👍`.

    Wider than `what_is`: `ok` may be an answer, and is a courtesy if there is no open question.
    """
    emoji = load(ANY)["emoji"]["yes"] + load(ANY)["courtesy"]["emoji"]
    bare = without_emoji(fold(text))
    spoken = words(bare)
    if not spoken:
        return bool(fold(text)) and all(each in emoji or not each.isalnum() for each in fold(text))
    is_help = text.strip().upper() in HELP_WORDS  # needs a reply, unless Twilio sends one
    return "?" not in bare and not is_help and _thanks(spoken) is not None


def _wishes_to_stop(spoken: str, language: str) -> bool:
    known = phrases(ANY, "stop_wish", "phrases")
    return bool(_stop().fullmatch(spoken)) or bool(known & polite_forms(spoken, language))


def _thanks(spoken: list[str]) -> int | None:
    """Count the thanks and good-byes in a text that may also have approving words.

    None for a text with other words.
    """
    rest, thanked = spoken, 0
    courtesies = phrases(ANY, "courtesy", "phrases")
    beside = phrases(ANY, "courtesy", "beside") | phrases(ANY, "courtesy", "approving")
    while rest:
        lengths = range(min(6, len(rest)), 0, -1)
        length = next((n for n in lengths if " ".join(rest[:n]) in courtesies), 0)
        if not length and rest[0] not in beside:
            return None
        thanked += bool(length)
        rest = rest[length or 1 :]
    return thanked


def _attached(body: str, media: int, parameters: Mapping[str, str]) -> str | None:
    """Return the kind of a message by its attachments."""
    kind = parameters.get("MediaContentType0", "").casefold()
    message_type = parameters.get("MessageType", "").casefold()
    said = fold(body)
    if parameters.get("Latitude") or message_type == "location":
        return LOCATION
    if "vcard" in kind or message_type == "contacts" or said.startswith("begin:vcard"):
        return CONTACT
    if message_type == "reaction":
        return TAPBACK
    if re.match(r"(?:https?://)?\S+$", said) and any(
        link in said for link in load(ANY)["location"]["links"] if "." in link
    ):
        return LOCATION
    if (media or message_type in ("image", "sticker", "video", "audio")) and not said:
        return VOICE if kind.startswith("audio/") or message_type == "audio" else PICTURE
    return None


@lru_cache
def _tapback() -> re.Pattern[str]:
    return re.compile(
        "|".join(f"(?:{each})" for each in load(ANY)["tapback"]["patterns"]), re.DOTALL
    )


@lru_cache
def _notices() -> re.Pattern[str]:
    """Return the pattern of automatic replies: anywhere in a text, or at its beginning."""
    anywhere, beginning = (
        alternatives(map(fold, load(ANY)[section]["phrases"])) for section in ("auto_reply", "call")
    )
    patterns = "|".join(load(ANY)["auto_reply"]["patterns"])
    return re.compile(rf"(?P<auto>{anywhere}|{patterns})|(?P<call>^(?:{beginning}))")


@lru_cache
def _stop() -> re.Pattern[str]:
    data = load(ANY)["stop_wish"]
    lead = f"(?:{alternatives(data['lead'])})"
    return re.compile("|".join(f"(?:{each.replace('LEAD', lead)})" for each in data["patterns"]))
