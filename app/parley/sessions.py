"""Session cookies, signed with their conversation's key.

`parley=<expiry>.<payload>.<MAC>`: the expiry in seconds since 1970, the session as compact JSON in
base64url, and an itsdangerous signature over the conversation's key, the expiry and the payload.
The key, with its phone numbers, is not in the cookie. Twilio's signature does not cover cookies:
only the MAC proves that this server created a session.
"""

import json
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from itsdangerous import Signer
from itsdangerous.encoding import base64_decode, base64_encode
from itsdangerous.exc import BadData

from parley.conversation import Session
from parley.conversation.masking import masked
from parley.refusals import ParleyError
from parley.twilio.facts import COOKIE_BYTES

CLOCK_TOLERANCE = 5
"""Tolerated clock difference to the server that sealed a cookie, in seconds."""
_ATTRIBUTES = "Path=/; HttpOnly; Secure; Max-Age="
# Only the canonical form: the last base64 character of 32 bytes has only four bits.
_PARTS = re.compile(rb"([0-9]{1,12})\.([^.]*)\.([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])")
_JSON = json.JSONEncoder(
    default=Session.as_dict, allow_nan=False, ensure_ascii=False, separators=(",", ":")
)


_AUTHORS_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")


class ConversationKey(NamedTuple):
    """The key of a conversation: the flow's name, `From` and `To`."""

    flow: str
    from_: str
    to: str

    def __repr__(self) -> str:
        return f"ConversationKey({self.flow}, {masked(self.from_)}, {masked(self.to)})"

    def as_bytes(self) -> bytes:
        """Return each part with its length before it, so that the bytes are unique to the key."""
        flow, from_, to = [part.encode(errors="surrogatepass") for part in self]
        return b"%d:%b%d:%b%d:%b" % (len(flow), flow, len(from_), from_, len(to), to)


class SessionCookieError(ParleyError):
    """Raised if a cookie cannot be opened; the reason is a constant for the metrics.

    `none`: there is no session cookie. `unreadable`: its format is wrong. `expired`: its time is
    over, or in the future. `forged`: its MAC is wrong, and its content is not a session. `foreign`:
    its MAC is wrong, but its content is a session: another secret sealed it, it is for another
    conversation, or an attacker wrote a valid session.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"the session cookie is {reason}")
        self.reason = reason


class SessionTooLarge(ParleyError):
    """Raised for a session that is too large for a cookie, or for a row of the database.

    `size` and `limit` are in bytes.
    """

    def __init__(
        self, size: int, session: Session, limit: int = COOKIE_BYTES, kind: str = "cookie"
    ) -> None:
        length, name = _largest(session)
        super().__init__(
            f"the session needs a {kind} of {size:,} bytes, {size - limit:,} more than the limit "
            f"of {limit:,}; remember less, or shorter names and values; "
            f"the longest is {name}, with {length:,} characters"
        )
        self.size = size
        self.limit = limit


class SessionCookie:
    """Seals and opens sessions with the secrets of this server, given newest first.

    `name` is the cookie's name. `clock` returns the seconds since 1970.
    """

    def __init__(
        self,
        secrets: Sequence[str],
        clock: Callable[[], float] = time.time,
        *,
        name: str = "parley",
    ) -> None:
        # itsdangerous signs with the last key and tries it first, so the order is oldest first.
        keys = [_derived(secret) for secret in reversed(secrets)]
        self._signer = Signer(keys, key_derivation="none", digest_method=sha256)
        self._clock = clock
        self._name = name
        self.removal = f"{name}=; {_ATTRIBUTES}0"
        """The `Set-Cookie` that deletes the cookie."""

    def find(self, header: str, key: ConversationKey, lifetime: int) -> tuple[Session, str, int]:
        """Return the session in a `Cookie` header, its state, and its remaining seconds.

        The state is `continued`; or, with an empty session, `new` if there was no cookie, or the
        reason why it could not be opened: `expired`, `forged`, `foreign` or `unreadable`. An empty
        session has 0 seconds.
        """
        try:
            session, left = self._open(header, key, lifetime)
        except SessionCookieError as error:
            expired = error.reason == "expired"
            return Session(expired=expired), "new" if error.reason == "none" else error.reason, 0
        return session, "continued", left

    def carries(self, header: str) -> bool:
        """Return whether a `Cookie` header has a session cookie, valid or not."""
        return any(True for _ in _values(header, self._name))

    def next(
        self, session: Session, key: ConversationKey, lifetime: int, *, carried: bool
    ) -> str | None:
        """Return the `Set-Cookie` of this turn; None if there is nothing to set.

        A session is sealed again in every turn, because Twilio counts its four hours from the last
        `Set-Cookie`. An empty session removes the cookie, if the request `carried` one.
        """
        if session:
            return self.seal(session, key, lifetime)
        return self.removal if carried else None

    def seal(self, session: Session, key: ConversationKey, lifetime: int) -> str:
        """Return the value of a `Set-Cookie` header that lasts `lifetime` seconds from now.

        Raises SessionTooLarge if name, value and attributes exceed 4,096 bytes.
        """
        text = _JSON.encode(session)
        payload = base64_encode(text.encode(errors="surrogatepass"))
        sealed = b"%d.%b" % (int(self._clock()) + lifetime, payload)
        mac = self._signer.get_signature(key.as_bytes() + sealed)
        cookie = f"{self._name}={sealed.decode()}.{mac.decode()}; {_ATTRIBUTES}{lifetime}"
        if len(cookie) > COOKIE_BYTES:
            raise SessionTooLarge(len(cookie), session)
        return cookie

    def open(self, header: str, key: ConversationKey, lifetime: int) -> Session:
        """Return the session in a `Cookie` header, from the first session cookie that is valid.

        `lifetime` is how many seconds a cookie sealed now would last: one that expires later is not
        valid. Raises SessionCookieError with the reason of the first one.
        """
        return self._open(header, key, lifetime)[0]

    def _open(self, header: str, key: ConversationKey, lifetime: int) -> tuple[Session, int]:
        refused: SessionCookieError | None = None
        for value in _values(header, self._name):
            try:
                return self._opened(value.encode(errors="replace"), key, lifetime)
            except SessionCookieError as error:
                refused = refused or error
        raise refused or SessionCookieError("none")

    def _opened(self, value: bytes, key: ConversationKey, lifetime: int) -> tuple[Session, int]:
        expiry, payload, mac = _parts(value)
        if not self._signer.verify_signature(key.as_bytes() + expiry + b"." + payload, mac):
            raise SessionCookieError("foreign" if _whole(payload) else "forged")
        left = int(expiry) - int(self._clock())
        if not 0 < left <= lifetime + CLOCK_TOLERANCE:
            raise SessionCookieError("expired")
        return _session(payload), left


def contents(header: str, name: str) -> tuple[Session, int]:
    """Return the session in a cookie and its expiry in seconds since 1970, without verification.

    Raises SessionCookieError: `none` or `unreadable`. SessionCookie.open verifies the cookie.
    """
    value = next(iter(_values(header, name)), None)
    if value is None:
        raise SessionCookieError("none")
    expiry, payload, _ = _parts(value.encode(errors="replace"))
    return _session(payload), int(expiry)


def _values(header: str, wanted: str) -> Iterable[str]:
    """Return the values of the cookies with one name in a `Cookie` header, in order.

    A WSGI server joins two such headers with a comma. A value can be in double quotes, which are
    not part of it, and between `$Version` and `$Path` attributes (RFC 2109), which have other
    names. Values of session cookies contain neither quotes nor separators.
    """
    for pair in header.replace(",", ";").split(";"):
        name, _, value = pair.partition("=")
        if name.strip() == wanted:
            value = value.strip()
            quoted = len(value) > 1 and value[0] == value[-1] == '"'
            yield value[1:-1].strip() if quoted else value


def _derived(secret: str) -> bytes:
    return Signer(
        secret, b"parley.session", key_derivation="hmac", digest_method=sha256
    ).derive_key()


def _parts(value: bytes) -> tuple[bytes, bytes, bytes]:
    """Split a value into expiry, payload and MAC; reject any other than the canonical form."""
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


def _largest(value: Any, name: str = "") -> tuple[int, str]:
    """Return the longest text or number inside a JSON value: its length, and its place.

    `a, item 3` is the third item of the list with the name `a`. The names at the top are the
    author's; a name inside may be personal data, and is only called an entry.
    """
    if isinstance(value, Mapping):
        parts = [
            (f"{name}, an entry" if name else _plain(key), each) for key, each in value.items()
        ]
    elif isinstance(value, list | tuple):
        parts = [(f"{name}, item {number}", each) for number, each in enumerate(value, start=1)]
    else:
        return len(str(value)), name
    return max((_largest(each, inner) for inner, each in parts), default=(0, name))


def _plain(key: str) -> str:
    return key if _AUTHORS_NAME.fullmatch(key) else "a value"
