"""Whether a request comes from Twilio: its signature, computed again and compared.

Twilio signs the exact URL that it calls, followed by the sorted parameters of a form, with
HMAC-SHA1 and the auth token, or with HMAC-SHA256 and a SharedKey
(https://www.twilio.com/docs/usage/webhooks/webhooks-security). A body that is no form is covered
by `bodySHA256` in that URL. Why not `twilio.request_validator`: docs/decisions/0003.
"""

import hmac
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import NamedTuple

from app.wire import parameters
from app.wire.algorithms import (
    LENGTHS,
    SETTINGS,
    is_signature,
    named_algorithm,
    signed_form,
)
from app.wire.parameters import FORM, Pairs, UnreadableBody
from app.wire.public_url import shown, spellings

__all__ = ["Received", "SignatureError", "Verifier", "named_algorithm"]


class Received(NamedTuple):
    """A request as it arrived, before anything is believed of it.

    `target` is the raw request target, `body` the raw body; the rest are header values, empty
    where the header is missing.
    """

    target: bytes
    content_type: str
    body: bytes
    signature: str
    signature_settings: str

    def __repr__(self) -> str:
        return f"Received({len(self.target)} bytes of target, {len(self.body)} of body)"


class SignatureError(Exception):
    """Why a request is not believed: a `reason` to count by, and the `next_step` to take.

    Both are for whoever runs the server; neither repeats anything of the request. `cause` is a
    word for the usual mistake that accounts for it, where somebody has looked for one.
    """

    def __init__(self, reason: str, next_step: str, cause: str | None = None) -> None:
        super().__init__(f"{reason}: {next_step}")
        self.reason = reason
        self.next_step = next_step
        self.cause = cause


class Verifier:
    """Verifies requests to one public URL, with the keys that may have signed them."""

    def __init__(
        self,
        public_url: str,
        auth_tokens: Iterable[str],
        shared_keys: Iterable[str] = (),
        allowed_accounts: Iterable[str] = (),
    ) -> None:
        self._public_url = public_url
        self._urls = tuple(url.encode() for url in spellings(public_url))
        self._keys = {
            "HMAC_SHA1": tuple(token.encode() for token in auth_tokens),
            "HMAC_SHA256": tuple(secret.encode() for secret in shared_keys),
        }
        self._allowed_accounts = frozenset(allowed_accounts)

    def verify(self, received: Received) -> Mapping[str, str]:
        """The parameters of a request that Twilio signed: of a repeated one the first value.

        Those of the body win over those of the query. Raises SignatureError for any request that
        is not proven to be Twilio's, whatever is wrong with it.
        """
        algorithm = self._algorithm(received)
        query = parameters.read_query(received.target)
        try:
            form = _form(received, query)
            self._compare(received, algorithm, form)
            said = _said(received, form)
        except UnreadableBody as error:
            raise SignatureError("unreadable body", f"{error}; Twilio sends none like it") from None
        proven = dict(reversed([*said, *query] if query else said))
        self._check_account(proven)
        return proven

    def _algorithm(self, received: Received) -> str:
        algorithm = named_algorithm(received.signature_settings)
        if algorithm not in LENGTHS:
            raise SignatureError("unknown algorithm", "use HMAC_SHA1 or HMAC_SHA256")
        if not received.signature:
            raise SignatureError("no signature", "Twilio sends X-Twilio-Signature; does a proxy?")
        if len(received.signature) != LENGTHS[algorithm]:
            raise SignatureError("malformed signature", f"it is no base64 of an {algorithm}")
        return algorithm

    def _compare(self, received: Received, algorithm: str, form: Pairs) -> None:
        keys = self._keys[algorithm]
        if not keys:
            raise SignatureError("no key", f"{algorithm} signed it; set {SETTINGS[algorithm]}")
        given = received.signature.encode(errors="surrogatepass")
        rest = received.target + signed_form(form)
        for url in self._urls:
            for key in keys:
                if is_signature(given, key, url + rest, algorithm):
                    return
        raise SignatureError(
            "wrong signature",
            f"Twilio signs the URL that it calls; PUBLIC_URL is {shown(self._public_url)}: "
            "is that what the webhook is set to, http or https and port too? "
            "If so, set TWILIO_AUTH_TOKEN to the account's that owns the number",
        )

    def _check_account(self, proven: Mapping[str, str]) -> None:
        if self._allowed_accounts and proven.get("AccountSid") not in self._allowed_accounts:
            raise SignatureError("account not allowed", "add it to TWILIO_ALLOWED_ACCOUNTS")


def _form(received: Received, query: Pairs) -> Pairs:
    """The pairs that are signed beside the URL; any other body must match its hash there."""
    if parameters.media_type(received.content_type) == FORM:
        return parameters.read_form(received.body)
    claimed = next((value for name, value in query if name == "bodySHA256"), None)
    if claimed is None:
        if received.body or received.content_type:
            raise SignatureError("body not covered", "sign it with bodySHA256, or send a form")
    elif not hmac.compare_digest(sha256(received.body).hexdigest().encode(), claimed.encode()):
        raise SignatureError("body changed", "bodySHA256 must be the SHA-256 of the body, in hex")
    return []


def _said(received: Received, form: Pairs) -> Pairs:
    if parameters.is_json(received.content_type):
        return parameters.read_json(received.body)
    return form
