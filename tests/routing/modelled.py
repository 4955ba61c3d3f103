"""Flows with replies that a model knows."""

from parley import Message, Reply, Script, Session, flow, goto, script


@script(back=None, restart=None, exit=None)
def apples() -> Script:
    """Ask about apples."""
    yield "apples 1?"
    yield "apples 2?"
    return "apples end"


@script(back=None, restart=None, exit=None)
def pears() -> Script:
    """Ask about pears."""
    yield "pears 1?"
    yield "pears 2?"
    yield "pears 3?"
    return goto("apples", "pears end")


@flow
def echo(message: Message, session: Session) -> Reply:
    """Repeat the text."""
    count = session.get_int("n") + 1
    return Reply(f"{count} {message.body}", session=session.remember(n=count))
