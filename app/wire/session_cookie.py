"""The session in a cookie: sealed under its conversation's key, and opened again.

`parley=<expiry>.<payload>.<MAC>`: the expiry in seconds since 1970, the session as compact JSON in
base64url, and an itsdangerous signature over the conversation's key, the expiry and the payload.
The key itself does not travel, so no phone number does. Twilio's signature does not cover cookies:
the MAC is all that a session can be believed by.
"""

import json
import re
import time
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from itsdangerous import Signer
from itsdangerous.encoding import base64_decode, base64_encode
from itsdangerous.exc import BadData

from app.conversation import Session
from app.wire.conversation_key import ConversationKey
from app.wire.largest import largest

NAME = "parley"
LIMIT = 4_096
"""Bytes of name, value and attributes together that every cookie jar keeps (RFC 6265, 6.1)."""
CLOCK_TOLERANCE = 5
"""Seconds by which the clock of the server that sealed may be ahead."""
_ATTRIBUTES = "Path=/; HttpOnly; Secure; Max-Age="
REMOVAL = f"{NAME}=; {_ATTRIBUTES}0"
"""The `Set-Cookie` that makes Twilio forget the cookie."""
# Only as we write them: of the base64 of 32 bytes, the last character has four bits alone.
_PARTS = re.compile(rb"([0-9]{1,12})\.([^.]*)\.([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])")
_JSON = json.JSONEncoder(
    default=Session.as_dict, allow_nan=False, ensure_ascii=False, separators=(",", ":")
)


class SessionCookieError(Exception):
    """Why a cookie did not open, in a word to count by.

    `none`: there is no cookie of ours. `unreadable`: it does not have the shape of ours. `expired`:
    its time is over, or not yet come. `forged`: its shape is ours, but its content is none that a
    server of ours seals. `foreign`: it looks whole, but another secret sealed it, or for another
    conversation. A MAC that does not fit cannot tell the last two apart for certain: the content is
    looked at instead.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"the session cookie is {reason}")
        self.reason = reason


class SessionTooLarge(Exception):
    """A session that no cookie can hold: `size` bytes of the `limit` that there are."""

    def __init__(self, size: int, longest: tuple[int, str], limit: int = LIMIT) -> None:
        super().__init__(
            f"the session makes a cookie of {size:,} bytes, {size - limit:,} more than the "
            f"{limit:,} that a cookie may have; remember less, or shorter names and values; "
            f"the longest is {longest[1]}, of {longest[0]:,} characters"
        )
        self.size = size
        self.limit = limit


class SessionCookie:
    """Seals and opens sessions with the secrets of this server, given newest first."""

    def __init__(self, secrets: Sequence[str], clock: Callable[[], float] = time.time) -> None:
        # itsdangerous tries the last key first and seals with it: oldest first, then.
        keys = [_derived(secret) for secret in reversed(secrets)]
        self._signer = Signer(keys, key_derivation="none", digest_method=sha256)
        self._clock = clock

    def seal(self, session: Session, key: ConversationKey, lifetime: int) -> str:
        """The value of a `Set-Cookie` header that lasts `lifetime` seconds from now.

        Raises SessionTooLarge where name, value and attributes come to more than 4,096 bytes.
        """
        text = _JSON.encode(session)
        payload = base64_encode(text.encode(errors="surrogatepass"))
        sealed = b"%d.%b" % (int(self._clock()) + lifetime, payload)
        mac = self._signer.get_signature(key.as_bytes() + sealed)
        cookie = f"{NAME}={sealed.decode()}.{mac.decode()}; {_ATTRIBUTES}{lifetime}"
        if len(cookie) > LIMIT:
            raise SessionTooLarge(len(cookie), largest(session))
        return cookie

    def open(self, header: str, key: ConversationKey, lifetime: int) -> Session:
        """The session in a `Cookie` header: that of the first cookie of ours that opens.

        `lifetime` is how long a cookie sealed now would last, in seconds: one that expires later
        has not been sealed yet. Raises SessionCookieError with the reason of the first one.
        """
        refused: SessionCookieError | None = None
        for value in values(header):
            try:
                return self._opened(value.encode(errors="replace"), key, lifetime)
            except SessionCookieError as error:
                refused = refused or error
        raise refused or SessionCookieError("none")

    def _opened(self, value: bytes, key: ConversationKey, lifetime: int) -> Session:
        expiry, payload, mac = _parts(value)
        if not self._signer.verify_signature(key.as_bytes() + expiry + b"." + payload, mac):
            raise SessionCookieError("foreign" if _whole(payload) else "forged")
        left = int(expiry) - int(self._clock())
        if not 0 < left <= lifetime + CLOCK_TOLERANCE:
            raise SessionCookieError("expired")
        return _session(payload)


def values(header: str) -> Iterable[str]:
    """The values of the cookies of our name in a `Cookie` header, in their order.

    Two such headers are one by the time they are here, joined by a comma.
    """
    for pair in header.replace(",", ";").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == NAME:
            yield value


def _derived(secret: str) -> bytes:
    return Signer(
        secret, b"parley.session", key_derivation="hmac", digest_method=sha256
    ).derive_key()


def _parts(value: bytes) -> tuple[bytes, bytes, bytes]:
    """Expiry, payload and MAC; only as we write them: another spelling of the same is refused."""
    parts = _PARTS.fullmatch(value)
    if parts is None:
        raise SessionCookieError("unreadable")
    return parts[1], parts[2], parts[3]


def _session(payload: bytes) -> Session:
    try:
        return Session(json.loads(base64_decode(payload).decode(errors="surrogatepass")))
    except (ValueError, TypeError, AttributeError, RecursionError, BadData):
        raise SessionCookieError("unreadable") from None


def _whole(payload: bytes) -> bool:
    try:
        return bool(_session(payload))
    except SessionCookieError:
        return False
