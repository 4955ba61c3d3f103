"""The one place where what went wrong becomes an HTTP status and a sentence."""

import logging

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from app.web import limits
from app.web.sms import FlowFailed, UnknownFlow
from app.wire.inbound import MalformedMessage
from app.wire.session_cookie import SessionTooLarge
from app.wire.signature import SignatureError

logger = logging.getLogger(__name__)

STATUS: dict[type[Exception], int] = {
    limits.RequestLineTooLong: 414,
    limits.HeadersTooLarge: 431,
    limits.BodyTooLarge: 413,
    limits.MethodRefused: 405,
    SignatureError: 403,
    UnknownFlow: 404,
    MalformedMessage: 400,
}
REFUSED = "This request is not signed by Twilio for this server; its log says what is wrong."
FAILED = "Something went wrong here; the server's log says what."


def translate_errors(app: Flask) -> None:
    """Answer every exception with its status; what is not in the table is ours, and a 500."""
    app.register_error_handler(Exception, refuse)


def refuse(error: Exception) -> Response:
    """One plain-text sentence, with nothing in it that the sender does not know."""
    if isinstance(error, HTTPException):
        error = UnknownFlow()  # whatever routing has against it: the door let the method pass
    status = STATUS.get(type(error), 500)
    if status == 500:
        return fail(error)
    if isinstance(error, SignatureError):
        logger.warning("refused status=403 reason=%r next=%r", error.reason, error.next_step)
        return sentence(REFUSED, status)
    logger.warning("refused status=%d reason=%r", status, str(error))
    return sentence(str(error), status)


def fail(error: Exception) -> Response:
    """Log what is ours to mend, and say nothing of it."""
    cause = error.__cause__ if isinstance(error, FlowFailed) else error
    if isinstance(cause, SessionTooLarge):
        logger.error("failed status=500 reason=%r", str(cause))
    else:
        logger.error("failed status=500", exc_info=cause)
    return sentence(FAILED, 500)


def sentence(text: str, status: int) -> Response:
    response = Response(f"{text}\n", status, mimetype="text/plain")
    if status == 405:
        response.headers["Allow"] = ", ".join(limits.METHODS)
    return response
