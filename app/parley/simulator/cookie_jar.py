"""Twilio's cookie jar, one per pair of numbers."""

import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from http.cookies import CookieError, SimpleCookie
from types import MappingProxyType

from parley.twilio.facts import COOKIE_SECONDS

Cookie = tuple[str, float]
"""A cookie's value, and its expiry in seconds since 1970."""
NO_COOKIES: Mapping[str, Cookie] = MappingProxyType({})


class CookieJar:
    """The cookies of one `From`/`To` pair, stored for at most four hours.

    The attribute `Secure` is ignored: a loopback address counts as secure here.
    """

    def __init__(
        self, clock: Callable[[], float] = time.time, cookies: Mapping[str, Cookie] = NO_COOKIES
    ) -> None:
        self._clock = clock
        self.cookies = dict(cookies)

    def keep(self, set_cookie: str) -> None:
        """Apply a `Set-Cookie` header; ignore an invalid one."""
        try:
            parsed = SimpleCookie(set_cookie)
        except CookieError:
            return
        for name, cookie in parsed.items():
            expiry = self._clock() + _seconds(cookie["max-age"], cookie["expires"], self._clock())
            if expiry > self._clock():
                self.cookies[name] = (cookie.coded_value, expiry)
            else:
                self.cookies.pop(name, None)

    def copy(self) -> "CookieJar":
        """Return an independent jar with the same cookies."""
        return CookieJar(self._clock, self.cookies)

    def expiries(self) -> dict[str, float]:
        """Return the expiry of each cookie, in seconds since 1970."""
        return {name: expiry for name, (_, expiry) in self.cookies.items()}

    def header(self) -> str:
        """Return the `Cookie` header of the next request; empty without cookies."""
        now = self._clock()
        self.cookies = {name: each for name, each in self.cookies.items() if each[1] > now}
        return "; ".join(f"{name}={value}" for name, (value, _) in self.cookies.items())


def _seconds(max_age: str, expires: str, now: float) -> float:
    """Return a cookie's lifetime: `Max-Age` has priority over `Expires`; at most four hours."""
    lifetime: float = COOKIE_SECONDS
    try:
        if max_age:
            lifetime = max(min(int(max_age[:20]), COOKIE_SECONDS), -1)
        elif expires:
            lifetime = parsedate_to_datetime(expires).timestamp() - now
    except ValueError:
        pass
    return min(lifetime, COOKIE_SECONDS)
