"""The simulated phone, given what it shows of this server: in development only."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import Blueprint

from app.conversation.binding import Bound
from app.conversation.segments import segments
from app.phone.orders import Phone
from app.phone.switchboard import Switchboard
from app.phone.views import PREFIX, phone
from app.settings import Settings
from app.web.door import OwnDoor
from app.wire.conversation_key import ConversationKey
from app.wire.session_cookie import SessionCookie, SessionCookieError


def make_phone(
    settings: Settings, flows: Mapping[str, Bound], cookies: SessionCookie
) -> tuple[Blueprint, str, OwnDoor]:
    """The page, the beginning of its paths, and its door."""

    def open_cookie(header: str, flow: str, from_: str, to: str) -> dict[str, Any]:
        if flow not in flows:
            return {"reason": "there is no such flow"}
        key = ConversationKey(flow, from_, to)
        try:
            return {"remembered": jsonable(cookies.open(header, key, flows[flow].lifetime))}
        except SessionCookieError as error:
            return {"reason": error.reason}

    whole = Phone(
        public_url=settings.public_url,
        auth_token=settings.auth_tokens[0] if settings.auth_tokens else "",
        flows={name: bound.flow.summary for name, bound in flows.items()},
        switchboard=Switchboard(count_segments=lambda text: segments(text).count),
        open_cookie=open_cookie,
        segments=lambda text: asdict(segments(text)),
    )
    return phone(whole), PREFIX, whole.door


def jsonable(value: Any) -> Any:
    """What a session holds as plain JSON values."""
    if isinstance(value, Mapping):
        return {name: jsonable(each) for name, each in value.items()}
    if isinstance(value, tuple):
        return [jsonable(each) for each in value]
    return value
