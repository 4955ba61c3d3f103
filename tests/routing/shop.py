"""The flows of a shop, all on one number."""

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
    """Ask for an opinion."""
    said = yield from text("What do you think?")
    return f"Thanks for: {said}"


def prices() -> str:
    raise ServiceError("no answer")


@script
def closed_shop() -> Script:
    """Continue with another flow after a failed call."""
    yield call(prices, default="")
    return goto("opinion")


@flow
def counter(message: Message, session: Session) -> Reply:
    """Count texts."""
    count = session.get_int("count") + 1
    return Reply(f"{count}: {message.body}", session=session.remember(count=count))


@flow
def here(_message: Message, _session: Session) -> Reply:
    """Go in a circle."""
    return goto("there")


@flow
def there(_message: Message, _session: Session) -> Reply:
    """Go back to the first."""
    return goto("here")


@flow
def nowhere(_message: Message, _session: Session) -> Reply:
    """Go to a flow that does not exist."""
    return goto("moon")
