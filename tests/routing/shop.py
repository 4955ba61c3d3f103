"""Flows of a shop, all at one number."""

from parley import (
    Message,
    Reply,
    Script,
    ServiceError,
    Session,
    call,
    choice,
    confirm,
    flow,
    goto,
    script,
    text,
)


@script
def booking() -> Script:
    """Book an appointment."""
    name = yield from text("Your name?")
    what = yield from choice("Haircut or shave?", ("haircut", "shave"))
    if not (yield from confirm(f"{what} for {name}?")):
        return goto("opinion", "Not booked.")
    return f"Booked: {what} for {name}."


@script(lifetime=60, triggers=("opinion",))
def opinion() -> Script:
    """Say what you think."""
    said = yield from text("What do you think?")
    return f"Thanks for: {said}"


def prices() -> str:
    raise ServiceError("no answer")


@script
def closed_shop() -> Script:
    """Hand over after a call that failed."""
    yield call(prices, default="")
    return goto("opinion")


@flow
def counter(message: Message, session: Session) -> Reply:
    """Count texts."""
    count = session.get_int("count") + 1
    return Reply(f"{count}: {message.body}", session=session.remember(count=count))


@flow
def here(_message: Message, _session: Session) -> Reply:
    """Go round in a circle."""
    return goto("there")


@flow
def there(_message: Message, _session: Session) -> Reply:
    """Go back."""
    return goto("here")


@flow
def nowhere(_message: Message, _session: Session) -> Reply:
    """Go where nothing is."""
    return goto("moon")
