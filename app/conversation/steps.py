"""What a script may yield beside a text: a question with a reader, and steps outside of it."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from random import Random
from typing import Any, Final, NamedTuple

from app.conversation.session import Session

Script = Generator[Any, Any, str]
"""What a conversation's function returns: it yields questions, and returns its last words."""

GAVE_UP: Final = object()
"""What a question is answered with once its tries are used up."""

Seed = Callable[[str], str]
"""Makes a seed for chance of a text that names the step; the server's secret is in it."""


class ScriptChanged(Exception):
    """The script asks something else than it asked when these answers were given."""


class ScriptFailed(Exception):
    """A script that did what it may not; the message says what, and in which file and line."""


class Refused(Exception):
    """An answer that does not fit; its sentence is said before the question is asked again."""


class Question(NamedTuple):
    """What is asked, and how an answer to it is read.

    `read` turns the text of an answer into what is remembered of it, str or int, and raises Refused
    for one that does not fit. `kind` tells it from another question in the same words. `claims` are
    words that answer it. After `tries` answers that do not fit, the script gets GAVE_UP.
    """

    text: str
    read: Callable[[str], str | int] = str.strip
    kind: str = ""
    claims: tuple[str, ...] = ()
    tries: int | None = None

    def __repr__(self) -> str:
        return f"Question({len(self.text)} characters)"

    def value(self, remembered: Any) -> Any:
        return GAVE_UP if remembered == () else remembered

    def gives_up(self, tries: int) -> bool:
        """Whether it is asked no more after so many answers that did not fit."""
        return self.tries is not None and tries >= self.tries


@dataclass(frozen=True, slots=True, repr=False)
class Outside:
    """A step that runs once; its result is remembered."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]

    @property
    def kind(self) -> str:
        return f"outside {getattr(self.function, '__name__', '')}"

    def run(self, _seed: Callable[[], str]) -> Any:
        # As a session gives it back: the first time is like all later ones.
        return Session({"": self.function(*self.arguments)})[""]

    def value(self, remembered: Any) -> Any:
        return remembered[0]


@dataclass(frozen=True, slots=True, repr=False)
class Chance:
    """A step that draws lots; their seed is remembered."""

    kind = "chance"

    def run(self, seed: Callable[[], str]) -> str:
        return seed()

    def value(self, remembered: Any) -> Random:
        return Random(remembered[0])  # noqa: S311  # the same seed must draw the same


Step = Question | Outside | Chance

Asking = Generator[Question, Any, Any]
"""What a sub-generator returns that asks one question: `answer = yield from …`."""


def outside(function: Callable[..., Any], *arguments: Any) -> Outside:
    """A call that must not be repeated in every turn: `result = yield outside(fetch_json, url)`.

    It runs once, and what it returns is remembered: JSON values, of which a list comes back as a
    tuple and a dict as a Session. It does run again where the answer never reached Twilio, where
    the script failed later in the same turn, and behind a "back". What it raises is not remembered
    either: the turn fails, and the same answer can be sent again.
    """
    return Outside(function, arguments)


def chance() -> Chance:
    """A `random.Random` of this conversation's own: `dice = yield chance()`.

    Its seed comes from the server's secret and MessageSid, and is remembered: nobody can guess what
    it draws, and the same message delivered twice draws the same.
    """
    return Chance()
