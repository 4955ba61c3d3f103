"""Replies to invalid answers: one sentence at the first try, an example at the next ones."""

from collections.abc import Callable, Sequence
from datetime import date, time

from parley.conversation.script_steps import AnswerContext
from parley.conversation.sentences import (
    DAY,
    DAY_OUT_OF_RANGE,
    EMPTY,
    EXAMPLE,
    MEANT,
    NO_CONTACTS,
    NO_LOCATIONS,
    NO_PICTURES,
    NO_VOICE,
    NUMBER,
    ONE_DAY,
    ONE_NUMBER,
    ONE_TIME,
    OPTION,
    OPTION_EXAMPLE,
    OPTION_OUT_OF_RANGE,
    SEND_PICTURE,
    TIME,
    TIME_OUT_OF_RANGE,
    TOO_LONG,
    TOO_SHORT,
    UNCLEAR,
    UNCLEAR_AGAIN,
    YES_OR_NO,
    YES_OR_NO_EXAMPLE,
    clock,
    either,
    say,
    shown,
)
from parley.conversation.understanding import InvalidAnswer
from parley.conversation.understanding.message_kinds import CONTACT, LOCATION, PICTURE, VOICE
from parley.conversation.understanding.texts import clean

Explain = Callable[[InvalidAnswer, AnswerContext], str]

NOT_READ = {
    PICTURE: NO_PICTURES,
    VOICE: NO_VOICE,
    CONTACT: NO_CONTACTS,
    LOCATION: NO_LOCATIONS,
}
"""Kinds of messages that a script cannot read, and the reply to each."""


def confirm(error: InvalidAnswer, context: AnswerContext) -> str:
    """Explain that yes or no is needed."""
    language = context.language
    return _twice(error, context, say(language, YES_OR_NO), say(language, YES_OR_NO_EXAMPLE))


def picture(error: InvalidAnswer, context: AnswerContext) -> str:
    """Explain that a picture is needed."""
    needed = say(context.language, SEND_PICTURE)
    return _twice(error, context, needed, needed)


def choice(options: Sequence[str]) -> Explain:
    """Explain which options there are."""

    def explain(error: InvalidAnswer, context: AnswerContext) -> str:
        language = context.language
        if error.reason == "out of range" and not context.tries:
            return say(language, OPTION_OUT_OF_RANGE, count=len(options))
        if error.meanings and not context.tries:
            return say(language, MEANT, meanings=either(language, error.meanings))
        needed = say(language, OPTION, count=len(options))
        return _twice(error, context, needed, say(language, OPTION_EXAMPLE, option=options[0]))

    return explain


def number(least: int, most: int) -> Explain:
    """Explain which numbers are allowed."""

    def explain(error: InvalidAnswer, context: AnswerContext) -> str:
        language = context.language
        needed = say(language, NUMBER, min=least, max=most)
        if error.reason == "out of range":
            return needed
        if error.reason == "ambiguous":
            needed = say(language, ONE_NUMBER, min=least, max=most)
        example = say(language, EXAMPLE, example=min(most, max(least, 2)))
        return _twice(error, context, needed, example)

    return explain


def day(first: date, last: date) -> Explain:
    """Explain which days are allowed."""

    def explain(error: InvalidAnswer, context: AnswerContext) -> str:
        language = context.language
        if error.reason == "out of range":
            bounds = {"first": shown(first, language), "last": shown(last, language)}
            return say(language, DAY_OUT_OF_RANGE, **bounds)
        if error.meanings and not context.tries:
            days = [shown(each, language) for each in error.meanings]
            return say(language, MEANT, meanings=either(language, days))
        example = shown(min(last, max(first, date.fromordinal(first.toordinal() + 1))), language)
        needed = ONE_DAY if error.reason == "ambiguous" else DAY
        again = say(language, EXAMPLE, example=example)
        return _twice(error, context, say(language, needed, example=example), again)

    return explain


def time_of_day(opens: time, closes: time) -> Explain:
    """Explain which times are allowed."""

    def explain(error: InvalidAnswer, context: AnswerContext) -> str:
        language = context.language
        bounds = {"opens": clock(opens), "closes": clock(closes)}
        if error.reason == "out of range":
            return say(language, TIME_OUT_OF_RANGE, **bounds)
        if error.meanings and not context.tries:
            times = [clock(each) for each in error.meanings]
            return say(language, MEANT, meanings=either(language, times))
        example = clock(opens)
        needed = say(language, TIME, example=example, **bounds)
        if error.reason == "ambiguous":
            needed = say(language, ONE_TIME, example=example)
        return _twice(error, context, needed, say(language, EXAMPLE, example=example))

    return explain


def text(least: int, most: int) -> Explain:
    """Explain how long a text may be."""

    def explain(error: InvalidAnswer, context: AnswerContext) -> str:
        if error.reason == "empty":
            return say(context.language, EMPTY)
        if len(clean(context.message.body)) > most:
            return say(context.language, TOO_LONG, max=most)
        return say(context.language, TOO_SHORT, min=least)

    return explain


def _twice(error: InvalidAnswer, context: AnswerContext, needed: str, example: str) -> str:
    """Return the requirement at the first failed try, and an example at the next ones."""
    if context.tries:
        return f"{say(context.language, UNCLEAR_AGAIN)} {example}"
    reason = EMPTY if error.reason == "empty" else UNCLEAR
    return f"{say(context.language, reason)} {needed}"
