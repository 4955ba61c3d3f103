"""The signed session cookie, on both sides of every limit."""

import hmac
import re
from base64 import urlsafe_b64encode

import pytest

from parley.conversation import Session
from parley.sessions import (
    ConversationKey,
    SessionCookie,
    SessionCookieError,
    SessionTooLarge,
)
from parley.testing import Clock
from parley.twilio.facts import COOKIE_BYTES
from tests.webhook import ALICE, APP, SECRET

KEY = ConversationKey("counter", ALICE, APP)
HOURS = 14_400


@pytest.fixture
def cookies(clock: Clock) -> SessionCookie:
    return SessionCookie([SECRET], clock)


def pair(set_cookie: str) -> str:
    return set_cookie.partition("; ")[0]


def reason(cookies: SessionCookie, header: str, key: ConversationKey = KEY) -> str:
    with pytest.raises(SessionCookieError) as caught:
        cookies.open(header, key, HOURS)
    return caught.value.reason


def test_a_sealed_session_opens(cookies: SessionCookie) -> None:
    session = Session({"count": 3, "name": "Zoë 😀", "list": [1, [None, True]], "odd": "\ud800"})
    assert cookies.open(pair(cookies.seal(session, KEY, HOURS)), KEY, HOURS) == session


def test_a_cookie_is_one_line_without_a_number(cookies: SessionCookie) -> None:
    sealed = cookies.seal(Session({"count": 3}), KEY, 1_800)
    form = r"parley=\d{10}\.[\w-]+\.[\w-]{43}; Path=/; HttpOnly; Secure; Max-Age=1800"
    assert re.fullmatch(form, sealed, re.ASCII)
    assert re.fullmatch(r"parley=; Path=/; HttpOnly; Secure; Max-Age=0", cookies.removal)


@pytest.mark.parametrize("lifetime", [1, 1_800, HOURS])
def test_it_opens_until_the_second_before_its_expiry(
    cookies: SessionCookie, clock: Clock, lifetime: int
) -> None:
    sealed = pair(cookies.seal(Session({"count": 1}), KEY, lifetime))
    clock.later(lifetime - 1)
    assert cookies.open(sealed, KEY, lifetime) == {"count": 1}
    clock.later(0.999)
    assert cookies.open(sealed, KEY, lifetime) == {"count": 1}
    clock.later(0.001)
    with pytest.raises(SessionCookieError, match="expired"):
        cookies.open(sealed, KEY, lifetime)


def test_it_opens_from_five_seconds_before_its_sealing(
    cookies: SessionCookie, clock: Clock
) -> None:
    sealed = pair(cookies.seal(Session({"count": 1}), KEY, HOURS))
    clock.later(-5)
    assert cookies.open(sealed, KEY, HOURS) == {"count": 1}
    clock.later(-1)
    assert reason(cookies, sealed) == "expired"


@pytest.mark.parametrize(
    "other",
    [
        ConversationKey("counters", ALICE, APP),
        ConversationKey("counter", APP, ALICE),
        ConversationKey("counter", ALICE + "1", APP[1:]),
        ConversationKey("counter" + ALICE[:1], ALICE[1:], APP),
        ConversationKey("counter", ALICE, APP + " "),
        ConversationKey("", "counter" + ALICE, APP),
    ],
)
def test_a_cookie_opens_only_for_its_conversation(
    cookies: SessionCookie, other: ConversationKey
) -> None:
    sealed = pair(cookies.seal(Session({"count": 1}), KEY, HOURS))
    assert reason(cookies, sealed, other) == "foreign"


@pytest.mark.threat("S8")
def test_a_cookie_with_a_changed_character_does_not_open(cookies: SessionCookie) -> None:
    sealed = pair(cookies.seal(Session({"count": 1, "name": "Alice"}), KEY, HOURS))
    value = sealed.removeprefix("parley=")
    for position, character in enumerate(value):
        for other in "Ab0-._= é":
            if other != character:
                changed = f"parley={value[:position]}{other}{value[position + 1 :]}"
                assert reason(cookies, changed) in {"forged", "foreign", "unreadable"}


@pytest.mark.parametrize("end", range(1, 70, 3))
def test_a_cut_cookie_does_not_open(cookies: SessionCookie, end: int) -> None:
    sealed = pair(cookies.seal(Session({"count": 1}), KEY, HOURS))
    assert reason(cookies, sealed[:-end]) in {"unreadable", "forged", "foreign"}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "none"),
        ("other=1", "none"),
        ("xparley=1; parleyx=2; Parley=3", "none"),
        ("parley", "unreadable"),
        ("parley=", "unreadable"),
        ("parley=..", "unreadable"),
        ("parley=1.2.3.4", "unreadable"),
        ("parley=x.e30." + "A" * 43, "unreadable"),
        ("parley=-1.e30." + "A" * 43, "unreadable"),
        ("parley=1800000000." + "e30." + "A" * 42 + "B", "unreadable"),
        ("parley=1800000000.bm90IGpzb24." + "A" * 43, "forged"),
        ("parley=1800000000.W10." + "A" * 43, "forged"),
        ("parley=1800000000.eyJhIjoxfQ." + "A" * 43, "foreign"),
        ("parley=" + "9" * 9_999 + ".e30." + "A" * 43, "unreadable"),
        ("parley=\xff\x00.\u2028.\ud800", "unreadable"),
    ],
)
def test_a_cookie_that_does_not_open_has_a_reason(
    cookies: SessionCookie, header: str, expected: str
) -> None:
    assert reason(cookies, header) == expected


@pytest.mark.parametrize("payload", ["not JSON", "[1]", "7", '{"a":Infinity}', "[" * 9_000])
def test_a_validly_sealed_value_that_is_not_a_session_is_unreadable(
    cookies: SessionCookie, clock: Clock, payload: str
) -> None:
    """The test computes the MAC itself, as anyone with the secret can (see docs/security.md)."""
    key = hmac.digest(SECRET.encode(), b"parley.session", "sha256")
    sealed = f"{int(clock.now) + HOURS}.{in_base64(payload.encode())}"
    mac = hmac.digest(key, f"7:counter12:{ALICE}12:{APP}{sealed}".encode(), "sha256")
    assert reason(cookies, f"parley={sealed}.{in_base64(mac)}") == "unreadable"


def in_base64(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def test_a_cookie_sealed_with_another_secret_does_not_open(
    cookies: SessionCookie, clock: Clock
) -> None:
    theirs = SessionCookie([SECRET + "!"], clock).seal(Session({"count": 1}), KEY, HOURS)
    assert reason(cookies, pair(theirs)) == "foreign"


def test_the_newest_secret_seals_and_every_secret_opens(clock: Clock) -> None:
    old, new = "old" + SECRET, "new" + SECRET
    both = SessionCookie([new, old], clock)
    of_old = pair(SessionCookie([old], clock).seal(Session({"count": 1}), KEY, HOURS))
    assert both.open(of_old, KEY, HOURS) == {"count": 1}
    of_both = pair(both.seal(Session({"count": 2}), KEY, HOURS))
    assert SessionCookie([new], clock).open(of_both, KEY, HOURS) == {"count": 2}
    assert reason(SessionCookie([old], clock), of_both) == "foreign"


def test_the_first_of_several_cookies_that_opens_is_used(
    cookies: SessionCookie, clock: Clock
) -> None:
    one = pair(cookies.seal(Session({"count": 1}), KEY, HOURS))
    two = pair(cookies.seal(Session({"count": 2}), KEY, HOURS))
    short = pair(cookies.seal(Session({"count": 3}), KEY, 1))
    assert cookies.open(f"a=b; parley=x; {two};{one}", KEY, HOURS) == {"count": 2}
    clock.later(1)
    assert cookies.open(f"{short}; {one}; {two}", KEY, HOURS) == {"count": 1}
    assert reason(cookies, f"{short}; parley=x") == "expired"
    assert cookies.open(f"a=b,{one}", KEY, HOURS) == {"count": 1}


def longest(cookies: SessionCookie, lifetime: int) -> int:
    """Return the maximal length of a value, from the numbers in the error about a longer one."""
    fits = 0
    for step in (1_000, 100, 10, 1):
        while True:
            try:
                cookies.seal(Session({"a": "x" * (fits + step)}), KEY, lifetime)
            except SessionTooLarge as error:
                refused = error
                break
            fits += step
    assert COOKIE_BYTES < refused.size <= COOKIE_BYTES + 2  # base64 grows by one or two characters
    assert refused.limit == COOKIE_BYTES
    assert f"{refused.size - COOKIE_BYTES} more than the limit of 4,096" in str(refused)
    return fits


def test_a_cookie_has_at_most_4096_bytes(cookies: SessionCookie) -> None:
    sizes = set()
    for lifetime in (9, 99, 999, 9_999):  # each a character longer than the one before
        session = Session({"a": "x" * longest(cookies, lifetime)})
        sealed = cookies.seal(session, KEY, lifetime)
        assert cookies.open(pair(sealed), KEY, lifetime) == session
        sizes.add(len(sealed))
    assert max(sizes) == COOKIE_BYTES, "one of the four must have exactly the limit"


def test_no_repr_contains_a_key_or_a_secret(cookies: SessionCookie) -> None:
    assert repr(KEY) == "ConversationKey(counter, +1555…01, +1555…02)"
    assert SECRET not in repr(cookies)
    assert SECRET not in repr(vars(cookies))
