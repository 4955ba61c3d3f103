"""A model of conversations with reminders, waits and expiry, of their worker, and possible faults.

Three people answer, ask for help, stop, and are silent, while timers fire, waits and calls end,
operators take conversations over, messages are claimed and sent, responses of Twilio are lost,
texts are half processed, and workers and servers end between any two steps. The model knows whether
each message that reaches Twilio, and each reply, may be sent, and how often it was sent.
"""

import json
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from parley.memory.database import Database
from parley.memory.outbox import Outbox, Pace
from parley.memory.postgres import PostgresMemory
from parley.memory.timers import Timers
from parley.rest.client import Credentials, open_client
from parley.rest.messages import Text, send
from parley.resuming import Resumer
from parley.sessions import ConversationKey
from parley.starting import Starter
from parley.testing import Clock
from parley.worker.worker import Worker
from tests.rest.stand_in import ACCOUNT, AUTH_TOKEN, Asked, StandIn
from tests.worker import asking
from tests.worker.expected import ASKED, EXPIRE, HOUR, LIFETIME
from tests.worker.person import Person

PEOPLE = 3
PACE = Pace(interval=0.05)
ANSWERS = [*["blue"] * 4, "yes", "sleep", "search", "HELP", "exit"]


def _step(name: str, *values: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.tuples(st.just(name), st.integers(0, PEOPLE - 1), st.sampled_from(values or [None]))


STEPS = st.lists(
    st.one_of(
        *(_step("text", *ANSWERS) for _ in range(12)),
        _step("text", "STOP", "START"),
        _step("later", 1, 20, HOUR, HOUR, 2 * HOUR, 6 * HOUR),
        _step("fire"),
        *(_step("work", "well", "well", "lost", "refused") for _ in range(2)),
        _step("die", "claimed", "sent"),
        _step("arrive"),
        _step("race", "well", "lost"),
        _step("take"),
        _step("back"),
        _step("start"),
        _step("find", "well", "well", "fails"),
        _step("find_while_held", "well", "fails"),
        _step("kill"),
    ),
    min_size=30,
    max_size=100,
)


@dataclass
class Search:
    """A late call, and what goes on with its result."""

    resumer: Resumer
    key: ConversationKey
    sid: str
    pending: "Future[tuple[Any, ...]]"

    def end(self, error: BaseException | None = None) -> None:
        """Let it end, with an error or a result."""
        asking.DOORS[self.sid].set()
        outcome = self.pending.result(20)
        self.resumer.resume(self.key, "late", self.sid, error or outcome)


@dataclass
class World:
    """What a test gives the model: servers, a worker, Twilio, and the time of all of them."""

    url: str
    worker: Worker
    memory: PostgresMemory
    starter: Starter
    twilio: StandIn
    clock: Clock
    client: Any
    query: Callable[..., list[Any]]
    late: list[Search] = field(default_factory=list)

    def has_sent(self, number: str) -> bool:
        """Whether the first question of the script that we started may have been sent."""
        found = self.query(
            "SELECT o.status FROM parley.conversations c JOIN parley.outbox o ON o.id = c.version "
            "WHERE c.person = %s AND c.flow = ''",
            number,
        )
        return found != [("waiting",)]

    def searches(self, number: str) -> list[Search]:
        """The late calls of a person that have not ended; they end now."""
        found = [each for each in self.late if each.key.from_ == number]
        self.late[:] = [each for each in self.late if each not in found]
        return found


class Play:
    """Three people, and what happens to all of them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people = [Person(world) for _ in range(PEOPLE)]
        self.by_number = {each.number: each for each in self.people}
        world.twilio.instead = self.posted

    def step(self, name: str, who: int, value: Any) -> None:
        if own := getattr(self, name, None):
            own(who, value)
        else:
            act = getattr(self.people[who], name)
            act() if value is None else act(value)
        self.see()

    def posted(self, asked: Asked) -> None:
        person = self.by_number.get(asked.given.get("To", [""])[0])
        if person and asked.method == "POST":
            person.posted(asked.given["Body"][0])

    def see(self) -> None:
        rows = self.world.query(
            "SELECT person, flow, session::text FROM parley.conversations WHERE person = ANY(%s)",
            list(self.by_number),
        )
        sessions: dict[str, dict[str, Any]] = defaultdict(dict)
        for person, flow, session in rows:
            sessions[person][flow] = json.loads(session)
        for number, person in self.by_number.items():
            person.see(sessions[number])

    def later(self, _: int, seconds: float) -> None:
        self.world.clock.later(seconds)

    def fire(self, *_: Any) -> None:
        """Let a worker fire timers, and end before it does anything else."""
        database = Database(self.world.url, 1)
        Timers(database, self.world.clock, self.world.starter.quiet.end).fire(500)
        database.close()
        for person in self.people:
            person.tries += 1

    def work(self, _: int, how: str) -> None:
        """Let a worker do everything; Twilio's answers are lost, or it refuses for a while."""
        twilio = self.world.twilio
        lost = b"" if how == "lost" else None
        twilio.then = lambda asked: lost if asked.method == "POST" else None
        if how == "refused":
            twilio.instead = lambda asked: b"" if asked.method == "POST" else None
        self.world.worker.drain()
        twilio.then, twilio.instead = lambda _: None, self.posted

    def die(self, _: int, when: str) -> None:
        """Let a worker end after it has claimed messages, or after it has sent them."""
        database = Database(self.world.url, 1)
        outbox = Outbox(database, self.world.clock, PACE)
        for message in outbox.claim(8, self.world.starter.delay).to_send:
            if when == "sent":
                with open_client(Credentials(ACCOUNT, ACCOUNT, AUTH_TOKEN)) as client:
                    send(client, message.person, Text(message.body, (), message.number))
        database.close()

    def race(self, who: int, how: str) -> None:
        """Let a text arrive between the firing of a timer and the sending of its message."""
        self.later(who, HOUR)
        self.fire()
        self.see()
        self.people[who].arrive()
        self.work(who, how)

    def kill(self, *_: Any) -> None:
        """End the server, with the late calls in it; the next text starts it again."""
        for person in self.people:
            person.finish()
            for search in self.world.searches(person.number):
                asking.DOORS[search.sid].set()
                person.is_free |= person.state == "late"
        self.world.memory.close()

    def settle(self, seconds: float) -> None:
        """Let time pass, and a worker do everything, also what is unclear."""
        self.later(0, seconds)
        for _ in range(2):  # what is unclear is asked for after 15 seconds
            self.work(0, "well")
            self.see()
            self.later(0, 20)

    def end(self) -> None:
        """Let everything end that is open: each question is asked, with a reminder and an end."""
        old = [each for each in self.people if each.state and each.passed >= LIFETIME]
        for person in self.people:
            person.back()
            person.find("well")
        has_begun = any(each.is_begun for each in self.people)  # it may wait for another script
        self.settle(0)
        self.settle(20)
        self.settle(2 * HOUR)
        reminded = [
            each
            for each in self.people
            if each.state == ASKED and each.has_timers and each.passed < EXPIRE - 2 * HOUR
        ]
        self.settle(HOUR)
        for person in reminded:
            missing = not person.is_mute and f"R{person.question}" not in person.posts
            person.check(not missing, "no reminder")
        self.settle(EXPIRE)
        for seconds in (LIFETIME, HOUR, LIFETIME) if has_begun else ():
            self.settle(seconds)
        for person in self.people:
            person.check(not person.is_begun, "the first question was not sent")
            if not (person.is_mute or person.is_out or person in old):
                self.has_ended(person)
        open_ = self.world.query(
            "SELECT person, body, status FROM parley.outbox WHERE person = ANY(%s) AND status IN "
            "('waiting', 'claimed', 'unclear')",
            list(self.by_number),
        )
        self.people[0].check(not open_, f"left open: {open_}")

    def has_ended(self, person: Person) -> None:
        """Check the end of a script without an answer."""
        number = person.question
        person.check(not person.state or not person.has_timers, "has not gone on, or not ended")
        person.check(not person.state or number in person.asked, f"Q{number} was not asked")
        has_last_words = person.ended is None or f"E{number}" in person.posts
        person.check(has_last_words, f"no last words at question {number}")


def check(steps: list[tuple[str, int, Any]], world: World, turns: list[int], most: int) -> None:
    """Play the steps, and compare; add the number of turns to `turns`, up to `most` in all."""
    if sum(turns) >= most:
        return
    play = Play(world)
    for who in range(PEOPLE):
        play.step("text", who, "hi")
    for step in steps:
        play.step(*step)
    play.end()
    wrong = [each for person in play.people for each in person.wrong]
    assert not wrong, wrong
    turns.append(sum(each.turns for each in play.people))
