"""The log line and the count of a turn: an answer, a refusal, or a failure."""

import logging
from typing import Any

from parley.conversation import Reply
from parley.conversation.error_descriptions import Description
from parley.conversation.script_events import ANSWERED
from parley.logging import kept_from_the_reply, record, script_fields
from parley.metrics import FAILED, LARGE, UNSET, NullMetrics
from parley.refusals import Refusal, SettingMissing
from parley.sessions import CLOCK_TOLERANCE, SessionTooLarge
from parley.turn_context import Turn
from parley.twilio.twiml import ReplyTooLarge


def report_answer(
    metrics: NullMetrics,
    turn: Turn,
    reply: Reply,
    keyword: str | None = None,
    removed: int = 0,
    *,
    forgotten: bool = False,
) -> None:
    """Count and log a turn that was answered.

    `removed` are characters that XML does not allow. `forgotten`: the conversation has ended.
    """
    spent, script = turn.milliseconds, {}
    if turn.script_events:
        answered_after = _answered_after(turn)
        script = script_fields(turn.script_events, turn.flow, answered_after)
    with kept_from_the_reply():
        metrics.turn(turn.flow or "", turn.outcome, turn.session_state, spent)
        if turn.script_events:
            metrics.script(turn.script_events, answered_after)
    with kept_from_the_reply():
        record(
            "turn",
            level=logging.WARNING if reply.note else logging.INFO,
            status=200,
            flow=turn.flow,
            **turn.fields,
            memory="forgotten" if forgotten else turn.session_state,
            opt_out=keyword,
            note=reply.note,
            removed_characters=removed or None,
            **script,
            ms=round(spent, 1),
        )


def _answered_after(turn: Turn) -> int | None:
    """Return the seconds between the question and this answer; None if unknown, or no answer."""
    _, event, _ = turn.script_events[0]
    is_known = event == ANSWERED and turn.idle_seconds >= -CLOCK_TOLERANCE
    return max(0, turn.idle_seconds) if is_known else None


def report_refusal(metrics: NullMetrics, turn: Turn, refusal: Refusal) -> None:
    """Count and log a refusal."""
    turn.error = refusal
    with kept_from_the_reply():
        if isinstance(refusal, SettingMissing):
            turn.outcome = UNSET
            metrics.turn(turn.flow or "", UNSET, turn.session_state, turn.milliseconds)
        else:
            metrics.refused(refusal.status, refusal.counted_as)
    with kept_from_the_reply():
        record(
            "refused",
            level=logging.WARNING,
            status=refusal.status,
            **turn.request_fields,
            reason=refusal.reason,
            cause=refusal.cause,
            next=refusal.next_step,
        )


def report_failure(
    metrics: NullMetrics, turn: Turn, error: BaseException | None, shown: Description | None
) -> None:
    """Count and log a failure of the server or of a flow, with its traceback.

    `shown` is the full description, in development and tests.
    """
    large = isinstance(error, SessionTooLarge | ReplyTooLarge)
    spent = turn.milliseconds
    turn.error, turn.outcome = error, LARGE if large else FAILED
    with kept_from_the_reply():
        metrics.turn(turn.flow or "", turn.outcome, turn.session_state, spent)
        if isinstance(error, SessionTooLarge):
            metrics.too_large()
    told: dict[str, Any] = {"reason": str(error)} if large else {"error": error}
    if shown:
        told = {"text": turn.parameters.get("Body"), "shown": shown.whole}
    with kept_from_the_reply():
        record(
            "failed",
            level=logging.ERROR,
            status=500,
            **turn.request_fields,
            **told,
            ms=round(spent, 1),
        )
