"""Refusals of wrong secrets: what is called, and wrong ones by how many characters are right."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urlencode

from app.conversation import Session
from app.web.counted import Uncounted
from app.web.metrics_door import MetricsDoor, TokenRefused
from app.wire.conversation_key import ConversationKey
from app.wire.session_cookie import SessionCookie, SessionCookieError
from app.wire.signature import Received, SignatureError, Verifier
from tests.twilio import ALICE, APP, PUBLIC_URL, SECRET, TOKEN, message, signature
from tests.wire.timing import sharing

DIFFERENT = 50
"""Wrong secrets of a kind, so that it is not one of them that is measured."""
ENDS_OF_A_MAC = "AEIMQUYcgkosw048"
"""What the base64 of 32 bytes can end with."""


class Refused(NamedTuple):
    """A way to refuse, and what it refuses by how many first characters are right."""

    refuse: Callable[[Any], None]
    kinds: Mapping[int, Sequence[Any]]


def signatures() -> Refused:
    form = message()
    body, target = urlencode(form).encode(), "/sms/counter"
    right, verifier = signature(PUBLIC_URL + target, form), Verifier(PUBLIC_URL, [TOKEN])

    def refuse(received: Received) -> None:
        with suppress(SignatureError):
            verifier.verify(received)
            raise AssertionError("it is let in")

    def wrong(number: int) -> Received:
        given = sharing(right, number)
        return Received(target.encode(), "application/x-www-form-urlencoded", body, given, "")

    return Refused(refuse, _of_each(wrong, (0, 1, 10, 27)))


def macs_of_cookies() -> Refused:
    key, cookies = ConversationKey("counter", ALICE, APP), SessionCookie([SECRET])
    sealed, _, right = (
        cookies.seal(Session({"count": 3}), key, 14_400).partition(";")[0].rpartition(".")
    )

    def refuse(cookie: str) -> None:
        with suppress(SessionCookieError):
            cookies.open(cookie, key, 14_400)
            raise AssertionError("it opens")

    def wrong(number: int) -> str:
        return f"{sealed}.{sharing(right, number, ENDS_OF_A_MAC)}"

    return Refused(refuse, _of_each(wrong, (0, 1, 10, 42)))


def tokens_of_the_metrics() -> Refused:
    door = MetricsDoor(Uncounted(), (TOKEN,), 0)  # type: ignore[arg-type]  # it never comes to them
    path = {"SERVER_PORT": "8000", "PATH_INFO": "/metrics", "RAW_URI": "/metrics"}

    def refuse(header: str) -> None:
        with suppress(TokenRefused):
            door({**path, "REQUEST_METHOD": "GET", "HTTP_AUTHORIZATION": header})
            raise AssertionError("it is let in")

    def wrong(number: int) -> str:
        return f"Bearer {sharing(TOKEN, number)}"

    return Refused(refuse, _of_each(wrong, (0, 1, 10, 31)))


def _of_each(wrong: Callable[[int], Any], numbers: Sequence[int]) -> dict[int, list[Any]]:
    return {number: [wrong(number) for _ in range(DIFFERENT)] for number in numbers}
