"""Find the answer in a text: remove politeness, filler and signatures."""

import re
from functools import lru_cache

from parley.conversation.understanding.errors import InvalidAnswer
from parley.conversation.understanding.folding import fold, visible, without_emoji
from parley.conversation.understanding.languages import ANY, alternatives, load, phrases

LONGEST_ANSWER = 240
"""Maximum length of an answer that is not free text, in characters."""

_EDGE = " \t.,;:!*_~\"'[]"


def core(text: str, language: str, *, visit: bool = False) -> str:
    """Return the folded answer without signature, emoji, outer quotes, politeness and filler.

    A text that is only politeness is unchanged. Apostrophes are removed: `i'm` is `im`. With
    `visit`, phrases before a day or a time are removed, too: `can I come`.
    """
    return without_politeness(plain(text), language, visit=visit)


def shown(text: str) -> str:
    """Return the folded text of an answer, without signature.

    Raises InvalidAnswer for an invisible text, and for one that is too long for an answer.
    """
    folded = fold(without_signature(text)) if len(text) <= LONGEST_ANSWER else fold(text)
    if not folded:
        raise InvalidAnswer(reason="empty")
    if len(folded) > LONGEST_ANSWER:
        raise InvalidAnswer(reason="not understood")
    return folded


def plain(text: str) -> str:
    """Return the folded text without signature, emoji, apostrophes, and outer punctuation."""
    said = without_emoji(fold(without_signature(text)))
    return trimmed(re.sub(r"(?<=\w)'(?=\w)", "", said))


def without_politeness(said: str, language: str, *, visit: bool = False) -> str:
    """The folded text without politeness and filler around it."""
    before, after = _around(language, visit=visit)
    while True:
        shorter = trimmed(after.sub("", trimmed(before.sub("", said))))
        if shorter == said or not shorter:
            return said
        said = shorter


def polite_forms(said: str, language: str) -> set[str]:
    """Return a text unchanged, and without the politeness before it, after it, and both."""
    before, after = _around(language)
    return {
        said,
        trimmed(before.sub("", said)),
        trimmed(after.sub("", said)),
        without_politeness(said, language),
    } - {""}


def trimmed(said: str) -> str:
    """Return a text without outer punctuation, except for a question mark."""
    return said.strip(_EDGE)


def without_signature(text: str) -> str:
    """Return the text without the signature of a phone or a mail program."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if _signature().fullmatch(fold(line).strip(" -*_.")) or visible(line).strip() in (
            "--",
            "__",
        ):
            return "\n".join(lines[:number])
    return text


@lru_cache
def _around(language: str, *, visit: bool = False) -> tuple[re.Pattern[str], re.Pattern[str]]:
    leading = phrases(language, "around", "before")
    leading |= phrases(language, "around", "visit") if visit else frozenset()
    before, after = alternatives(leading), alternatives(phrases(language, "around", "after"))
    return (
        re.compile(rf"^(?:{before})(?![\w@#])[\s,.!;:-]*(?=.)"),
        re.compile(rf"(?<=.)(?:[\s,.!;:-]+|(?<=\d))(?:{after})$"),
    )


@lru_cache
def _signature() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{line})" for line in load(ANY)["signatures"]["lines"]))
