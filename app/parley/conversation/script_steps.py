"""What a script may yield beside a text: a question with a reader, and steps that run once."""

import inspect
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from parley.conversation.flow import ServiceError
from parley.conversation.message import Message
from parley.conversation.prompts import Prompt, words
from parley.conversation.remembered_errors import recalled, remembered
from parley.conversation.session import Session
from parley.conversation.submission import Finished
from parley.conversation.understanding import read_text
from parley.tracing import traced

Script = Generator[Any, Any, Prompt | Finished]
"""What a conversation's function returns: it yields questions, and returns its last words."""

LONGEST_TEXT = 160
"""Characters of an answer to a question that takes any text, if it names no other limit."""

GAVE_UP: Final = object()
"""What a question is answered with once its tries are used up."""

NO_DEFAULT: Final = object()
IDEMPOTENCY_KEY = "idempotency_key"
"""The keyword-only parameter by which a function gets the key of the step that calls it."""

Seed = Callable[[str], str]
"""Derives a seed from the server's secret and a text that names the step."""


class ScriptChanged(Exception):
    """The script asks something else than it asked when these answers were given."""


class ScriptFailed(Exception):
    """A script that did what it may not; the message says what, and in which file and line."""


class QuestionError(ValueError):
    """A question that cannot be asked; the message says what to write instead, and no words of it.

    It may be logged in production, where the words of a question may be those of a person.
    """


@dataclass(frozen=True, kw_only=True, repr=False)
class AnswerContext:
    """What a reader may know beside the text: the message, the time, and the failed tries."""

    message: Message
    clock: Callable[[], datetime]
    language: str = "en"
    tries: int = 0

    @property
    def now(self) -> datetime:
        """The time in the business's time zone."""
        return self.clock()


def read_any_text(text: str, _context: AnswerContext) -> str:
    """The cleaned text, of at most LONGEST_TEXT characters; raises InvalidAnswer."""
    return read_text(text, 1, LONGEST_TEXT)


@dataclass(frozen=True, slots=True, repr=False)
class Question:
    """A question (a text, or a Reply without a session), and how an answer to it is read.

    `read` turns the text of an answer into the value to remember, str or int, and raises
    InvalidAnswer for one that does not fit. `kind` tells it from another question in the same
    words. `claims` are words that answer it. After `tries` answers that do not fit, the script gets
    GAVE_UP. `is_open` says that any text may be an answer. `accepts` are kinds of messages that are
    not answers elsewhere: `("picture",)`. `show` writes that value as its author reads it.
    """

    text: Prompt
    read: Callable[[str, AnswerContext], str | int] = read_any_text
    kind: str = ""
    claims: tuple[str, ...] = ()
    tries: int | None = None
    is_open: bool = True
    accepts: tuple[str, ...] = ()
    show: Callable[[Any], str] = str
    later: tuple[Any, ...] = ()
    """What happens if no answer comes: FollowUps."""
    default: Any = GAVE_UP
    """The answer after `tries` answers that do not fit."""

    def __iter__(self) -> "Asking":
        return (yield self)

    def __repr__(self) -> str:
        return f"Question({len(self.words)} characters)"

    @property
    def words(self) -> str:
        """The texts for the sender."""
        return words(self.text)

    def value(self, remembered: Any) -> Any:
        return self.default if remembered == () else remembered

    def gives_up(self, tries: int) -> bool:
        """Whether the question is given up after so many answers that did not fit."""
        return self.tries is not None and tries >= self.tries


@dataclass(frozen=True, slots=True, repr=False)
class Call:
    """A step that runs once; its result, or its failure, is remembered."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    named: Mapping[str, Any]
    default: Any = NO_DEFAULT
    late: str = ""

    @property
    def words(self) -> str:
        """The text to send if it takes long."""
        return self.late

    @property
    def kind(self) -> str:
        return f"call {getattr(self.function, '__name__', '')}"

    @property
    def compared(self) -> tuple[Any, ...]:
        """What identifies a call; its idempotency key does not count."""
        others = {name: self.named[name] for name in self.named if name != IDEMPOTENCY_KEY}
        return self.kind, self.arguments, others

    def run(self, key: str, _seed: Callable[[], str]) -> Any:
        named = dict(self.named)
        if IDEMPOTENCY_KEY not in named and _takes_key(self.function):
            named[IDEMPOTENCY_KEY] = key
        # Converted as a session does, so that the first turn gets the same value as later ones.
        return Session({"": traced(self.function)(*self.arguments, **named)})[""]

    def failed(self, error: ServiceError) -> tuple[Any, ...]:
        """The result to remember if the service fails: the default, or the failure."""
        return remembered(error) if self.default is NO_DEFAULT else (self.default,)

    def value(self, remembered: Any) -> Any:
        """The result; a ServiceError is to be raised."""
        return recalled(*remembered) if len(remembered) > 1 else remembered[0]


@dataclass(frozen=True, slots=True, repr=False)
class Rng:
    """A step that draws lots; their seed is remembered."""

    kind = "rng"

    def run(self, _key: str, seed: Callable[[], str]) -> str:
        return seed()

    def value(self, remembered: Any) -> Random:
        return Random(remembered[0])  # noqa: S311  # the same seed must draw the same


@dataclass(frozen=True, slots=True, repr=False)
class Wait:
    """A step that is over at a time; `words` are said before."""

    until: datetime | timedelta
    words: str = ""

    kind = "wait"

    def value(self, _remembered: Any) -> None:
        return None


Step = Question | Call | Rng | Wait

Asking = Generator[Question, Any, Any]
"""What a sub-generator returns that asks one question: `answer = yield from …`."""


def call(
    function: Callable[..., Any],
    *arguments: Any,
    default: Any = NO_DEFAULT,
    late: str = "",
    **named: Any,
) -> Call:
    """A call that must not be repeated in every turn: `result = yield call(http.get_json, url)`.

    It runs once, and what it returns is remembered: JSON values, of which a list comes back as a
    tuple and a dict as a Session. A ServiceError is remembered too, and raised at the `yield`; with
    `default` that value is returned instead.

    A function with a keyword-only parameter `idempotency_key` gets a key of the message and the
    step, which is the same if the message is delivered twice; give your own, or None for no key.

    With `late="One moment, I am looking that up."`, which needs DATABASE_URL, that is said if the
    call takes longer than eight seconds. The call goes on, and the script with its result: the next
    message is sent by `parley worker`.

    It runs again if the answer never reached Twilio, if the script failed later in the same turn,
    and after a "back". Any other error is not remembered: the turn fails, and the same answer can
    be sent again. Raises NotRemembered for a default that is not a JSON value, and
    QuestionError for what is not a function.
    """
    if not callable(function):
        raise QuestionError(
            f"call got {type(function).__name__}, which is not a function: name the function and "
            "then its arguments, `call(http.get_json, url)`"
        )
    if default is not NO_DEFAULT:
        default = Session({"": default})[""]
    return Call(function, arguments, named, default, late)


def wait(words: str = "", *, until: datetime | timedelta) -> Wait:
    """Wait for a time: `yield wait("Booked. I will text you the day before.", until=day_before)`.

    `words` are said now, and again to a text that comes meanwhile. At that time the script goes on,
    and its next message is sent by `parley worker`; it needs DATABASE_URL. A time without a zone is
    in the business's. In quiet hours the message waits for their end. Raises QuestionError.
    """
    if not isinstance(until, datetime | timedelta):
        raise QuestionError(
            f"wait got until={until!r}: write a datetime, or a time from now like hours(3)"
        )
    if not isinstance(words, str):
        raise QuestionError("wait got words that are not a text")
    return Wait(until, words)


def _takes_key(function: Callable[..., Any]) -> bool:
    try:
        parameter = inspect.signature(function).parameters.get(IDEMPOTENCY_KEY)
    except (TypeError, ValueError):  # a built-in function without a signature
        return False
    return parameter is not None and parameter.kind is parameter.KEYWORD_ONLY


def rng() -> Rng:
    """A `random.Random` of this conversation's own: `dice = yield rng()`.

    Its seed comes from the server's secret and MessageSid, and is remembered. What it draws cannot
    be predicted, and the same message delivered twice draws the same.
    """
    return Rng()
