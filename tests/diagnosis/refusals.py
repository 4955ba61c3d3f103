"""Rejections of wrong secrets, sorted by the number of correct first characters, to time them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import urlencode

from parley.conversation import Session
from parley.metrics import NullMetrics
from parley.refusals import SignatureError
from parley.request import Request
from parley.sessions import ConversationKey, SessionCookie, SessionCookieError
from parley.twilio.signature import Received, Verifier
from parley.web.bearer import TokenRefused
from parley.web.metrics_endpoint import metrics_endpoint
from tests.twilio.timing import sharing
from tests.webhook import ALICE, APP, PUBLIC_URL, SECRET, TOKEN, message, signature

DIFFERENT = 50
"""The number of wrong secrets per kind, so that the result does not depend on one of them."""
ENDS_OF_A_MAC = "AEIMQUYcgkosw048"
"""The characters that the base64 of 32 bytes can end with."""


class Refused(NamedTuple):
    """A function that rejects secrets, and wrong ones by the number of correct characters."""

    refuse: Callable[[Any], None]
    kinds: Mapping[int, Sequence[Any]]


def signatures() -> Refused:
    form = message()
    body, target = urlencode(form).encode(), "/sms/counter"
    right, verifier = signature(PUBLIC_URL + target, form), Verifier(PUBLIC_URL, [TOKEN])

    def refuse(received: Received) -> None:
        with suppress(SignatureError):
            verifier.verify(received)
            raise AssertionError("it is accepted")

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
    answer = metrics_endpoint(NullMetrics(), (TOKEN,))  # type: ignore[arg-type]  # it is not used

    def refuse(header: str) -> None:
        with suppress(TokenRefused):
            headers = {"authorization": header}
            path = "/metrics"
            answer(
                Request(
                    "GET", "", path.encode(), path, headers, stream=BytesIO(), is_terminated=True
                )
            )
            raise AssertionError("it is accepted")

    def wrong(number: int) -> str:
        return f"Bearer {sharing(TOKEN, number)}"

    return Refused(refuse, _of_each(wrong, (0, 1, 10, 31)))


def _of_each(wrong: Callable[[int], Any], numbers: Sequence[int]) -> dict[int, list[Any]]:
    return {number: [wrong(number) for _ in range(DIFFERENT)] for number in numbers}
