"""The words for days of a language, as patterns."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from parley.conversation.understanding.languages import (
    alternatives,
    key,
    load,
    longest_first,
    phrases,
    table,
)
from parley.conversation.understanding.numbers import with_digits
from parley.conversation.understanding.spelling import near

FORMS = (
    "day_month", "day", "weekday", "this_weekday", "next_weekday", "week_after_weekday",
    "last_weekday", "in_days", "in_weeks", "in_weeks_from_tomorrow", "days_ago",
)  # fmt: skip


class Calendar:
    """Months, weekdays and the forms of a date in one language."""

    def __init__(self, language: str) -> None:
        data = load(language)["date"]
        self.language = language
        self.months = _places(data["months"])
        self.weekdays = _places(data["weekdays"])
        self.relative = {
            key(phrase): int(days) for days, each in data["relative"].items() for phrase in each
        }
        tomorrow = [key(phrase) for phrase in data["relative"]["1"]]
        self._tomorrow = {each: tomorrow[0] for each in tomorrow if " " not in each}
        self.fixed = {
            key(phrase): (int(day[:2]), int(day[3:]))
            for day, each in data["fixed"].items()
            for phrase in each
        }
        self._filler = re.compile(rf"\b(?:{alternatives(phrases(language, 'date', 'filler'))})\b")
        self._forms = [
            (name, self._pattern(form)) for name in FORMS for form in data["forms"][name]
        ]
        unnamed = (re.sub(r"\?P<\w+>", "?:", form.pattern) for _, form in self._forms)
        self._any_form = re.compile("|".join(f"(?:{each})" for each in unnamed))
        names = alternatives(self.weekdays)
        self._weekday_first = re.compile(rf"({names})\b[ .,]*(?:the )?(?=\S)")
        self._weekday_last = re.compile(rf"(?<=\S)[ .,]+({names})$")
        self._known = {*self.months, *self.weekdays}
        self._correctable = {*self._known, *_long(self.relative)}
        self._time = _time_beside(language)

    def month(self, word: str) -> int:
        return self.months[word] + 1

    def weekday(self, word: str) -> int:
        return self.weekdays[word]

    def spellings(self, said: str) -> Iterator[str]:
        """Yield the text in spellings to match: unchanged, then with digits for number words,
        without small words, and without typing errors.
        """
        yield " ".join(re.findall(r"[^\W_]+|[^\w\s.,]", said))
        said = re.sub(r"(?<=[\da-z])-(?=[a-z])|(?<=[a-z])-(?=\d)", " ", said)
        said = re.sub(r"(?<=\d)(?=[a-z]{3,}$)|(?<=[a-z]{3})(?=\d{1,2}\b)", " ", said)
        said = " ".join(re.findall(r"[^\W_]+|[^\w\s.,]", said))
        if said in table(self.language, "number", "ordinals"):
            return
        words = map(self._corrected, said.split())
        corrected = " ".join(self._tomorrow.get(each, each) for each in words)
        counted = with_digits(corrected, self.language)
        for each in (corrected, counted):
            yield each
            yield " ".join(self._filler.sub(" ", each).split())

    def _corrected(self, word: str) -> str:
        if word in self._known or word in phrases(self.language, "date", "not_dates"):
            return word
        return near(word, self._correctable, shortest=5, first_letter=True) or word

    def split_weekday(self, said: str) -> tuple[int | None, str]:
        """The weekday beside a date, and the date: `Sat, Jan 16`."""
        if match := self._weekday_first.match(said):
            return self.weekdays[match[1]], said[match.end() :]
        if match := self._weekday_last.search(said):
            return self.weekdays[match[1]], said[: match.start()]
        return None, said

    def without_time(self, said: str) -> str:
        """The text without a time of day beside the date."""
        return self._time.sub("", said)

    def matches(self, said: str) -> Iterator[tuple[str, re.Match[str]]]:
        if self._any_form.fullmatch(said):  # one pattern first: most texts match none
            for name, pattern in self._forms:
                if match := pattern.fullmatch(said):
                    yield name, match

    def _pattern(self, form: str) -> re.Pattern[str]:
        endings = alternatives(load(self.language)["number"]["ordinal_endings"])
        places = {
            "day": rf"(?:the )?(?P<day>\d{{1,2}})(?:{endings})?",
            "ordinal": rf"(?:the )?(?P<ordinal>\d{{1,2}}(?:{endings}))",
            "number": rf"(?:the )?(?P<number>\d{{1,2}})(?:{endings})?",
            "month": rf"(?P<month>{alternatives(self.months)})",
            "weekday": rf"(?P<weekday>{alternatives(self.weekdays)})",
            "year": r"(?P<year>\d{4}|'?\d{2})",
            "count": r"(?P<count>\d{1,3})",
            "days": rf"(?:{alternatives(phrases(self.language, 'date', 'days'))})",
            "weeks": rf"(?:{alternatives(phrases(self.language, 'date', 'weeks'))})",
        }
        return re.compile(form.format(**places))


@lru_cache
def calendar(language: str) -> Calendar:
    """The calendar words of a language, prepared once."""
    return Calendar(language)


def _places(names: list[list[str]]) -> dict[str, int]:
    return {key(name): place for place, each in enumerate(names) for name in each}


def _long(found: Mapping[str, Any]) -> list[str]:
    return [each for each in longest_first(found) if " " not in each and len(each) > 6]


def _time_beside(language: str) -> re.Pattern[str]:
    """A time of day before or after a date: `tomorrow at 10`, `friday afternoon`."""
    time = load(language)["time"]
    parts = alternatives(key(each) for half in ("am", "pm") for each in time[half] if len(each) > 3)
    noon = alternatives(key(each) for name in ("noon", "midnight") for each in time[name])
    clock = rf"\d{{1,2}}(?::\d\d)? ?[ap]\.?m?\.?|\d{{1,2}}:\d\d|{noon}"
    return re.compile(
        rf"^(?:at )?(?:{clock})[ ,]+(?=.)|[ ,]+(?:(?:at )?(?:{clock})|{parts}|at \d{{1,2}})$"
    )
