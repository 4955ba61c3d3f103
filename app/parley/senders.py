"""Senders that get no answer: those that are blocked, and those that cannot be answered."""

from collections.abc import Iterable

from parley.conversation.masking import ALPHANUMERIC, masked

BLOCKED, UNANSWERABLE = "a blocked sender", "a sender that cannot be answered"
"""Why a text gets no answer, for the log."""


class Senders:
    """Tells which senders are ignored.

    `blocked` are addresses; one that ends with `*` is the beginning of others. A number is blocked
    on every channel: `+1900*` matches `whatsapp:+19005550100`, too.
    """

    def __init__(self, blocked: Iterable[str] = ()) -> None:
        given = tuple(blocked)
        self._addresses = frozenset(each for each in given if not each.endswith("*"))
        self._beginnings = tuple(each.removesuffix("*") for each in given if each.endswith("*"))

    def why_ignored(self, address: str, *, is_routed: bool) -> str:
        """Why a sender gets no answer; empty if it gets one.

        A name instead of a number cannot be answered: that counts at the webhook of all flows only
        (`is_routed`).
        """
        if (self._addresses or self._beginnings) and self._is_blocked(address):
            return BLOCKED
        return UNANSWERABLE if is_routed and masked(address) == ALPHANUMERIC else ""

    def _is_blocked(self, address: str) -> bool:
        number = address.rpartition(":")[2]
        return not self._addresses.isdisjoint((address, number)) or any(
            each.startswith(self._beginnings) for each in (address, number)
        )
