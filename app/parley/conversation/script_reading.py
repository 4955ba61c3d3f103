"""Reading answers, and recognizing messages that are usually not answers."""

from typing import NamedTuple

from parley.conversation import explanations
from parley.conversation.message import Message
from parley.conversation.opt_out import is_answered_by_twilio
from parley.conversation.replay import Replay
from parley.conversation.script_options import ScriptDefaults, ScriptOptions
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
from parley.conversation.understanding import InvalidAnswer, what_is
from parley.conversation.understanding.message_kinds import (
    AUTO_REPLY,
    CALL,
    CONTACT,
    LOCATION,
    PICTURE,
    START_KEYWORD,
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


def kind_of(
    message: Message, options: ScriptOptions, defaults: ScriptDefaults, language: str
) -> str | None:
    """Return the kind of a message that is usually not an answer; None if it may be one.

    START is an ordinary text where Twilio does not answer it, such as on WhatsApp.
    """
    kind = what_is(
        message.body, media=len(message.media), parameters=message.parameters, language=language
    )
    is_twilios = defaults.opt_out_words and is_answered_by_twilio(message)
    if kind == START_KEYWORD and not is_twilios:
        return None
    return None if kind in options.accepts else kind


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
