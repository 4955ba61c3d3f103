"""A flow that remembers every text in its order, and waits or fails when a text says so."""

import threading

from parley import Message, Reply, Session, flow

RAN: list[str] = []
"""The texts that the flow has begun to answer, in this process."""
MAY_END = threading.Event()
"""For which texts that begin with `wait` are waiting."""


@flow(lifetime=30 * 24 * 3_600)
def diary(message: Message, session: Session) -> Reply:
    """Repeat everything that was said."""
    RAN.append(message.body)
    if message.body.startswith("wait"):
        assert MAY_END.wait(10)
    if message.body.startswith("fail"):
        raise ValueError
    if message.body == "goodbye":
        return Reply("The end.")
    said = (*session.get("said", ()), message.body)
    return Reply(" ".join(said), session=session.remember(said=said))
