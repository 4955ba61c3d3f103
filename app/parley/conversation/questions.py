"""Questions that are asked until the answer fits.

They are sub-generators, composed with `yield from`; `ask` is a step, and `yield` asks it too.

Each parses free text, and explains what it needs if the answer is invalid. After `tries` invalid
answers it returns `default`; without `tries`, it asks until the conversation ends. `retry` replaces
the engine's explanation. `check` is called with the answer, and can raise InvalidAnswer with a
sentence: `check=open_on` for closed days.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Unpack

from parley.conversation import explanations
from parley.conversation.follow_ups import Later, follow_ups
from parley.conversation.prompts import Prompt, with_list
from parley.conversation.question_arguments import (
    check_default,
    check_options,
    check_range,
    check_retry,
    check_tries,
)
from parley.conversation.script_steps import (
    GAVE_UP,
    LONGEST_TEXT,
    AnswerContext,
    Asking,
    Question,
    read_any_text,
)
from parley.conversation.understanding import (
    InvalidAnswer,
    read_choice,
    read_confirm,
    read_number,
    read_text,
)
from parley.conversation.understanding.texts import clean

Check = Callable[[Any], object]
Read = Callable[[str, AnswerContext], str | int]

BUTTONS = ("ButtonPayload", "ListId")
"""The parameters of a tapped button or list item (WhatsApp, RCS)."""


def ask(
    text: Prompt,
    read: Callable[[str], str | int] | None = None,
    *,
    kind: str = "",
    claims: Sequence[str] = (),
    tries: int | None = None,
    default: Any = None,
    **later: Unpack[Later],
) -> Question:
    """Ask with your own reader, which returns str or int, or raises InvalidAnswer.

    `name = yield ask("Your name?", remind=hours(24))`. Without a reader, any text is an answer, as
    with `yield "…"`.

    The reader gets the text without signature, invisible characters, and outer quotes. The sentence
    of InvalidAnswer is sent. `kind` and `claims` are those of a Question: change `kind` when a new
    version of the reader returns different values for the same texts. The `yield` returns the
    reader's value.
    """

    def read_clean(text: str, context: AnswerContext) -> str | int:
        return read(clean(text)) if read else read_any_text(text, context)

    check_tries("ask", tries, default)
    what_then = follow_ups("ask", text, later)
    return Question(
        text,
        read_clean,
        kind,
        tuple(claims),
        tries,
        is_open=read is None,
        later=what_then,
        default=default,
    )


def choice(
    text: Prompt,
    options: Sequence[str] | Mapping[str, object],
    *,
    retry: str = "",
    check: Check | None = None,
    tries: int | None = None,
    default: Any = None,
    **later: Unpack[Later],
) -> Asking:
    """Ask for one of the options: by its number, its words, or a word that only it has.

    The list is added below the text. Returns the option; the session stores its number. A button
    answers with its payload: the option, or its number. The options of a dict are its keys.
    """
    options = tuple(options) if isinstance(options, Mapping) else options
    check_options(options)
    options = tuple(options)
    check_tries("choice", tries, default)
    check_default("choice", default, options)

    def read(answer: str, context: AnswerContext) -> int:
        return _read_tapped(partial(read_choice, options=options), answer, context)

    listed = "\n".join(f"{number}. {option}" for number, option in enumerate(options, start=1))
    reader = explained(
        read, explanations.choice(options), retry, check, lambda answer: options[int(answer)]
    )
    asked, claims = with_list(text, listed), options
    answer = yield Question(
        asked,
        reader,
        "choice",
        claims,
        tries,
        is_open=False,
        show=options.__getitem__,
        later=follow_ups("choice", asked, later),
    )
    return default if answer is GAVE_UP else options[answer]


def confirm(
    text: Prompt,
    *,
    retry: str = "",
    check: Check | None = None,
    tries: int | None = None,
    default: Any = None,
    **later: Unpack[Later],
) -> Asking:
    """Ask for yes or no, in words or emoji; return True or False."""

    def read(answer: str, context: AnswerContext) -> int:
        return int(_read_tapped(read_confirm, answer, context))

    reader = explained(read, explanations.confirm, retry, check, bool)
    check_tries("confirm", tries, default)
    answer = yield Question(
        text,
        reader,
        "confirm",
        (),
        tries,
        is_open=False,
        show=("no", "yes").__getitem__,
        later=follow_ups("confirm", text, later),
    )
    return default if answer is GAVE_UP else bool(answer)


def number(
    text: Prompt,
    min: int,  # noqa: A002
    max: int,  # noqa: A002
    *,
    retry: str = "",
    check: Check | None = None,
    tries: int | None = None,
    default: Any = None,
    **later: Unpack[Later],
) -> Asking:
    """Ask for a whole number from `min` to `max`, both included, in digits or words."""

    def read(answer: str, context: AnswerContext) -> int:
        return read_number(answer, min, max, language=context.language)

    check_range("number", min, max)
    check_tries("number", tries, default)
    again = check_retry("number", retry, min=min, max=max)
    explain = explanations.number(min, max)
    reader = explained(read, explain, again, check, int)
    answer = yield Question(
        text,
        reader,
        f"number {min} {max}",
        tries=tries,
        is_open=False,
        later=follow_ups("number", text, later),
    )
    return default if answer is GAVE_UP else answer


def text(
    text: Prompt,
    *,
    min: int = 1,  # noqa: A002
    max: int = LONGEST_TEXT,  # noqa: A002
    retry: str = "",
    check: Check | None = None,
    tries: int | None = None,
    default: Any = None,
    **later: Unpack[Later],
) -> Asking:
    """Ask for a text of `min` to `max` characters (code points).

    Outer space, quotes, emoji and a signature are removed.
    """

    def read(answer: str, _context: AnswerContext) -> str:
        return read_text(answer, min, max)

    check_range("text", min, max)
    check_tries("text", tries, default)
    again = check_retry("text", retry, min=min, max=max)
    explain = explanations.text(min, max)
    reader = explained(read, explain, again, check, str)
    answer = yield Question(
        text,
        reader,
        f"text {min} {max}",
        tries=tries,
        later=follow_ups("text", text, later),
    )
    return default if answer is GAVE_UP else answer


def picture(
    text: Prompt,
    *,
    retry: str = "",
    tries: int | None = None,
    default: Any = None,
    **later: Unpack[Later],
) -> Asking:
    """Ask for a picture or another file; return its URL at Twilio."""

    def read(_answer: str, context: AnswerContext) -> str:
        if not context.message.media:
            raise InvalidAnswer(reason="not understood")
        return context.message.media[0].url

    check_tries("picture", tries, default)
    reader = explained(read, explanations.picture, retry, None, str)
    kinds = ("picture", "voice message", "contact")
    answer = yield Question(
        text,
        reader,
        "picture",
        tries=tries,
        is_open=False,
        accepts=kinds,
        later=follow_ups("picture", text, later),
    )
    return default if answer is GAVE_UP else answer


def explained(
    read: Read,
    explain: explanations.Explain,
    retry: str,
    check: Check | None,
    value: Callable[[Any], Any],
) -> Read:
    """Return a reader that also checks the value, and explains what it needs if that fails."""

    def read_and_explain(text: str, context: AnswerContext) -> str | int:
        found = None
        try:
            found = read(text, context)
            if check is not None:
                check(value(found))
        except InvalidAnswer as error:
            if str(error):
                if found is not None:  # it was read, and the check refuses it
                    error.reason = "out of range"
                raise
            sentence = retry or explain(error, context)
            raise InvalidAnswer(sentence, reason=error.reason, meanings=error.meanings) from None
        return found

    return read_and_explain


def _read_tapped(read: Callable[..., int], answer: str, context: AnswerContext) -> int:
    """Read the tapped button or list item, or otherwise the text."""
    parameters = context.message.parameters
    for name in BUTTONS:
        with suppress(InvalidAnswer):
            if parameters.get(name):
                return read(parameters[name], language=context.language)
    return read(answer, language=context.language)
