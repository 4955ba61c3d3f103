"""The simulated delivery between the reply and the phone: opt-outs, limits, and loops."""

import re
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from parley.simulator.reported_errors import TwilioError, error
from parley.simulator.twiml import Delivered
from parley.twilio.facts import (
    BODY_UNITS,
    HELP_WORDS,
    LOOP_REPLIES,
    LOOP_SECONDS,
    MEDIA,
    START_WORDS,
    STOP_WORDS,
)

SILENT_CHANNELS = frozenset({"whatsapp", "messenger"})
GOODBYE = "You have successfully been unsubscribed. Reply START to resubscribe."
WELCOME = "You have successfully been re-subscribed. Reply HELP for help, STOP to unsubscribe."
HELPING = "Reply STOP to unsubscribe. Msg&Data Rates May Apply."

NETWORK_WORDS = frozenset({"STOP", "START", "UNSTOP"})
NETWORK_GOODBYE = (
    'NETWORK MSG: You replied with the word "stop" which blocks all texts sent from this number. '
    'Text back "unstop" to receive messages again.'
)
NETWORK_WELCOME = (
    'NETWORK MSG: You have replied "{word}" and will begin receiving messages again from this '
    "number."
)
"""The replies of the toll-free network, independent of the settings at Twilio."""

LOOP = error(14107, f"over {LOOP_REPLIES} replies, each within {LOOP_SECONDS} seconds")

_TOLL_FREE = re.compile(r"\+18(00|33|44|55|66|77|88)[0-9]{7}")
_SHORT_CODE = re.compile(r"[0-9]{3,8}")

MOST_RUNS = 1_000
"""Maximum number of pairs whose replies are counted; with more, idle pairs are dropped."""


@dataclass(frozen=True, repr=False)
class Sent:
    """A message with its addresses, and the error that stopped it, if any.

    An event, such as a reload of the server, is listed between the messages.
    """

    from_: str
    to: str
    body: str
    media_urls: tuple[str, ...] = ()
    error: TwilioError | None = None
    is_event: bool = False
    sid: str = ""
    status: str = ""
    """The last status of a message from the app: `delivered`, `undelivered` or `failed`."""
    number: int = 0
    """Its position in the order of all events."""
    at: float = 0.0
    """Seconds since 1970."""


class Carrier:
    """Stores opt-outs, and counts recent replies between two numbers."""

    def __init__(self, clock: Callable[[], float] = time.time, *, stops_loops: bool = True) -> None:
        self._clock, self._stops_loops = clock, stops_loops
        self.opted_out: set[tuple[str, str]] = set()
        self.replies: dict[tuple[str, str], list[float]] = defaultdict(list)

    def answers_itself(
        self, from_: str, to: str, body: str, told: str = "", service: str = ""
    ) -> str | None:
        """Return Twilio's own reply to a keyword; None for any other text.

        Twilio answers between phone numbers, on RCS, and for the short codes of a Messaging Service
        (`service` is its SID); for toll-free numbers, the network answers STOP, START and UNSTOP.
        `told` is the message's `OptOutType`: the keyword can then be the account's own. Like the
        server, this treats "Stop." as STOP, which Twilio does not document.
        """
        if not (told or self._knows_words(from_, to, service)):
            return None
        word = body.strip().upper()
        if (bare := word.removesuffix(".").rstrip()) in STOP_WORDS | START_WORDS:
            word = bare
        is_network = _TOLL_FREE.fullmatch(to) is not None and word in NETWORK_WORDS
        meant = told or _meaning(word)
        if meant == "STOP":
            self.opted_out.add((from_, to))
            return NETWORK_GOODBYE if is_network else GOODBYE
        if meant == "START" and (told or (from_, to) in self.opted_out):
            if _TOLL_FREE.fullmatch(to) and not is_network:
                return None  # the network does not support YES, and keeps blocking
            self.opted_out.discard((from_, to))
            return NETWORK_WELCOME.format(word=word.lower()) if is_network else WELCOME
        return HELPING if meant == "HELP" else None

    def _knows_words(self, from_: str, to: str, service: str) -> bool:
        if any(each.partition(":")[0] in SILENT_CHANNELS for each in (from_, to)):
            return False
        return bool(service) or not _SHORT_CODE.fullmatch(to)

    def carry(self, message: Delivered, sender: str, app: str) -> Sent:
        """Deliver or stop a message of the reply to `sender`'s text to `app`."""
        to, app = message.to or sender, message.from_ or app
        return Sent(app, to, message.body, message.media_urls, self._stopped(message, to, app))

    def _stopped(self, message: Delivered, to: str, app: str) -> TwilioError | None:
        units = len(message.body.encode("utf-16-le")) // 2
        if (to, app) in self.opted_out:
            return error(21610)
        if units > BODY_UNITS:
            return error(21617, f"{units:,}")
        if len(message.media_urls) > MEDIA:
            return error(21623, str(len(message.media_urls)))
        if to == app:
            return error(14107)
        return LOOP if self._stops_loops and self._loops(to, app) else None

    def _loops(self, to: str, app: str) -> bool:
        """Return whether this is beyond the 30th reply, each within 30 seconds of the last."""
        now, run = self._clock(), self.replies[(to, app)]
        if run and now - run[-1] >= LOOP_SECONDS:
            run.clear()
        run.append(now)
        del run[: -LOOP_REPLIES - 1]
        if len(self.replies) > MOST_RUNS:
            self.replies = defaultdict(
                list,
                {
                    pair: each
                    for pair, each in self.replies.items()
                    if now - each[-1] < LOOP_SECONDS
                },
            )
        return len(run) > LOOP_REPLIES


def _meaning(word: str) -> str:
    if word in STOP_WORDS:
        return "STOP"
    return "START" if word in START_WORDS else "HELP" if word in HELP_WORDS else ""
