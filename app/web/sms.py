"""One turn: a message in, a reply out."""

import logging
import time
from collections.abc import Mapping

from flask import Blueprint, Response, request

from app.conversation import Flow, Reply, Session
from app.web.door import proven_parameters
from app.wire import inbound, twiml
from app.wire.conversation_key import ConversationKey
from app.wire.session_cookie import REMOVAL, SessionCookie, SessionCookieError

logger = logging.getLogger(__name__)


class UnknownFlow(Exception):
    """A path that leads to no flow."""

    def __init__(self) -> None:
        super().__init__("There is no such flow here.")


class FlowFailed(Exception):
    """A flow that raised; the cause is what it raised."""

    def __init__(self, flow: str) -> None:
        super().__init__("The flow failed.")
        self.flow = flow


def sms(flows: Mapping[str, Flow], cookies: SessionCookie) -> Blueprint:
    """The routes of these flows, `/sms/<flow>`, with and without a slash at the end."""
    blueprint = Blueprint("sms", __name__)

    @blueprint.route("/sms/<name>", methods=["GET", "POST"])
    @blueprint.route("/sms/<name>/", methods=["GET", "POST"])
    def receive(name: str) -> Response:
        started = time.monotonic()
        flow = flows.get(name)
        if flow is None:
            raise UnknownFlow
        message = inbound.read(proven_parameters())
        key = ConversationKey(name, message.from_, message.to)
        session, memory = remembered(cookies, key, flow)
        try:
            reply = flow(message, session)
        except Exception as error:
            raise FlowFailed(name) from error
        response = answer(reply, key, flow, cookies, carried=memory != "none")
        logger.info(
            "turn flow=%s sid=%s status=200 memory=%s ms=%.1f",
            name,
            message.sid,
            memory,
            1_000 * (time.monotonic() - started),
        )
        return response

    return blueprint


def remembered(cookies: SessionCookie, key: ConversationKey, flow: Flow) -> tuple[Session, str]:
    """The session of this conversation, and how it was found; an empty one where none opens."""
    try:
        header = request.environ.get("HTTP_COOKIE", "")
        return cookies.open(header, key, flow.lifetime), "continued"
    except SessionCookieError as error:
        return Session(), error.reason


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
