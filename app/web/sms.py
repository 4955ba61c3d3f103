"""One turn: a message in, a reply out."""

import time
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from app.conversation import Flow, Reply, Session
from app.conversation.address import masked
from app.web.door import proven_parameters
from app.web.logs import record, shown_sid
from app.wire import inbound, twiml
from app.wire.conversation_key import ConversationKey
from app.wire.session_cookie import REMOVAL, SessionCookie, SessionCookieError


class UnknownFlow(Exception):
    """A path that leads to no flow."""

    def __init__(self) -> None:
        super().__init__("There is no such flow here.")


class FlowFailed(Exception):
    """A flow that raised; the cause is what it raised."""


def sms(flows: Mapping[str, Flow], cookies: SessionCookie) -> Blueprint:
    """The routes of these flows, `/sms/<flow>`, with and without a slash at the end."""
    blueprint = Blueprint("sms", __name__)

    @blueprint.route("/sms/<name>", methods=["GET", "POST"])
    @blueprint.route("/sms/<name>/", methods=["GET", "POST"])
    def receive(name: str) -> Response:
        started = time.perf_counter()
        flow = flows.get(name)
        if flow is None:
            raise UnknownFlow
        message = inbound.read(proven_parameters())
        key = ConversationKey(name, message.from_, message.to)
        session, found = remembered(cookies, key, flow)
        try:
            reply = flow(message, session)
        except Exception as error:
            raise FlowFailed from error
        response = answer(reply, key, flow, cookies, carried=found != "new")
        memory = "forgotten" if session and not reply.session else found
        spent = 1_000 * (time.perf_counter() - started)
        record("turn", status=200, flow=name, **told_of_message(), memory=memory, ms=spent)
        return response

    return blueprint


def remembered(cookies: SessionCookie, key: ConversationKey, flow: Flow) -> tuple[Session, str]:
    """The session of this conversation, and how it was found.

    `continued`; or with an empty session `new`, where there was no cookie, or why it did not open:
    `expired`, `forged`, `foreign` or `unreadable`.
    """
    try:
        header = request.environ.get("HTTP_COOKIE", "")
        return cookies.open(header, key, flow.lifetime), "continued"
    except SessionCookieError as error:
        return Session(), "new" if error.reason == "none" else error.reason


def told_of_message() -> dict[str, Any]:
    """What may be logged of a message that is Twilio's: its SID, and who to whom, masked."""
    said = proven_parameters()
    if not said:
        return {}
    sid, from_, to = (said.get(name, "") for name in ("MessageSid", "From", "To"))
    return {"sid": shown_sid(sid), "from": masked(from_), "to": masked(to)}


def answer(
    reply: Reply, key: ConversationKey, flow: Flow, cookies: SessionCookie, *, carried: bool
) -> Response:
    """The reply as TwiML, with the cookie that remembers it.

    Sealed anew in every turn, also when nothing changed, so that four hours are four idle hours;
    removed where the conversation is forgotten and the request carried one.
    """
    response = Response(twiml.render(reply), content_type=twiml.MIME_TYPE)
    if reply.session:
        response.headers["Set-Cookie"] = cookies.seal(reply.session, key, flow.lifetime)
    elif carried:
        response.headers["Set-Cookie"] = REMOVAL
    return response
