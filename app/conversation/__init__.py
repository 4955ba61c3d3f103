"""The words of a conversation: pure, without clock or I/O, on the standard library alone."""

from app.conversation.errand import ErrandFailed
from app.conversation.flow import LONGEST_MEMORY, Flow, FlowError, lasting
from app.conversation.message import Media, Message
from app.conversation.reply import Outgoing, Reply
from app.conversation.session import Session

__all__ = [
    "LONGEST_MEMORY",
    "ErrandFailed",
    "Flow",
    "FlowError",
    "Media",
    "Message",
    "Outgoing",
    "Reply",
    "Session",
    "lasting",
]
