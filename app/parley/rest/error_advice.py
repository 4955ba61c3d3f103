"""The next step for each of Twilio's errors."""

from parley.rest.errors import NotSentError, RejectedError, RestError
from parley.twilio.facts import ERRORS, WEBHOOK_ADVICE

ADVICE = {
    **WEBHOOK_ADVICE,
    429: "wait a minute, then go on with the rest",
    14107: "stop what sends them, and wait",
    20003: "set TWILIO_ACCOUNT_SID with its TWILIO_API_KEY and TWILIO_API_SECRET, or with its "
    "TWILIO_AUTH_TOKEN",
    20404: "set TWILIO_ACCOUNT_SID to its account",
    20429: "wait a minute, then go on with the rest",
    21211: "correct it; +, country code, number",
    21212: "give a number of this account with --from",
    21265: "text a phone number",
    21266: "text another number",
    21402: "set PUBLIC_URL to one that the internet can reach",
    21408: "permit it in the Console: Messaging, Settings, Geo permissions",
    21601: "give one with --from",
    21602: "write one, or give --media",
    21603: "give --from or --messaging-service",
    21604: "give a number",
    21606: "give a number of this account that can send SMS to that country with --from",
    21608: "verify it in the Console (Verified Caller IDs), or upgrade the account",
    21610: "only START from that phone opts in again",
    21611: "wait, or send from another number",
    21612: "send from another number",
    21614: "text a mobile phone",
    21617: "send it in several",
    21619: "write one, or give --media",
    21620: "give a public https:// URL",
    21623: "send them in several messages",
    21635: "text a mobile phone",
    21658: "send it in several",
    21659: "give a number of this account with --from, + and country code first",
    21660: "set TWILIO_ACCOUNT_SID to its account",
    21661: "give a number that can with --from",
    21701: "correct --messaging-service",
    21703: "add a number to it in the Console",
    21705: "correct --messaging-service",
    21910: "write whatsapp: before both",
    30001: "wait, then send again",
    30002: "ask Twilio's support",
    30003: "is it switched on? Send again later",
    30004: "reach them in another way",
    30005: "correct it",
    30006: "text a mobile phone",
    30007: "change the words, and see that the sender is registered",
    30008: "send again later",
    30034: "register it in the Console: Messaging, Regulatory Compliance",
    63007: "set it up in the Console: Senders",
    63016: "send a template, or wait for a text",
    63017: "wait, then go on with the rest",
    63018: "wait, then go on with the rest",
    63038: "wait for a day, or ask for more",
}
ACCOUNT_CODES = frozenset({429, 20003, 20429, 21701, 21705, 30002, 63017, 63018, 63038})
"""Codes with which every other recipient would be rejected, too."""


def explanation(
    error: RestError, *, unknown_outcome: str = "nothing was changed; try again"
) -> str:
    """Return an error as a sentence; `unknown_outcome` says what to do if its outcome is unknown.

    `21610 the recipient has opted out: only START …`; for an unknown code, Twilio's own words.
    """
    if isinstance(error, RejectedError):
        return _rejection(error)
    if isinstance(error, NotSentError):
        return f"Twilio cannot be reached, nothing was done: {error}."
    return f"{str(error)[:1].upper()}{str(error)[1:]}: {unknown_outcome}."


def advice(code: int) -> str | None:
    """What to do about an error code; for an unknown one where to read, for 0 nothing."""
    return _next_step(code) if code else None


def _next_step(code: int) -> str:
    return ADVICE.get(code, f"see https://www.twilio.com/docs/errors/{code}")


def sentence(code: int, words: str = "", detail: str = "") -> str:
    """`11200 the webhook returned an error (status 500): look for its line in the server's log.`

    `words` are said of a code that is unknown here.
    """
    said = ERRORS.get(code) or words or "no reason given"
    return f"{code} {said}{f' ({detail})' if detail else ''}: {_next_step(code)}."


def _rejection(error: RejectedError) -> str:
    if error.code == error.status and error.code not in ADVICE:
        words = error.words or "no reason given"
        return f"{words} (status {error.status}): look at the Twilio Console's error logs."
    return sentence(error.code, error.words)


def concerns_account(error: RejectedError) -> bool:
    """Return whether every other recipient would be rejected for the same reason."""
    return error.status in (401, 429) or error.code in ACCOUNT_CODES
