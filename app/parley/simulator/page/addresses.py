"""Addresses that the page accepts: numbers, short codes, names, and those of other channels."""

import re

from parley.twilio.facts import PHONE_NUMBER

_SHORT_CODE = r"[1-9][0-9]{2,7}"
_OF_CHANNEL = rf"whatsapp:{PHONE_NUMBER}|messenger:[0-9]{{1,30}}|rcs:[A-Za-z0-9_+.\-]{{1,50}}"
_NAME = r"(?=.*[A-Za-z])[A-Za-z0-9 &+_\-]{1,11}"

RECIPIENT = f"{PHONE_NUMBER}|{_SHORT_CODE}|{_OF_CHANNEL}"
SENDER = f"{RECIPIENT}|{_NAME}"
SERVICE = r"MG[0-9a-f]{32}"
"""Regular expressions, also for the fields of the page."""
HOW = "Write it in full, like +12025550123; 72345 and whatsapp:+12025550123 are fine, too."
WRONG_SENDER = f"My number is not one. {HOW}"
WRONG_RECIPIENT = f"The app's number is not one. {HOW}"
WRONG_SERVICE = (
    "The Messaging Service is not one. Write its SID: MG and 32 characters, 0-9 and a-f."
)


def problem(from_: str, to: str, service: str) -> str:
    """Return the problem of a text's addresses; empty if there is none.

    A sender can be a name (`MYBANK`). `service` is the SID of a Messaging Service, or empty.
    """
    if not re.fullmatch(SENDER, from_):
        return WRONG_SENDER
    if not re.fullmatch(RECIPIENT, to):
        return WRONG_RECIPIENT
    if service and not re.fullmatch(SERVICE, service):
        return WRONG_SERVICE
    return ""
