"""What Twilio calls when a webhook failed: a number's fallback URL."""

import logging
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Blueprint, request

from app.conversation import Reply, opt_out
from app.web.answer import Answer
from app.web.counted import ANSWERED, Uncounted
from app.web.door import milliseconds, proven_parameters, told_of_message
from app.web.logs import record
from app.web.traced import traced
from app.wire import inbound, twiml

SORRY = "Sorry, something went wrong. Please text again in a minute."

_DIGITS = re.compile(r"[0-9]{5,}")


def fallback(metrics: Uncounted, *, opt_out_words: bool) -> Blueprint:
    """The route `/sms/fallback`: it apologizes, logs what Twilio says of the error, and leaves the
    cookie alone. Where Twilio itself answers the text, it says nothing.
    """
    blueprint = Blueprint("fallback", __name__)

    @blueprint.route("/sms/fallback", methods=["GET", "POST"])
    @blueprint.route("/sms/fallback/", methods=["GET", "POST"])
    def apologize() -> Answer:
        said = proven_parameters(request.environ)
        code, url = said.get("ErrorCode", ""), said.get("ErrorUrl", "")
        record(
            "fallback",
            level=logging.ERROR,
            status=200,
            **told_of_message(said),
            **traced(request.environ),
            error_code=code if code.isascii() and code.isdigit() else "odd",
            error_path=shown_path(url),
        )
        reply = Reply() if opt_out_words and _answered_by_twilio(said) else Reply(SORRY)
        metrics.turn("fallback", ANSWERED, None, milliseconds(request.environ))
        return Answer(twiml.render(reply).content, content_type=twiml.MIME_TYPE)

    return blueprint


def shown_path(url: str) -> str:
    """The path of a URL as it may be logged: without its query, and without a number in it."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return "odd"
    return _DIGITS.sub("…", path[:100])


def _answered_by_twilio(said: Mapping[str, str]) -> bool:
    try:
        return opt_out.wanted(inbound.read(said)) is not None
    except inbound.MalformedMessage:
        return False
