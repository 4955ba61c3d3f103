"""What a script makes of messages that are usually not answers, and how it reads an answer."""

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
"""What phones send by themselves: it gets no answer, and the question waits."""
NOT_READ = {
    PICTURE: NO_PICTURES,
    VOICE: NO_VOICE,
    CONTACT: NO_CONTACTS,
    LOCATION: NO_LOCATIONS,
}
"""What a script cannot read, and what it says."""


class Read(NamedTuple):
    """An answer as the session keeps it, or why it does not fit."""

    answer: str | int = ""
    refusal: str = ""


def looks_late(body: str) -> bool:
    """Whether a first message answers a list, or yes or no, that has been forgotten."""
    said = body.strip().rstrip(".)")
    return said.isdigit() and len(said) <= 2


def read_answer(replay: Replay, options: ScriptOptions, context: AnswerContext) -> Read:
    """Read a message as the answer to the question that waits."""
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
    """Explain what is needed if the question has no sentence for it."""
    if isinstance(replay.step, Question) and replay.step.is_open:
        return explanations.text(1, LONGEST_TEXT)(error, context)
    return say(context.language, UNCLEAR)
