"""The simulated cookie jar, on both sides of the last second."""

import pytest

from parley.simulator.cookie_jar import CookieJar
from parley.testing import Clock

# 1_800_000_000 is 2027-01-15T08:00:00Z.
TABLE = [
    # Set-Cookie, the returned Cookie, its lifetime in seconds
    ("a=b", "a=b", 14_400),
    ("a=b; Path=/; HttpOnly; Secure", "a=b", 14_400),
    ("a=b; Max-Age=60", "a=b", 60),
    ("a=b; max-age=60; Path=/", "a=b", 60),
    ("a=b; Max-Age=14401", "a=b", 14_400),
    ("a=b; Max-Age=99999999999", "a=b", 14_400),
    ("a=b; Max-Age=" + "9" * 400, "a=b", 14_400),
    ("a=b; Max-Age=-" + "9" * 400, "", 0),
    ("a=b; Max-Age=0", "", 0),
    ("a=b; Max-Age=-1", "", 0),
    ("a=b; Max-Age=soon", "a=b", 14_400),
    ("a=b; Expires=Fri, 15 Jan 2027 08:01:00 GMT", "a=b", 60),
    ("a=b; Expires=Fri, 15 Jan 2027 08:00:00 GMT", "", 0),
    ("a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "", 0),
    ("a=b; Expires=Fri, 15 Jan 2038 08:00:00 GMT", "a=b", 14_400),
    ("a=b; Expires=someday", "a=b", 14_400),
    ("a=b; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "a=b", 60),
    ("a=1.e30.x-_y", "a=1.e30.x-_y", 14_400),
    ("a=", "a=", 14_400),
    ("", "", 0),
    ("no cookie at all", "", 0),
]


@pytest.mark.parametrize(("set_cookie", "header", "seconds"), TABLE)
def test_a_cookie_is_sent_until_its_last_second(
    clock: Clock, set_cookie: str, header: str, seconds: int
) -> None:
    jar = CookieJar(clock)
    jar.keep(set_cookie)
    assert jar.header() == header
    if header:
        clock.later(seconds - 1)
        assert jar.header() == header
        clock.later(1)
        assert jar.header() == ""


def test_a_cookie_is_replaced_and_removed(clock: Clock) -> None:
    jar = CookieJar(clock)
    jar.keep("a=1")
    jar.keep("b=2")
    jar.keep("a=3")
    assert jar.header() == "a=3; b=2"
    jar.keep("a=x; Max-Age=0")
    assert jar.header() == "b=2"
