"""A flow that stores every text in order, and waits or fails if a text says so."""

import threading

from parley import Message, Reply, Session, flow

RAN: list[str] = []
"""The texts that the flow started to answer in this process."""
MAY_END = threading.Event()
"""Set when texts that start with `wait` may end."""


@flow(lifetime=30 * 24 * 3_600)
def diary(message: Message, session: Session) -> Reply:
    """Repeat all texts so far."""
    RAN.append(message.body)
    if message.body.startswith("wait"):
        assert MAY_END.wait(10)
    if message.body.startswith("fail"):
        raise ValueError
    if message.body == "goodbye":
        return Reply("The end.")
    said = (*session.get("said", ()), message.body)
    return Reply(" ".join(said), session=session.remember(said=said))
