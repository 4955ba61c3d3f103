"""Read which of several options a text means."""

import re
from collections.abc import Iterable, Sequence
from functools import partial

from parley.conversation.understanding.ambiguity import refuse_several
from parley.conversation.understanding.confirmation import read_confirm
from parley.conversation.understanding.errors import InvalidAnswer
from parley.conversation.understanding.folding import fold, without_emoji, words
from parley.conversation.understanding.languages import alternatives, key, phrases, table
from parley.conversation.understanding.numbers import Token, numbers_in, with_digits
from parley.conversation.understanding.politeness import core, plain, shown
from parley.conversation.understanding.prepared_options import prepared
from parley.conversation.understanding.spelling import near

MOST_OTHER_WORDS = 3
"""Maximum number of words that are in no option, as in `a trim for my son`."""
SHORTEST_BEGINNING = 3
"""Minimum length of a beginning that identifies a word, in letters."""

_SPAN = re.compile(r"\d\s*[-/&+,.]\s*\d|-\d|\d[a-z]")
_OTHER_MARKS = re.compile(r"[^\w\s.,:;!?()\[\]#*-]")


def read_choice(text: str, options: Sequence[str], *, language: str = "en") -> int:
    """Return the index of the option in a text. Raises InvalidAnswer for none, or several.

    An option is named by its number in the list, by its words, by a word or a beginning that only
    one option has, with at most one typing error, or by yes or no if one option means that.
    """
    shown(text)
    answer = _Answer(text, options, language)
    ways = (answer.exact, answer.numbered, answer.respelled, answer.agreeing, answer.mentioned)
    for way in ways:
        found = sorted(set(way()))
        if len(found) == 1:
            return found[0]
        if found:
            meanings = tuple(options[index] for index in found)
            raise InvalidAnswer(reason="ambiguous", meanings=meanings)
    again = partial(read_choice, options=options, language=language)
    refuse_several(answer.core, language, again)
    raise InvalidAnswer(reason="not understood")


class _Answer:
    """An answer, and the options that it may mean; each method returns indices of options."""

    def __init__(self, text: str, options: Sequence[str], language: str) -> None:
        self.text, self.language = text, language
        self.options = prepared(tuple(options), language)
        self.count = len(options)
        self.plain = plain(text)
        self.core = core(text, language)
        self.said = words(self.core)

    def phrases(self, name: str) -> frozenset[str]:
        return phrases(self.language, "choice", name)

    def exact(self) -> Iterable[int]:
        """Return the options that equal the text, with or without emoji and punctuation."""
        folded = fold(self.text)
        same = [index for index, each in enumerate(self.options.folded) if each == folded]
        if not same and not words(without_emoji(folded)):
            return [index for index, each in enumerate(self.options.folded) if folded in each]
        if not same:
            spoken = {key(self.text), key(self.plain), key(self.core)} - {""}
            spoken |= {with_digits(each, self.language) for each in spoken}
            names = zip(self.options.keys, self.options.counted, strict=True)
            same = [index for index, each in enumerate(names) if spoken.intersection(each)]
        return same

    def numbered(self) -> Iterable[int]:
        """Return the option of a list number: `2`, `#2`, `option 2`, `second`, `2. trim`."""
        if self.core in self.phrases("last"):
            return [self.count - 1]
        if any(" " in each for each in self._refusing()):  # `los dos` is both, and not the second
            return []
        tokens, explicit = self._numbers()
        if not tokens or tokens[0].value is None:
            return []
        place = tokens[0].value
        here = [place - 1] if 1 <= place <= self.count else []
        saying = [n for n, each in enumerate(self.options.numbers) if place in each]
        rest = [each.text for each in tokens[1:] if each.text not in self.phrases("filler")]
        if rest:
            return self._beside(rest, here if explicit or not saying else [])
        if not explicit:
            parts = [n for n, each in enumerate(self.options.parts) if place in each]
            if saying or parts:
                return saying or [*parts, *here]
        if not explicit and any(map(self.options.is_small_number, range(self.count))):
            raise InvalidAnswer(reason="ambiguous")
        if not here:
            raise InvalidAnswer(reason="out of range")
        return here

    def _beside(self, rest: Sequence[str], here: Sequence[int]) -> Iterable[int]:
        """Return the options that a number and the words beside it name: both if they differ."""
        if set(rest) & self.phrases("refusing"):
            return []
        named = self._by_words(rest) or self._by_near_words(rest)
        if named:
            return [*named, *here]
        return here if len(rest) == 1 else []

    def _numbers(self) -> tuple[list[Token], bool]:
        """Return the text from its only number on, and whether it is marked as a list number."""
        position = alternatives(self.phrases("position"))
        said = re.sub(rf"^(?:(?:{position})\b|#)[\s.:]*", "", self.core)
        explicit = said != self.core or bool(re.match(r"\(?\d+[).]", self.plain))
        endings = alternatives(phrases(self.language, "number", "ordinal_endings"))
        if _OTHER_MARKS.search(said) or _SPAN.search(re.sub(rf"(?<=\d)(?:{endings})\b", "", said)):
            return [], False
        spoken = words(said)
        while len(spoken) > 1 and spoken[0] in self.phrases("filler") - self.phrases("pronouns"):
            del spoken[0]
        try:
            tokens = list(numbers_in(self._without_pronoun(spoken), self.language))
        except InvalidAnswer:
            return [], False
        if any(each.value is not None for each in tokens[1:]):
            return [], False
        return tokens, explicit or bool(tokens and tokens[0].ordinal)

    def _without_pronoun(self, said: list[str]) -> list[str]:
        """Return the words without `one` after an ordinal: `the second one`."""
        if len(said) > 1 and said[-1] in self.phrases("pronouns"):
            ordinal = said[-2] in table(self.language, "number", "ordinals")
            if ordinal or re.fullmatch(r"\d+[a-z]+", said[-2]):
                return said[:-1]
        return said

    def respelled(self) -> Iterable[int]:
        """Return options equal to the text except for spaces, small words, or one typing error."""
        joined, names = "".join(self.said), self.options.joined
        if joined in names:
            return [names.index(joined)]
        content = self._content()
        same = [n for n, each in enumerate(self.options.content) if content and content == each]
        if not same and (corrected := near(joined, names, shortest=4)):
            return [names.index(corrected)]
        return same

    def agreeing(self) -> Iterable[int]:
        """Return the options for yes or no, if the text means one."""
        try:
            meant = read_confirm(self.text, language=self.language)
        except InvalidAnswer:
            return []
        return [index for index, says in enumerate(self.options.yes_or_no) if says is meant]

    def mentioned(self) -> Iterable[int]:
        """Return the options of which the text mentions a distinctive word."""
        refusing = self._refusing()
        spoken = set(self.said)
        unsure = self._is_unsure() and not any(spoken <= set(each) for each in self.options.words)
        if unsure or (refusing and not any(refusing <= set(each) for each in self.options.words)):
            if self.options.every_word.intersection(self.said):
                raise InvalidAnswer(reason="ambiguous")
            return []
        if "?" in self.core and len(self.said) > SHORTEST_BEGINNING:
            return []
        content = self._content() or self.said
        beginning = " ".join(content)
        begun = [n for n, each in enumerate(self.options.keys) if each.startswith(beginning)]
        if len(begun) == 1 and (len(beginning) >= SHORTEST_BEGINNING or not self._is_yes_or_no()):
            return begun
        return self._by_words(content) or self._by_near_words(content)

    def _is_yes_or_no(self) -> bool:
        try:
            read_confirm(self.text, language=self.language)
        except InvalidAnswer as error:
            return error.reason == "ambiguous"
        return True

    def _is_unsure(self) -> bool:
        """Return whether the text is both yes and no."""
        try:
            read_confirm(self.text, language=self.language)
        except InvalidAnswer as error:
            return error.reason == "ambiguous"
        return False

    def _refusing(self) -> set[str]:
        """Return the words of the text that do not choose one option: `both`, `not`, `or`."""
        spoken = " ".join(self.said)
        found = {each for each in self.phrases("refusing") if " " in each and each in spoken}
        return found | self.phrases("refusing").intersection(self.said)

    def _content(self) -> Sequence[str]:
        return [word for word in self.said if word not in self.phrases("filler")]

    def _by_words(self, said: Sequence[str]) -> Sequence[int]:
        """Return the options named by words that not all have, if there are few other words."""
        owners = [
            {n for n, each in enumerate(self.options.words) if _has(tuple(each), word)}
            for word in said
        ]
        telling = [each for each in owners if 0 < len(each) < self.count] or owners
        if sum(not each for each in owners) > MOST_OTHER_WORDS:
            return []
        return sorted(set.intersection(*telling) or set.union(*telling)) if telling else []

    def _by_near_words(self, said: Sequence[str]) -> Sequence[int]:
        every = self.options.every_word
        begun = {each[: len(word)] for word in said if len(word) > 4 for each in every}
        return self._by_words([near(word, every | begun, shortest=4) or word for word in said])


def _has(option: tuple[str, ...], word: str) -> bool:
    """Return whether an option has a word, or one that begins like it."""
    begins = len(word) >= SHORTEST_BEGINNING and any(each.startswith(word) for each in option)
    return begins or word in option
