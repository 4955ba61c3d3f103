"""What a call of Twilio's REST interface can come to, told apart by whether it was carried out."""

import json
import re
import ssl
from typing import Any

from app.conversation.address import masked

_NUMBER = re.compile(r"(?<![0-9A-Za-z])\+?[0-9]{7,}")
_PREFIX = re.compile(r"Unable to (create|update|fetch) (record|page)(: )?")
LONGEST = 300
"""Characters of Twilio's own words that are repeated."""


class Refused(Exception):
    """Twilio answered no: its `code`, the HTTP status, and its own words without numbers."""

    def __init__(self, code: int, status: int, words: str) -> None:
        super().__init__(f"Twilio refuses with {code}")
        self.code = code
        self.status = status
        self.words = words


class NotReached(Exception):
    """No request went out, so that nothing has been done; the message says why."""


class NoAnswer(Exception):
    """A request went out, and no answer says what came of it; the message says why."""


def refusal(error: Any) -> Refused | NoAnswer:
    """What an exception of the twilio package says; Twilio's own failures leave all open."""
    status, code, words = _told(error)
    if status >= 500:
        return NoAnswer(f"Twilio failed with status {status}")
    bare = _NUMBER.sub(lambda found: masked(found[0]), _PREFIX.sub("", words))
    return Refused(code, status, bare[:LONGEST].rstrip(". "))


def _told(error: Any) -> tuple[int, int, str]:
    if hasattr(error, "msg"):  # TwilioRestException
        return error.status, _code(error.code, error.status), str(error.msg)
    if hasattr(error, "title"):  # TwilioServiceException
        words = ": ".join(filter(None, [str(error.title), str(error.detail or "")]))
        return error.status, _code(error.code, error.status), words
    answer = error.args[1] if len(error.args) > 1 else None  # a page that was refused
    status = int(getattr(answer, "status_code", 0))
    said = _json(str(getattr(answer, "text", "")))
    return status, _code(said.get("code"), status), str(said.get("message", ""))


def _code(code: Any, status: int) -> int:
    return code if isinstance(code, int) else status


def _json(text: str) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def disconnection(error: OSError) -> NotReached | NoAnswer:
    """What a failed exchange means: certain that nothing went out, or not."""
    import requests
    from urllib3.exceptions import NewConnectionError, ProxyError

    reason = getattr(error.args[0], "reason", None) if error.args else None
    # urllib3 also speaks of a ProxyError where a proxy hangs up once the request is on its way.
    cause = reason.original_error if isinstance(reason, ProxyError) else reason
    if not isinstance(error, requests.RequestException):
        return NotReached("its certificate cannot be checked: let REQUESTS_CA_BUNDLE name a file")
    if any(isinstance(each, ssl.SSLCertVerificationError) for each in getattr(cause, "args", ())):
        return NotReached("its certificate is not trusted: REQUESTS_CA_BUNDLE may lack a proxy's")
    if isinstance(error, ValueError) or str(cause).startswith("Tunnel connection failed"):
        return NotReached("the proxy that HTTPS_PROXY names does not let us through: mend it")
    if isinstance(error, requests.ConnectTimeout) or isinstance(cause, NewConnectionError):
        where = "the network" if cause is reason else "the proxy that HTTPS_PROXY names"
        return NotReached(f"no connection ({type(cause or error).__name__}): look at {where}")
    return NoAnswer(f"no answer of Twilio's came back ({type(cause or error).__name__})")
