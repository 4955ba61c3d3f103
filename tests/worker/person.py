"""One person of the model in model.py: their texts, and the steps of others with them."""

import itertools
import re
from dataclasses import dataclass, field

from parley.sessions import ConversationKey
from parley.starting import NotStarted
from tests.rest.stand_in import NUMBER
from tests.webhook import Twilio
from tests.worker.expected import ASKED, FLOW, HELD, HOUR, LATE, LIFETIME, WAITING, Expected
from tests.worker.follow_ups import OPERATOR

_people, _sids = itertools.count(10_000), itertools.count(1)


@dataclass
class Person(Expected):
    """One person, and the messages that may be sent to them."""

    number: str = field(default_factory=lambda: f"+155512{next(_people)}")
    turns: int = 0

    def __post_init__(self) -> None:
        self.phone = Twilio(self.world.client, from_=self.number, to=NUMBER)
        self.operator = Twilio(self.world.client, from_=OPERATOR, to=NUMBER)
        self.key = ConversationKey(FLOW, self.number, NUMBER)

    def text(self, body: str) -> None:
        self.finish()
        sid = f"SM{next(_sids):032x}"
        may_answer = self.is_begun and self.world.has_sent(self.number)
        reply = self.phone.hears(FLOW, body, MessageSid=sid)
        self.turns += 1
        self.is_known = True
        opts_in = body == "START" or (self.is_out and body == "yes")
        self.is_out = body == "STOP" or (self.is_out and not opts_in)
        if body == "STOP":
            self.check(reply == "", f"{reply} to STOP")
            self.release()
            self.leave()
            self.is_begun = False
        elif self.is_held:
            self.check(reply == f"(to {OPERATOR}) {self.number}: {body}", f"{reply} to {body}")
            self.held_until = self.now + HELD
        elif body == "HELP":
            self.check(reply == "", f"{reply} to HELP")
            self.release()
        else:
            self.release()
            if may_answer and (not self.state or self.passed >= LIFETIME):
                self.begins()
            self._hear(body, reply, sid, opts_in=opts_in)

    def _hear(self, body: str, reply: str, sid: str, *, opts_in: bool) -> None:
        """Check what the script replies."""
        had_expired = self.state and self.passed >= LIFETIME and reply.endswith("Q0?")
        if had_expired:  # and no worker was there to say so
            self.leave()
        if not self.state:
            is_courtesy = body == "yes" and not had_expired
            self.ended = self.ended if opts_in else None  # last words do not come after a text
            self.former = self.former if opts_in else None
            if not (opts_in or is_courtesy):
                self.enter(ASKED, 0, 0)
                self.asked, self.is_joined = {0}, True
                self.check(re.fullmatch(r"(Sorry[^?]*)?Q0\?", reply), f"{reply} to {body}")
            else:
                self.check(reply == "", f"{reply} to {body}")
            return
        self.is_joined = True
        number, steps = self.question, self.steps
        if body == "exit":
            self.check(not re.match(r"([QWL]\d|$)", reply), f"{reply} to exit")
            self.leave()
        elif self.state in (WAITING, LATE):
            again = f"{'W' if self.state == WAITING else 'L'}{number}."
            self.check(reply == again, f"{reply} to {body}, not {again}")
        else:
            state, now, more, expected = {
                "START": (ASKED, number, 0, f"Q{number}?"),
                "blue": (ASKED, number + 1, 1, f"Q{number + 1}?"),
                "yes": (ASKED, number + 1, 1, f"Q{number + 1}?"),
                "sleep": (WAITING, number, 1, f"W{number}."),
                "search": (LATE, number, 1, f"L{number}."),
            }[body]
            self.check(reply == expected, f"{reply} to {body}, not {expected}")
            self.enter(state, now, steps + more)
            self.call = sid
            self.asked |= {now} if state == ASKED else set()

    def arrive(self) -> None:
        """Let a text arrive whose server does not finish before the next one arrives."""
        if self.in_flight is None:
            sid = f"SM{next(_sids):032x}"
            self.in_flight = self.world.memory.begin(self.key, sid, "", HOUR)
            self.is_known = True

    def finish(self) -> None:
        """Let the server that is processing a text end."""
        if self.in_flight:
            self.in_flight.leave()
            self.in_flight = None

    def take(self) -> None:
        """Let an operator take the conversation over."""
        self.finish()
        reply = self.operator.hears(FLOW, f"take {self.number}")
        may = self.is_known and not self.is_out
        self.check((reply == f"You answer {self.number} now.") == may, reply)
        if may:
            if not self.is_held:
                self.release()
                self.held_from = self.now
            self.held_until = self.now + HELD

    def back(self) -> None:
        """Let the operator give it back."""
        self.finish()
        self.operator.hears(FLOW, f"back {self.number}")
        self.release()

    def start(self) -> None:
        """Begin the script, as `parley start` does."""
        is_running = self.state and self.passed < LIFETIME
        try:
            self.world.starter.start(self.number, FLOW, consent="web form")
        except NotStarted as error:
            may_run = self.state or self.is_begun
            self.check(may_run or self.is_out or self.is_held, str(error))
            return
        self.check(not (self.is_out or self.is_held), "started")
        self.check(not (is_running or self.is_begun), "started beside another")
        if self.state:
            self.leave(self.question)
        self.is_begun = True

    def find_while_held(self, outcome: str) -> None:
        """Let a late call end while an operator answers."""
        self.text("search")
        self.take()
        self.find(outcome)

    def find(self, outcome: str) -> None:
        """Let the late calls of this person end, in the server that began them."""
        self.finish()
        for search in self.world.searches(self.number):
            search.end(ValueError() if outcome == "fails" else None)
            if self.state != LATE or search.sid != self.call or self.is_out:
                continue  # its result is dropped
            if outcome == "fails":
                self.tries = 3
            else:
                self.is_free = True
            if self.is_held or self.passed >= LIFETIME:
                continue  # a worker goes on, once the operator has given the conversation back
            if outcome == "fails":
                self.gives_up()
            else:
                self.goes_on()
