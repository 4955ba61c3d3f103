"""Resuming a script without a text, after a wait or a late call."""

from typing import Any

from parley.conversation.reply import Reply
from parley.conversation.script_events import ASKED
from parley.conversation.script_state import ScriptState
from parley.conversation.script_steps import Call, ScriptChanged, Wait
from parley.conversation.script_turn import ScriptTurn
from parley.conversation.sentences import FAILED, say
from parley.conversation.session import Session

Outcome = tuple[Any, ...] | BaseException | None
"""The stored result of a call, or the error that it raised; None to run it again."""


class NothingToResume(Exception):
    """The conversation has moved on."""


def resume(turn: ScriptTurn, session: Session, outcome: Outcome) -> Reply:
    """Return the script's next reply. Raises NothingToResume if it does not wait for this any more.

    After an error, the question before the call is asked again. If the call runs again, the reply
    has no message, and its follow-up has the pending call.
    """
    state = ScriptState.of(session)
    if state is None:
        raise NothingToResume
    with turn.start_replay() as replay:
        try:
            replay.repeat(state.answers, state.marks)
        except ScriptChanged:
            raise NothingToResume from None
        if isinstance(replay.step, Wait):
            replay.give((0,))
        elif not isinstance(replay.step, Call):
            raise NothingToResume
        elif isinstance(outcome, BaseException):
            session = state.before_the_last_question().session
            turn.note(ASKED, turn.waiting(session))
            return Reply(say(turn.language, FAILED), session=session)
        elif outcome is None:
            replay.start_call(turn.message.sid, turn.seed)
            return Reply(session=session, later=replay.follow_ups())
        else:
            replay.give(outcome)
        replay.run_calls(turn.message.sid, turn.seed, turn.defaults.patience)
        return turn.say(replay, sids=state.sids)
