"""Reject a text that names several things: `monday or tuesday`, `3-4`."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from parley.conversation.understanding.errors import InvalidAnswer
from parley.conversation.understanding.languages import alternatives, phrases
from parley.conversation.understanding.politeness import trimmed

MOST_PARTS = 6
"""Maximum number of parts that are read: the first ones show whether a text names several."""


def refuse_several(said: str, language: str, read: Callable[[str], Any]) -> None:
    """Raise InvalidAnswer("ambiguous") if a text joins several parts and one of them is read."""
    for joint in _joints(language):
        parts = [each for part in joint.split(said) if (each := trimmed(part))]
        if joint.search(said) and any(_are_read(parts[:MOST_PARTS], read)):
            raise InvalidAnswer(reason="ambiguous")


def _are_read(parts: list[str], read: Callable[[str], Any]) -> Iterator[bool]:
    for part in parts:
        try:
            read(part)
        except InvalidAnswer as error:
            yield error.reason != "not understood"
        else:
            yield True


@lru_cache
def _joints(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return patterns for separators: words such as `or`, and these or punctuation."""
    words = rf"\b(?:{alternatives(phrases(language, 'around', 'joiners'))})\b"
    return re.compile(words), re.compile(rf"{words}|\s-\s|[,/&+;-]")
