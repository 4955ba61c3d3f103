"""Check the arguments of a question when it is asked."""

from collections.abc import Sequence
from typing import Any

from parley.conversation.script_options import normalized
from parley.conversation.script_steps import QuestionError


def check_options(options: Sequence[str]) -> None:
    """Raise QuestionError unless these are different texts."""
    if isinstance(options, str):
        raise QuestionError(
            'the options of choice are one text: write a list of them, `("soup", "cake")`; a tuple '
            'of one option needs a comma, `("soup",)`'
        )
    if not options:
        raise QuestionError("choice has no options: pass at least one, or skip the question")
    seen: dict[str, int] = {}
    for number, option in enumerate(options, start=1):
        if not isinstance(option, str):
            raise QuestionError(
                f"option {number} of choice is {type(option).__name__}: write `str(…)` of it"
            )
        if not normalized(option):
            raise QuestionError(f"option {number} of choice is empty: write a word, or remove it")
        if (first := seen.setdefault(normalized(option), number)) != number:
            raise QuestionError(
                f"options {first} and {number} of choice are the same: keep one, or name them "
                "differently"
            )


def check_range(name: str, least: Any, most: Any) -> None:
    """Raise QuestionError unless `min` is a number up to `max`."""
    for bound, value in (("min", least), ("max", most)):
        if type(value) is not int:
            kind = type(value).__name__
            raise QuestionError(f"{bound} of {name} is {kind}: write a whole number")
    if least > most:
        raise QuestionError(
            f"min of {name} is {least}, more than max, {most}: pass the smaller number first"
        )


def check_within(days: int) -> None:
    """Raise QuestionError for days in the past."""
    if days < 0:
        raise QuestionError(f"date has within={days}: write the number of days from today, like 60")


def check_retry(name: str, retry: str, **values: int) -> str:
    """Return `retry` with these values in its braces. Raises QuestionError for other braces."""
    try:
        return retry.format(**values)
    except (LookupError, ValueError) as error:
        raise QuestionError(
            f"retry of {name} has braces that are not {{min}} or {{max}}: write {{{{ for a brace"
        ) from error


def check_default(name: str, default: Any, options: Sequence[str] = ()) -> None:
    """Raise QuestionError for a default in the form of a text, not of a returned value.

    Any other value is allowed: it can mean that there was no answer.
    """
    meant = ""
    if name == "choice" and isinstance(default, int | str) and default not in options:
        words = normalized(str(default))
        listed = {str(number): each for number, each in enumerate(options, start=1)}
        if found := listed.get(words) or next((o for o in options if normalized(o) == words), ""):
            meant = repr(found)
    elif isinstance(default, str):
        written = default.strip()
        if name == "number" and written.isdecimal():
            meant = str(int(written))
        elif name == "confirm" and normalized(written) in ("yes", "no", "true", "false"):
            meant = str(normalized(written) in ("yes", "true"))
        elif name in ("date", "time") and written[:1].isdecimal():
            meant = f"a datetime.{name}"
    if meant:
        raise QuestionError(
            f"the default of {name} is {default!r}, which it never returns: write {meant}"
        )


def check_tries(name: str, tries: int | None, default: Any) -> None:
    """Raise QuestionError for a default that is never used, or for zero tries."""
    if name != "choice":
        check_default(name, default)
    if tries is None and default is not None:
        raise QuestionError(
            f"{name} has a default that is never used: say after how many invalid answers, "
            "`tries=3`"
        )
    if tries is not None and (type(tries) is not int or tries < 1):
        raise QuestionError(f"{name} has tries={tries!r}: write a number from 1, or remove it")
