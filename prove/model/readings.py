"""What each flow says, told once more: of the model, and so without a line of the server's."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Memory = Any
"""A count, or an Asked; None where nothing is remembered."""


class Text(NamedTuple):
    """One text as the model sees it; `cookies` are the values of ours that come with it."""

    flow: str
    from_: str
    to: str
    body: str
    sid: str
    cookies: tuple[str, ...]


class Said(NamedTuple):
    """What is to be read, nothing if empty, and what is remembered from then on."""

    reading: str
    memory: Memory = None


class Asked(NamedTuple):
    """A form in between: what was asked, what was answered, and the SID of the last text."""

    questions: tuple[str, ...]
    answers: tuple[str, ...]
    sid: str


def counter(memory: Memory, _: Text) -> Said:
    count = memory or 0
    greeting = "Hello, thanks for the new message!"
    return Said(f"Your current count is {count}" if count else greeting, count + 1)


def message_number(memory: Memory, _: Text) -> Said:
    number = (memory or 0) + 1
    return Said(f"Hello, thanks for {f'message number {number}' if memory else 'the new message.'}",
                number)  # fmt: skip


def reset_after_five(memory: Memory, text: Text) -> Said:
    if memory == 6:
        return Said("You've reached the end of the count!")
    said = counter(memory, text)
    return said if memory else Said(f"{said.reading} Message again to see your count update.", 1)


def static_reply(_: Memory, __: Text) -> Said:
    return Said("Hello, World!")


def fallback(_: Memory, __: Text) -> Said:
    return Said("Sorry, something went wrong. Please text again in a minute.")


class Form:
    """A flow that asks these questions, in which `{0}` is the first answer, and then ends."""

    def __init__(self, *questions: str, end: Callable[..., str]) -> None:
        self.questions, self.end = questions, end

    def asked(self, answers: tuple[str, ...]) -> tuple[str, ...] | None:
        """All that is asked up to the question that waits; None where none does."""
        if len(answers) >= len(self.questions):
            return None
        return tuple(each.format(*answers) for each in self.questions[: len(answers) + 1])

    def __call__(self, memory: Memory, text: Text) -> Said:
        again = memory is not None and memory.sid == text.sid
        word = None if again else text.body.strip().casefold()
        if memory is None or word == "restart":
            return self._asks((), text)
        if word == "exit":
            return Said("Goodbye.")
        answers, asked = memory.answers, memory.questions
        if word == "back":
            answers, asked = answers[:-1], asked[: max(len(answers), 1)]
        if self.asked(answers) != asked:
            changed = "This conversation has changed in the meantime: we start anew."
            reading, begun = self._asks((), text)
            return Said(f"{changed}\n{reading}", begun)
        if again or word == "back":
            return self._asks(answers, text)
        return self._asks((*answers, text.body.strip()), text)

    def _asks(self, answers: tuple[str, ...], text: Text) -> Said:
        asked = self.asked(answers)
        if asked is None:
            return Said(self.end(*answers))
        return Said(asked[-1], Asked(asked, answers, text.sid))


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
READINGS: Mapping[str, Callable[[Memory, Text], Said]] = {
    "counter": counter,
    "brief-counter": counter,
    "message-number": message_number,
    "reset-after-five": reset_after_five,
    "static-reply": static_reply,
    "sign-up": SIGN_UP,
    "fallback": fallback,
}
