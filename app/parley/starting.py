"""Begin a conversation: `parley.start("+15551230000", "appointment")`.

The first question is written to the outbox together with the script's session, and `parley worker`
sends it. The person's reply continues the script, at `/sms/appointment` or at `/sms`.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Protocol
from uuid import uuid4

from parley.conversation import Message, Reply, Session
from parley.conversation.dependencies import Bound
from parley.conversation.follow_ups import needed_lifetime
from parley.conversation.script_state import ScriptState
from parley.loading import bind_all, load, make_router
from parley.memory import Memory
from parley.memory.outbox import Candidate
from parley.memory.outgoing import AT_ONCE, START, addressed
from parley.memory.running import is_running
from parley.memory.starts import NotBegun, Start, Starts
from parley.quiet_hours import QuietHours
from parley.refusals import ParleyError
from parley.rest.message_check import problem
from parley.rest.messages import Text
from parley.routing.router import Router
from parley.senders import Senders
from parley.settings import Settings, SettingsError
from parley.twilio.message_limits import sendable

WAITS = timedelta(minutes=10)
"""The delay of a first question while another script runs with the person."""


class NotStarted(ParleyError):
    """Raised for a script that was not started; the message says why."""


@dataclass(frozen=True)
class Started:
    """A started script: the id of its first message, and when it is due."""

    id: int
    due: datetime


class Served(Protocol):
    """The parts of a server that a starter needs: parley.turn.Webhook has them."""

    @property
    def flows(self) -> Mapping[str, Bound]: ...
    @property
    def router(self) -> Router: ...
    @property
    def senders(self) -> Senders: ...
    @property
    def memory(self) -> Memory: ...


@dataclass(frozen=True)
class Starter:
    """Starts the scripts of a server; `number` is the default sending number."""

    flows: Mapping[str, Bound] = field(repr=False)
    router: Router = field(repr=False)
    quiet: QuietHours = field(repr=False)
    senders: Senders = field(repr=False)
    number: str = field(repr=False)
    database_url: str = field(repr=False)
    clock: Callable[[], float] = field(default=time.time, repr=False)

    @classmethod
    def of(cls, settings: Settings, clock: Callable[[], float] = time.time) -> "Starter":
        """Return a starter with these settings. Raises SettingsError and FlowError."""
        flows = bind_all(load(settings, clock=clock), settings)
        router = make_router(settings, flows, (), clock)
        return cls._made(settings, flows, router, Senders(settings.blocked_numbers), clock)

    @classmethod
    def serving(cls, settings: Settings, webhook: Served) -> "Starter":
        """Return a starter with the flows, services, routes and clock of a server."""
        clock = webhook.memory.clock
        return cls._made(settings, webhook.flows, webhook.router, webhook.senders, clock)

    @classmethod
    def _made(
        cls,
        settings: Settings,
        flows: Mapping[str, Bound],
        router: Router,
        senders: Senders,
        clock: Callable[[], float],
    ) -> "Starter":
        return cls(
            flows=flows,
            router=router,
            quiet=QuietHours(settings.quiet_hours, settings.time_zone),
            senders=senders,
            number=settings.sending_number,
            database_url=settings.database_url,
            clock=clock,
        )

    def start(
        self,
        to: str,
        flow: str,
        *,
        answers: Sequence[str] = (),
        from_: str = "",
        consent: str = "",
        after: float = 0,
    ) -> Started:
        """Begin a script with a person, as `start` does; `after` is in seconds from now."""
        number = from_ or self.number
        if not number:
            raise NotStarted("No sending number. Set --from, from_= or SENDING_NUMBER.")
        if wrong := problem([to], Text("?", (), number)):
            raise NotStarted(wrong)
        if self.senders.why_ignored(to, is_routed=False):
            raise NotStarted("The person is one of BLOCKED_NUMBERS.")
        bound = self._script(flow)
        reply = _asked(bound, to, number, answers)
        now = datetime.fromtimestamp(self.clock(), UTC)
        due = now + timedelta(seconds=after)
        start = Start(
            person=to,
            number=number,
            flow=flow,
            session=reply.session,
            lifetime=needed_lifetime(reply.later or (), bound.lifetime, now),
            follow_ups=reply.later or (),
            messages=addressed(sendable(reply), to, number),
            consent=consent,
            due=self.quiet.end(to, due) or due,
        )
        try:
            id_ = Starts(self.database_url, self.is_running).begin(start, now)
        except NotBegun as error:
            raise NotStarted(f"{str(error)[0].upper()}{str(error)[1:]}.") from None
        return Started(id_, start.due)

    def is_running(self, flow: str, session: Session) -> bool:
        """Return whether a conversation's session has a script with an open question."""
        return is_running(self.router, flow, session)

    def delay(self, message: Candidate, now: datetime) -> datetime | None:
        """Return until when a due message has to wait; None if it may be sent now."""
        if message.kind == START and message.sessions:
            found = message.sessions.items()
            if any(self.is_running(flow, Session(session)) for flow, session in found):
                return now + WAITS
        return self.quiet.end(message.person, now) if message.kind not in AT_ONCE else None

    def _script(self, flow: str) -> Bound:
        bound = self.flows.get(flow)
        if bound is None:
            raise NotStarted(f"There is no flow {flow}. The flows are {', '.join(self.flows)}.")
        if not bound.flow.waits:
            raise NotStarted(f"The flow {flow} is not a script. Only scripts can be started.")
        if bound.missing:
            raise NotStarted(f"The flow {flow} needs settings: set {', '.join(bound.missing)}.")
        return bound


def start(
    to: str,
    flow: str,
    *,
    answers: Sequence[str] = (),
    from_: str = "",
    consent: str = "",
    app: Any = None,
) -> Started:
    """Ask a person the first question of a script: `start("+15551230000", "appointment")`.

    `answers` are texts that answer the first questions, which are then skipped. `from_` is the
    sending number; the default is SENDING_NUMBER. `consent` says how a person agreed to texts if
    they have never texted that number: "web form, 2026-11-02"; it is stored.

    Settings and flows are those of `app`, an application of `create_app(…)` or with `Parley(…)`;
    the default is the environment. `parley worker` sends the question, after the recipient's quiet
    hours. Raises NotStarted with the reason, such as an opt-out or another running script,
    SettingsError and FlowError.
    """
    starter = _starter_of(app) if app else _starter()
    return starter.start(to, flow, answers=answers, from_=from_, consent=consent)


@cache
def _starter() -> Starter:
    return Starter.of(_remembering(Settings.load(os.environ)))


def _starter_of(app: Any) -> Starter:
    settings, webhook = app.extensions["parley_settings"], app.extensions["parley"]
    return Starter.serving(_remembering(settings), webhook)


def _remembering(settings: Settings) -> Settings:
    if not settings.database_url:
        raise SettingsError(["DATABASE_URL is not set: what is started has to be remembered."])
    return settings


def _asked(bound: Bound, person: str, number: str, answers: Sequence[str]) -> Reply:
    """What a script asks first, after these answers. Raises NotStarted."""
    name, bound = bound.flow.name, _patient(bound)
    if isinstance(answers, str):
        raise NotStarted("The answers are one text. Write a list: answers=[…].")
    reply = _run(bound, _message(person, number), Session(), begins=True)
    for position, answer in enumerate(answers, 1):
        if not reply.session:
            raise NotStarted(f"The script {name} asks less than {len(answers)} questions.")
        reply = _run(bound, _message(person, number, answer), reply.session)
        state = ScriptState.of(reply.session)
        if state and state.tries:
            raise NotStarted(f"Answer {position} is not valid for its question in {name}.")
    if not reply.session or not reply.messages:
        raise NotStarted(f"The script {name} has no question to ask now.")
    return reply


def _patient(bound: Bound) -> Bound:
    """The same script; it waits for its calls, however long they take."""
    defaults = bound.asked_for.get("script_defaults")
    if defaults is None:
        return bound
    asked_for = {**bound.asked_for, "script_defaults": replace(defaults, patience=None)}
    return replace(bound, asked_for=asked_for)


def _run(bound: Bound, message: Message, session: Session, *, begins: bool = False) -> Reply:
    try:
        return bound(message, session, begins=begins)
    except Exception as error:
        kind = type(error).__name__
        raise NotStarted(f"The flow {bound.flow.name} failed with {kind}: {error}") from error


def _message(person: str, number: str, body: str = "") -> Message:
    return Message(f"SM{uuid4().hex}", person, number, body)
