"""Bearer tokens (RFC 6750), for requests that Twilio does not sign."""

import hmac
from collections.abc import Iterable

from parley.refusals import Refusal, SignatureError
from parley.request import Request


class TokenRefused(Refusal):
    """Raised for a request without a valid token.

    The response has the same sentence as at any other path, so that an attacker does not learn
    which paths exist. The log has the reason.
    """

    status = 403
    sentence = SignatureError.sentence


def check_bearer(request: Request, tokens: Iterable[str], next_step: str) -> None:
    """Raise TokenRefused unless a request has one of the tokens."""
    scheme, _, given = request.header("authorization").partition(" ")
    if scheme.lower() != "bearer":
        raise TokenRefused("no token", next_step)
    token = given.strip().encode(errors="replace")
    if not any([hmac.compare_digest(token, each.encode()) for each in tokens]):  # noqa: C419
        raise TokenRefused("wrong token", next_step)
