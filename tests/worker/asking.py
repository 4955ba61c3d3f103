"""Scripts that tests start."""

import threading
from collections import defaultdict

from parley import (
    Outgoing,
    Reply,
    Script,
    ask,
    call,
    choice,
    confirm,
    days,
    hours,
    script,
    text,
    wait,
)


@script(lifetime=3 * 24 * 3_600)
def visit() -> Script:
    """Ask for a name and a day."""
    name = yield from text("Hello! What is your name?")
    day = yield from choice(f"Which day, {name}?", ["Monday", "Tuesday"])
    return f"See you on {day}, {name}."


@script
def long_words() -> Script:
    """Ask in several messages, and text another person."""
    told = Outgoing("I am asking.", to="+15551239999")
    yield Reply("One.", told, Outgoing("Two?", media_urls=("https://a.b/1.jpg",)))
    return "Thanks."


@script
def silent() -> Script:
    """Ask most people nothing."""
    if (yield call(int, "0")):
        yield "Really?"
    return "Bye."


@script
def broken() -> Script:
    """Fail."""
    yield call(int, "x")
    return "Bye."


@script(lifetime=3_600)
def trial() -> Script:
    """Remind of a question, and end without a reply."""
    name = yield ask("Your name?", remind=hours(24), reminder="Still there?")
    color = yield from choice(
        f"Which color, {name}?", ["red", "blue"], expire=days(3), last_words="We have to go on."
    )
    return f"{color}, then."


@script
def booking() -> Script:
    """Text the person on the day before."""
    name = yield "Your name?"
    yield wait(f"Booked, {name}. I will text you tomorrow.", until=hours(24))
    coming = yield from confirm("Still coming?")
    return "See you." if coming else "Too bad."


@script
def unprintable() -> Script:
    """Remind with characters that no text can have."""
    yield ask("Who?", remind=hours(24), reminder="\0\ud800You?")
    return "Thanks."


GATE = threading.Event()
"""Set when slow calls may end."""
OTHERS: dict[str, threading.Event] = {}
"""The events for calls with these names instead."""
RUNS: list[str] = []
"""The idempotency keys of slow calls."""


def slowly(name: str, *, idempotency_key: str = "") -> str:
    RUNS.append(idempotency_key)
    OTHERS.get(name, GATE).wait(20)
    if name == "Mallory":
        raise ValueError(name)
    return name.upper()


@script
def looking_up() -> Script:
    """Make a call that takes long."""
    name = yield "Your name?"
    found = yield call(slowly, name, late="One moment.")
    more = yield f"Found {found}. More?"
    return f"{more} it is."


@script
def two_look_ups() -> Script:
    """Look two things up that take long."""
    name = yield "Your name?"
    found = yield call(slowly, name, late="One moment.")
    again = yield call(slowly, found, late="Another moment.")
    return f"{again}, then."


DOORS: dict[str, threading.Event] = defaultdict(threading.Event)
"""The event for which the search of each text waits, by SID."""


def search(number: int, *, idempotency_key: str = "") -> int:
    DOORS[idempotency_key.rpartition("-")[0]].wait(20)
    return number


@script(lifetime=24 * 3_600)
def numbered() -> Script:
    """Ask repeatedly, each time with a reminder and last words for that question."""
    for number in range(500):
        answer = yield ask(
            f"Q{number}?",
            remind=hours(1),
            reminder=f"R{number}",
            expire=hours(6),
            last_words=f"E{number}",
        )
        if answer == "sleep":
            yield wait(f"W{number}.", until=hours(2))
        if answer == "search":
            yield call(search, number, late=f"L{number}.")
    return "Enough."
