"""Questions that are asked until the answer fits: sub-generators, composed with `yield from`.

Each says in its own words what does not fit, and asks again. With `tries`, it asks so often and
then returns `otherwise`; without, it asks until the conversation ends.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

from app.conversation.manners import plain
from app.conversation.steps import GAVE_UP, Asking, Question, Refused

_NUMBER = re.compile(r"[-+]?\d{1,18}")

YES = frozenset({"yes", "y", "yep", "yeah", "sure", "ok"})
NO = frozenset({"no", "n", "nope", "nah"})


def ask(
    text: str,
    read: Callable[[str], str | int],
    *,
    kind: str = "",
    claims: Sequence[str] = (),
    tries: int | None = None,
    otherwise: Any = None,
) -> Asking:
    """Ask with a reader of one's own: it returns str or int, or raises Refused with a sentence.

    `kind` and `claims` are those of a Question: give another `kind` when the reader comes to
    remember something else of the same answer. Returns what the reader returned.
    """
    answer = yield Question(text, read, kind, tuple(claims), tries)
    return otherwise if answer is GAVE_UP else answer


def choice(
    text: str,
    options: Sequence[str],
    *,
    again: str = "Please answer with a number from the list, or with its word.",
    tries: int | None = None,
    otherwise: Any = None,
) -> Asking:
    """One of the options, by its number, its word, or a beginning that only one of them has.

    The list is put below the text. Returns the option; its number is remembered.
    """
    folded = [plain(option) for option in options]
    if not options or len(set(folded)) < len(folded) or not all(folded):
        raise ValueError("a choice has options, and each is another word")

    def read(answer: str) -> int:
        said = plain(answer)
        if said in folded:
            return folded.index(said)
        if said.isascii() and said.isdigit() and 1 <= int(said[:9]) <= len(folded):
            return int(said) - 1
        begun = [number for number, option in enumerate(folded) if option.startswith(said)]
        if not said or len(begun) != 1:
            raise Refused(again)
        return begun[0]

    listed = "\n".join(f"{number}. {option}" for number, option in enumerate(options, start=1))
    answer = yield Question(f"{text}\n{listed}", read, "choice", tuple(options), tries)
    return otherwise if answer is GAVE_UP else options[answer]


def confirm(
    text: str,
    *,
    again: str = "Please answer with yes or no.",
    tries: int | None = None,
    otherwise: Any = None,
) -> Asking:
    """True for yes, y, yep, yeah, sure and ok, False for no, n, nope and nah, in any case."""

    def read(answer: str) -> int:
        if plain(answer) not in YES | NO:
            raise Refused(again)
        return int(plain(answer) in YES)

    answer = yield Question(text, read, "confirm", (), tries)
    return otherwise if answer is GAVE_UP else bool(answer)


def number(
    text: str,
    least: int,
    most: int,
    *,
    again: str = "Please answer with a whole number from {least} to {most}.",
    tries: int | None = None,
    otherwise: Any = None,
) -> Asking:
    """A whole number from `least` to `most`, both included."""

    def read(answer: str) -> int:
        said = _NUMBER.fullmatch(plain(answer).replace("−", "-"))
        if not said or not least <= int(said[0]) <= most:
            raise Refused(again.format(least=least, most=most))
        return int(said[0])

    answer = yield Question(text, read, f"number {least} {most}", (), tries)
    return otherwise if answer is GAVE_UP else answer


def text(
    text: str,
    *,
    least: int = 1,
    most: int = 160,
    again: str = "Please answer with {least} to {most} characters.",
    tries: int | None = None,
    otherwise: Any = None,
) -> Asking:
    """A text of `least` to `most` characters (code points), without the space around it."""

    def read(answer: str) -> str:
        if not least <= len(answer.strip()) <= most:
            raise Refused(again.format(least=least, most=most))
        return answer.strip()

    answer = yield Question(text, read, f"text {least} {most}", (), tries)
    return otherwise if answer is GAVE_UP else answer
