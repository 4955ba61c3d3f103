"""Choose the flow that answers a text at the webhook of all flows, and store which one runs.

In this order: the menu word, the script with an open question, a keyword, the default flow. Outside
the opening hours, the closing message replaces a keyword and the default flow.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from parley.conversation import Message, Outgoing, Reply, Session
from parley.conversation.dependencies import Bound, Waiting
from parley.conversation.flow import LONGEST_MEMORY, FlowError
from parley.conversation.script_resumption import NothingToResume
from parley.conversation.sentences import TOO_MANY, say
from parley.refusals import UnknownRoute
from parley.routing import limits
from parley.routing.keywords import find_keyword, normalized
from parley.routing.limits import LIFETIME, TOO_FAST
from parley.routing.menu import menu_text
from parley.routing.routes import MENU, Route, route_of

ROUTED = MENU
"""The name before a flow is chosen, in the log and in the cookie's key."""
MOST_HANDOVERS = 5
"""Maximum number of handovers between flows in one turn; more is a loop."""
_RUNNING, _SESSION, _LIMITS = "f", "s", "l"

Run = Callable[..., Reply]
"""Runs a flow: `run(flow, message, session_of_flow, begins=…)`."""


class Routed(NamedTuple):
    """A reply, and the lifetime of its session in seconds.

    `is_limited`: the text was refused. `left` is the script that the sender left for the menu.
    """

    reply: Reply
    lifetime: int
    is_limited: bool = False
    left: Waiting | None = None


class _Answer(NamedTuple):
    """A reply, before the limits are added to its session."""

    messages: tuple[Outgoing, ...]
    remembered: Mapping[str, Any]
    lifetime: int
    note: str | None = None
    later: tuple[Any, ...] | None = ()
    left: Waiting | None = None

    def reply(self, **limits: int) -> Reply:
        """The reply, with the limits in its session."""
        session = Session({**self.remembered, **limits})
        return Reply(*self.messages, session=session, note=self.note, later=self.later)


@dataclass(frozen=True, repr=False)
class Router:
    """The router of `/sms`; `flows` are those of the server.

    The session contains the name of the flow that ran last, and that flow's session. `clock`
    returns local time, `seconds` seconds since 1970.
    """

    routes: Sequence[Route]
    flows: Mapping[str, Bound]
    clock: Callable[[], datetime]
    seconds: Callable[[], float]
    language: str = "en"
    has_limits: bool = True

    @property
    def lifetime(self) -> int:
        """The longest of a cookie here, in seconds."""
        return LONGEST_MEMORY

    def lifetime_of(self, session: Session) -> int:
        """Return how many seconds an unchanged session lasts: its flow's lifetime."""
        flow = self.flows.get(str(session.get(_RUNNING)))
        return flow.lifetime if flow else LONGEST_MEMORY

    def waiting(self, session: Session) -> Waiting | None:
        """Return the script with an open question, or None."""
        flow, own = self.flows.get(str(session.get(_RUNNING))), session.get(_SESSION)
        return flow.waiting(own) if flow and isinstance(own, Session) else None

    def joined(self, session: Session, flow: str, started: Session) -> Session | None:
        """Return the session to continue a script that the server began.

        None if another script has an open question, or if the script no longer exists.
        """
        joined = session.remember(**{_RUNNING: flow, _SESSION: started})
        return joined if self.waiting(joined) and not self.waiting(session) else None

    def running(self, session: Session) -> tuple[str, Session] | None:
        """Return the flow that ran last, and its session; None if it does not exist."""
        name, own = running(session)
        return (name, own) if name in self.flows else None

    def answer(self, message: Message, session: Session, run: Run) -> Routed:
        """Answer a text. Raises UnknownRoute, errors of `run`, and FlowError for a loop."""
        route = route_of(message, self.routes)
        if route is None:
            raise UnknownRoute
        if not self.has_limits:
            answer = self._answer(route, message, session, run)
            return Routed(answer.reply(), answer.lifetime, left=answer.left)
        now = int(self.seconds())
        queued, history = limits.read(session.get(_LIMITS), now)
        if why := limits.refusal(queued, history, message.body):
            return self._refuse(why, queued, history, now, session)
        answer = self._answer(route, message, session, run)
        after = limits.after_answer(queued, history, now, message.body, _words(answer.messages))
        lifetime = answer.lifetime if answer.remembered else LIFETIME
        return Routed(answer.reply(**{_LIMITS: after}), lifetime, left=answer.left)

    def resume(self, message: Message, session: Session, run: Run, resumes: Any) -> Routed:
        """Continue the waiting script without a text. Raises errors of `run`."""
        waiting = self.waiting(session)
        if waiting is None:
            raise NothingToResume
        first = iter([resumes])

        def run_first(*arguments: Any, **named: Any) -> Reply:
            return run(*arguments, **named, resumes=next(first, None))

        answer = self._run(waiting.name, message, session, run_first, begins=False)
        kept = {_LIMITS: session[_LIMITS]} if _LIMITS in session else {}
        return Routed(answer.reply(**kept), answer.lifetime)

    def limit_keyword(self, reply: Reply, message: Message, before: Session) -> Routed:
        """Apply the limits to the reply to STOP, HELP or START, and store them.

        `before` is the session before the text. Keywords that Twilio answers do not count.
        """
        lifetime = self.lifetime_of(reply.session)
        if not self.has_limits or not (reply.messages or _LIMITS in before):
            return Routed(reply, lifetime)
        if not reply.messages:
            kept = reply.session.remember(**{_LIMITS: before[_LIMITS]})
            return Routed(Reply(session=kept), lifetime)
        now = int(self.seconds())
        queued, history = limits.read(before.get(_LIMITS), now)
        said: tuple[Outgoing, ...] = ()
        if why := limits.refusal(queued, history, message.body):
            after = limits.after_refusal(queued, history, now, told=False)
        else:
            said = reply.messages
            after = limits.after_answer(queued, history, now, message.body, _words(said))
        kept = reply.session.remember(**{_LIMITS: after})
        return Routed(Reply(*said, session=kept, note=why or None), lifetime, bool(why))

    def _refuse(self, why: str, queued: int, history: int, now: int, session: Session) -> Routed:
        """Send no reply; the conversation stays unchanged.

        A sender of too many texts is notified once, but not in a chain, which would continue it.
        """
        says = why == TOO_FAST and not limits.is_told(history)
        messages = (say(self.language, TOO_MANY),) if says else ()
        after = limits.after_refusal(queued, history, now, told=says)
        kept = session.remember(**{_LIMITS: after})
        reply = Reply(*messages, session=kept, note=why, later=None)
        lifetime = self.lifetime_of(session) if _RUNNING in session else LIFETIME
        return Routed(reply, lifetime, is_limited=True)

    def _answer(self, route: Route, message: Message, session: Session, run: Run) -> _Answer:
        """Answer a text within the limits."""
        waiting = self.waiting(session)
        if _is_menu_word(route, message):
            return self._menu(route, Session() if waiting else session)._replace(left=waiting)
        if waiting:
            return self._run(waiting.name, message, session, run, begins=False)
        name, begins = "", False
        if keyword := find_keyword(message.body, route.by_keyword, self.language):
            name, begins = route.by_keyword[keyword], True
        if not route.is_open(self.clock()):
            said, kept = Outgoing(route.closed), session.forget(_LIMITS)
            return _Answer((said,), kept, self.lifetime_of(session))
        name = name or route.default
        if name == MENU:
            return self._menu(route, session)
        return self._run(name, message, session, run, begins=begins)

    def _menu(self, route: Route, session: Session) -> _Answer:
        said, kept = Outgoing(menu_text(route, self.flows)), session.forget(_LIMITS)
        return _Answer((said,), kept, self.lifetime_of(session))

    def _run(
        self, name: str, message: Message, session: Session, run: Run, *, begins: bool
    ) -> _Answer:
        """Run a flow, and those that it hands over to."""
        own = session.get(_SESSION) if session.get(_RUNNING) == name else None
        found = own if isinstance(own, Session) else Session(expired=session.expired)
        said: tuple[Outgoing, ...] = ()
        notes: list[str] = []
        for _ in range(MOST_HANDOVERS):
            flow = self.flows[name]
            reply = run(flow, message, found, begins=begins)
            said += reply.messages
            notes += [reply.note] if reply.note else []
            if reply.goto is None:
                kept = {_RUNNING: name, _SESSION: reply.session} if reply.session else {}
                note = "; ".join(notes) or None
                return _Answer(said, kept, flow.lifetime, note, reply.later)
            if reply.goto not in self.flows:
                raise FlowError(
                    f"the flow {name} has goto {reply.goto!r}, which does not exist: "
                    f"the flows are {', '.join(self.flows)}"
                )
            name, found, begins = reply.goto, Session(), True
        raise FlowError(f"more than {MOST_HANDOVERS} handovers with goto in one turn: {name}")


def running(session: Session) -> tuple[str, Session]:
    """Return the flow that ran last in a session of `POST /sms`, and that flow's session."""
    own = session.get(_SESSION)
    return str(session.get(_RUNNING, "")), own if isinstance(own, Session) else Session()


def _words(messages: tuple[Outgoing, ...]) -> str:
    return messages[0].body if len(messages) == 1 else "\n".join(each.body for each in messages)


def _is_menu_word(route: Route, message: Message) -> bool:
    return bool(route.menu_word) and normalized(message.body[:100]) == route.menu_word
