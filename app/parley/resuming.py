"""Turns without a text: a script goes on because its time has come, or a late call has ended."""

import logging
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from parley.conversation import Message, Reply
from parley.conversation.background import in_background
from parley.conversation.dependencies import Bound
from parley.conversation.follow_ups import LATE, WAIT
from parley.conversation.masking import masked
from parley.conversation.script_events import ScriptEvent
from parley.conversation.script_resumption import NothingToResume, Outcome
from parley.logging import record, script_fields
from parley.memory import Conversation, FollowUps, Memory
from parley.metrics import NullMetrics
from parley.refusals import ConversationBusy, MemoryUnavailable
from parley.routing.router import ROUTED, Routed, Router
from parley.sessions import ConversationKey
from parley.twilio.message_limits import sendable

PATIENCE = 600.0
"""Seconds for which the result of a late call waits for the database, or for other texts."""


@dataclass(frozen=True)
class Resumer:
    """Lets scripts go on; what they say is written to the outbox.

    What happens in them is counted in a server, and not in a worker, which has no metrics.
    """

    flows: Mapping[str, Bound] = field(repr=False)
    router: Router = field(repr=False)
    memory: Memory = field(repr=False)
    metrics: NullMetrics = field(default_factory=NullMetrics, repr=False)

    def go_on_after(self, key: ConversationKey, sid: str, later: FollowUps) -> None:
        """Go on in the background when the late calls have ended that the text `sid` began."""
        for each in later or ():
            if each.pending:
                self.when_done(key, sid, each.pending)

    def when_done(self, key: ConversationKey, sid: str, pending: "Future[tuple[Any, ...]]") -> None:
        """Go on in the background with the result of a late call, which the text `sid` began."""

        def go_on() -> None:
            outcome: Outcome
            try:
                outcome = pending.result()
            except BaseException as error:
                outcome = error
                self._report(key, LATE, error)
            until = time.monotonic() + PATIENCE
            while time.monotonic() < until:
                try:
                    self.resume(key, LATE, sid, outcome)
                    return
                except (ConversationBusy, MemoryUnavailable):
                    time.sleep(1)
                except Exception as error:
                    self._report(key, LATE, error)
                    if outcome is error or isinstance(outcome, BaseException):
                        return
                    outcome = error

        in_background(go_on)

    def resume(self, key: ConversationKey, kind: str, sid: str, outcome: Outcome = None) -> bool:
        """Let the script of a conversation go on; return whether it did.

        It does so once for each `sid`: that of the text whose turn began a late call, or a name for
        a wait. Raises a Refusal, or what the script raises.
        """
        name = key.flow.rpartition("/")[2]
        answerer = self.router if name == ROUTED else self.flows.get(name)
        if answerer is None:
            return False
        with self.memory.begin(key, f"{kind} {sid}", "", answerer.lifetime) as conversation:
            if conversation.reply is not None or conversation.opted_out or conversation.held_by:
                return False
            message, events = Message(sid, key.from_, key.to), list[ScriptEvent]()
            try:
                routed = self._run(answerer, message, conversation, (outcome,), events)
            except NothingToResume:
                return False
            reply = routed.reply
            conversation.kind = WAIT if kind == WAIT else conversation.kind
            messages = sendable(reply)
            script, later = answerer.waiting(reply.session), reply.later
            waiting = script.name if script else ""
            conversation.save(
                reply.session, routed.lifetime, b"", None, later, messages, waiting=waiting
            )
        self._record(key, kind, len(messages), events)
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


def _run(flow: Bound, message: Message, session: Any, **more: Any) -> Reply:
    return flow(message, session, **more)
