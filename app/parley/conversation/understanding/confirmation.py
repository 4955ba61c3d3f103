"""Read yes and no."""

from collections.abc import Sequence
from functools import lru_cache

from parley.conversation.understanding.errors import InvalidAnswer
from parley.conversation.understanding.folding import shortened, without_emoji, words
from parley.conversation.understanding.languages import ANY, all_of, load
from parley.conversation.understanding.politeness import shown, without_politeness
from parley.conversation.understanding.spelling import near

MOST_WORDS = 12
"""Maximum number of words after a yes or no; a longer text says more than that."""


def read_confirm(text: str, *, language: str = "en") -> bool:
    """Return True for yes and False for no. Raises InvalidAnswer for neither, or both."""
    folded = shown(text)
    meant_by_emoji = _emoji(folded)
    said = without_emoji(folded)
    if not words(said):
        if meant_by_emoji is None:
            raise InvalidAnswer(reason="not understood")
        return meant_by_emoji
    meant = _Vocabulary(language).meaning(said, language)
    if meant_by_emoji is not None and meant_by_emoji is not meant:
        raise InvalidAnswer(reason="ambiguous")
    return meant


class _Vocabulary:
    """The words for yes and no of a language, and of its additional languages."""

    def __init__(self, language: str) -> None:
        self.languages = (language, *load(language).get("yes_and_no_of", ()))

    def meaning(self, said: str, language: str) -> bool:
        spoken = self.spelled(words(said))
        polite = without_politeness(" ".join(spoken), language).split()
        readings = {self.whole(spoken), self.whole(polite)} - {None}
        if not readings:
            readings = {self.explained(spoken), self.explained(polite)} - {None}
        if not readings:
            raise InvalidAnswer(reason="not understood")
        if "?" in said or len(readings) > 1 or "unclear" in readings:
            raise InvalidAnswer(reason="ambiguous")
        return readings == {"yes"}

    def whole(self, said: Sequence[str]) -> str | None:
        """Return the kind of a text that has phrases of one kind only: `ok yes that's fine`."""
        kinds, rest = set(), list(said)
        while rest:
            kind, length = self.beginning(rest)
            if not kind:
                return None
            kinds.add(kind)
            rest = rest[length:]
        kinds.discard("around")
        return kinds.pop() if len(kinds) == 1 else "unclear" if kinds else None

    def explained(self, said: Sequence[str]) -> str | None:
        """Return the kind of a yes or no with an explanation: `yes, I will be there`."""
        kind, length = self.beginning(said)
        if kind == "unclear":
            return kind
        leading = self.phrases(f"leading_{kind}") if kind in ("yes", "no") else frozenset()
        lead = max((n for n in range(1, length + 1) if " ".join(said[:n]) in leading), default=0)
        if not lead:
            return None
        return kind if self.agrees(kind, said[lead:]) else "unclear"

    def agrees(self, kind: str, rest: Sequence[str]) -> bool:
        """Return whether the words after a yes or no only explain it."""
        parts = {" ".join(rest[a:b]) for a in range(len(rest)) for b in range(a + 1, a + 5)}
        if kind == "yes":
            against = self.phrases("changes") | self.phrases("no") | self.phrases("unclear")
        else:
            denied = parts & self.phrases("negations")
            against = (
                self.phrases("contradicts") | self.phrases("unclear") | self.phrases("leading_yes")
            )
            against |= frozenset() if denied else self.phrases("positive") | self.phrases("yes")
        numbers = any(map(str.isdigit, rest))
        return len(rest) <= MOST_WORDS and not numbers and not parts & against

    def beginning(self, said: Sequence[str]) -> tuple[str, int]:
        """Return the kind of the longest phrase at the beginning, and its number of words."""
        for length in range(min(len(said), 6), 0, -1):
            phrase = " ".join(said[:length])
            for kind in ("unclear", "yes", "no"):
                if phrase in self.phrases(kind):
                    return kind, length
            if phrase in _around(self.languages):
                return "around", length
        return "", 0

    def spelled(self, said: Sequence[str]) -> list[str]:
        """The words without letters repeated for emphasis, and without one typing error."""
        known = _single_words(self.languages)
        found = []
        for word in said:
            plain = word if word in known else shortened(word)
            alone = len(said) == 1 and plain not in known
            found.append((near(plain, known, shortest=5) or plain) if alone else plain)
        return found

    def phrases(self, name: str) -> frozenset[str]:
        return all_of(self.languages, "confirm", name)


@lru_cache
def _single_words(languages: tuple[str, ...]) -> frozenset[str]:
    every = frozenset().union(
        *(all_of(languages, "confirm", name) for name in ("yes", "no", "unclear"))
    )
    return frozenset(phrase for phrase in every if " " not in phrase)


@lru_cache
def _around(languages: tuple[str, ...]) -> frozenset[str]:
    return all_of(languages, "around", "before") | all_of(languages, "around", "after")


def _emoji(folded: str) -> bool | None:
    """Return what the emoji of a text mean; None if they mean neither yes nor no."""
    kinds = {
        kind for kind, found in load(ANY)["emoji"].items() if any(each in folded for each in found)
    }
    if not kinds:
        return None
    if len(kinds) > 1 or "doubt" in kinds:
        raise InvalidAnswer(reason="ambiguous")
    return kinds == {"yes"}
