"""What happens later, without a text: a reminder, an end, the next message at its time.

A follow-up belongs to the question that waits. It is dropped when the person answers, or opts out.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypedDict

from parley.conversation.prompts import Prompt, words
from parley.conversation.script_steps import QuestionError

REMIND, EXPIRE, WAIT, LATE = "remind", "expire", "wait", "late"


class FollowUp(NamedTuple):
    """What is to happen, and when: so long after the turn, or at a time.

    `words` are sent then. `pending` is the call that a turn has not waited for.
    """

    kind: str
    due: timedelta | datetime
    words: str = ""
    pending: Any = None

    def __repr__(self) -> str:
        return f"FollowUp({self.kind})"


class Later(TypedDict, total=False):
    """Options of every question.

    After `remind` the text `reminder` is sent, by default the question again. After `expire` the
    script ends with `last_words`, by default in silence. Both are counted from the last text of the
    person, like `hours(24)`, and need DATABASE_URL and `parley worker`.
    """

    remind: timedelta
    reminder: str
    expire: timedelta
    last_words: str


def minutes(number: float) -> timedelta:
    """A time of so many minutes."""
    return timedelta(minutes=number)


def hours(number: float) -> timedelta:
    """A time of so many hours: `remind=hours(24)`."""
    return timedelta(hours=number)


def days(number: float) -> timedelta:
    """A time of so many days: `expire=days(3)`."""
    return timedelta(days=number)


def follow_ups(question: str, text: Prompt, given: Later) -> tuple[FollowUp, ...]:
    """The follow-ups of a question with this text.

    Raises QuestionError for a wrong option, and TypeError for one that does not exist.
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
    """How many seconds a session lasts: so long that its follow-ups find it, and an answer, too."""
    seconds = [lifetime]
    for each in found:
        left = each.due if isinstance(each.due, timedelta) else each.due - now
        seconds.append(int(left.total_seconds()) + lifetime)
    return max(seconds)
