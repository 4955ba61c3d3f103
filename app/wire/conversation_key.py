"""Whose session a cookie holds."""

from typing import NamedTuple

from app.conversation.address import masked


class ConversationKey(NamedTuple):
    """Whose session a cookie holds: the flow's name, `From` and `To`."""

    flow: str
    from_: str
    to: str

    def __repr__(self) -> str:
        return f"ConversationKey({self.flow}, {masked(self.from_)}, {masked(self.to)})"

    def as_bytes(self) -> bytes:
        """Each part behind its length, so that no two keys come to the same bytes."""
        flow, from_, to = [part.encode(errors="surrogatepass") for part in self]
        return b"%d:%b%d:%b%d:%b" % (len(flow), flow, len(from_), from_, len(to), to)
