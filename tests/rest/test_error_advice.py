"""Twilio's error codes as messages."""

import pytest

from parley.rest.error_advice import ADVICE, concerns_account, explanation
from parley.rest.errors import NotSentError, RejectedError, UnknownOutcomeError


@pytest.mark.parametrize("code", sorted(ADVICE))
def test_every_code_has_a_message(code: int) -> None:
    words = explanation(RejectedError(code, 400, "never shown"))
    assert words.startswith(f"{code} "), words
    assert words.endswith("."), words
    assert "never" not in words
    assert "?." not in words


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            RejectedError(12345, 400, "Odd"),
            "12345 Odd: see https://www.twilio.com/docs/errors/12345.",
        ),
        (
            RejectedError(404, 404, ""),
            "no reason given (status 404): look at the Twilio Console's error logs.",
        ),
        (NotSentError("no route"), "Twilio cannot be reached, nothing was done: no route."),
        (UnknownOutcomeError("it timed out"), "It timed out: look before you try again."),
    ],
)
def test_a_message_says_what_to_do(error: RejectedError, words: str) -> None:
    assert explanation(error, unknown_outcome="look before you try again") == words


def test_an_account_error_concerns_every_recipient() -> None:
    assert concerns_account(RejectedError(20003, 401, ""))
    assert concerns_account(RejectedError(99999, 429, ""))
    assert not concerns_account(RejectedError(21610, 400, ""))
