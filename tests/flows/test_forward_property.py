"""In any order of texts, the owner's texts reach only the intended recipient."""

import re
from dataclasses import dataclass, field

from hypothesis import strategies as st

from flows.forward import forward
from parley.conversation import Message, Outgoing, Session
from tests.evidence.plugin import Record, examples, sizes

APP, OWNER = "+15559870002", "+15550000009"
STRANGERS = ("+15551230001", "+15551230002", "+15551230003")
CHANNELS = ("", "whatsapp:")
SPELLINGS = (
    "{0}: {1}",
    "{0} {1}",
    "{0}\n{1}",
    "{2}, {1}",
    "({3}) {4}-{5} {1}",
    "+1 ({3}) {4}-{5} - {1}",
)
UNREADABLE = ("+1555 {1}", "{0}9999999 {1}", "555123 {1}", "+ {1}")

people = st.sampled_from(STRANGERS)
channels = st.sampled_from(CHANNELS)
events = st.one_of(
    st.tuples(st.just("stranger"), people, channels),
    st.tuples(st.just("addressed"), people, channels, st.sampled_from(SPELLINGS), channels),
    st.tuples(st.just("unreadable"), people, channels, st.sampled_from(UNREADABLE)),
    st.tuples(st.just("plain"), channels),
    st.tuples(st.just("choice"), channels, st.integers(0, 5)),
    st.tuples(st.just("tapback"), channels),
)
TURNS = st.lists(events, max_size=25)


@dataclass
class World:
    """The sessions of every pair, and the allowed recipients of each secret text."""

    sessions: dict[tuple[str, str], Session] = field(default_factory=dict)
    allowed: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    """By the owner's channel: the pending text, and the people to choose from."""
    secrets: int = 0

    def secret(self) -> str:
        self.secrets += 1
        return f"secret-{self.secrets}."

    def text(self, from_: str, channel: str, body: str) -> tuple[Outgoing, ...]:
        pair = (channel + from_, channel + APP)
        message = Message("SM1", *pair, body)
        reply = forward(message, self.sessions.get(pair, Session()), forward_to=OWNER)
        self.sessions[pair] = reply.session
        for each in reply.messages:
            self.check(each, is_owners=from_ == OWNER)
        return reply.messages

    def check(self, sent: Outgoing, *, is_owners: bool) -> None:
        if not is_owners:
            assert sent.to == OWNER
        elif sent.to is not None:
            for secret in re.findall(r"secret-\d+\.", sent.body):
                assert self.allowed.get(secret) == sent.to.removeprefix("whatsapp:")


def spelled(spelling: str, number: str, secret: str, prefix: str) -> str:
    parts = (number[2:], number[2:5], number[5:8], number[8:])
    said = spelling.format(number, secret, *parts)
    return prefix + said if said.startswith("+1") else said


@sizes(40, short=300, long=3_000)
def test_the_owners_texts_reach_only_the_intended_recipient(size: int, record: Record) -> None:
    examples("texts to `forward`, drawn at random", size, record, TURNS, play)


def play(turns: list[tuple[str, ...]]) -> None:
    world = World()
    for kind, *given_ in turns:
        if kind == "stranger":
            number, channel = given_
            world.text(number, channel, f"{world.secret()} from a stranger")
        elif kind in ("addressed", "unreadable"):
            number, channel, spelling, *prefix = given_
            secret = world.secret()
            if kind == "addressed":
                world.allowed[secret] = number
            sent = world.text(OWNER, channel, spelled(spelling, number, secret, "".join(prefix)))
            world.waiting.pop(channel, None)
            assert (len(sent) == 2) is (kind == "addressed")
        elif kind == "plain":
            (channel,) = given_
            secret = world.secret()
            listed = [each.body for each in world.text(OWNER, channel, secret)]
            numbers = re.findall(r"^\d\. (?:whatsapp:)?(\S+)$", "".join(listed), re.MULTILINE)
            world.waiting[channel] = (secret, numbers)
        elif kind == "choice":
            channel, place = given_
            secret, numbers = world.waiting.pop(channel, ("", []))
            if 1 <= int(place) <= len(numbers):
                world.allowed[secret] = numbers[int(place) - 1]
            world.text(OWNER, channel, str(place))
        else:
            (channel,) = given_
            assert world.text(OWNER, channel, "Liked “secret”") == ()
