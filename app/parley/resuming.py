"""Turns without a text: a script continues after a wait or a late call."""

import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from parley.conversation import Message, Reply
from parley.conversation.background import in_background
from parley.conversation.dependencies import Bound
from parley.conversation.follow_ups import LATE
from parley.conversation.masking import masked
from parley.conversation.script_events import ScriptEvent
from parley.conversation.script_resumption import NothingToResume, Outcome
from parley.logging import record, script_fields
from parley.memory import Conversation, FollowUps, Memory, TurnEnd
from parley.memory.running import is_running
from parley.metrics import NullMetrics
from parley.refusals import ConversationBusy, MemoryUnavailable
from parley.routing.router import ROUTED, Routed, Router
from parley.sessions import ConversationKey
from parley.twilio.message_limits import sendable

LONGEST_PAUSE = 15.0
"""Maximum seconds between two tries to write the result of a late call."""
Pending = Future[tuple[Any, ...]]


@dataclass(frozen=True)
class Resumer:
    """Continues scripts, and writes their replies to the outbox.

    Events are counted in `metrics`.
    """

    flows: Mapping[str, Bound] = field(repr=False)
    router: Router = field(repr=False)
    memory: Memory = field(repr=False)
    metrics: NullMetrics = field(default_factory=NullMetrics, repr=False)
    is_stopping: Callable[[], bool] = field(default=lambda: False, repr=False)

    def go_on_after(self, key: ConversationKey, sid: str, later: FollowUps) -> None:
        """Continue in the background when the late calls of the text `sid` have ended."""
        for each in later or ():
            if each.pending:
                self.when_done(key, sid, each.pending)

    def when_done(self, key: ConversationKey, sid: str, pending: Pending) -> None:
        """Continue in the background with the result of a late call of the text `sid`."""
        in_background(lambda: self.finish(key, sid, pending))

    def begin_again(self, key: ConversationKey, sid: str) -> None:
        """Run a late call again whose process has ended, and continue with its result.

        No text waits meanwhile.
        """
        try:
            pending = self._patiently(lambda: self._turn(key, LATE, sid, None))
        except Exception as error:
            self._report(key, LATE, error)
            self.go_on(key, sid, error)
            return
        if pending:
            self.finish(key, sid, pending)

    def finish(self, key: ConversationKey, sid: str, pending: Pending) -> None:
        """Wait for a late call, and continue with its result."""
        outcome: Outcome
        try:
            outcome = pending.result()
        except BaseException as error:
            outcome = error
            self._report(key, LATE, error)
        self.go_on(key, sid, outcome)

    def go_on(self, key: ConversationKey, sid: str, outcome: Outcome) -> None:
        """Continue with the result of a late call, once the database is writable."""
        try:
            self._patiently(lambda: self._turn(key, LATE, sid, outcome))
        except Exception as error:
            self._report(key, LATE, error)
            if not isinstance(outcome, BaseException):
                self.go_on(key, sid, error)

    def _patiently(self, turn: Callable[[], Pending | None]) -> Pending | None:
        """Take a turn, as soon as the database and the conversation's other texts allow it.

        Until then, this process keeps the call: only if it ends, another one begins it again.
        """
        pause = 1.0
        while not self.is_stopping():
            try:
                return turn()
            except (ConversationBusy, MemoryUnavailable):
                time.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
        return None

    def resume(self, key: ConversationKey, kind: str, sid: str, outcome: Outcome = None) -> None:
        """Let the script of a conversation go on, if it waits for this.

        It continues once for each `sid`: that of the text whose turn began a late call, or a name
        for a wait. Raises a Refusal, or an error of the script.
        """
        self._turn(key, kind, sid, outcome)

    def _turn(self, key: ConversationKey, kind: str, sid: str, outcome: Outcome) -> Pending | None:
        """Let the script go on; return the late call that it has begun again, if it has."""
        name, turn = key.flow.rpartition("/")[2], f"{kind} {sid}"
        answerer = self.router if name == ROUTED else self.flows.get(name)
        if answerer is None:
            return None
        with self.memory.begin(key, turn, "", answerer.lifetime) as conversation:
            if not self._may_go_on(conversation, kind, sid, outcome):
                return None
            # The text that began it all: a call that is begun again has the same idempotency key.
            message = Message(sid.rpartition(" ")[2], key.from_, key.to)
            events = list[ScriptEvent]()
            try:
                routed = self._run(answerer, message, conversation, (outcome,), events)
                if kind == LATE and outcome is None:
                    return next((each.pending for each in routed.reply.later or ()), None)
                conversation.kind = kind
                messages = _save(conversation, answerer, routed)
            except NothingToResume:
                conversation.drop()
                return None
            self.go_on_after(key, turn, routed.reply.later)
        self._record(key._replace(flow=name), kind, messages, events)
        return None

    def _may_go_on(self, conversation: Conversation, kind: str, sid: str, outcome: Outcome) -> bool:
        """Return whether the script waits for this, and no operator or other script is active.

        Otherwise the result of a late call is kept.
        """
        if conversation.reply is not None or conversation.opted_out:
            return False
        if kind == LATE and not conversation.is_late(sid):
            return False
        if conversation.held_by is not None:
            if kind == LATE:
                conversation.keep(sid, outcome)
            return False
        if kind == LATE and outcome is None:
            return True
        if any(is_running(self.router, *each) for each in conversation.others.items()):
            conversation.postpone(sid, outcome)
            return False
        return True

    def _run(
        self,
        answerer: Bound | Router,
        message: Message,
        conversation: Conversation,
        resumes: Any,
        events: list[ScriptEvent],
    ) -> Routed:
        session = conversation.session
        if isinstance(answerer, Router):
            return answerer.resume(message, session, partial(_run, script_events=events), resumes)
        reply = answerer(message, session, resumes=resumes, script_events=events)
        return Routed(reply, answerer.lifetime)

    def _record(
        self, key: ConversationKey, kind: str, messages: int, events: list[ScriptEvent]
    ) -> None:
        self.metrics.script(events, None)
        who: dict[str, Any] = {"from": masked(key.to), "to": masked(key.from_)}
        script = script_fields(events, key.flow, None)
        record("resumed", flow=key.flow, kind=kind, messages=messages, **who, **script)

    def _report(self, key: ConversationKey, kind: str, error: BaseException) -> None:
        fields: dict[str, Any] = {"from": masked(key.to), "to": masked(key.from_)}
        record("failed", level=logging.ERROR, error=error, flow=key.flow, kind=kind, **fields)


def _save(conversation: Conversation, answerer: Bound | Router, routed: Routed) -> int:
    """Save a script's messages and session; return the number of messages."""
    reply, messages = routed.reply, sendable(routed.reply)
    script = answerer.waiting(reply.session)
    waiting, kept = script.name if script else "", reply.session
    end = TurnEnd(kept, routed.lifetime, later=reply.later, messages=messages, waiting=waiting)
    conversation.save(end)
    return len(messages)


def _run(flow: Bound, message: Message, session: Any, **more: Any) -> Reply:
    return flow(message, session, **more)
