"""The replies of each flow, written a second time for the model, without the server's code."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Memory = Any
"""A count, or an Asked; None for an empty session."""


class Text(NamedTuple):
    """One text as the model sees it; `cookies` are the values of our cookies sent with it."""

    flow: str
    from_: str
    to: str
    body: str
    sid: str
    cookies: tuple[str, ...]


class Answer(NamedTuple):
    """The reply, possibly empty, and the session after it."""

    text: str
    memory: Memory = None


class Asked(NamedTuple):
    """An unfinished form: its questions, its answers, and the SIDs of the last texts."""

    questions: tuple[str, ...]
    answers: tuple[str, ...]
    sids: tuple[str, ...]

    def sids_with(self, sid: str) -> tuple[str, ...]:
        return (sid, *(each for each in self.sids if each != sid))[:MOST_SIDS]


EXPIRED = "expired"
OPTED_OUT = "opted out"
"""The session of an expired conversation, and of one that ended with STOP."""
MOST_SIDS = 5
"""The number of texts that are recognized if they are delivered again."""
CLEANED = {"Zoë 😀": "Zoë"}
"""Answers that are changed before they are stored, except for whitespace around them."""
CHANGED = "Sorry, something changed on our side. Let's start over."
STOPPED = "Okay, we'll stop here."
TOO_LATE = "Sorry, too much time has passed. Let's start over."


def counter(memory: Memory, _: Text) -> Answer:
    count = memory or 0
    greeting = "Hello, thanks for the new message!"
    return Answer(f"Your current count is {count}" if count else greeting, count + 1)


def message_number(memory: Memory, _: Text) -> Answer:
    number = (memory or 0) + 1
    which = f"message number {number}" if memory else "the new message."
    return Answer(f"Hello, thanks for {which}", number)


def reset_after_five(memory: Memory, text: Text) -> Answer:
    if memory == 6:
        return Answer("You've reached the end of the count!")
    answer = counter(memory, text)
    return answer if memory else Answer(f"{answer.text} Message again to see your count update.", 1)


def static_reply(_: Memory, __: Text) -> Answer:
    return Answer("Hello, World!")


def fallback(_: Memory, __: Text) -> Answer:
    return Answer("Sorry, something went wrong. Please text again in a minute.")


class Form:
    """A flow that asks these questions, in which `{0}` is the first answer, and then ends."""

    def __init__(self, *questions: str, end: Callable[..., str]) -> None:
        self.questions, self.end = questions, end

    def asked(self, answers: tuple[str, ...]) -> tuple[str, ...] | None:
        """Return the questions up to the pending one; None if no question is pending."""
        if len(answers) >= len(self.questions):
            return None
        return tuple(each.format(*answers) for each in self.questions[: len(answers) + 1])

    def __call__(self, memory: Memory, text: Text) -> Answer:
        seen = memory not in (None, EXPIRED) and text.sid in memory.sids
        if text.body == "STOP" and not seen:
            return Answer(STOPPED)
        if memory is None or memory == EXPIRED:
            return self._starts(text, TOO_LATE if memory else "")
        word = "" if seen else text.body.strip().casefold()
        if word == "restart":
            return self._starts(text)
        if word == "exit":
            return Answer("Goodbye.")
        answers, asked = memory.answers, memory.questions
        if word == "back":
            answers, asked = answers[:-1], asked[: max(len(answers), 1)]
        if self.asked(answers) != asked:
            return self._starts(text, CHANGED)
        if seen:
            return Answer(asked[-1], memory)
        if word != "back":
            answers = (*answers, CLEANED.get(text.body, text.body.strip()))
        return self._asks(answers, memory.sids_with(text.sid))

    def _starts(self, text: Text, before: str = "") -> Answer:
        first, memory = self._asks((), (text.sid,))
        return Answer(f"{before}\n{first}" if before else first, memory)

    def _asks(self, answers: tuple[str, ...], sids: tuple[str, ...]) -> Answer:
        asked = self.asked(answers)
        if asked is None:
            return Answer(self.end(*answers))
        return Answer(asked[-1], Asked(asked, answers, sids))


SIGN_UP = Form(
    "What is your name?",
    "Hello {0}. What is your favourite colour?",
    end=lambda name, colour: f"Thank you, {name}. {colour.capitalize()} it is.",
)
ORDERS = {
    1: Form("Which dish?", "How many of {0}?", end="{1} of {0}, then.".format),
    2: Form("Which dish?", "How many portions of {0}?", end="{1} of {0}, then.".format),
    3: Form(
        "Which dish?",
        "Where shall {0} go?",
        "How many of {0}?",
        end="{2} of {0} to {1}, then.".format,
    ),
}
ANSWERS: Mapping[str, Callable[[Memory, Text], Answer]] = {
    "counter": counter,
    "brief-counter": counter,
    "message-number": message_number,
    "reset-after-five": reset_after_five,
    "static-reply": static_reply,
    "sign-up": SIGN_UP,
    "fallback": fallback,
}
