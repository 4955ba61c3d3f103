"""Delivery receipts: Twilio's status callbacks about sent messages.

They arrive in any order, twice, or not at all (https://www.twilio.com/docs/messaging/guides/
track-outbound-message-status). So a message's status only moves forward here.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, NamedTuple

from parley.logging import message_fields, record
from parley.metrics import NullMetrics
from parley.refusals import MalformedMessage
from parley.rest.error_advice import advice
from parley.twilio.facts import ERRORS

NAME = "status"
RANKS = {
    "accepted": 0,
    "scheduled": 0,
    "queued": 1,
    "sending": 2,
    "sent": 3,
    "partially_delivered": 4,
    "delivered": 5,
    "undelivered": 5,
    "failed": 5,
    "canceled": 5,
    "read": 6,
}
"""The statuses in their order."""
FINAL = frozenset({"delivered", "undelivered", "failed", "canceled"})
UNDELIVERED = frozenset({"undelivered", "failed"})
MOST = 10_000
"""Maximum number of messages whose status a process stores."""


class Receipt(NamedTuple):
    """A message that was not delivered; `error_code` is Twilio's, or 0."""

    sid: str
    from_: str
    to: str
    status: str
    error_code: int

    def __repr__(self) -> str:
        return f"Receipt({self.status}, {self.error_code})"


OnUndelivered = Callable[[Receipt], object]


class Receipts:
    """Handles reports: counts final statuses, and logs failed messages with the next step.

    `on_undelivered` is called once for each message that was not delivered. A report that arrives
    twice can reach another process, which counts and calls again.
    """

    def __init__(
        self, metrics: NullMetrics, on_undelivered: OnUndelivered | None = None, most: int = MOST
    ) -> None:
        self._metrics, self._on_undelivered, self._most = metrics, on_undelivered, most
        self._ranks: OrderedDict[str, int] = OrderedDict()
        self._lock = Lock()

    def take(self, parameters: Mapping[str, str]) -> None:
        """Handle one report. Raises MalformedMessage, and any exception of the hook."""
        sid = parameters.get("MessageSid", "")
        status = parameters.get("MessageStatus") or parameters.get("SmsStatus", "")
        if not sid or status in ("", "received"):
            raise MalformedMessage(
                "This is not a status callback: MessageSid or MessageStatus is missing."
            )
        before = self._advance(sid, status)
        if before is None:
            return
        written = parameters.get("ErrorCode", "")
        code = int(written) if written.isascii() and written.isdigit() and len(written) < 7 else 0
        fields: dict[str, Any] = {
            **message_fields(parameters),
            "is": status if status in RANKS else "odd",
        }
        if status not in UNDELIVERED:
            record("receipt", **fields)
        else:
            told: dict[str, Any] = {
                "error_code": code or None,
                "reason": ERRORS.get(code),
                "next": advice(code),
            }
            record("receipt", level=logging.WARNING, **fields, **told)
        if status in FINAL:
            self._metrics.receipt(status, code)
        elif status == "read" and before < RANKS["delivered"]:  # that report is late, or lost
            self._metrics.receipt("delivered", 0)
        if status in UNDELIVERED and self._on_undelivered:
            from_, to = parameters.get("From", ""), parameters.get("To", "")
            try:
                self._on_undelivered(Receipt(sid, from_, to, status, code))
            except BaseException:
                self._forget(sid)  # so that the same report is accepted again
                raise

    def _forget(self, sid: str) -> None:
        with self._lock:
            self._ranks.pop(sid, None)

    def _advance(self, sid: str, status: str) -> int | None:
        """Store the status of a message; return the rank before, None if it was not lower."""
        rank = RANKS.get(status, -1)
        with self._lock:
            before = self._ranks.pop(sid, -2)
            self._ranks[sid] = max(before, rank)
            while len(self._ranks) > self._most:
                self._ranks.popitem(last=False)
        return before if rank > before else None
