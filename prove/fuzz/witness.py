"""A flow that tells what reached it, and that knows its own memories."""

import hmac

from app.conversation import Message, Reply, Session

REACHED: list[tuple[Message, Session]] = []
"""What has reached it, since somebody emptied this."""
SAID = 10_000
"""Characters of a text that it says back: with each of them escaped, a document still holds."""


def witness(message: Message, session: Session) -> Reply:
    """Say a text back, and remember whose it was."""
    REACHED.append((message, session))
    turns = session.whole_number("turns") + 1
    return Reply(message.body[:SAID], session=session.remember(turns=turns, whose=mark(message)))


def mark(message: Message) -> str:
    """What no memory but one of this conversation holds."""
    pair = repr((message.from_, message.to)).encode()
    return hmac.digest(b"a key of the witness alone", pair, "sha256").hex()


def is_own(message: Message, session: Session) -> bool:
    """Whether a memory was made in this conversation, or in none."""
    return not session or session.get("whose") == mark(message)
