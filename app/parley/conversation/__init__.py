"""The building blocks of conversations: messages, replies, sessions, scripts, and questions.

This package reads no clock and calls no server; it reads only its own language files.
"""

from parley.conversation.date_questions import date, time
from parley.conversation.flow import LONGEST_MEMORY, Flow, FlowError, ServiceError, flow
from parley.conversation.follow_ups import days, hours, minutes
from parley.conversation.message import Media, Message
from parley.conversation.questions import ask, choice, confirm, number, picture, text
from parley.conversation.reply import Outgoing, Reply, goto
from parley.conversation.script import script
from parley.conversation.script_steps import Asking, Script, ScriptFailed, call, rng, wait
from parley.conversation.sentences import shown
from parley.conversation.session import Session
from parley.conversation.submission import Finished, Submission
from parley.conversation.understanding import InvalidAnswer

__all__ = [
    "LONGEST_MEMORY",
    "Asking",
    "Finished",
    "Flow",
    "FlowError",
    "InvalidAnswer",
    "Media",
    "Message",
    "Outgoing",
    "Reply",
    "Script",
    "ScriptFailed",
    "ServiceError",
    "Session",
    "Submission",
    "ask",
    "call",
    "choice",
    "confirm",
    "date",
    "days",
    "flow",
    "goto",
    "hours",
    "minutes",
    "number",
    "picture",
    "rng",
    "script",
    "shown",
    "text",
    "time",
    "wait",
]
