"""Draw a funnel: a table of the questions, and bars that show where people leave."""

from collections.abc import Iterator, Sequence

from parley.conversation.script_events import (
    ANSWERED,
    ASKED_AGAIN,
    BEGUN,
    FINISHED,
    GIVEN_UP,
    LEFT,
    SCRIPT_EVENTS,
    WENT_BACK,
)
from parley.funnel.counts import Question, Script

COLUMNS = (
    "asked",
    "asked again",
    "answered",
    "given up",
    "went back",
    "left",
    "silent",
    "median",
)
LONGEST_NAME = 30
WENT_ON, LOST = "█", "░"


def drawn(flow: str, script: Script, width: int) -> Iterator[str]:
    """Yield the lines for a script in a terminal of this width, in characters."""
    yield f"{_plain(flow)}: {_summary(script)}"
    names = [_plain(name) for name in script.questions]
    questions = list(script.questions.values())
    yield ""
    yield from _table(names, questions)
    yield ""
    yield f"{WENT_ON} went on  {LOST} left or silent"
    yield from _bars(names, questions, width)


def _summary(script: Script) -> str:
    """Return a summary: `40 begun, 22 finished (55 %), 3 exit, 15 silent`."""
    begun, finished = script.events[BEGUN], script.events[FINISHED]
    parts = [f"{begun} begun", f"{finished} finished{_share(finished, begun)}"]
    others = [each for each in SCRIPT_EVENTS if each not in (BEGUN, FINISHED)]
    parts += [f"{script.events[each]} {each}" for each in others if script.events[each]]
    return ", ".join([*parts, f"{script.silent} silent"])


def _table(names: Sequence[str], questions: Sequence[Question]) -> Iterator[str]:
    longest = max(map(len, ["question", *names]))
    yield "  ".join(["question".ljust(longest), *COLUMNS])
    for name, each in zip(names, questions, strict=True):
        events = [each.events[event] for event in (ASKED_AGAIN, ANSWERED, GIVEN_UP, WENT_BACK)]
        cells = [each.asked, *events, each.events[LEFT], each.silent, _time(each.median_seconds)]
        padded = [str(cell).rjust(len(column)) for cell, column in zip(cells, COLUMNS, strict=True)]
        yield "  ".join([name.ljust(longest), *padded])


def _bars(names: Sequence[str], questions: Sequence[Question], width: int) -> Iterator[str]:
    """Yield a bar for each question, by how often it was asked; its end are those who left."""
    longest = max(map(len, names), default=0)
    most = max((each.asked for each in questions), default=0)
    room = max(10, width - longest - len("    100 %"))
    for name, each in zip(names, questions, strict=True):
        length = round(room * each.asked / most) if most else 0
        lost = round(length * each.lost / each.asked) if each.asked else 0
        bar = WENT_ON * (length - lost) + LOST * lost
        share = f"{100 * each.lost / each.asked:.0f} %" if each.asked else "not asked"
        yield f"{name.ljust(longest)}  {bar}  {share}"


def _share(part: int, whole: int) -> str:
    return f" ({100 * part / whole:.0f} %)" if whole else ""


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7_200 else f"{seconds / 3_600:.1f} h"


def _plain(name: str) -> str:
    """Return a name without control characters and shortened, since its file is not trusted."""
    shown = "".join(each if each.isprintable() else "?" for each in name)
    return shown if len(shown) <= LONGEST_NAME else f"{shown[: LONGEST_NAME - 1]}…"
