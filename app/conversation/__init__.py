"""The words of a conversation: pure, without clock or I/O, on the standard library alone."""

from app.conversation.dates import date, shown
from app.conversation.errand import ErrandFailed
from app.conversation.flow import LONGEST_MEMORY, Flow, FlowError, lasting
from app.conversation.message import Media, Message
from app.conversation.questions import ask, choice, confirm, number, text
from app.conversation.reply import Outgoing, Reply
from app.conversation.script import conversation
from app.conversation.session import Session
from app.conversation.steps import Asking, Refused, Script, ScriptFailed, chance, outside

__all__ = [
    "LONGEST_MEMORY",
    "Asking",
    "ErrandFailed",
    "Flow",
    "FlowError",
    "Media",
    "Message",
    "Outgoing",
    "Refused",
    "Reply",
    "Script",
    "ScriptFailed",
    "Session",
    "ask",
    "chance",
    "choice",
    "confirm",
    "conversation",
    "date",
    "lasting",
    "number",
    "outside",
    "shown",
    "text",
]
