"""The diagnosis of a refusal for the log; the HTTP answer never has it."""

import re
from collections import deque
from collections.abc import Callable
from threading import Lock

from app.settings import Settings
from app.wire.diagnosis import explain
from app.wire.signature import Received, SignatureError

MOST = 10
"""Diagnoses in each MINUTE (seconds) and process, so that a flood costs next to nothing."""
MINUTE = 60

_HOST = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
# These say more by themselves than any mistake would, or have nothing to do with what was signed.
_PLAIN = ("no signature", "account not allowed")


class Doctor:
    """Looks for the mistake behind a refused signature, ten times a minute at most.

    `clock` returns seconds.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self._recent: deque[float] = deque()
        self._lock = Lock()

    def __repr__(self) -> str:
        return "Doctor(…)"

    def explained(self, error: SignatureError, received: Received, host: str) -> SignatureError:
        """The same refusal with its cause and what mends it, where one was looked for and found.

        `host` is the `Host` header: it is no proof of anything, only one more guess.
        """
        if error.reason in _PLAIN or not self._may_look():
            return error
        diagnosis = explain(
            received,
            public_url=self._settings.public_url,
            auth_tokens=self._settings.auth_tokens,
            shared_keys=self._settings.shared_keys,
            called=f"https://{host}" if _HOST.fullmatch(host) else "",
        )
        if diagnosis.found or (diagnosis.cause, error.reason) == ("none", "wrong signature"):
            return SignatureError(error.reason, diagnosis.sentence, diagnosis.cause)
        return error

    def _may_look(self) -> bool:
        with self._lock:
            now = self._clock()
            while self._recent and not now - MINUTE < self._recent[0] <= now:
                self._recent.popleft()
            if len(self._recent) >= MOST:
                return False
            self._recent.append(now)
            return True
