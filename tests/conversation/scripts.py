"""A sender that texts a script without a server, for tests of scripts."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from parley.conversation import Flow, Media, Message, Session
from parley.conversation.script_events import ScriptEvent
from parley.conversation.script_options import ScriptDefaults

_sids = itertools.count(1)
TODAY = datetime(2026, 11, 21).date()
"""A Saturday."""
NONE: Mapping[str, str] = MappingProxyType({})


@dataclass
class Sender:
    """Texts one script, and keeps its session as JSON, as a cookie does."""

    flow: Flow
    session: str = "{}"
    asked_for: dict[str, Any] = field(default_factory=dict)
    now: datetime = datetime(2026, 11, 21, 8)
    script_events: list[ScriptEvent] = field(default_factory=list)

    def says(
        self,
        body: str,
        sid: str | None = None,
        *,
        media: tuple[str, ...] = (),
        parameters: Mapping[str, str] = NONE,
    ) -> str:
        sid, pictures = sid or f"SM{next(_sids)}", tuple(map(Media, media))
        message = Message(sid, "+15551230001", "+15559870002", body, pictures, parameters)
        asked_for = {"script_defaults": ScriptDefaults(clock=lambda: self.now), **self.asked_for}
        if "script_defaults" not in self.flow.parameters:
            del asked_for["script_defaults"]
        asked_for["script_events"] = self.script_events
        reply = self.flow(message, Session(json.loads(self.session)), **asked_for)
        self.session = json.dumps(reply.session, default=dict)
        return "\n".join(each.body for each in reply.messages)

    @property
    def answers(self) -> list[Any]:
        return list(json.loads(self.session)["a"])
