"""Writing a test for a failed text: its conversation at Twilio, with fictitious numbers."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from urllib.parse import urlsplit

from parley.cli.text import printable
from parley.conversation.masking import is_number, is_short_code
from parley.request import PREFIX
from parley.rest.alerts import Alert, NotATextError
from parley.rest.messages import Said
from parley.simulator.delivery import Delivery
from parley.simulator.page.copied_test import Copied, copied_test
from parley.simulator.transcript import Step, answers, text_lines, written
from parley.simulator.twiml import Delivered
from parley.twilio.facts import ERRORS, MEDIA_TYPES

SENDER, RECIPIENT = "+15551230001", "+15559870002"
"""Fictitious numbers."""
PICTURE = "https://images.example.com/{number}{ending}"
KEPT = ("OptOutType", "MessageType", "ButtonText", "ButtonPayload")
"""Parameters that a flow may read, and that the simulated phone does not send by itself."""
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{4}")
_NUMBER = re.compile(r"\+\d[\d ().-]{5,18}\d|\d{7,15}|\(?\d{2,5}\)?(?:[ ./-]\d{2,5}){2,5}(?!\d)")
_FEWEST_DIGITS = 9
"""Minimum number of digits of a number in groups; a date has eight."""


def as_test(alert: Alert, before: Sequence[Said]) -> str:
    """Return the source of a test that replays the conversation and sends the failed text.

    Phone numbers are replaced by fictitious ones. Raises NotATextError.
    """
    told = alert.parameters
    if not (told.get("MessageSid") and told.get("From") and told.get("To") and "Body" in told):
        raise NotATextError(
            f"The alert {alert.sid} is not about a text to a webhook, so there is no "
            "conversation to test."
        )
    flow = flow_of(told.get("ErrorUrl") or alert.url)
    numbers = Numbers(told["From"], told["To"])
    arguments = [_literal(flow), _literal(numbers.replaced(told["Body"])), *_more(told)]
    then = [*_pause(before, alert.at), f"assert phone.text({', '.join(arguments)})"]
    return copied_test(
        [Copied(flow, lines) for _, lines in written([*_steps(before, numbers)])],
        _fictitious(told["From"], SENDER),
        _fictitious(told["To"], RECIPIENT),
        {},
        name=f"the_text_that_failed_with_{alert.code}_is_answered",
        about=f"Twilio's alert {alert.sid}: {ERRORS.get(alert.code, 'see its error code')}.",
        then=then,
    )


def flow_of(url: str) -> str:
    """Return the flow at a URL for `sms.text`: its name, or the path under another prefix."""
    path = urlsplit(url).path.rstrip("/")
    _, found, name = f"{path}/".partition(PREFIX)
    if found and not name:
        return PREFIX[:-1]
    name = name.removesuffix("/")
    return name if found and _NAME.fullmatch(name) else path or PREFIX[:-1]


class Numbers:
    """Replaces phone numbers in texts consistently by fictitious ones."""

    def __init__(self, sender: str, recipient: str) -> None:
        self._known = {_digits(sender): SENDER, _digits(recipient): RECIPIENT}

    def replaced(self, text: str) -> str:
        return _NUMBER.sub(self._replaced, text)

    def _replaced(self, found: re.Match[str]) -> str:
        written, digits = found[0], _digits(found[0])
        is_grouped = not written.startswith("+") and not written.isdigit()
        if _DATE.match(written) or (is_grouped and len(digits) < _FEWEST_DIGITS):
            return written
        same = next((each for each in self._known if each.endswith(digits)), "")
        if not same:
            self._known[digits] = f"+1555010{len(self._known):04}"
        number = self._known[same or digits]
        return number if written.startswith("+") else number.removeprefix("+1")


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _steps(before: Sequence[Said], numbers: Numbers) -> Iterator[Step]:
    """Yield the conversation before, text by text, without replies to even earlier texts."""
    texts = [number for number, each in enumerate(before) if each.is_inbound]
    for start, end in pairwise([*texts, len(before)]):
        text, replies = before[start], before[start + 1 : end]
        media = {
            f"MediaUrl{number}": PICTURE.format(number=number + 1, ending=".jpg")
            for number in range(text.pictures)
        }
        said = [Delivered(numbers.replaced(each.body)) for each in replies]
        delivery = Delivery(media, messages=said)
        asked = text_lines(numbers.replaced(text.body), delivery, ())
        yield Step(PREFIX, text.at.timestamp(), (*asked, *answers(delivery)))


def _pause(before: Sequence[Said], at: datetime) -> Iterator[str]:
    """Yield the line for the minutes between the last text and the failed one."""
    texts = [each.at for each in before if each.is_inbound]
    minutes = int((at - texts[-1]).total_seconds() // 60) if texts else 0
    if minutes:
        yield f"phone.later(minutes={minutes})"


def _fictitious(address: str, number: str) -> str:
    """Return a fictitious address of the same kind."""
    if is_number(address):
        return number
    if is_short_code(address):
        return "12345"
    channel, colon, _ = address.partition(":")
    return f"{channel}:{number}" if colon else "EXAMPLE"


def _more(told: Mapping[str, str]) -> Iterator[str]:
    """Yield the pictures and parameters of the text, as arguments."""
    count = told.get("NumMedia", "")
    urls = [
        PICTURE.format(
            number=number + 1, ending=MEDIA_TYPES.get(told.get(f"MediaContentType{number}", ""), "")
        )
        for number in range(int(count) if count.isdigit() else 0)
    ]
    if urls:
        yield f"[{', '.join(map(_literal, urls))}]"
    yield from (f"{name}={_literal(told[name])}" for name in KEPT if told.get(name))


def _literal(text: str) -> str:
    """Return a text as a Python literal in double quotes."""
    return printable(json.dumps(text, ensure_ascii=False))
