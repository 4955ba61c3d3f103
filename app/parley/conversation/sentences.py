"""The engine's own sentences to people, in the languages of `locales/`.

The English sentences are the keys of the translations (GNU gettext). `make translations` compiles
the translations.
"""

import gettext
from collections.abc import Sequence
from datetime import date, time
from functools import lru_cache
from pathlib import Path

from parley.conversation.understanding.languages import load

LOCALES = Path(__file__).parents[1] / "locales"


def N_(sentence: str) -> str:  # noqa: N802  # gettext's name for a sentence to translate
    return sentence


GOODBYE = N_("Goodbye.")
CHANGED = N_("Sorry, something changed on our side. Let's start over.")
TOO_LATE = N_("Sorry, too much time has passed. Let's start over.")
STOPPED = N_("Okay, we'll stop here. To get no more messages from this number, reply STOP.")
STOPPED_ELSEWHERE = N_("Okay, we'll stop here.")
FAILED = N_("Sorry, something went wrong. Please answer the last question again.")
TOO_MANY = N_("You have sent many texts. Please wait a minute, then text again.")
OPTED_OUT = N_("You will get no more texts from us. Reply START to get them again.")
OPTED_IN = N_("You will get texts from us again. Reply STOP to get no more.")
HELP = N_("Text us and we will reply. Reply STOP to get no more texts. Msg & data rates may apply.")
TO_START = N_("To start, reply {word}.")
GO_BACK = N_("To return to the previous question, reply {word}.")
NO_CHANGE = N_("To change an answer, reply {word}.")

NO_PICTURES = N_("Sorry, I can't read pictures here.")
NO_VOICE = N_("Sorry, I can't listen to voice messages here.")
NO_CONTACTS = N_("Sorry, I can't read contact cards here.")
NO_LOCATIONS = N_("Sorry, I can't read locations here.")

EMPTY = N_("Sorry, your message was empty.")
UNCLEAR = N_("Sorry, I didn't get that.")
UNCLEAR_AGAIN = N_("I still didn't understand.")
MEANT = N_("Did you mean {meanings}?")
OR = N_("{first} or {last}")

YES_OR_NO = N_("Please reply yes or no.")
YES_OR_NO_EXAMPLE = N_("For example, reply YES.")
OPTION = N_("Please reply with a number from 1 to {count}, or with the words.")
OPTION_OUT_OF_RANGE = N_("Please choose a number from 1 to {count}.")
OPTION_EXAMPLE = N_("For example, reply 1 for {option}.")
NUMBER = N_("Please reply with a number from {min} to {max}.")
EXAMPLE = N_("For example, reply {example}.")
ONE_NUMBER = N_("I need one whole number, from {min} to {max}.")
DAY = N_("Please reply with a day, like {example}.")
ONE_DAY = N_("I need one day, like {example}.")
DAY_OUT_OF_RANGE = N_("Please choose a day from {first} to {last}.")
TIME = N_("Please reply with a time from {opens} to {closes}, like {example}.")
ONE_TIME = N_("I need one time, like {example}.")
TIME_OUT_OF_RANGE = N_("Please choose a time from {opens} to before {closes}.")
TIME_IS_PAST = N_("That time has passed. Please choose a later one.")
TOO_LONG = N_("Sorry, that is too long. Please use at most {max} characters.")
TOO_SHORT = N_("Sorry, that is too short. Please use at least {min} characters.")
SEND_PICTURE = N_("Please send a picture.")


def say(language: str, sentence: str, **values: object) -> str:
    """Return a sentence in a language, with its values; English if it is not translated."""
    said = _translations(language).gettext(sentence) if sentence else ""
    return said.format(**values) if values else said


def either(language: str, meanings: Sequence[str]) -> str:
    """Join alternatives: `9:00 or 21:00`."""
    first, last = ", ".join(meanings[:-1]), meanings[-1]
    return say(language, OR, first=first, last=last)


def shown(day: date, language: str = "en") -> str:
    """Format a day as `Thu 24 Dec 2026`, which is also a valid answer."""
    words = load(language)["date"]
    weekday, month = words["weekdays_shown"][day.weekday()], words["months_shown"][day.month - 1]
    return f"{weekday} {day.day} {month} {day.year}"


def clock(at: time) -> str:
    """Format a time of day as `9:30`."""
    return f"{at.hour}:{at.minute:02}"


@lru_cache
def _translations(language: str) -> gettext.NullTranslations:
    return gettext.translation("parley", LOCALES, [language], fallback=True)
