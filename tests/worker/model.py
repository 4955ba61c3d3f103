"""A model of a conversation with reminders and expiry, of its worker, and of possible faults.

One person answers, asks for help, stops, and is silent, while timers fire, messages are claimed and
sent, responses of Twilio are lost, texts are half processed, and workers end between any two steps.
The model knows whether each message that reaches Twilio may be sent, and how often it was sent.
"""

import itertools
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from parley.memory.database import Database
from parley.memory.outbox import Outbox, Pace
from parley.memory.postgres import PostgresMemory
from parley.rest.client import Credentials, open_client
from parley.rest.messages import Text, send
from parley.sessions import ConversationKey
from parley.testing import Clock
from parley.worker.worker import Worker
from tests.rest.stand_in import ACCOUNT, AUTH_TOKEN, NUMBER, Asked, StandIn
from tests.webhook import Twilio

HOUR = 3_600
REMIND, EXPIRE = HOUR, 6 * HOUR
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("text"), st.sampled_from(["yes", "yes", "yes", "HELP", "exit"])),
        st.tuples(st.just("text"), st.sampled_from(["STOP", "START"])),
        st.tuples(st.just("later"), st.sampled_from([1, 20, HOUR, HOUR, 6 * HOUR])),
        st.tuples(st.just("fire"), st.none()),
        st.tuples(st.just("work"), st.sampled_from(["well", "well", "lost", "refused"])),
        st.tuples(st.just("die"), st.sampled_from(["claimed", "sent"])),
        st.tuples(st.just("arrive"), st.none()),
        st.tuples(st.just("race"), st.sampled_from(["well", "lost"])),
    ),
    min_size=4,
    max_size=25,
)
_people = itertools.count(10_000)


@dataclass
class World:
    """The servers, the worker, Twilio and the clock of a test."""

    url: str
    worker: Worker
    outbox: Outbox
    memory: PostgresMemory
    twilio: StandIn
    clock: Clock
    client: Any
    query: Any


@dataclass
class Person:
    """One person, and the model's state: the pending question, its time, and the sent messages."""

    world: World
    number: str = field(default_factory=lambda: f"+155512{next(_people)}")
    question: int | None = None
    asked_at: float = 0.0
    is_out: bool = False
    in_flight: Any = None
    posts: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    turns: int = 0

    def __post_init__(self) -> None:
        self.phone = Twilio(self.world.client, from_=self.number, to=NUMBER)
        self.last_text = "none"

    def posted(self, asked: Asked) -> None:
        """Check a message that reaches Twilio."""
        if asked.method != "POST" or asked.given["To"] != [self.number]:
            return
        body, passed = asked.given["Body"][0], self.world.clock.now - self.asked_at
        kind, number = body[0], int(body[1:])
        if self.is_out:
            self.wrong.append(f"{body} after STOP")
        if self.in_flight:
            self.wrong.append(f"{body} while a text is being answered")
        if body in self.posts:
            self.wrong.append(f"{body} twice")
        if kind == "R" and (number != self.question or passed < REMIND):
            self.wrong.append(f"{body} at question {self.question} after {passed} s")
        if kind == "E" and passed < EXPIRE:
            self.wrong.append(f"{body} after {passed} s")
        self.posts.append(body)

    def text(self, body: str) -> None:
        self.finish()
        said = self.phone.hears("numbered", body)
        self.turns += 1
        if body == "STOP" or (body == "exit" and self.question is not None):
            self.question = None
        # After STOP, YES means START.
        self.is_out = body == "STOP" or (self.is_out and body not in ("START", "yes"))
        if said.startswith("Q"):
            self.question, self.asked_at = int(said[1:-1]), self.world.clock.now
            self.posts.clear()  # a new question: its reminder may be sent again

    def later(self, seconds: float) -> None:
        self.world.clock.later(seconds)

    def fire(self, _: None) -> None:
        """Let a worker fire timers, and end before it sends."""
        self.world.worker._timers.fire(500)
        self.look()

    def work(self, how: str) -> None:
        """Let a worker do all its work; responses of Twilio are lost, or it rejects for a while."""
        lost = {"well": None, "lost": b"", "refused": None}[how]
        self.world.twilio.then = lambda asked: lost if asked.method == "POST" else None
        if how == "refused":
            self.world.twilio.instead = lambda asked: b"" if asked.method == "POST" else None
        else:
            self.world.twilio.instead = lambda asked: self.posted(asked)
        self.world.worker.drain()
        self.world.twilio.then = lambda _: None
        self.world.twilio.instead = lambda asked: self.posted(asked)
        self.look()

    def die(self, when: str) -> None:
        """Let a worker end after it claimed messages, or after it sent them."""
        database = Database(self.world.url, 1)
        outbox = Outbox(database, self.world.clock, Pace())
        for message in outbox.claim(8, lambda _message, _now: None).to_send:
            if when == "sent":
                with open_client(Credentials(ACCOUNT, ACCOUNT, AUTH_TOKEN)) as client:
                    send(client, message.person, Text(message.body, (), message.number))
        database.close()

    def arrive(self, _: None) -> None:
        """Let a text arrive whose server does not finish before the next one arrives."""
        if self.in_flight is None:
            key = ConversationKey("numbered", self.number, NUMBER)
            sid = f"SM{self.turns:016}{self.number[-5:]:0>16}"
            self.in_flight = self.world.memory.begin(key, sid, "", HOUR)

    def race(self, how: str) -> None:
        """Let a text arrive after a timer fired and before its message is sent."""
        self.later(HOUR)
        self.fire(None)
        self.arrive(None)
        self.work(how)

    def finish(self) -> None:
        """Let the server that is processing a text end."""
        if self.in_flight:
            self.in_flight.leave()
            self.in_flight = None

    def look(self) -> None:
        """Check whether the conversation has expired."""
        rows = self.world.query(
            "SELECT session::text FROM parley.conversations WHERE person = %s", self.number
        )
        if rows == ["{}"]:
            self.question = None

    def end(self) -> None:
        """Finish all pending work: the reminder and the last words, each once."""
        self.finish()
        waits = self.question is not None and not self.is_out
        asked, before = self.question, list(self.posts)
        for _ in range(3):
            self.work("well")
            self.later(20)
        for _ in range(10):
            self.later(HOUR)
            self.work("well")
            self.later(20)
            self.work("well")
        if waits and f"E{asked}" not in [*before, *self.posts]:
            self.wrong.append(f"no last words at question {asked}: {self.posts}")
        open_ = self.world.query(
            "SELECT status FROM parley.outbox WHERE person = %s AND status IN "
            "('waiting', 'claimed', 'unclear')",
            self.number,
        )
        if open_:
            self.wrong.append(f"left open: {open_}")


def check(steps: list[tuple[str, Any]], world: World, turns: list[int]) -> None:
    """Run the steps, and compare."""
    person = Person(world)
    world.twilio.instead = person.posted
    for name, value in [("text", "hi"), *steps]:
        getattr(person, name)(value)
    person.end()
    turns.append(person.turns)
    assert not person.wrong, person.wrong
