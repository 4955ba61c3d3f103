"""Send a claimed message, or ask Twilio for the outcome of one, and record it."""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from parley.conversation.masking import masked
from parley.logging import record, shown_sid
from parley.memory.outbox import Candidate, Claimed, Outbox, Unsettled
from parley.refusals import MemoryUnavailable
from parley.rest.client import Credentials, open_client
from parley.rest.error_advice import ACCOUNT_CODES, explanation
from parley.rest.errors import NotSentError, RejectedError, RestError, UnknownOutcomeError
from parley.rest.messages import Text, send
from parley.rest.sent_messages import sent_since
from parley.twilio.facts import OPTED_OUT_ERROR

RETRIED = frozenset({429, 14107, 20429, 21611, 30001, *ACCOUNT_CODES})
"""Error codes that are retried: rate limits, and problems of the account that can be fixed."""
OPTED_OUT = int(OPTED_OUT_ERROR)
SHORTEST, LONGEST = 2.0, 900.0
"""Seconds before the first retry of a message, and the maximum; each pause doubles."""
MOST_TRIES = 16
"""Maximum number of tries per message, in about two and a half hours."""
FRESH = 10.0
"""Seconds for which a claim may be used, before other processes consider this one hung."""
GIVE_UP = 24 * 3_600.0
"""Seconds after which Twilio is no longer asked for the outcome of a message."""
PATIENCE = 60.0
"""Seconds for which an outcome waits for the database; after that, Twilio is asked for it."""


class Sender:
    """Sends with Twilio's REST API; thread-safe, with one client per thread."""

    def __init__(
        self, outbox: Outbox, credentials: Credentials, settle: float, status_callback: str = ""
    ) -> None:
        self._outbox, self._credentials, self._settle = outbox, credentials, settle
        self._status_callback = status_callback
        self._clients = threading.local()

    def send(self, message: Candidate, claimed: float) -> None:
        """Send a message once; `claimed` is the time of the claim, of `time.monotonic`."""
        if time.monotonic() - claimed > FRESH:
            self._write(lambda: self._outbox.retry(message, 0, "claimed and not sent in time"))
            return
        began = time.monotonic()
        text = Text(
            message.body,
            tuple(message.media_urls),
            message.number,
            status_callback=self._status_callback,
        )
        try:
            with self._client() as client:
                sent = send(client, message.person, text)
        except RejectedError as error:
            self._rejected(message, error)
        except NotSentError as error:
            self._retry(message, error)
        except UnknownOutcomeError as error:
            why = str(error)
            self._write(lambda: self._outbox.unclear(message, why, self._settle))
            self._record("asking", message, logging.WARNING, reason=explained(error))
        else:
            self._write(lambda: self._outbox.sent(message, sent.sid))
            took = round(1_000 * (time.monotonic() - began))
            self._record("sent", message, sid=shown_sid(sent.sid), ms=took)

    def find_out(self, message: Unsettled) -> None:
        """Ask Twilio whether a message was sent; if not, retry it."""
        try:
            with self._client() as client:
                found = sent_since(
                    client, message.person, message.number, message.body, message.claimed_at
                )
        except RestError as error:
            self._not_found_out(message, error)
            return
        taken = self._outbox.taken(found)
        if sid := next((each for each in found if each not in taken), None):
            self._write(lambda: self._outbox.sent(message, sid))
            self._record("sent", message, sid=shown_sid(sid), note="found at Twilio")
        else:
            self._write(lambda: self._outbox.retry(message, 0, "Twilio does not have it"))
            self._record("retried", message, reason="Twilio does not have it")

    def cancelled(self, message: Candidate, why: str) -> None:
        """Log a message that was cancelled."""
        self._record("cancelled", message, reason=why)

    def _rejected(self, message: Candidate, error: RejectedError) -> None:
        if error.status == 429 or error.code in RETRIED:
            self._retry(message, error, error.code)
            return
        if error.code == OPTED_OUT:
            self._write(lambda: self._outbox.opt_out(message, f"error {OPTED_OUT}"))
        self._write(lambda: self._outbox.failed(message, str(error), error.code))
        self._record("failed", message, logging.ERROR, reason=explained(error))

    def _retry(self, message: Candidate, error: RestError, code: int = 0) -> None:
        """Retry later, after twice the last pause."""
        if message.attempts >= MOST_TRIES:
            self._write(lambda: self._outbox.failed(message, str(error), code))
            self._record("failed", message, logging.ERROR, reason=explained(error))
            return
        pause = min(SHORTEST * 2 ** (message.attempts - 1), LONGEST)
        pause *= random.uniform(0.75, 1.25)  # noqa: S311  # so that retries do not coincide
        self._write(lambda: self._outbox.retry(message, pause, str(error), code))
        self._record("retried", message, logging.WARNING, reason=explained(error))

    def _not_found_out(self, message: Unsettled, error: RestError) -> None:
        passed = (self._outbox.now() - message.claimed_at).total_seconds()
        if passed < GIVE_UP:
            pause = min(max(passed, self._settle), LONGEST)
            self._write(lambda: self._outbox.unclear(message, str(error), pause))
            self._record("asking", message, logging.WARNING, reason=explained(error))
            return
        self._write(lambda: self._outbox.unclear(message, str(error)))
        self._record(
            "unclear",
            message,
            logging.ERROR,
            reason=explained(error),
            next="it may have been sent: look in the Twilio Console before you send it again",
        )

    def _write(self, write: Callable[[], None]) -> None:
        """Write the outcome of a message; retry while the database is unavailable."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                write()
                return
            except MemoryUnavailable:
                if time.monotonic() > until:
                    return
                time.sleep(0.2)

    def _record(
        self, event: str, message: Claimed, level: int = logging.INFO, **fields: Any
    ) -> None:
        told: dict[str, Any] = {
            "message": message.id,
            "kind": message.kind,
            "from": masked(message.number),
            "to": masked(message.person),
            "attempt": message.attempts,
        }
        record(event, level=level, **told, **fields)

    @contextmanager
    def _client(self) -> Iterator[Any]:
        """Lend this thread's client; replace it after an error."""
        if not hasattr(self._clients, "opened"):
            self._clients.opened = open_client(self._credentials)
            self._clients.client = self._clients.opened.__enter__()
        try:
            yield self._clients.client
        except RestError:
            self._clients.opened.__exit__(None, None, None)
            del self._clients.opened
            raise


def explained(error: RestError) -> str:
    return explanation(error, unknown_outcome="Twilio is asked for it before it is sent again")
