"""Two flows that record their turns: the conversation, and the session that they received."""

from dataclasses import dataclass
from hashlib import sha256

from parley import Message, Reply, Session, flow

FLOWS = ("recorder", "recorder-two")
SOURCES = ("flows", "tests.recording_flow")
"""The flows of an application with these two and the deployed ones."""
SAID = 10_000
"""Maximum of repeated characters: they fit into a document even if all are escaped."""


@dataclass(frozen=True)
class Turn:
    """A turn of a flow: `owner` is its conversation, `remembered` the owner in its session."""

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
        """Whether the flow received the session of another conversation."""
        return self.remembered != (self.owner if self.session else None)


RECORDED: list[Turn] = []
"""The turns since the list was cleared."""


def owner(flow: str, from_: str, to: str) -> str:
    """Return a short name for a conversation, to store in its session."""
    return sha256(repr((flow, from_, to)).encode(errors="surrogatepass")).hexdigest()[:16]


@flow
def recorder(message: Message, session: Session) -> Reply:
    """Record the turn, and repeat the text."""
    return _record("recorder", message, session)


@flow
def recorder_two(message: Message, session: Session) -> Reply:
    """The same flow under a longer name."""
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
