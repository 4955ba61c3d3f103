"""Run a flow, and set its errors apart from those of the engine."""

from typing import Any

from parley.conversation import Message, Reply, Session
from parley.conversation.dependencies import Bound
from parley.conversation.development_checks import refuse_unreachable_media, watching
from parley.refusals import SettingMissing


class FlowFailed(Exception):
    """A flow raised an exception: it is the `__cause__`.

    It sets the errors of a flow apart from those of the engine: a flow may raise anything, a
    Refusal too, and that is answered with 500.
    """


def run_flow(flow: Bound, message: Message, session: Session, **given: Any) -> Reply:
    """What the flow answers; raises SettingMissing, and FlowFailed for anything that it raises."""
    if flow.missing:
        raise SettingMissing(flow.missing)
    try:
        reply = flow(message, session, **given)
        if watching.get():
            refuse_unreachable_media(reply)
        return reply
    except BaseException as error:
        raise FlowFailed from error
