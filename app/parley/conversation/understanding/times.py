"""Read times of day; am or pm is guessed only if just one of them is within the opening hours."""

import re
from collections.abc import Iterator
from datetime import time
from functools import lru_cache

from parley.conversation.understanding.ambiguity import refuse_several
from parley.conversation.understanding.errors import InvalidAnswer
from parley.conversation.understanding.languages import alternatives, load, phrases
from parley.conversation.understanding.numbers import with_digits
from parley.conversation.understanding.politeness import core, shown
from parley.conversation.understanding.spelling import near

_DAY = 24 * 60


def read_time(text: str, opens: time, closes: time, *, language: str = "en") -> time:
    """Return the time in a text, from `opens` to before `closes`, which can be midnight.

    Raises InvalidAnswer for a text with another time, several, or none.
    """
    shown(text)
    said = core(text, language, visit=True).rstrip("?")
    if not (found := set(clock(language).minutes(said))):
        refuse_several(said, language, clock(language).read)
        raise InvalidAnswer(reason="not understood")
    fitting = [time(*divmod(each, 60)) for each in sorted(found)]
    fitting = [each for each in fitting if is_open(each, opens, closes)]
    if len(fitting) > 1:
        raise InvalidAnswer(reason="ambiguous", meanings=tuple(fitting))
    if not fitting:
        raise InvalidAnswer(reason="out of range")
    return fitting[0]


def is_open(at: time, opens: time, closes: time) -> bool:
    """Return whether a time is within hours that can include midnight."""
    if opens < closes:
        return opens <= at < closes
    return at >= opens or at < closes


class _Clock:
    """The words for times of a language, as patterns."""

    def __init__(self, language: str) -> None:
        data = load(language)["time"]
        self.language = language
        self.named = {**dict.fromkeys(phrases(language, "time", "noon"), 720)}
        self.named |= dict.fromkeys(phrases(language, "time", "midnight"), 0)
        filler = alternatives(phrases(language, "time", "filler"))
        self.filler = re.compile(rf"^(?:(?:{filler})\b|@|~)\s*|\s*(?:\b|(?<=\d))(?:{filler})$")
        am, pm = (alternatives(phrases(language, "time", half)) for half in ("am", "pm"))
        halves = rf"(?:(?P<am>{am})|(?P<pm>{pm}))"
        self.half_after = re.compile(rf"(?<=[\w.])\s*(?:\b|(?<=\d)){halves}$")
        self.half_before = re.compile(rf"(?=\w{{3}}|in ){halves}[\s,]+(?=.)")
        self.forms = list(self._forms(data["forms"]))
        marks = alternatives(phrases(language, "time", "clock_words"))
        military = alternatives(phrases(language, "time", "military"))
        self.four_digits = re.compile(rf"(?P<hour>\d{{1,2}})(?P<minute>\d\d)(?: ?(?:{military}))?")
        self.digits = re.compile(
            rf"(?P<hour>\d{{1,2}})(?:(?:[:;.]| ?(?:{marks}) ?)(?P<minute>\d\d)"
            rf"(?::\d\d)?(?: ?(?:{military}))?)?"
            rf"(?: ?(?:{marks}))?"
        )
        self.approximate = re.compile(rf"(?<=\d)\s?(?:{alternatives(data['approximate'])})\b")

    def _forms(self, forms: dict[str, list[str]]) -> Iterator[tuple[re.Pattern[str], int | str]]:
        hour = r"(?P<hour>\d{1,2})"
        minutes = r"(?P<minutes>\d{1,2})"
        for offset, each in forms.items():
            for form in each:
                sign = int(offset) if offset.lstrip("-").isdecimal() else offset
                spoken = with_digits(form, self.language)
                yield re.compile(spoken.format(hour=hour, minutes=minutes)), sign

    def read(self, said: str) -> set[int]:
        """Return the minutes that a text can mean. Raises InvalidAnswer if there are none."""
        if not (found := set(self.minutes(said))):
            raise InvalidAnswer(reason="not understood")
        return found

    def minutes(self, said: str) -> Iterator[int]:
        """Yield the minutes since midnight that a text can mean."""
        said = re.sub(r"(?<=[^\W\d])-(?=[^\W\d])|-(?=ish\b)", " ", said)
        said = self._bare(re.sub(r"\b([ap])\.\s?m\b\.?", r"\1m", said))
        named = near(said, self.named, shortest=4, first_letter=True) or said
        if named in self.named:
            yield self.named[named]
            return
        half, said = self._half(said)
        if half and said in self.named:
            return
        said = self._bare(self.approximate.sub("", said))
        counted = self._bare(with_digits(said, self.language))
        if re.match(r"(?:\d|1[0-2]) [a-z]+ \d", said) and self._is_before(counted):
            raise InvalidAnswer(reason="ambiguous")  # 10 to 3: a range, or ten minutes before 3
        yield from self._of(counted, half)

    def _half(self, said: str) -> tuple[str | None, str]:
        """Return the half of the day before or after the time, and the rest of the text."""
        if match := self.half_after.search(said):
            return "am" if match["am"] else "pm", self._bare(said[: match.start()])
        if match := self.half_before.match(said):
            return "am" if match["am"] else "pm", self._bare(said[match.end() :])
        return None, said

    def _is_before(self, said: str) -> bool:
        return any(sign == "minus" and form.fullmatch(said) for form, sign in self.forms)

    def _bare(self, said: str) -> str:
        """The text without words like `at` and `sharp`."""
        while (shorter := self.filler.sub("", said.strip(" .,")).strip(" .,")) != said and shorter:
            said = shorter
        return said

    def _of(self, said: str, half: str | None) -> Iterator[int]:
        if match := self.digits.fullmatch(said):
            minute = int(match["minute"] or 0)
            is_24 = match["hour"].startswith("0")
            yield from _halves(int(match["hour"]), minute, half, is_24=is_24)
        elif match := self.four_digits.fullmatch(said):
            is_24 = match["hour"].startswith("0")
            yield from _halves(int(match["hour"]), int(match["minute"]), half, is_24=is_24)
        else:
            for pattern, sign in self.forms:
                if match := pattern.fullmatch(said):
                    yield from self._spoken(match, sign, half)
                    return

    def _spoken(self, match: re.Match[str], sign: int | str, half: str | None) -> Iterator[int]:
        """Yield minutes for `half past`, `quarter to`, `ten past`: before or after an hour."""
        given = match.groupdict().get("minutes") or "0"
        if sign == "beside" and int(given) <= 12 and given[0] != "0":
            raise InvalidAnswer(reason="ambiguous")  # nine or ten, rather than 9:10
        if int(given) > 59 or (sign in ("plus", "minus") and int(given) < 5):
            return
        offset = int(given) * (-1 if sign == "minus" else 1) if isinstance(sign, str) else sign
        for each in _halves(int(match["hour"]), 0, half, is_24=False):
            yield (each + offset) % _DAY


def _halves(hour: int, minute: int, half: str | None, *, is_24: bool) -> Iterator[int]:
    """Yield the minutes since midnight of an hour, in both halves of the day if possible."""
    if minute > 59 or hour > 24 or (hour == 24 and minute) or (half == "am" and hour > 12):
        return
    if half and hour == 0:
        return
    if half:
        yield (hour % 12 + (12 if half == "pm" else 0)) * 60 + minute
    elif is_24 or hour == 0 or hour > 12:
        yield hour % 24 * 60 + minute
    else:
        yield hour % 12 * 60 + minute
        yield (hour % 12 + 12) * 60 + minute


@lru_cache
def clock(language: str) -> _Clock:
    """The words for times of a language, prepared once."""
    return _Clock(language)
