"""One turn: a message in, a reply out."""

import logging
from collections.abc import Callable, Mapping

from flask import Blueprint, request

from app.conversation import Message, Reply, Session, opt_out
from app.conversation.binding import Bound, SettingMissing
from app.web.answer import Answer
from app.web.counted import ANSWERED, LEFT, Uncounted
from app.web.door import MEMORY, milliseconds, proven_parameters, told_of_message
from app.web.logs import record
from app.web.traced import traced
from app.wire import inbound, twiml
from app.wire.conversation_key import ConversationKey
from app.wire.session_cookie import REMOVAL, SessionCookie, SessionCookieError


class UnknownFlow(Exception):
    """A path that leads to no flow."""

    def __init__(self) -> None:
        super().__init__("There is no such flow here.")


class FlowFailed(Exception):
    """A flow that raised; the cause is what it raised."""


def sms(
    flows: Mapping[str, Bound], cookies: SessionCookie, metrics: Uncounted, *, opt_out_words: bool
) -> Blueprint:
    """The routes of these flows, `/sms/<flow>`, with and without a slash at the end."""
    blueprint = Blueprint("sms", __name__)

    def receive(name: str) -> Answer:
        flow = flows[name]
        said = proven_parameters(environ := request.environ)
        message = inbound.read(said)
        key = ConversationKey(name, message.from_, message.to)
        session, found = remembered(cookies, environ.get("HTTP_COOKIE", ""), key, flow)
        environ[MEMORY] = found  # for the log, should the flow fail
        wanted = opt_out.wanted(message) if opt_out_words else None
        reply = left_to_twilio(wanted, session) if wanted else reply_of(flow, message, session)
        document = twiml.render(reply)
        response = Answer(document.content, content_type=twiml.MIME_TYPE)
        if cookie := next_cookie(cookies, reply.session, key, flow, carried=found != "new"):
            response.headers.add("Set-Cookie", cookie)
        spent = milliseconds(environ)
        metrics.turn(name, LEFT if wanted else ANSWERED, found, spent)
        record(
            "turn",
            level=logging.WARNING if reply.note else logging.INFO,
            status=200,
            flow=name,
            **told_of_message(said),
            **traced(environ),
            memory="forgotten" if session and not reply.session else found,
            opt_out=wanted,
            note=reply.note,
            removed_characters=document.removed or None,
            ms=round(spent, 1),
        )
        return response

    for name in flows:
        add_routes(blueprint, name, receive)
    return blueprint


def add_routes(blueprint: Blueprint, name: str, receive: Callable[[str], Answer]) -> None:
    """A rule for each flow: to find one costs less than to take a path apart."""
    for path in (f"/sms/{name}", f"/sms/{name}/"):
        blueprint.add_url_rule(
            path, "receive", receive, methods=["GET", "POST"], defaults={"name": name}
        )


def remembered(
    cookies: SessionCookie, header: str, key: ConversationKey, flow: Bound
) -> tuple[Session, str]:
    """The session of this conversation in a `Cookie` header, and how it was found.

    `continued`; or with an empty session `new`, where there was no cookie, or why it did not open:
    `expired`, `forged`, `foreign` or `unreadable`.
    """
    try:
        return cookies.open(header, key, flow.lifetime), "continued"
    except SessionCookieError as error:
        lapsed = error.reason == "expired"
        return Session(lapsed=lapsed), "new" if error.reason == "none" else error.reason


def left_to_twilio(wanted: str, session: Session) -> Reply:
    """Nothing, where Twilio answers: who wants out is forgotten, who wants help is not."""
    return Reply() if wanted == opt_out.STOP else Reply(session=session)


def reply_of(flow: Bound, message: Message, session: Session) -> Reply:
    """What the flow answers. Raises SettingMissing, and FlowFailed for all that it raises."""
    try:
        return flow(message, session)
    except SettingMissing:
        raise
    except (Exception, SystemExit) as error:  # a flow that exits must not take the server along
        raise FlowFailed from error


def next_cookie(
    cookies: SessionCookie, session: Session, key: ConversationKey, flow: Bound, *, carried: bool
) -> str | None:
    """The `Set-Cookie` that remembers the session, in every turn anew, so that four hours are four
    idle hours; the one that removes it where all is forgotten and the request carried one.
    """
    if session:
        return cookies.seal(session, key, flow.lifetime)
    return REMOVAL if carried else None
