"""Twilio's errors of sending and of numbers, in plain words.

Codes and meanings: https://www.twilio.com/docs/api/errors
"""

from app.outside.rest.failures import Refused

_TABLE = {
    429: ("too many requests at once", "wait a minute, then go on with the rest"),
    14107: ("too many texts between two numbers in a short time", "stop what sends them, and wait"),
    20003: (
        "Twilio does not accept these credentials",
        "set TWILIO_ACCOUNT_SID with its TWILIO_API_KEY and TWILIO_API_SECRET, or with its "
        "TWILIO_AUTH_TOKEN",
    ),
    20404: ("this account has nothing of that name", "set TWILIO_ACCOUNT_SID to its account"),
    20429: ("too many requests at once", "wait a minute, then go on with the rest"),
    21211: ("this is no number that can be texted", "correct it; +, country code, number"),
    21212: ("the sender is no number that can text", "give a number of this account with --from"),
    21265: ("a short code cannot be texted", "text a phone number"),
    21266: ("the sender and the recipient are the same", "text another number"),
    21402: ("Twilio does not take the URL", "set PUBLIC_URL to one that the internet can reach"),
    21408: (
        "texting this country is not permitted to the account",
        "permit it in the Console: Messaging, Settings, Geo permissions",
    ),
    21601: ("the sender is no number of this account", "give one with --from"),
    21602: ("the text is empty", "write one, or give --media"),
    21603: ("the sender is missing", "give --from or --messaging-service"),
    21604: ("the recipient is missing", "give a number"),
    21606: (
        "the sender cannot text this recipient",
        "give a number of this account that can send SMS to that country with --from",
    ),
    21608: (
        "a trial account texts verified numbers only",
        "verify it in the Console (Verified Caller IDs), or upgrade the account",
    ),
    21610: ("the recipient has opted out", "only START from that phone opts in again"),
    21611: ("the sender has too many texts waiting", "wait, or send from another number"),
    21612: ("no way leads from this sender to this recipient", "send from another number"),
    21614: ("this is no mobile number", "text a mobile phone"),
    21617: ("the text is over 1,600 characters", "send it in several"),
    21619: ("there is neither a text nor a picture", "write one, or give --media"),
    21620: ("a URL of --media is none that Twilio takes", "give a public https:// URL"),
    21623: ("there are over 10 pictures", "send them in several messages"),
    21635: ("this is a landline", "text a mobile phone"),
    21658: ("the text is over 1,600 characters", "send it in several"),
    21659: (
        "the sender is no number of Twilio's, or a short code of another country",
        "give a number of this account with --from, + and country code first",
    ),
    21660: ("the sender belongs to another account", "set TWILIO_ACCOUNT_SID to its account"),
    21661: ("the sender cannot send SMS", "give a number that can with --from"),
    21701: ("there is no such Messaging Service", "correct --messaging-service"),
    21703: ("the Messaging Service has no sender for this", "add a number to it in the Console"),
    21705: ("there is no such Messaging Service", "correct --messaging-service"),
    21910: ("sender and recipient are of different channels", "write whatsapp: before both"),
    30001: ("too many texts are waiting", "wait, then send again"),
    30002: ("the account is suspended", "ask Twilio's support"),
    30003: ("the phone cannot be reached", "is it switched on? Send again later"),
    30004: ("the recipient blocks messages", "reach them in another way"),
    30005: ("nobody has this number", "correct it"),
    30006: ("this is a landline, or its carrier takes no SMS", "text a mobile phone"),
    30007: (
        "a carrier's filter, or Twilio's, stopped it",
        "change the words, and see that the sender is registered",
    ),
    30008: ("the carrier does not say why it was not delivered", "send again later"),
    30034: (
        "the sender is not registered for texting in the US (A2P 10DLC)",
        "register it in the Console: Messaging, Regulatory Compliance",
    ),
    63007: ("the sender is not set up for this channel", "set it up in the Console: Senders"),
    63016: ("WhatsApp's 24 hours for free texts are over", "send a template, or wait for a text"),
    63017: ("more texts at once than the account may send", "wait, then go on with the rest"),
    63018: ("more texts than the channel lets the account send", "wait, then go on with the rest"),
    63038: ("the account's texts of these 24 hours are used up", "wait for a day, or ask for more"),
}
CODES = frozenset(_TABLE)
OF_THE_ACCOUNT = frozenset({429, 20003, 20429, 21701, 21705, 30002, 63017, 63018, 63038})
"""Refusals that every other recipient would meet with, too."""


def sentence(refused: Refused) -> str:
    """`21610 the recipient has opted out: only START …`; of another code, Twilio's own words."""
    if refused.code in _TABLE:
        what, advice = _TABLE[refused.code]
        return f"{refused.code} {what}: {advice}."
    told = refused.words or "no reason given"
    if refused.code == refused.status:
        return f"{told} (status {refused.status}): look at the Twilio Console's error logs."
    return f"{refused.code} {told}: see https://www.twilio.com/docs/errors/{refused.code}."


def concerns_all(refused: Refused) -> bool:
    """Whether another recipient would be refused for the same reason."""
    return refused.status in (401, 429) or refused.code in OF_THE_ACCOUNT
