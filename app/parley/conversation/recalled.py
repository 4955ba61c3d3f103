"""The content of a script's session for developers: each question with its answer."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from parley.conversation.replay import Replay
from parley.conversation.script_state import ScriptState
from parley.conversation.script_steps import (
    Call,
    Question,
    Script,
    ScriptChanged,
    ScriptFailed,
    Step,
)
from parley.conversation.session import Session

WAITS = "(it waits for the answer)"
GIVEN_UP = "(no valid answer)"
CHANGED = "(the script's questions have changed)"


class Recalled(NamedTuple):
    """A question or a call, with its answer or result."""

    question: str
    answer: str


def recall(
    script: Callable[..., Script], words: Sequence[str], given: Mapping[str, Any], session: Session
) -> list[Recalled]:
    """Return the questions and answers in a script's session, and the open question.

    The list ends at the first step that has changed in the script since. No call is made.
    """
    state = ScriptState.of(session)
    if state is None:
        return []
    changed = False
    try:
        with Replay(script(**given), words) as replay:
            try:
                replay.repeat(state.answers, state.marks)
            except (ScriptChanged, ScriptFailed):
                changed = True
            found = [
                Recalled(_asked(step), _answered(step, answer))
                for step, answer in zip(replay.steps, replay.answers, strict=True)
            ]
            if changed:
                return [*found, Recalled(CHANGED, "")]
            return [*found, *([Recalled(_asked(replay.step), WAITS)] if replay.step else [])]
    except ScriptFailed:
        return [Recalled(CHANGED, "")]


def waiting_question(
    script: Callable[..., Script], words: Sequence[str], given: Mapping[str, Any], session: Session
) -> str:
    """Return the name of the open question.

    Empty if the script's questions have changed since. No call is made.
    """
    state = ScriptState.of(session)
    if state is not None:
        with suppress(ScriptChanged, ScriptFailed), Replay(script(**given), words) as replay:
            replay.repeat(state.answers, state.marks)
            return replay.question
    return ""


def _asked(step: Step) -> str:
    return step.words if isinstance(step, Question) else step.kind


def _answered(step: Step, remembered: Any) -> str:
    if isinstance(step, Question):
        return GIVEN_UP if remembered == () else str(step.show(remembered))
    if isinstance(step, Call) and len(remembered) > 1:
        return f"{remembered[0]}: {', '.join(map(str, remembered[1]))}"
    return json.dumps(remembered[0], default=dict, ensure_ascii=False)
