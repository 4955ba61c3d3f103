"""For tests of scripts: a sender of a script alone, without a server between them."""

import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from app.conversation import Flow, Message, Session

_sids = itertools.count(1)


@dataclass
class Sender:
    """Texts one script, and keeps its session as a cookie would: as JSON."""

    flow: Flow
    session: str = "{}"
    asked_for: dict[str, Any] = field(default_factory=dict)

    def says(self, body: str, sid: str | None = None) -> str:
        message = Message(sid or f"SM{next(_sids)}", "+15551230001", "+15559870002", body)
        reply = self.flow(message, Session(json.loads(self.session)), **self.asked_for)
        self.session = json.dumps(reply.session, default=dict)
        return "\n".join(each.body for each in reply.messages)

    @property
    def answers(self) -> list[Any]:
        return list(json.loads(self.session)["a"])
