"""Two flows that record their turns: who texted which of them, and whose memory they were given."""

from dataclasses import dataclass
from hashlib import sha256

from parley import Message, Reply, Session, flow

FLOWS = ("recorder", "recorder-two")
SOURCES = ("flows", "tests.recording_flow")
"""The flows of an application that has these two beside the deployed ones."""
SAID = 10_000
"""Characters of a text that the answer repeats: a document holds them even if all are escaped."""


@dataclass(frozen=True)
class Turn:
    """A turn of one of the flows; `remembered` is the owner in its session, `owner` its own."""

    flow: str
    message: Message
    session: Session

    @property
    def conversation(self) -> tuple[str, str, str]:
        return self.flow, self.message.from_, self.message.to

    @property
    def owner(self) -> str:
        return owner(*self.conversation)

    @property
    def remembered(self) -> str | None:
        return self.session.get("owner")

    @property
    def count(self) -> int:
        return self.session.get_int("count")

    @property
    def is_mixed_up(self) -> bool:
        """Whether it was given the memory of another conversation."""
        return self.remembered != (self.owner if self.session else None)


RECORDED: list[Turn] = []
"""The turns since the list was cleared."""


def owner(flow: str, from_: str, to: str) -> str:
    """A word for a conversation, to remember whose memory it is."""
    return sha256(repr((flow, from_, to)).encode(errors="surrogatepass")).hexdigest()[:16]


@flow
def recorder(message: Message, session: Session) -> Reply:
    """Record a turn, and repeat the text."""
    return _record("recorder", message, session)


@flow
def recorder_two(message: Message, session: Session) -> Reply:
    """The same under a longer name."""
    return _record("recorder-two", message, session)


def _record(name: str, message: Message, session: Session) -> Reply:
    turn = Turn(name, message, session)
    RECORDED.append(turn)
    return Reply(
        message.body[:SAID], session=session.remember(owner=turn.owner, count=turn.count + 1)
    )


def recorded() -> list[Turn]:
    """Return the turns since the last call."""
    turns = RECORDED[:]
    RECORDED.clear()
    return turns
