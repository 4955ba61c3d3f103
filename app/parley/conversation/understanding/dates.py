"""Read days: a strict grammar over the words of a language (docs/decisions/0009).

A text is a day only if the whole text is one. The rules for weekdays: `friday` is the next Friday;
on a Friday it can also mean today. `this friday` is the first Friday from today on, today included,
and `next friday` is the Friday of the next calendar week (Monday to Sunday).
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from parley.conversation.understanding.ambiguity import refuse_several
from parley.conversation.understanding.calendar_words import Calendar, calendar
from parley.conversation.understanding.errors import InvalidAnswer
from parley.conversation.understanding.folding import fold
from parley.conversation.understanding.politeness import core, shown, trimmed

_ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{4})()(\d{2})(\d{2})")
_NUMERIC = re.compile(r"(\d{1,2})\s?([-/.])\s?(\d{1,2})(?:\s?\2\s?(\d{4}|'?\d{2}))?(\.?)")


def read_date(
    text: str,
    today: date,
    first: date,
    last: date,
    *,
    language: str = "en",
    month_first: bool = True,
) -> date:
    """Return the day in a text, `first` to `last`. Raises InvalidAnswer for any other text.

    Without a year it is the next such day. `month_first`: 5/6 is May 6.
    """
    shown(text)
    said = core(text, language, visit=True).rstrip("?").replace("(", " ").replace(")", " ").strip()
    if re.fullmatch(r"\d{1,2}\. ?\d{1,2}", said) and fold(text).endswith("."):
        said += "."  # 24.12. names the day first
    try:
        found = _days(said, today, calendar(language), month_first)
    except InvalidAnswer as error:
        if error.reason == "not understood":
            words = calendar(language)
            refuse_several(said, language, lambda part: _days(part, today, words, month_first))
        raise
    fitting = sorted(day for day in found if first <= day <= last)
    if len(fitting) > 1:
        raise InvalidAnswer(reason="ambiguous", meanings=tuple(fitting))
    if not fitting:
        raise InvalidAnswer(reason="out of range")
    return fitting[0]


def prepare(language: str) -> None:
    """Load the words of a language now, rather than with the first answer."""
    calendar(language)


def _days(said: str, today: date, words: Calendar, month_first: bool) -> set[date]:  # noqa: FBT001
    if not (found := set(_Reading(said, today, words, month_first).days())):
        raise InvalidAnswer(reason="not understood")
    return found


class _Reading:
    """A text, and the days that it may mean."""

    def __init__(self, said: str, today: date, words: Calendar, month_first: bool) -> None:  # noqa: FBT001
        self.said, self.today, self.words, self.month_first = said, today, words, month_first

    def days(self) -> Iterator[date]:
        said = self.words.without_time(self.said)
        weekday, rest = self.words.split_weekday(said)
        if (numeric := self._numeric(rest)) is not None:
            yield from self._on(weekday, numeric)
            return
        for spelled in self.words.spellings(said):
            if (days := self.words.relative.get(spelled)) is not None:
                yield self.today + timedelta(days=days)
                return
            if fixed := self.words.fixed.get(spelled):
                yield from self._yearly(*fixed)
                return
            for name, match in self.words.matches(spelled):
                yield from getattr(self, f"_{name}")(match)
                return
            weekday, rest = self.words.split_weekday(spelled)
            for name, match in self.words.matches(rest) if weekday is not None else ():
                if name in ("day_month", "day"):
                    yield from self._on(weekday, getattr(self, f"_{name}")(match))
                    return

    def _on(self, weekday: int | None, days: Iterable[date]) -> Iterator[date]:
        """Yield the days that match the weekday next to them."""
        for day in days:
            if weekday is None or day.weekday() == weekday:
                yield day

    def _numeric(self, said: str) -> list[date] | None:
        """Return the days in a numeric date; None for a text with other characters."""
        said = re.sub(r"^(?:the|on) ", "", said).strip(" ,")
        if match := _ISO.fullmatch(said):
            year, month, day = (int(each) for each in match.groups() if each and each.isdigit())
            return list(_valid(year, month, day))
        if not (match := _NUMERIC.fullmatch(said)):
            return None
        one, other, mark = int(match[1]), int(match[3]), match[2]
        orders = [(one, other), (other, one)] if self.month_first else [(other, one), (one, other)]
        found = [list(self._in_year(*order, match[4])) for order in orders]
        if not (found[0] and found[1]) or one == other:
            return found[0] or found[1]
        if mark == "-" and not match[4] and one < other:
            raise InvalidAnswer(reason="ambiguous")  # 2-3 may be a span: from 2 to 3
        if mark == "." and match[5]:
            return list(self._in_year(other, one, match[4]))
        if mark == "." and self.month_first:
            return [
                *found[0],
                *found[1],
            ]  # with dots the day is usually first, but not for this author
        return found[0]

    def _in_year(self, month: int, day: int, year: str | None) -> Iterator[date]:
        if not year:
            return self._yearly(month, day)
        return _valid(int(year.strip("'")) + (2000 if len(year) < 4 else 0), month, day)

    def _yearly(self, month: int, day: int) -> Iterator[date]:
        """Yield the next such day."""
        for year in (self.today.year, self.today.year + 1):
            for found in _valid(year, month, day):
                if found >= self.today:
                    yield found
                    return

    def _day_month(self, match: re.Match[str]) -> Iterator[date]:
        groups = match.groupdict()
        month, day = self.words.month(groups["month"]), _number(groups["day"])
        yield from self._in_year(month, day, groups.get("year"))

    def _day(self, match: re.Match[str]) -> Iterator[date]:
        """The next day with this number in its month: `the 18th`, `monday the 14th`."""
        groups = match.groupdict()
        number = _number(groups.get("number") or groups.get("ordinal") or "")
        weekday = groups.get("weekday")
        year, month = self.today.year, self.today.month
        for _ in range(2):
            for found in _valid(year, month, number):
                if found >= self.today:
                    yield from self._on(self.words.weekday(weekday) if weekday else None, [found])
                    return
            year, month = year + month // 12, month % 12 + 1

    def _weekday(self, match: re.Match[str]) -> Iterator[date]:
        coming = self._coming(match)
        yield coming
        if coming == self.today:
            yield coming + timedelta(days=7)

    def _this_weekday(self, match: re.Match[str]) -> Iterator[date]:
        yield self._coming(match)

    def _next_weekday(self, match: re.Match[str]) -> Iterator[date]:
        monday = self.today + timedelta(days=7 - self.today.weekday())
        yield monday + timedelta(days=self.words.weekday(match["weekday"]))

    def _week_after_weekday(self, match: re.Match[str]) -> Iterator[date]:
        coming = self._coming(match)
        yield coming + timedelta(days=14 if coming == self.today else 7)

    def _last_weekday(self, match: re.Match[str]) -> Iterator[date]:
        yield self._coming(match) - timedelta(days=7)

    def _in_days(self, match: re.Match[str]) -> Iterator[date]:
        yield self.today + timedelta(days=int(match["count"]))

    def _in_weeks(self, match: re.Match[str]) -> Iterator[date]:
        yield self.today + timedelta(weeks=int(match["count"]))

    def _in_weeks_from_tomorrow(self, match: re.Match[str]) -> Iterator[date]:
        yield self.today + timedelta(weeks=int(match["count"]), days=1)

    def _days_ago(self, match: re.Match[str]) -> Iterator[date]:
        yield self.today - timedelta(days=max(1, int(match["count"])))

    def _coming(self, match: re.Match[str]) -> date:
        days = (self.words.weekday(match["weekday"]) - self.today.weekday()) % 7
        return self.today + timedelta(days=days)


def _valid(year: int, month: int, day: int) -> Iterator[date]:
    try:
        yield date(year, month, day)
    except ValueError:
        return


def _number(text: str) -> int:
    return int(trimmed(text).rstrip("abcdefghijklmnopqrstuvwxyzºª"))
