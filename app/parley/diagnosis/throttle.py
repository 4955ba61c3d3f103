"""Diagnoses of rejected signatures for the log, limited to ten per minute."""

import re
from base64 import b64decode
from collections import deque
from collections.abc import Callable
from threading import Lock
from urllib.parse import quote

from parley.diagnosis.diagnosis import explain
from parley.refusals import SignatureError
from parley.settings import Settings
from parley.twilio.signature import Received

MOST = 10
"""Maximum number of diagnoses per MINUTE (seconds) and process, in case of many requests."""
MINUTE = 60
LONGEST_BASIC = 400
"""Maximum length of an `Authorization` header for a diagnosis, in characters."""

_HOST = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
# These need no diagnosis, or are not about the signature.
_NOT_EXAMINED = ("no signature", "account not allowed")


class Throttle:
    """Explains rejected signatures with these settings; `clock` returns seconds."""

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self._recent: deque[float] = deque()
        self._lock = Lock()

    def __repr__(self) -> str:
        return "Throttle(…)"

    def explained(
        self, error: SignatureError, received: Received, host: str, authorization: str = ""
    ) -> SignatureError:
        """Return the error with its cause and a better next step, or unchanged.

        The reason stays. `host` and `authorization` are unverified headers that give further
        candidates: Twilio signs a webhook's user name and password, and sends them as Basic.
        """
        if error.reason in _NOT_EXAMINED or not self._is_allowed():
            return error
        diagnosis = explain(
            received,
            error,
            public_url=self._settings.public_url,
            auth_tokens=self._settings.auth_tokens,
            shared_keys=self._settings.shared_keys,
            called=_called(host, authorization),
        )
        if diagnosis.found or (diagnosis.cause, error.reason) == ("none", "wrong signature"):
            return SignatureError(error.reason, diagnosis.sentence, diagnosis.cause)
        return error

    def _is_allowed(self) -> bool:
        with self._lock:
            now = self._clock()
            while self._recent and not now - MINUTE < self._recent[0] <= now:
                self._recent.popleft()
            if len(self._recent) >= MOST:
                return False
            self._recent.append(now)
            return True


def _called(host: str, authorization: str) -> str:
    """Return the URL in the headers of a request; empty if there is none."""
    if not _HOST.fullmatch(host):
        return ""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic" or len(encoded) > LONGEST_BASIC:
        return f"https://{host}"
    try:
        user, _, password = b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return f"https://{host}"
    return f"https://{quote(user, safe='')}:{quote(password, safe='')}@{host}"
