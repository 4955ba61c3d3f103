"""Read whole numbers, written in digits or in words."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from parley.conversation.understanding.errors import InvalidAnswer
from parley.conversation.understanding.folding import words
from parley.conversation.understanding.languages import alternatives, load, phrases, table
from parley.conversation.understanding.politeness import core, shown
from parley.conversation.understanding.spelling import near

MOST_WORDS = 4
"""Maximum number of words beside a number, as in `2 tickets for my family`."""
MOST_DIGITS = 18

_TOKEN = re.compile(r"\d+(?:[.,'\u00a0]\d+)*[a-z]*|[^\W\d_]+|[^\w\s]")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:([.,'])\d{3})(?:\1\d{3})*")
_ALLOWED_MARKS = frozenset(".,;:!()[]#*~\"'?")
_CURRENCY = re.compile(r"[$€£¥₹]\s?(?=\d)|(?<=\d)\s?[$€£¥₹]")


def read_number(text: str, min: int, max: int, *, language: str = "en") -> int:  # noqa: A002
    """Return the whole number in a text, `min` to `max`. Raises InvalidAnswer for any other."""
    shown(text)
    said = core(text, language)
    found = whole_number(said, language)
    if not min <= found <= max:
        raise InvalidAnswer(reason="out of range")
    return found


def whole_number(said: str, language: str) -> int:
    """Return the only number in a folded text. Raises InvalidAnswer for none or several."""
    said, sign = _without_sign(_CURRENCY.sub("", said), language)
    said = _approximate(language).sub("", said)
    said = _with_phrases(re.sub(r"(?<=[^\W\d])-(?=[^\W\d])", " ", said), language)
    said = re.sub(r"(?<=\d) (?=\d{3}(?!\d))(?=(?:\d{3}(?: |$))+)", "", said)
    tokens = list(numbers_in(_TOKEN.findall(said), language))
    values = [each.value for each in tokens if each.value is not None]
    beside = [each.text for each in tokens if each.value is None]
    if not values:
        raise InvalidAnswer(reason="not understood")
    if not _are_one(tokens) or _refuses(said, beside, language):
        raise InvalidAnswer(reason="ambiguous")
    if sum(map(str.isalpha, beside)) > MOST_WORDS:
        raise InvalidAnswer(reason="not understood")
    return sign * values[0]


def _are_one(tokens: Sequence["Token"]) -> bool:
    """Return whether there is one number, or one in words and again in digits: `five (5)`."""
    named = [each for each in tokens if each.value is not None]
    spellings = {each.text[0].isdecimal() for each in named}
    return len(named) == len(spellings) and len({each.value for each in named}) == 1


class Token(NamedTuple):
    """A piece of a text, with its value if it is a number or an ordinal."""

    text: str
    value: int | None = None
    ordinal: bool = False


def numbers_in(tokens: Sequence[str], language: str) -> Iterator[Token]:
    """Yield the tokens of a text, with the words of each number combined."""
    lexicon = Lexicon(language)
    position = 0
    while position < len(tokens):
        length, value, ordinal = lexicon.longest(tokens[position:])
        if length:
            yield Token(" ".join(tokens[position : position + length]), value, ordinal)
        else:
            yield Token(tokens[position])
        position += length or 1


class Lexicon:
    """The number words of a language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.values: Mapping[str, int] = table(language, "number", "units")
        self.ordinals: Mapping[str, int] = table(language, "number", "ordinals")
        self.multipliers: Mapping[str, int] = table(language, "number", "multipliers")
        self.joiners = phrases(language, "number", "joiners")

    def longest(self, tokens: Sequence[str]) -> tuple[int, int, bool]:
        """How many tokens are one number, its value, and whether it is an ordinal."""
        total = group = length = 0
        for number, token in enumerate(tokens):
            if token in self.joiners and length:
                continue
            value, ordinal = self.of(token, alone=not length)
            if value is None or (number > length and not length):
                break
            multiplier = self.multipliers.get(token, 0)
            if multiplier:
                if multiplier <= group:
                    break
                whole = (group or 1) * multiplier
                total, group = (total, whole) if multiplier == 100 else (total + whole, 0)
            elif not length or _adds(group, value, total):
                group += value
            else:
                break
            length = number + 1
            if ordinal or (token[0].isdecimal() and not self._multiplied(tokens, length)):
                return length, total + group, ordinal
        return length, total + group, False

    def of(self, token: str, *, alone: bool) -> tuple[int | None, bool]:
        """Return the value of a number token, and whether it is an ordinal."""
        if token[0].isdecimal():
            return self.digits(token) if alone else (None, False)
        if len(token) == 1 and not token.isascii():  # 三
            value = unicodedata.numeric(token, -1)
            return (int(value), False) if alone and value >= 0 and value % 1 == 0 else (None, False)
        if not token.isalpha():
            return None, False
        for known, ordinal in (
            (self.values, False),
            (self.multipliers, False),
            (self.ordinals, True),
        ):
            if token in known:
                return known[token], ordinal
        if corrected := self.corrected(token):
            return self.of(corrected, alone=alone)
        return None, False

    def corrected(self, token: str) -> str | None:
        if token in phrases(self.language, "number", "not_numbers"):
            return None
        known = _words(self.language)
        return near(token, known, shortest=4, shortest_known=5, first_letter=True)

    def digits(self, token: str) -> tuple[int | None, bool]:
        """Return the value of digits. Raises InvalidAnswer for fractions, or digits with a unit."""
        number = token.rstrip("abcdefghijklmnopqrstuvwxyz")
        ending = token[len(number) :]
        ordinal = ending in load(self.language)["number"]["ordinal_endings"]
        if ending and not ordinal and ending not in ("x", "k"):
            raise InvalidAnswer(reason="not understood")
        if len(number) > MOST_DIGITS:
            raise InvalidAnswer(reason="out of range")
        if ending == "k" and number.isdecimal():
            return int(number) * 1000, False
        mark = load(self.language)["number"]["decimal_mark"]
        if _THOUSANDS.fullmatch(number):
            separator = next((each for each in number if not each.isdigit()), "")
            if separator == mark and number.count(mark) == 1:
                raise InvalidAnswer(reason="ambiguous")  # a thousand, or one
            return int(re.sub(r"\D", "", number)), ordinal
        whole, _, fraction = number.replace(mark, "_", 1).partition("_")
        if not whole.isdigit() or fraction.strip("0"):
            raise InvalidAnswer(reason="not understood")
        return int(whole), ordinal

    def _multiplied(self, tokens: Sequence[str], length: int) -> bool:
        return length < len(tokens) and tokens[length] in self.multipliers


def with_digits(said: str, language: str) -> str:
    """A folded text with its number words as digits: `the fifth of may` is `the 5th of may`."""
    ending = load(language)["number"]["ordinal_endings"][-1]
    lexicon, found, rest = Lexicon(language), list[str](), said.split()
    while rest:
        length, value, ordinal = 0, 0, False
        if rest[0].isalpha():
            run = next((n for n, each in enumerate(rest) if not each.isalpha()), len(rest))
            length, value, ordinal = lexicon.longest(rest[:run])
        found.append(f"{value}{ending if ordinal else ''}" if length else rest[0])
        rest = rest[length or 1 :]
    return " ".join(found)


def _adds(group: int, value: int, total: int) -> bool:
    """Return whether a number word continues the number before it: `twenty` `one`."""
    if value == 0:
        return False
    if group == 0:
        return total > 0 and value < 1000
    if group % 100 == 0:
        return value < 100
    return group % 10 == 0 and group % 100 >= 20 and value < 10


def _without_sign(said: str, language: str) -> tuple[str, int]:
    negative = alternatives(phrases(language, "number", "negative"))
    if match := re.match(rf"-(?=\d)|(?:{negative}) (?=\w)", said):
        return said[match.end() :], -1
    return re.sub(r"^\+(?=\d{1,6}$)", "", said), 1


def _with_phrases(said: str, language: str) -> str:
    """The text with phrases like `a couple of` as digits."""
    pattern, values = _phrases(language)
    if said in values:
        return str(values[said])
    return pattern.sub(lambda match: str(values[match[0]] or match[0]), said)


@lru_cache
def _phrases(language: str) -> tuple[re.Pattern[str], Mapping[str, int]]:
    values = table(language, "number", "phrases")
    return re.compile(rf"\b(?:{alternatives(values)})\b"), values


@lru_cache
def _approximate(language: str) -> re.Pattern[str]:
    """Return the pattern of endings for approximate numbers: `10ish`."""
    endings = alternatives(phrases(language, "time", "approximate"))
    return re.compile(rf"(?<=\d)[ -]?(?:{endings})\b")


@lru_cache
def _words(language: str) -> frozenset[str]:
    return frozenset(
        word
        for name in ("units", "ordinals", "multipliers")
        for word in table(language, "number", name)
    )


def _refuses(said: str, beside: Sequence[str], language: str) -> bool:
    """Return whether the words beside a number change its meaning: `more than 3`, `a third`."""
    refusing = phrases(language, "number", "refusing")
    marks = {each for each in beside if not each.isalnum()} - _ALLOWED_MARKS
    spoken = f" {' '.join(words(said))} "
    return bool(
        marks
        or refusing.intersection(beside)
        or any(f" {each} " in spoken for each in refusing if " " in each)
    )
