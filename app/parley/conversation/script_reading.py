"""Reading answers, and recognizing messages that are usually not answers."""

from typing import NamedTuple

from parley.conversation import explanations
from parley.conversation.replay import Replay
from parley.conversation.script_options import ScriptOptions
from parley.conversation.script_steps import LONGEST_TEXT, AnswerContext, Question
from parley.conversation.sentences import (
    GO_BACK,
    NO_CONTACTS,
    NO_LOCATIONS,
    NO_PICTURES,
    NO_VOICE,
    UNCLEAR,
    say,
)
from parley.conversation.understanding import InvalidAnswer
from parley.conversation.understanding.message_kinds import (
    AUTO_REPLY,
    CALL,
    CONTACT,
    LOCATION,
    PICTURE,
    TAPBACK,
    VOICE,
)

SILENT = (TAPBACK, AUTO_REPLY, CALL)
"""Messages that phones send automatically: they get no reply, and the question stays open."""
NOT_READ = {
    PICTURE: NO_PICTURES,
    VOICE: NO_VOICE,
    CONTACT: NO_CONTACTS,
    LOCATION: NO_LOCATIONS,
}
"""Kinds of messages that a script cannot read, and the reply to each."""


class Read(NamedTuple):
    """An answer as the session stores it, or the reason why it is not valid."""

    answer: str | int = ""
    refusal: str = ""


def looks_late(body: str) -> bool:
    """Return whether a first message looks like an answer to a numbered list."""
    said = body.strip().rstrip(".)")
    return said.isdigit() and len(said) <= 2


def read_answer(replay: Replay, options: ScriptOptions, context: AnswerContext) -> Read:
    """Read a message as the answer to the open question."""
    try:
        return Read(answer=replay.read(context.message.body, context))
    except InvalidAnswer as error:
        said = str(error) or _explain(replay, error, context)
        has_previous = any(isinstance(each, Question) for each in replay.steps)
        word = options.shown_back(context.language)
        if context.tries == 1 and word and has_previous:
            said = f"{said} {say(context.language, GO_BACK, word=word)}"
        return Read(refusal=said)


def _explain(replay: Replay, error: InvalidAnswer, context: AnswerContext) -> str:
    """Return what the answer has to be, for a question without a `retry` sentence."""
    if isinstance(replay.step, Question) and replay.step.is_open:
        return explanations.text(1, LONGEST_TEXT)(error, context)
    return say(context.language, UNCLEAR)
