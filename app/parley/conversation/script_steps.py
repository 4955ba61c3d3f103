"""The steps that a script can yield besides a text: questions with a reader, calls, and waits."""

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
"""The return type of a script's function: it yields steps, and returns the last reply."""

LONGEST_TEXT = 160
"""Maximum length of an answer to a question for any text, in characters, by default."""

GAVE_UP: Final = object()
"""The answer that a script gets once a question's tries are used up."""

NO_DEFAULT: Final = object()
IDEMPOTENCY_KEY = "idempotency_key"
"""The keyword-only parameter with which a function gets the idempotency key of its step."""

Seed = Callable[[str], str]
"""A function that derives a seed from the server's secret and a text that names the step."""


class ScriptChanged(Exception):
    """Raised if the script's steps do not match the answers in the session."""


class ScriptFailed(Exception):
    """An error in a script; the message says what is wrong, with the file and the line."""


class QuestionError(ValueError):
    """A step with invalid arguments; the message says what to write instead.

    It is logged in production, so it must not quote the question, which may hold personal data.
    """


@dataclass(frozen=True, kw_only=True, repr=False)
class AnswerContext:
    """The context of an answer: the message, the time, the language, and the failed tries."""

    message: Message
    clock: Callable[[], datetime]
    language: str = "en"
    tries: int = 0

    @property
    def now(self) -> datetime:
        """The time in the business's time zone."""
        return self.clock()


def read_any_text(text: str, _context: AnswerContext) -> str:
    """Return the cleaned text, of at most LONGEST_TEXT characters. Raises InvalidAnswer."""
    return read_text(text, 1, LONGEST_TEXT)


@dataclass(frozen=True, slots=True, repr=False)
class Question:
    """A question (a text, or a Reply without a session), and how an answer to it is read.

    `read` converts the text of an answer to the value to store, str or int, and raises
    InvalidAnswer for an invalid one. `kind` distinguishes questions with the same words. `claims`
    are keywords that answer it. After `tries` invalid answers, the script gets `default`.
    `is_open`: any text may be an answer. `accepts` are kinds that are not answers elsewhere:
    `("picture",)`. `show` formats the stored value for developers.
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
    """What happens if there is no answer: FollowUps."""
    default: Any = GAVE_UP
    """The answer after `tries` invalid answers."""

    def __iter__(self) -> "Asking":
        return (yield self)

    def __repr__(self) -> str:
        return f"Question({len(self.words)} characters)"

    @property
    def words(self) -> str:
        """The texts of the question for the sender."""
        return words(self.text)

    def value(self, remembered: Any) -> Any:
        return self.default if remembered == () else remembered

    def gives_up(self, tries: int) -> bool:
        """Return whether the question is given up after that many invalid answers."""
        return self.tries is not None and tries >= self.tries


@dataclass(frozen=True, slots=True, repr=False)
class Call:
    """A step that runs once; its result, or its failure, is stored in the session."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    named: Mapping[str, Any]
    default: Any = NO_DEFAULT
    late: str = ""

    @property
    def words(self) -> str:
        """The text to send if the call takes long."""
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
        # Converted as by a session, so that the first turn gets the same value as later ones.
        return Session({"": traced(self.function)(*self.arguments, **named)})[""]

    def failed(self, error: ServiceError) -> tuple[Any, ...]:
        """Return the result to store if the service fails: the default, or the failure."""
        return remembered(error) if self.default is NO_DEFAULT else (self.default,)

    def value(self, remembered: Any) -> Any:
        """Return the result; the caller raises it if it is a ServiceError."""
        return recalled(*remembered) if len(remembered) > 1 else remembered[0]


@dataclass(frozen=True, slots=True, repr=False)
class Rng:
    """A step that returns a random generator; its seed is stored in the session."""

    kind = "rng"

    def run(self, _key: str, seed: Callable[[], str]) -> str:
        return seed()

    def value(self, remembered: Any) -> Random:
        return Random(remembered[0])  # noqa: S311  # the same seed must draw the same


@dataclass(frozen=True, slots=True, repr=False)
class Wait:
    """A step that ends at a time; `words` are sent before."""

    until: datetime | timedelta
    words: str = ""

    kind = "wait"

    def value(self, _remembered: Any) -> None:
        return None


Step = Question | Call | Rng | Wait

Asking = Generator[Question, Any, Any]
"""The return type of a sub-generator that asks one question: `answer = yield from …`."""


def call(
    function: Callable[..., Any],
    *arguments: Any,
    default: Any = NO_DEFAULT,
    late: str = "",
    **named: Any,
) -> Call:
    """Call a function once, not in every turn: `result = yield call(http.get_json, url)`.

    The result is stored in the session. It must be a JSON value; a list is returned as a tuple, and
    a dict as a Session. A ServiceError is stored, too, and raised at the `yield`; with `default`
    that value is returned instead.

    A function with a keyword-only parameter `idempotency_key` gets a key derived from the message
    and the step. It is the same if the message is delivered twice. Pass your own, or None for none.

    With `late="One moment, I am looking that up."`, that text is sent if the call takes longer than
    eight seconds. The call continues, and `parley worker` sends the next message of the script.
    `late` requires DATABASE_URL.

    The function runs again if the reply never reached Twilio, if the script failed later in the
    same turn, and after "back". Any other error is not stored: the turn fails, and the person can
    send the same answer again. Raises NotRemembered for a default that is not a JSON value, and
    QuestionError if `function` is not callable.
    """
    if not callable(function):
        raise QuestionError(
            f"call got {type(function).__name__}, which is not a function. Pass the function and "
            "then its arguments: `call(http.get_json, url)`"
        )
    if default is not NO_DEFAULT:
        default = Session({"": default})[""]
    return Call(function, arguments, named, default, late)


def wait(words: str = "", *, until: datetime | timedelta) -> Wait:
    """Wait for a time: `yield wait("Booked. I will text you the day before.", until=day_before)`.

    `words` are sent now, and again in reply to a text before that time. Then the script continues,
    and `parley worker` sends its next message; during quiet hours, at their end. A time without a
    zone is in the business's zone. Requires DATABASE_URL. Raises QuestionError.
    """
    if not isinstance(until, datetime | timedelta):
        raise QuestionError(
            f"wait got until={until!r}. Write a datetime, or a time from now such as hours(3)"
        )
    if not isinstance(words, str):
        raise QuestionError('wait got words that are not a text. Write `wait("…", until=…)`')
    return Wait(until, words)


def _takes_key(function: Callable[..., Any]) -> bool:
    try:
        parameter = inspect.signature(function).parameters.get(IDEMPOTENCY_KEY)
    except (TypeError, ValueError):  # a built-in function without a signature
        return False
    return parameter is not None and parameter.kind is parameter.KEYWORD_ONLY


def rng() -> Rng:
    """Return a step that gives this conversation its own `random.Random`: `dice = yield rng()`.

    The seed is derived from the server's secret and MessageSid, and stored. The numbers cannot be
    predicted, and are the same if the message is delivered twice.
    """
    return Rng()
