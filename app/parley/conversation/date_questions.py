"""Questions for days and times. Their parser is loaded only for scripts that ask one."""

import datetime
import re
from typing import Any, Unpack

from parley.conversation import explanations
from parley.conversation.follow_ups import Later, follow_ups
from parley.conversation.prompts import Prompt
from parley.conversation.question_arguments import check_tries, check_within
from parley.conversation.questions import Check, explained
from parley.conversation.script_steps import (
    GAVE_UP,
    AnswerContext,
    Asking,
    Question,
    QuestionError,
)
from parley.conversation.sentences import TIME_IS_PAST, clock, say
from parley.conversation.understanding import InvalidAnswer, read_date, read_time

_TIME = re.compile(r"([0-9]{1,2})(?::([0-9]{2}))?")


def date(
    text: Prompt,
    *,
    within: int = 365,
    before: str = "24:00",
    month_first: bool = True,
    retry: str = "",
    check: Check | None = None,
    tries: int | None = None,
    default: Any = None,
    **later: Unpack[Later],
) -> Asking:
    """Ask for a day from today to `within` days ahead, both included; return a datetime.date.

    Today is the date in the time zone (`TIME_ZONE`) when the answer arrives. After the time
    `before`, such as the last hour of business, today is not accepted. `month_first`: 5/6 is May 6.
    """
    last_minute = minutes(before)
    check_within(within)
    check_tries("date", tries, default)

    def days(context: AnswerContext) -> tuple[datetime.date, datetime.date, datetime.date]:
        now = context.now
        is_over = now.hour * 60 + now.minute >= last_minute
        today = now.date()
        first = today + datetime.timedelta(days=is_over)
        return today, first, max(first, today + datetime.timedelta(days=within))

    def read(answer: str, context: AnswerContext) -> int:
        today, first, last = days(context)
        given: dict[str, Any] = {"language": context.language, "month_first": month_first}
        return read_date(answer, today, first, last, **given).toordinal()

    def explain(error: InvalidAnswer, context: AnswerContext) -> str:
        return explanations.day(*days(context)[1:])(error, context)

    reader = explained(read, explain, retry, check, datetime.date.fromordinal)
    kind, then = f"date {within} {before}", follow_ups("date", text, later)
    answer = yield Question(text, reader, kind, (), tries, is_open=False, show=_iso_day, later=then)
    return default if answer is GAVE_UP else datetime.date.fromordinal(answer)


def time(
    text: Prompt,
    opens: str = "0:00",
    closes: str = "24:00",
    *,
    day: datetime.date | None = None,
    retry: str = "",
    check: Check | None = None,
    tries: int | None = None,
    default: Any = None,
    **later: Unpack[Later],
) -> Asking:
    """Ask for a time from `opens` to before `closes`; return a datetime.time.

    3 means 3:00 or 15:00 if only one of them is within the hours; otherwise the person is asked.
    With `day`, a time that has passed when the answer arrives is not accepted.
    """
    bounds = _bounds(opens, closes)
    check_tries("time", tries, default)

    def read(answer: str, context: AnswerContext) -> int:
        at = read_time(answer, *bounds, language=context.language)
        now = context.now if day else None
        if now and datetime.datetime.combine(day or now.date(), at) <= now.replace(tzinfo=None):
            raise InvalidAnswer(say(context.language, TIME_IS_PAST), reason="out of range")
        return at.hour * 60 + at.minute

    reader = explained(read, explanations.time_of_day(*bounds), retry, check, of_minutes)
    kind, show = f"time {opens} {closes}", _iso_time
    what_then = follow_ups("time", text, later)
    answer = yield Question(
        text, reader, kind, (), tries, is_open=False, show=show, later=what_then
    )
    return default if answer is GAVE_UP else of_minutes(answer)


def of_minutes(since_midnight: int) -> datetime.time:
    """Return the time of day for minutes after midnight."""
    return datetime.time(*divmod(since_midnight % 1440, 60))


def minutes(written: str) -> int:
    """Return the minutes after midnight of `9:00`, up to `24:00`. Raises QuestionError."""
    parts = _TIME.fullmatch(written) if isinstance(written, str) else None
    found = int(parts[1]) * 60 + int(parts[2] or 0) if parts else -1
    if parts is None or found > 1440 or int(parts[2] or 0) > 59:
        raise QuestionError(f"{written!r} is not a time from 0:00 to 24:00: write it like '9:00'")
    return found


def _iso_day(remembered: int) -> str:
    return datetime.date.fromordinal(remembered).isoformat()


def _iso_time(remembered: int) -> str:
    return of_minutes(remembered).isoformat("minutes")


def _bounds(opens: str, closes: str) -> tuple[datetime.time, datetime.time]:
    first, last = minutes(opens), minutes(closes)
    if first == last:
        raise QuestionError(
            f"time opens and closes at {opens}: write two different times; `closes` may be earlier"
        )
    return of_minutes(first), of_minutes(last)


__all__ = ["clock", "date", "minutes", "of_minutes", "time"]
