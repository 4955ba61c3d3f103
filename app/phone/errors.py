"""The errors that an answer earns from Twilio, and what to do about each.

Codes and meanings: https://www.twilio.com/docs/api/errors
"""

from typing import NamedTuple


class TwilioError(NamedTuple):
    """One error: Twilio's code, what happened, and what to do next."""

    code: int
    what: str
    advice: str

    def __str__(self) -> str:
        return f"{self.code} {self.what}: {self.advice}"


_TABLE = {
    11200: ("the webhook did not answer well", "look for its line in the server's log"),
    11205: ("the webhook could not be reached", "start the server, or correct the URL"),
    11750: ("the answer is over 64,000 bytes", "say less"),
    12100: ("the answer is no well-formed XML", "escape <, > and &, or let a library write it"),
    12200: (
        "the XML is no TwiML",
        "use <Response>, <Message>, <Body>, <Media> and <Redirect> only",
    ),
    12300: ("the content type is no XML's", "answer with Content-Type: text/xml"),
    14107: ("two numbers answer each other without end", "let one of them stop answering"),
    21610: ("the recipient has opted out", "leave STOP unanswered; START opts in again"),
    21617: ("the body is over 1,600 characters", "send it in several messages"),
    21623: ("the message has over 10 media", "send them in several messages"),
}
CODES = frozenset(_TABLE)


def error(code: int, detail: str = "") -> TwilioError:
    """The error of this code, with what is known of this case of it."""
    what, advice = _TABLE[code]
    return TwilioError(code, f"{what} ({detail})" if detail else what, advice)
