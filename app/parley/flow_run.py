"""Run a flow, and distinguish its errors from the engine's."""

from typing import Any

from parley.conversation import Message, Reply, Session
from parley.conversation.dependencies import Bound
from parley.conversation.development_checks import refuse_unreachable_media, watching
from parley.refusals import SettingMissing


class FlowFailed(Exception):
    """Raised if a flow raises an exception, which is the `__cause__`.

    A flow can raise anything, also a Refusal; the response is then 500.
    """


def run_flow(flow: Bound, message: Message, session: Session, **given: Any) -> Reply:
    """Return the flow's reply. Raises SettingMissing, and FlowFailed for any error of the flow."""
    if flow.missing:
        raise SettingMissing(flow.missing)
    try:
        reply = flow(message, session, **given)
        if watching.get():
            refuse_unreachable_media(reply)
        return reply
    except BaseException as error:
        raise FlowFailed from error
