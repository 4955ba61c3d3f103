"""Scripts that wait for a time at the webhook of all flows."""

from parley import Reply, Script, call, confirm, goto, hours, script, wait
from tests.worker.asking import slowly


@script
def two_waits() -> Script:
    """Wait twice, and end without a question."""
    name = yield "Your name?"
    yield wait(f"First, {name}.", until=hours(24))
    yield wait("Second.", until=hours(24))
    return "The end."


@script
def handing_over() -> Script:
    """Hand over after a wait."""
    yield "Your name?"
    yield wait("Wait.", until=hours(1))
    return goto("booking", "Here it is.")


@script
def calling() -> Script:
    """Make a call that takes long before a wait, and another one after it."""
    name = yield "Your name?"
    found = yield call(slowly, name, late="One moment.")
    yield wait(f"Found {found}.", until=hours(1))
    again = yield call(slowly, "again", late="Another moment.")
    more = yield f"{again}, {found}. More?"
    return f"{more} it is."


@script
def quiet_wait() -> Script:
    """Wait, and say nothing."""
    yield "Your name?"
    yield wait("Wait.", until=hours(1))
    return Reply()


@script
def asking_twice() -> Script:
    """Ask, wait, ask, and wait again."""
    name = yield "Your name?"
    yield wait("Wait.", until=hours(24))
    coming = yield from confirm(f"Coming, {name}?")
    yield wait("Wait again.", until=hours(24))
    return f"It was {coming}."
