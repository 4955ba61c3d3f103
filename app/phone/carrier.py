"""What Twilio does between the answer and the phone: opt-outs, limits, and loops."""

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from app.phone.answers import Delivered
from app.phone.errors import TwilioError, error

OUT = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
IN = frozenset({"START", "YES", "UNSTOP"})
HELP = frozenset({"HELP", "INFO"})
GOODBYE = "You have successfully been unsubscribed. Reply START to resubscribe."
WELCOME = "You have successfully been re-subscribed. Reply HELP for help, STOP to unsubscribe."
HELPING = "Reply STOP to unsubscribe. Msg&Data Rates May Apply."

LONGEST_BODY, MOST_MEDIA = 1_600, 10
LOOP_REPLIES, LOOP_SECONDS = 30, 30
MOST_RUNS = 1_000
"""Pairs whose replies are counted before those that fell silent are forgotten."""


@dataclass(frozen=True, repr=False)
class Sent:
    """One message on its way: who to whom, and the error that stopped it, if one did."""

    from_: str
    to: str
    body: str
    media_urls: tuple[str, ...] = ()
    error: TwilioError | None = None


class Carrier:
    """Knows who has opted out, and how often two numbers have just answered each other."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._opted_out: set[tuple[str, str]] = set()
        self._replies: dict[tuple[str, str], list[float]] = defaultdict(list)

    def answers_itself(self, from_: str, to: str, body: str) -> str | None:
        """What Twilio answers of its own accord to a word that it knows; None to any other."""
        word = body.strip().upper()
        if word in OUT:
            self._opted_out.add((from_, to))
            return GOODBYE
        if word in IN and (from_, to) in self._opted_out:
            self._opted_out.discard((from_, to))
            return WELCOME
        return HELPING if word in HELP else None

    def carry(self, message: Delivered, sender: str, app: str) -> Sent:
        """A message of an answer to `sender`'s text to `app`, delivered or stopped."""
        to = message.to or sender
        return Sent(app, to, message.body, message.media_urls, self._stopped(message, to, app))

    def _stopped(self, message: Delivered, to: str, app: str) -> TwilioError | None:
        units = len(message.body.encode("utf-16-le")) // 2
        if (to, app) in self._opted_out:
            return error(21610)
        if units > LONGEST_BODY:
            return error(21617, f"{units:,}")
        if len(message.media_urls) > MOST_MEDIA:
            return error(21623, str(len(message.media_urls)))
        if to == app or self._loops(to, app):
            return error(14107)
        return None

    def _loops(self, to: str, app: str) -> bool:
        """Whether this is more than the 30th reply of a run, each within 30 seconds of the last."""
        now, run = self._clock(), self._replies[(to, app)]
        if run and now - run[-1] >= LOOP_SECONDS:
            run.clear()
        run.append(now)
        del run[: -LOOP_REPLIES - 1]
        if len(self._replies) > MOST_RUNS:
            self._replies = defaultdict(
                list,
                {
                    pair: each
                    for pair, each in self._replies.items()
                    if now - each[-1] < LOOP_SECONDS
                },
            )
        return len(run) > LOOP_REPLIES
