"""The fallback URL, `/sms/fallback`, which Twilio calls after a webhook has failed."""

import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from parley.conversation import Reply, Session
from parley.conversation.opt_out import keyword_reply, opt_out_keyword
from parley.refusals import Refusal
from parley.twilio import inbound

NAME = "fallback"
SORRY = "Sorry, something went wrong. Please text again in a minute."

_CODE = re.compile(r"[0-9]{1,6}")
_NUMBER = re.compile(r"\d(?:[-._~+ ()]*\d){4,}")


def reply(
    parameters: Mapping[str, str], keyword_texts: Mapping[str, str] | None
) -> tuple[Reply, str | None]:
    """Return an apology, or for a keyword its text and the keyword; no text if Twilio answers it.

    `keyword_texts` is None if keywords are not handled.
    """
    try:
        message = inbound.read(parameters)
    except Refusal:
        return Reply(SORRY), None
    if keyword_texts is None or (keyword := opt_out_keyword(message)) is None:
        return Reply(SORRY), None
    return keyword_reply(keyword, Session(), message, keyword_texts), keyword


def error_fields(parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the log fields for the error that Twilio reports in `ErrorCode` and `ErrorUrl`."""
    code = parameters.get("ErrorCode", "")
    return {
        "error_code": code if _CODE.fullmatch(code) else "odd",
        "error_path": _path_without_numbers(parameters.get("ErrorUrl", "")),
    }


def _path_without_numbers(url: str) -> str:
    """Return the path up to the first number; digits may be percent-encoded, even twice."""
    try:
        path = urlsplit(url).path[:1_000]
    except ValueError:
        return "odd"
    for _ in range(3):
        path = unquote(path)
    if "%" in path:
        return "odd"
    return _NUMBER.sub("…", path)[:100]
