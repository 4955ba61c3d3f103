"""Explain a refused request outside of the server: for the command, and for the page."""

import re
from collections.abc import Sequence

from parley.diagnosis.diagnosis import Diagnosis, explain
from parley.refusals import SignatureError
from parley.request import PREFIX
from parley.twilio.signature import Received, Verifier

_URL = re.compile(r"(?P<base>https?://[^/?#]+)(?P<path>[^?#]*)(?P<rest>[^#]*)")


def explain_refused(
    received: Received,
    *,
    public_url: str,
    auth_tokens: Sequence[str],
    shared_keys: Sequence[str],
    called: str,
) -> Diagnosis:
    """Return the diagnosis of a request; `right` if it is acceptable.

    `called` is where it was sent, up to the path of the flow. Raises ValueError if `public_url` is
    not a URL.
    """
    return explain(
        received,
        _rejection(received, public_url, auth_tokens, shared_keys),
        public_url=public_url,
        auth_tokens=auth_tokens,
        shared_keys=shared_keys,
        called=called,
    )


def split(url: str, public_url: str) -> tuple[str, str]:
    """Split a called URL into its base, which PUBLIC_URL stands for, and the request target.

    The fragment is removed, since Twilio never sends it. If the URL does not begin with
    PUBLIC_URL, the path begins at `/sms/`, as those of all flows do. Raises ValueError.
    """
    found = _URL.fullmatch(url.partition("#")[0])
    if found is None:
        raise ValueError("URL must begin with https:// or http://, and have a host.")
    whole = found["base"] + found["path"]
    if public_url and f"{whole}/".startswith(f"{public_url}{PREFIX}"):
        return public_url, whole.removeprefix(public_url) + found["rest"]
    prefix, flows, path = found["path"].partition(PREFIX)
    if flows:
        return found["base"] + prefix, flows + path + found["rest"]
    if public_url and f"{whole}/".startswith(f"{public_url}/"):
        return public_url, (whole.removeprefix(public_url) or "/") + found["rest"]
    return found["base"], (found["path"] or "/") + found["rest"]


def _rejection(
    received: Received, public_url: str, tokens: Sequence[str], shared: Sequence[str]
) -> SignatureError | None:
    """Return the server's error for the request; None if it would accept it."""
    try:
        Verifier(public_url, tokens, shared).verify(received)
    except SignatureError as error:
        return error
    return None
