"""Whether a script waits for an answer in one of a person's conversations.

A script that waits for a time at the webhook of all flows does not: it is parked in its own row
(see `parking`). This module does not load the database driver.
"""

from collections.abc import Mapping
from typing import Any

from parley.conversation import Session
from parley.routing.router import ROUTED, Router

STARTED = ""
"""The flow name of a conversation that the server began, until the person answers."""


def is_parked(flow: str) -> bool:
    """Return whether a row with this flow holds a parked script: `SM…/menu`.

    The prefix of an application begins with a slash: `/texts/menu`.
    """
    return flow.find("/") > 0


def is_running(router: Router, flow: str, session: Mapping[str, Any]) -> bool:
    """Return whether a script has an open question in a conversation with this flow."""
    if is_parked(flow) or flow == STARTED:
        return flow == STARTED
    own, name = Session(session), flow.rpartition("/")[2]
    if name == ROUTED:
        return router.waiting(own) is not None
    return name in router.flows and router.flows[name].waiting(own) is not None
