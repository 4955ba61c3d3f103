"""The errors of a call to Twilio's REST API, by whether the call was carried out."""

import json
import re
import ssl
from typing import Any

from parley.conversation.masking import masked
from parley.refusals import ParleyError

_NUMBER = re.compile(r"(?<![0-9A-Za-z])\+?[0-9]{7,}")
_PREFIX = re.compile(r"Unable to (create|update|fetch) (record|page)(: )?")
LONGEST = 300
"""Maximum length of Twilio's text in a message, in characters."""


class RestError(ParleyError):
    """Raised for a call that did not succeed."""


class RejectedError(RestError):
    """Raised if Twilio rejected the call: its `code`, the HTTP `status`, and its text."""

    def __init__(self, code: int, status: int, words: str) -> None:
        super().__init__(f"Twilio rejects it with {code}")
        self.code = code
        self.status = status
        self.words = words


class NotSentError(RestError):
    """Raised if no request was sent, so nothing was done; the message says why."""


class UnknownOutcomeError(RestError):
    """Raised if a request was sent, but its outcome is unknown; the message says why."""


def api_error(error: Any) -> RejectedError | UnknownOutcomeError:
    """Convert an exception of the twilio package; if Twilio failed, the outcome is unknown."""
    status, code, words = _parts(error)
    if status >= 500:
        return UnknownOutcomeError(f"Twilio failed with status {status}")
    return RejectedError(code, status, bare(_PREFIX.sub("", words)))


def bare(words: str) -> str:
    """Return Twilio's text with masked numbers, shortened to a few lines."""
    return _NUMBER.sub(lambda found: masked(found[0]), words)[:LONGEST].rstrip(". ")


def _parts(error: Any) -> tuple[int, int, str]:
    """Return the HTTP status, the code and the words of an exception."""
    if hasattr(error, "msg"):  # TwilioRestException
        return error.status, _code(error.code, error.status), str(error.msg)
    if hasattr(error, "title"):  # TwilioServiceException
        words = ": ".join(filter(None, [str(error.title), str(error.detail or "")]))
        return error.status, _code(error.code, error.status), words
    response = error.args[1] if len(error.args) > 1 else None  # a page that was rejected
    status = int(getattr(response, "status_code", 0))
    said = _json(str(getattr(response, "text", "")))
    return status, _code(said.get("code"), status), str(said.get("message", ""))


def _code(code: Any, status: int) -> int:
    return code if isinstance(code, int) else status


def _json(text: str) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def network_error(error: OSError) -> NotSentError | UnknownOutcomeError:
    """Convert an exception of the network: NotSentError only if certainly nothing was sent."""
    import requests
    from urllib3.exceptions import NewConnectionError, ProxyError

    reason = getattr(error.args[0], "reason", None) if error.args else None
    # urllib3 also raises ProxyError if a proxy closes the connection after the request was sent.
    cause = reason.original_error if isinstance(reason, ProxyError) else reason
    if not isinstance(error, requests.RequestException):
        return NotSentError("its certificate cannot be checked: let REQUESTS_CA_BUNDLE name a file")
    if any(isinstance(each, ssl.SSLCertVerificationError) for each in getattr(cause, "args", ())):
        return NotSentError("its certificate is not trusted: REQUESTS_CA_BUNDLE may lack a proxy's")
    if isinstance(error, ValueError) or str(cause).startswith("Tunnel connection failed"):
        return NotSentError("the proxy that HTTPS_PROXY names does not let us through: correct it")
    if isinstance(error, requests.ConnectTimeout) or isinstance(cause, NewConnectionError):
        where = "the network" if cause is reason else "the proxy that HTTPS_PROXY names"
        return NotSentError(f"no connection ({type(cause or error).__name__}): look at {where}")
    return UnknownOutcomeError(f"no response came back ({type(cause or error).__name__})")
