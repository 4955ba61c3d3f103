"""Ignored senders: blocked ones, and those that cannot receive a reply."""

from collections.abc import Iterable

from parley.conversation.masking import ALPHANUMERIC, SHORT_CODE, masked

BLOCKED, UNANSWERABLE = "a blocked sender", "a sender that cannot be answered"
"""The reasons for ignoring a text, for the log."""


class Senders:
    """Decides which senders are ignored.

    `blocked` are addresses; one that ends with `*` is a prefix. A number is blocked on every
    channel: `+1900*` matches `whatsapp:+19005550100`, too.
    """

    def __init__(self, blocked: Iterable[str] = ()) -> None:
        given = tuple(blocked)
        self._addresses = frozenset(each for each in given if not each.endswith("*"))
        self._beginnings = tuple(each.removesuffix("*") for each in given if each.endswith("*"))

    def why_ignored(self, address: str, *, is_routed: bool) -> str:
        """Return why a sender is ignored; empty if it is not.

        A short code or an alphanumeric sender cannot be texted
        (https://www.twilio.com/docs/api/errors/21211); it is ignored only at the webhook of all
        flows (`is_routed`).
        """
        if (self._addresses or self._beginnings) and self._is_blocked(address):
            return BLOCKED
        is_unanswerable = is_routed and masked(address) in (ALPHANUMERIC, SHORT_CODE)
        return UNANSWERABLE if is_unanswerable else ""

    def _is_blocked(self, address: str) -> bool:
        number = address.rpartition(":")[2]
        return not self._addresses.isdisjoint((address, number)) or any(
            each.startswith(self._beginnings) for each in (address, number)
        )
