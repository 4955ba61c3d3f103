"""Verify that Twilio signed a request.

Twilio signs the exact URL that it calls, followed by the sorted parameters of a form, with
HMAC-SHA1 and the auth token, or with HMAC-SHA256 and a SharedKey
(https://www.twilio.com/docs/usage/webhooks/webhooks-security). Any other body is covered by
`bodySHA256` in that URL. Why not `twilio.request_validator`: docs/decisions/0003.
"""

import hmac
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import NamedTuple

from parley.refusals import SignatureError
from parley.request import Request
from parley.twilio import parameters
from parley.twilio.parameters import FORM, Pairs, RawPairs, UnreadableBody
from parley.twilio.url_spellings import spellings, without_password

DIGESTS = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
LENGTHS = {"HMAC_SHA1": 28, "HMAC_SHA256": 44}
"""Length of a signature in characters, by algorithm."""
SETTINGS = {"HMAC_SHA1": "TWILIO_AUTH_TOKEN", "HMAC_SHA256": "TWILIO_WEBHOOK_SHARED_KEY"}
"""The setting with the keys of each algorithm."""

UNSIGNED_JSON = (
    "the signature does not cover the JSON body, so in production this request is rejected (403): "
    "sign the URL with bodySHA256=<SHA-256 of the body, in hex>; "
    "`parley sign URL --json FILE` does it"
)
SEND_UTF8 = "send a form or a JSON object, in UTF-8"
WRONG_HASH = (
    "bodySHA256 is not the SHA-256 of the body in lower-case hex: sign the URL with bodySHA256, "
    "and let the proxy pass the body unchanged"
)


class Received(NamedTuple):
    """A request as it arrived, before it is verified.

    `target` is the raw request target, `body` the raw body; the rest are header values, empty if
    the header is missing.
    """

    target: bytes
    content_type: str
    body: bytes
    signature: str
    signature_settings: str

    def __repr__(self) -> str:
        return f"Received({len(self.target)} bytes of target, {len(self.body)} of body)"

    @classmethod
    def of(cls, request: Request, body: bytes) -> "Received":
        """Return a request with its body. Raises SignatureError if its target is not a path."""
        if not request.target.startswith(b"/"):
            next_step = "the request target must be a path; check whether a proxy sends a whole URL"
            raise SignatureError("target", next_step)
        return cls(
            target=request.target,
            content_type=request.header("content-type"),
            body=body,
            signature=request.header("x-twilio-signature"),
            signature_settings=request.header("x-twilio-webhooks-signature-settings"),
        )


class Verifier:
    """Verifies requests to one public URL, with the keys that may have signed them.

    `accept_unsigned_json` accepts a JSON body without `bodySHA256` (in development only) and
    passes a sentence about each one to `on_warning`.
    """

    def __init__(
        self,
        public_url: str,
        auth_tokens: Iterable[str],
        shared_keys: Iterable[str] = (),
        allowed_accounts: Iterable[str] = (),
        *,
        accept_unsigned_json: bool = False,
        on_warning: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._public_url = public_url
        self._urls = tuple(url.encode() for url in spellings(public_url))
        self._keys = {
            "HMAC_SHA1": tuple(token.encode() for token in auth_tokens),
            "HMAC_SHA256": tuple(secret.encode() for secret in shared_keys),
        }
        self._allowed_accounts = frozenset(allowed_accounts)
        self._accept_unsigned_json = accept_unsigned_json
        self._on_warning = on_warning

    def verify(self, received: Received) -> Mapping[str, str]:
        """Return the parameters of a request that Twilio signed.

        Parameters of the body take precedence over those of the query; of a repeated name, the
        first value is used. Raises SignatureError.
        """
        algorithm = _algorithm(received)
        try:
            if parameters.media_type(received.content_type) == FORM:
                form = parameters.split_form(received.body)
                self._check_signature(received, algorithm, signed_form(form))
                values = parameters.decoded(form)
                query = parameters.read_query(received.target)
            else:
                query = parameters.read_query(received.target)
                values = self._verify_other_body(received, algorithm, query)
        except UnreadableBody as error:
            raise SignatureError("unreadable body", f"{error}: {SEND_UTF8}") from None
        verified = dict(reversed([*values, *query] if query else values))
        self._check_account(verified)
        return verified

    def _verify_other_body(self, received: Received, algorithm: str, query: Pairs) -> Pairs:
        """Return the parameters of a body other than a form, which `bodySHA256` must cover."""
        claimed = next((value for name, value in query if name == "bodySHA256"), None)
        is_json = parameters.is_json(received.content_type)
        is_covered = claimed is not None or not received.body
        if not is_covered and not (self._accept_unsigned_json and is_json):
            next_step = "sign the URL with bodySHA256, or send a form"
            raise SignatureError("body not covered", next_step)
        if claimed is not None and not _is_hash(claimed, received.body):
            raise SignatureError("body changed", WRONG_HASH)
        self._check_signature(received, algorithm)
        if not is_covered:
            self._on_warning(UNSIGNED_JSON)
        return parameters.read_json(received.body) if is_json and received.body else []

    def _check_signature(self, received: Received, algorithm: str, form: bytes = b"") -> None:
        keys = self._keys[algorithm]
        if not keys:
            raise SignatureError("no key", f"{algorithm} signed it; set {SETTINGS[algorithm]}")
        given = received.signature.encode(errors="surrogatepass")
        rest = received.target + form
        for url in self._urls:
            for key in keys:
                if is_signature(given, key, url + rest, algorithm):
                    return
        raise SignatureError(
            "wrong signature",
            "Twilio signs the URL that it calls; PUBLIC_URL is "
            f"{without_password(self._public_url)}: "
            "is that what the webhook is set to, http or https and port too? "
            "If so, set TWILIO_AUTH_TOKEN to the account's that owns the number",
        )

    def _check_account(self, verified: Mapping[str, str]) -> None:
        if self._allowed_accounts and verified.get("AccountSid") not in self._allowed_accounts:
            raise SignatureError("account not allowed", "add it to TWILIO_ALLOWED_ACCOUNTS")


def named_algorithm(signature_settings: str) -> str:
    """Return the algorithm in `X-Twilio-Webhooks-Signature-Settings`; HMAC_SHA1 without it.

    The header is like `key=…,algorithm=HMAC_SHA256`. A header with no algorithm, or two, returns an
    unknown name.
    """
    if not signature_settings.strip():
        return "HMAC_SHA1"
    parts = (part.partition("=") for part in signature_settings.split(","))
    return "+".join(value.strip() for name, _, value in parts if name.strip() == "algorithm")


def signed_form(form: RawPairs) -> bytes:
    """Return the signed part of a form, after the URL: its unique pairs, sorted and joined.

    UTF-8 bytes sort in the same order as code points.
    """
    by_name = dict(form)
    if len(by_name) == len(form):
        text = "".join([name + by_name[name] for name in sorted(by_name)])
    else:
        text = "".join([name + value for name, value in sorted(set(form))])
    return text.encode("latin-1")


def is_signature(given: bytes, key: bytes, text: bytes, algorithm: str) -> bool:
    """Return whether `given` is the signature of a text, compared in constant time."""
    return hmac.compare_digest(b64encode(hmac.digest(key, text, DIGESTS[algorithm])), given)


def _algorithm(received: Received) -> str:
    algorithm = named_algorithm(received.signature_settings)
    if algorithm not in LENGTHS:
        raise SignatureError("unknown algorithm", "use HMAC_SHA1 or HMAC_SHA256")
    if not received.signature:
        raise SignatureError(
            "no signature", "Twilio sends X-Twilio-Signature; does a proxy drop it?"
        )
    if len(received.signature) != LENGTHS[algorithm]:
        raise SignatureError("malformed signature", f"it is not the base64 of an {algorithm}")
    return algorithm


def _is_hash(claimed: str, body: bytes) -> bool:
    return hmac.compare_digest(sha256(body).hexdigest().encode(), claimed.encode())
