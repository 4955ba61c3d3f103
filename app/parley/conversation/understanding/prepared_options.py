"""The options of a choice, normalized once for the comparison with answers."""

import re
from functools import lru_cache

from parley.conversation.understanding.confirmation import read_confirm
from parley.conversation.understanding.errors import InvalidAnswer
from parley.conversation.understanding.folding import fold, words
from parley.conversation.understanding.languages import key, phrases
from parley.conversation.understanding.numbers import numbers_in, with_digits

_LONG_NUMBER = re.compile(r"\+?\d[\d\s().-]{5,}\d")
"""A phone number or similar, which is not a quantity."""


class Options:
    """Options by their spellings, words and numbers; each list has one entry per option.

    `numbers` are separate words (`2 people`), `parts` also parts of words (`2:00 PM`).
    """

    def __init__(self, options: tuple[str, ...], language: str) -> None:
        self.texts = options
        self.folded = [fold(each) for each in options]
        self.keys = [key(each) for each in options]
        self.counted = [with_digits(each, language) for each in self.keys]
        self.words = [each.split() for each in self.keys]
        self.joined = ["".join(each) for each in self.words]
        filler = phrases(language, "choice", "filler") - phrases(language, "confirm", "yes")
        self.content = [[word for word in each if word not in filler] for each in self.words]
        counts = [_LONG_NUMBER.sub(" ", each) for each in self.folded]
        self.parts = [set(map(int, re.findall(r"\d{1,9}", each))) for each in counts]
        self.numbers = [_numbers(each, language) for each in counts]
        self.every_word = frozenset(word for each in self.words for word in each)
        self._language = language

    @property
    def yes_or_no(self) -> list[bool | None]:
        """Return for each option whether it means yes, no, or neither."""
        return [_agreement(each, self._language) for each in self.texts]

    def is_small_number(self, index: int) -> bool:
        """Return whether an option is a number that could be confused with a list number."""
        said = self.counted[index]
        return said.isdecimal() and int(said[:9]) <= len(self.texts) + 1


@lru_cache(maxsize=512)
def prepared(options: tuple[str, ...], language: str) -> Options:
    """Return the prepared options, cached."""
    return Options(options, language)


def _numbers(option: str, language: str) -> set[int]:
    try:
        whole = re.sub(r"\d+(?:[:./-]\d+)+", " ", option)
        found = list(numbers_in(words(whole), language))
    except InvalidAnswer:
        return set()
    return {each.value for each in found if each.value is not None and not each.ordinal}


@lru_cache(maxsize=512)
def _agreement(option: str, language: str) -> bool | None:
    try:
        return read_confirm(option, language=language)
    except InvalidAnswer:
        first = words(fold(option))[:1]
        leading = {True: "leading_yes", False: "leading_no"}
        return next(
            (
                says
                for says, name in leading.items()
                if first and first[0] in phrases(language, "confirm", name)
            ),
            None,
        )
