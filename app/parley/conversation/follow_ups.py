"""Follow-ups: reminders, expirations, and the next message after a wait, without a text.

A follow-up belongs to the open question. It is dropped when the person answers, or opts out.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypedDict

from parley.conversation.prompts import Prompt, words
from parley.conversation.script_steps import QuestionError

REMIND, EXPIRE, WAIT, LATE = "remind", "expire", "wait", "late"


class FollowUp(NamedTuple):
    """A kind of follow-up, and when it is due: a duration after the turn, or a time.

    `words` are sent then. `pending` is a late call that still runs.
    """

    kind: str
    due: timedelta | datetime
    words: str = ""
    pending: Any = None

    def __repr__(self) -> str:
        return f"FollowUp({self.kind})"


class Later(TypedDict, total=False):
    """Options of every question.

    After `remind`, the text `reminder` is sent; the default is the question again. After `expire`,
    the script ends with `last_words`; by default without a message. Both are durations from the
    person's last text, such as `hours(24)`, and require DATABASE_URL and `parley worker`.
    """

    remind: timedelta
    reminder: str
    expire: timedelta
    last_words: str


def minutes(number: float) -> timedelta:
    """Return a duration in minutes."""
    return timedelta(minutes=number)


def hours(number: float) -> timedelta:
    """Return a duration in hours: `remind=hours(24)`."""
    return timedelta(hours=number)


def days(number: float) -> timedelta:
    """Return a duration in days: `expire=days(3)`."""
    return timedelta(days=number)


def follow_ups(question: str, text: Prompt, given: Later) -> tuple[FollowUp, ...]:
    """Return the follow-ups of a question with this text.

    Raises QuestionError for an invalid option, and TypeError for one that does not exist.
    """
    if not given:
        return ()
    if unknown := next((name for name in given if name not in Later.__annotations__), None):
        raise TypeError(f"{question}() got an unexpected keyword argument {unknown!r}")
    for said, when in (("reminder", "remind"), ("last_words", "expire")):
        if said in given and when not in given:
            raise QuestionError(
                f"{question} has {said} without {when}: say when it is sent, like {when}=hours(24)"
            )
        if not isinstance(given.get(said, ""), str):
            raise QuestionError(f"{question} has {said} that is not a text")
    found = []
    if "remind" in given:
        due = _time(question, "remind", given["remind"])
        found.append(FollowUp(REMIND, due, given.get("reminder") or words(text)))
    if "expire" in given:
        due = _time(question, "expire", given["expire"])
        found.append(FollowUp(EXPIRE, due, given.get("last_words", "")))
    return tuple(found)


def _time(question: str, name: str, given: Any) -> timedelta:
    if not isinstance(given, timedelta) or given <= timedelta():
        raise QuestionError(f"{question} has {name}={given!r}: write a time like {name}=hours(24)")
    return given


def needed_lifetime(found: tuple[FollowUp, ...], lifetime: int, now: datetime) -> int:
    """Return how many seconds a session lasts, so that its follow-ups and answers still find it."""
    seconds = [lifetime]
    for each in found:
        left = each.due if isinstance(each.due, timedelta) else each.due - now
        seconds.append(int(left.total_seconds()) + lifetime)
    return max(seconds)
