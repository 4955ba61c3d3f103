"""Twilio's cookie jar: one for every pair of numbers."""

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from http.cookies import CookieError, SimpleCookie

FOUR_HOURS = 14_400


class CookieJar:
    """The cookies of one `From`/`To` pair, four hours at most.

    `Secure` is not asked about: a loopback address counts as secure here.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._cookies: dict[str, tuple[str, float]] = {}

    def keep(self, set_cookie: str) -> None:
        """Do what one `Set-Cookie` header says; one that cannot be read is passed over."""
        try:
            parsed = SimpleCookie(set_cookie)
        except CookieError:
            return
        for name, cookie in parsed.items():
            expiry = self._clock() + _seconds(cookie["max-age"], cookie["expires"], self._clock())
            if expiry > self._clock():
                self._cookies[name] = (cookie.coded_value, expiry)
            else:
                self._cookies.pop(name, None)

    def copy(self) -> "CookieJar":
        """A jar with the same cookies, which goes its own way from here."""
        jar = CookieJar(self._clock)
        jar._cookies = dict(self._cookies)
        return jar

    def expiries(self) -> dict[str, float]:
        """When each cookie ends, in seconds since 1970."""
        return {name: expiry for name, (_, expiry) in self._cookies.items()}

    def header(self) -> str:
        """The `Cookie` header of the next request; empty where nothing is kept."""
        now = self._clock()
        self._cookies = {name: each for name, each in self._cookies.items() if each[1] > now}
        return "; ".join(f"{name}={value}" for name, (value, _) in self._cookies.items())


def _seconds(max_age: str, expires: str, now: float) -> float:
    """How long a cookie lasts: `Max-Age` wins over `Expires`, four hours over both."""
    lifetime: float = FOUR_HOURS
    try:
        if max_age:
            lifetime = max(min(int(max_age[:20]), FOUR_HOURS), -1)
        elif expires:
            lifetime = parsedate_to_datetime(expires).timestamp() - now
    except ValueError:
        pass
    return min(lifetime, FOUR_HOURS)
