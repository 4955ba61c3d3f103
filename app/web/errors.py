"""The one place where what went wrong becomes an HTTP status and a sentence."""

import logging
from collections.abc import Collection
from typing import Any

from flask import Flask, request
from werkzeug.exceptions import MethodNotAllowed, NotFound

from app.conversation.binding import SettingMissing
from app.web import counted, limits
from app.web.answer import Answer
from app.web.door import memory_found, milliseconds, proven_parameters, told_of_message
from app.web.logs import record
from app.web.metrics_door import OnlyMetricsHere, TokenRefused
from app.web.sms import FlowFailed, UnknownFlow
from app.web.traced import traced
from app.wire.inbound import MalformedMessage
from app.wire.session_cookie import SessionTooLarge
from app.wire.signature import SignatureError
from app.wire.twiml import ReplyTooLarge

STATUS: dict[type[Exception], int] = {
    limits.RequestLineTooLong: 414,
    limits.HeadersTooLarge: 431,
    OnlyMetricsHere: 404,
    TokenRefused: 403,
    limits.BodyTooLarge: 413,
    limits.MethodRefused: 405,
    SignatureError: 403,
    UnknownFlow: 404,
    MalformedMessage: 400,
    SettingMissing: 503,
}
NEXT_STEPS: dict[type[Exception], str] = {
    limits.RequestLineTooLong: "set the webhook to POST instead of GET",
    limits.HeadersTooLarge: "nothing of Twilio's is as large; does a proxy add headers?",
    limits.BodyTooLarge: "nothing of Twilio's is as large",
    limits.MethodRefused: "set the webhook to POST or GET",
    SettingMissing: "set it and restart, or set the webhook to another flow",
    MalformedMessage: "set this URL as a number's messaging webhook, not for calls or status",
    TokenRefused: "send Authorization: Bearer and one of METRICS_TOKEN",
    OnlyMetricsHere: "texts go to the server's own port; METRICS_PORT is for the metrics alone",
}
COUNTED_AS: dict[type[Exception], str] = {
    limits.RequestLineTooLong: "request line too long",
    limits.HeadersTooLarge: "headers too large",
    limits.BodyTooLarge: "body too large",
    limits.MethodRefused: "method",
    OnlyMetricsHere: "port of the metrics",
    UnknownFlow: "no such flow",
    MalformedMessage: "malformed message",
}
"""The words that refusals are counted by, where their reasons hold names or numbers."""
REFUSED = "This request is not signed by Twilio for this server; its log says what is wrong."
UNSET = "This flow is not set up yet; the server's log says what is missing."
PUBLIC_SENTENCES = {403: REFUSED, 503: UNSET}
FAILED = "Something went wrong here; the server's log says what."


def translate_errors(app: Flask, flows: Collection[str], metrics: counted.Uncounted) -> None:
    """Answer every exception with its status; what is not in the table is ours, and a 500."""
    app.register_error_handler(Exception, lambda error: answered(error, flows, metrics))


def answered(error: Exception, flows: Collection[str], metrics: counted.Uncounted) -> Answer:
    """One line in the log, and one plain-text sentence without anything that the sender may not
    know.
    """
    if isinstance(error, NotFound | MethodNotAllowed):
        error = UnknownFlow()  # whatever routing has against it: the door let the method pass
    status = STATUS.get(type(error), 500)
    fields = {"status": status, **told_of_request(flows)}
    if status == 500:
        return failed(error, fields, metrics)
    if isinstance(error, SignatureError):
        reason, next_step, cause = error.reason, error.next_step, error.cause
    elif isinstance(error, UnknownFlow):
        reason, cause = str(error), None
        next_step = f"set the webhook to one of /sms/: {', '.join(flows)}"
    else:
        reason, next_step, cause = str(error), NEXT_STEPS[type(error)], None
    if status == 503:
        environ = request.environ
        metrics.turn(fields["flow"], counted.UNSET, memory_found(environ), milliseconds(environ))
    else:
        metrics.refused(status, COUNTED_AS.get(type(error), reason))
    record("refused", level=logging.WARNING, **fields, reason=reason, cause=cause, next=next_step)
    return sentence(PUBLIC_SENTENCES.get(status, str(error)), status)


def failed(error: Exception, fields: dict[str, Any], metrics: counted.Uncounted) -> Answer:
    """Log what is ours to mend, with its traceback, and say nothing of it."""
    cause = error.__cause__ if isinstance(error, FlowFailed) else error
    environ = request.environ
    spent, large = milliseconds(environ), isinstance(cause, SessionTooLarge | ReplyTooLarge)
    metrics.turn(
        fields["flow"] or "",
        counted.LARGE if large else counted.FAILED,
        memory_found(environ),
        spent,
    )
    if isinstance(cause, SessionTooLarge):
        metrics.too_large()
    told = {"reason": str(cause)} if large else {"error": cause}
    record("failed", level=logging.ERROR, **fields, **told, ms=round(spent, 1))
    return sentence(FAILED, 500)


def told_of_request(flows: Collection[str]) -> dict[str, Any]:
    """What may be logged of any request: its method, and the flow where there is such a one."""
    name = (request.view_args or {}).get("name")
    method = request.method if request.method in limits.USUAL_METHODS else "odd"
    return {
        "method": method,
        "flow": name if name in flows else None,
        **told_of_message(proven_parameters(request.environ)),
        **traced(request.environ),
        "memory": memory_found(request.environ),
    }


def sentence(text: str, status: int) -> Answer:
    response = Answer(f"{text}\n", status, mimetype="text/plain")
    if status == 405:
        response.headers["Allow"] = ", ".join(limits.METHODS)
    return response
