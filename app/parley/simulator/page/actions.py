"""The actions of the page: send a text, or simulate an event that is hard to reproduce."""

from collections.abc import Callable
from typing import Any

from parley.simulator.faults import ANSWER_LOST, SERVER_DOWN, SLOW
from parley.simulator.page.addresses import problem
from parley.simulator.page.phone import Phone
from parley.simulator.page.samples import BY_NAME, CARD, PICTURE, WHATSAPP
from parley.simulator.receipts import FATES
from parley.twilio.facts import COOKIE_SECONDS

LONGEST = {
    "flow": 60,
    "from": 60,
    "to": 60,
    "service": 40,
    "body": 10_000,
    "sample": 60,
    "fate": 10,
    "seconds": 6,
}
Given = dict[str, str]


class BadAction(Exception):
    """Raised for an invalid action; the message says what is wrong."""


def fields(given: Any) -> Given:
    """Return the fields of an action, each a text within its length. Raises BadAction."""
    found = {}
    for name, longest in LONGEST.items():
        value = given.get(name, "") if hasattr(given, "get") else None
        if not isinstance(value, str) or len(value) > longest or not _is_text(value):
            raise BadAction(f"{name} must be a text of at most {longest} characters.")
        found[name] = value
    if wrong := problem(found["from"], found["to"], found["service"]):
        raise BadAction(wrong)
    if found["fate"] not in ("", *FATES):
        raise BadAction("There is no such fate.")
    return found


def _is_text(value: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _send(
    phone: Phone,
    given: Given,
    body: str,
    *,
    file: str = "",
    more: dict[str, str] | None = None,
    fault: str = "",
) -> None:
    """Send a text with the page's Messaging Service and fate."""
    parameters = dict(more or {})
    if given["service"]:
        parameters["MessagingServiceSid"] = given["service"]
    phone.simulator.text(
        phone.webhook(given["flow"]),
        given["from"],
        given["to"],
        body,
        [phone.file(file)] if file else [],
        parameters,
        fault=fault,
        fate=given["fate"] or next(iter(FATES)),
    )


def _typed(given: Given) -> str:
    """Return the typed text. Raises BadAction if it is empty, which no phone sends."""
    if not given["body"].strip():
        raise BadAction("Write a text first.")
    return given["body"]


def text(phone: Phone, given: Given) -> None:
    _send(phone, given, _typed(given))


def picture(phone: Phone, given: Given) -> None:
    _send(phone, given, given["body"], file=PICTURE)


def sample(phone: Phone, given: Given) -> None:
    """Send one of the samples. Raises BadAction for a WhatsApp message between other addresses."""
    from_, to, typed = given["from"], given["to"], given["body"]
    if (found := BY_NAME.get(given["sample"])) is None:
        raise BadAction("There is no such sample.")
    if found.is_whatsapp and not (from_.startswith(WHATSAPP) and to.startswith(WHATSAPP)):
        raise BadAction("Only WhatsApp sends this: write whatsapp: before both numbers.")
    thread = phone.simulator.threads.get((from_, to), ())
    said = [each.body for each in thread if each.to == from_ and not each.is_event]
    body = found.body.format(last=said[-1] if said else "Hello", typed=typed or "1")
    _send(phone, given, body, file=CARD if found.is_card else "", more=found.parameters(typed))


def slow(phone: Phone, given: Given) -> None:
    _send(phone, given, _typed(given), fault=SLOW)


def down(phone: Phone, given: Given) -> None:
    _send(phone, given, _typed(given), fault=SERVER_DOWN)


def lost(phone: Phone, given: Given) -> None:
    _send(phone, given, _typed(given), fault=ANSWER_LOST)


def hold(phone: Phone, given: Given) -> None:
    webhook = phone.webhook(given["flow"])
    phone.simulator.hold(webhook, given["from"], given["to"], _typed(given))


def two(phone: Phone, given: Given) -> None:
    webhook, bodies = phone.webhook(given["flow"]), (given["body"] or "one", given["body"] or "two")
    phone.simulator.two_at_once(webhook, given["from"], given["to"], *bodies)


def again(phone: Phone, given: Given) -> None:
    if phone.simulator.again(given["from"], given["to"]) is None:
        raise BadAction("Send a text before you deliver it again.")


def forget(phone: Phone, given: Given) -> None:
    phone.simulator.forget(given["from"], given["to"])


def before(phone: Phone, given: Given) -> None:
    phone.simulator.step_back(given["from"], given["to"])


def clear(phone: Phone, given: Given) -> None:
    phone.simulator.clear(given["from"], given["to"])


def later(phone: Phone, given: Given) -> None:
    """Advance the clock by some seconds; the default is four hours."""
    seconds = given["seconds"] or str(COOKIE_SECONDS)
    if not seconds.isascii() or not seconds.isdigit():
        raise BadAction("The seconds are not a number.")
    phone.simulator.later(int(seconds))


Action = Callable[[Phone, Given], None]
ACTIONS: dict[str, Action] = {
    "text": text,
    "picture": picture,
    "sample": sample,
    "slow": slow,
    "down": down,
    "lost": lost,
    "hold": hold,
    "two": two,
    "again": again,
    "forget": forget,
    "before": before,
    "clear": clear,
    "later": later,
}
