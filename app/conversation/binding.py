"""Giving a flow what it asks for by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.conversation.flow import Flow, FlowError
from app.conversation.message import Message
from app.conversation.reply import Reply
from app.conversation.session import Session


class SettingMissing(Exception):
    """A flow was texted whose settings nobody has set; the message names them."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(f"{', '.join(names)} not set")


@dataclass(frozen=True)
class Bound:
    """A flow with what it asks for, ready to be texted; `missing` are the settings not set."""

    flow: Flow
    asked_for: Mapping[str, Any] = field(repr=False)
    missing: tuple[str, ...]

    def __call__(self, message: Message, session: Session) -> Reply:
        if self.missing:
            raise SettingMissing(self.missing)
        return self.flow(message, session, **self.asked_for)

    @property
    def lifetime(self) -> int:
        return self.flow.lifetime


def bind(flow: Flow, available: Mapping[str, Any]) -> Bound:
    """The flow with its keyword-only parameters given; `None` there is a setting not set.

    Raises FlowError for a parameter of a name that nothing available has.
    """
    unknown = [name for name in flow.asks_for if name not in available]
    if unknown:
        raise FlowError(
            f"the flow {flow.name} asks for {', '.join(unknown)}, which is neither a setting of "
            f"the flows nor an errand: there are {', '.join(sorted(available))}"
        )
    asked_for = {name: available[name] for name in flow.asks_for}
    missing = tuple(name.upper() for name, value in asked_for.items() if value is None)
    return Bound(flow, asked_for, missing)
