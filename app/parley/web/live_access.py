"""Access to the live page: a link that is valid for minutes, then a cookie; or the token itself.

A browser cannot send a token header with a link, and links are stored in histories and logs: so the
key in a link expires soon.
"""

import re
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from urllib.parse import urlsplit

from itsdangerous import BadData, TimestampSigner
from werkzeug.http import parse_cookie

from parley.request import Request
from parley.web.bearer import TokenRefused, check_bearer

COOKIE = "parley_live"
LINK_SECONDS = 600
VIEW_SECONDS = 12 * 3_600
TOLERANCE = 60
"""Tolerated clock difference to the machine that created a link, in seconds."""
NEXT = "open the link that `parley live` prints, or send Authorization: Bearer and LIVE_TOKEN"
_KEY = re.compile(r"key=([A-Za-z0-9._-]{1,200})")
_LINK, _VIEW = b"link", b"view"

Clock = Callable[[], float]


class LiveAccess:
    """Creates and verifies links and cookies with the tokens, which are newest first."""

    def __init__(self, tokens: Sequence[str], public_url: str, clock: Clock = time.time) -> None:
        self._tokens, self._url, self._clock = tokens, public_url, clock
        self._signer = _Signer(
            [token.encode() for token in reversed(tokens)],  # it signs with the last
            salt="parley live",
            digest_method=sha256,
        )
        self._signer.clock = clock

    def link(self) -> str:
        """The address of the page, valid for LINK_SECONDS."""
        return f"{self._url}/live?key={self._signer.sign(_LINK).decode()}"

    def is_link(self, request: Request) -> bool:
        """Return whether a request has a valid key. Raises TokenRefused for an invalid one."""
        query = request.target.partition(b"?")[2].decode("latin-1")
        if not query:
            return False
        key = _KEY.fullmatch(query)
        if not (key and self._is_signed(key[1], _LINK, LINK_SECONDS)):
            raise TokenRefused("wrong token", NEXT)
        return True

    def cookie(self) -> str:
        """The `Set-Cookie` header for a browser with a valid link."""
        value = self._signer.sign(_VIEW).decode()
        path = f"{urlsplit(self._url).path}/live"
        return (
            f"{COOKIE}={value}; Path={path}; Max-Age={VIEW_SECONDS}; HttpOnly; Secure; SameSite=Lax"
        )

    def check(self, request: Request) -> None:
        """Raise TokenRefused unless the request has a valid cookie, or a token."""
        value = parse_cookie(request.header("cookie")).get(COOKIE, "")
        if not (value and self._is_signed(value, _VIEW, VIEW_SECONDS)):
            check_bearer(request, self._tokens, NEXT)

    def _is_signed(self, value: str, what: bytes, seconds: int) -> bool:
        try:
            found, when = self._signer.unsign(value, return_timestamp=True)
        except BadData:
            return False
        age = self._clock() - when.timestamp()
        return found == what and -TOLERANCE <= age < seconds


class _Signer(TimestampSigner):
    """A signer with an adjustable clock."""

    clock: Clock

    def get_timestamp(self) -> int:
        return int(self.clock())
