"""The errors that Twilio reports about a webhook's response, and what to do about each."""

from typing import NamedTuple

from parley.twilio.facts import ERRORS, WEBHOOK_ADVICE


class TwilioError(NamedTuple):
    """One error: Twilio's code, what happened, and what to do next."""

    code: int
    what: str
    advice: str

    def __str__(self) -> str:
        return f"{self.code} {self.what}: {self.advice}"


ADVICE = {
    **WEBHOOK_ADVICE,
    14107: "let one of them stop answering",
    21610: "do not answer STOP; START opts in again",
    21617: "send it in several messages",
    21623: "send them in several messages",
}


def error(code: int, detail: str = "") -> TwilioError:
    """Return the error with this code, and a detail."""
    what = ERRORS[code]
    return TwilioError(code, f"{what} ({detail})" if detail else what, ADVICE[code])
