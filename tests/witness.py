"""Flows of a test's own that write down who was heard, and whose memory they were given."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import app.flows

FLOWS = ("witness", "witness_two")
_SOURCE = """
from app.conversation import Reply
from tests.witness import Turn, owner

HEARD = []

def {name}(message, session):
    mine = owner("{name}", message.from_, message.to)
    count = session.whole_number("count")
    HEARD.append(Turn("{name}", message.from_, message.to, mine, session.get("owner"), count))
    return Reply("heard", session=session.remember(owner=mine, count=count + 1))
"""


@dataclass(frozen=True)
class Turn:
    """A turn that was played: who was heard by which flow, and whose memory came along."""

    flow: str
    from_: str
    to: str
    owner: str
    remembered: str | None
    count: int

    @property
    def conversation(self) -> tuple[str, str, str]:
        return self.flow, self.from_, self.to

    @property
    def is_mixed_up(self) -> bool:
        """Whether it knew of another conversation than its own."""
        return self.remembered not in (None, self.owner)


def owner(flow: str, from_: str, to: str) -> str:
    """A word for a conversation, to remember whose memory it is."""
    return sha256(repr((flow, from_, to)).encode(errors="surrogatepass")).hexdigest()[:16]


@contextmanager
def witnesses(folder: Path) -> Iterator[None]:
    """Make both of them flows, `/sms/witness` and `/sms/witness-two`, until the end of the block;
    their files are written into an empty folder.
    """
    for name in FLOWS:
        (folder / f"{name}.py").write_text(_SOURCE.format(name=name))
        sys.modules.pop(f"app.flows.{name}", None)
    app.flows.__path__.insert(0, str(folder))
    try:
        yield
    finally:
        app.flows.__path__.remove(str(folder))
        for name in FLOWS:
            sys.modules.pop(f"app.flows.{name}", None)


def heard() -> list[Turn]:
    """The turns since this was asked last."""
    turns: list[Turn] = []
    for name in FLOWS:
        if flow := sys.modules.get(f"app.flows.{name}"):
            turns += flow.HEARD
            flow.HEARD.clear()
    return turns
