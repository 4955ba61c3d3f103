"""Single checks of a deployment; cli/test_check_deployment.py runs all of them."""

from email.utils import formatdate

import pytest

from parley.http_client import Response
from parley.probe.checks import clock, health, unsigned_text


@pytest.mark.parametrize(
    ("stated", "asked", "answered", "mark"),
    [
        (1_000, 1_000.0, 1_000.1, "ok"),
        (1_004, 1_000.2, 1_000.3, "ok"),  # ahead by 3.7 to 4.8 seconds
        (1_005, 1_000.5, 1_000.6, "--"),  # by 4.4 to 5.5: unclear
        (1_006, 1_000.0, 1_000.9, "no"),  # by 5.1 to 7
        (995, 1_000.0, 1_000.0, "ok"),  # behind by 4 to 5
        (994, 1_000.0, 1_000.5, "--"),  # by 5 to 6.5
        (993, 1_000.0, 1_000.5, "no"),  # by 6 to 7.5
        (1_000, 1_000.0, 1_009.0, "--"),  # the response took nine seconds
    ],
)
def test_the_clock_is_judged_only_if_the_result_is_certain(
    stated: int, asked: float, answered: float, mark: str
) -> None:
    assert clock(formatdate(stated, usegmt=True), asked, answered).mark == mark


@pytest.mark.parametrize("odd", ["", "yesterday", "Sat, 99 Foo 2026 00:00:00 GMT"])
def test_an_invalid_date_is_not_used(odd: str) -> None:
    assert clock(odd, 0, 0).mark == "--"


def response(status: int, content: bytes = b"", **headers: str) -> Response:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Response(status, named, content, 1.0)


@pytest.mark.parametrize(
    ("answer", "mark"),
    [
        (response(200, b"ok\n"), "ok"),
        (response(200, b"okay"), "no"),
        (response(404), "--"),
        (response(403), "no"),
        (response(503), "no"),
        (response(308, Location="https://a.b"), "no"),
    ],
)
def test_only_ok_is_healthy_and_a_404_is_inconclusive(answer: Response, mark: str) -> None:
    assert health("/healthz", answer).mark == mark


@pytest.mark.parametrize(
    ("answer", "mark"),
    [
        (response(403, Content_Type="text/plain; charset=utf-8"), "ok"),
        (response(403, Content_Type="text/html"), "no"),
        (response(403), "no"),
        (response(401, WWW_Authenticate="Basic"), "no"),
        (response(200, Content_Type="text/plain"), "no"),
        (response(404), "no"),
    ],
)
def test_an_unsigned_text_is_rejected_by_parley_and_not_by_a_platform(
    answer: Response, mark: str
) -> None:
    assert unsigned_text(answer).mark == mark
