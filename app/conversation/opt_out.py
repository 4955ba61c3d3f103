"""People who want out, or help: what Twilio answers by itself, so that nobody else may.

Twilio keeps the list of those who opted out and answers these words, and still calls the webhook; a
reply to STOP fails with error 21610 (https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out).
"""

from app.conversation.address import is_number
from app.conversation.message import Message

STOP, HELP = "stop", "help"

STOP_WORDS = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
)
HELP_WORDS = frozenset({"HELP", "INFO"})


def wanted(message: Message) -> str | None:
    """STOP where the sender wants out, HELP where Twilio answers a call for help, else None.

    A stop word is the whole text, in any case, with space around it and a full stop behind it. A
    help word is exactly the text, between two numbers. `OptOutType` comes with Advanced Opt-Out.
    """
    told = message.parameters.get("OptOutType", "").upper()
    if told == "STOP" or _word(message.body.strip().removesuffix(".").rstrip()) in STOP_WORDS:
        return STOP
    if told == "HELP":
        return HELP
    if _word(message.body) in HELP_WORDS and is_number(message.from_) and is_number(message.to):
        return HELP
    return None


def _word(text: str) -> str:
    return text.upper() if text.isascii() else ""
