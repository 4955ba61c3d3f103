"""Explain a rejected signature: find the common mistake for which it matches.

Most rejections have a simple cause: http instead of https, a proxy that rewrites, another secret.
Every candidate is tried; a match proves the cause. The work is limited: at most MOST_TRIED
signatures over at most LONGEST bytes and MOST_PARAMETERS parameters, and at most SECONDS of CPU
time.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from itertools import islice
from typing import NamedTuple

from parley.diagnosis.base_url_candidates import base_urls, difference
from parley.diagnosis.changes import MOST_ORDERED, Request
from parley.diagnosis.keys import Key, Keys, keys_for
from parley.diagnosis.request_candidates import KEEP_BODY, SORT_QUERY, Candidate, signed_texts
from parley.refusals import SignatureError
from parley.twilio import parameters
from parley.twilio.parameters import UnreadableBody
from parley.twilio.signature import SEND_UTF8, Received, is_signature, named_algorithm
from parley.twilio.url_spellings import spellings, without_password

MOST_TRIED = 600
SECONDS = 0.2
LONGEST = 16_384
"""Maximum bytes of target and body: more than Twilio sends for 1,600 characters and 10 pictures."""
MOST_PARAMETERS = 200

_SIGNATURE = re.compile(r"[A-Za-z0-9+/]{27}=|[A-Za-z0-9+/]{43}=")
_ABOUT_BODY = frozenset({"body not covered", "body changed", "unreadable body"})
"""The verifier's reasons that concern the body, independent of the signature."""
_INCLUDES_BODY = frozenset({"json", "content type", "body re-encoded", "body not covered"})
"""Causes of candidates whose next step is about the body already."""

_BODIES: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
    ("with its line breaks as LF", lambda body: body.replace(b"\r\n", b"\n")),
    ("with its line breaks as CRLF", lambda body: re.sub(b"\r?\n", b"\r\n", body)),
    ("without the white space at its end", bytes.rstrip),
    ("with a line break at its end", lambda body: body + b"\n"),
    ("when it was empty", lambda _: b""),
)


class Diagnosis(NamedTuple):
    """The result: a cause, and a sentence that ends with the next step.

    `cause` is `right` if nothing is wrong, `none` if no candidate matches, and `undiagnosed` if
    none was tried. `tried` is the number of signatures computed. Neither text contains secrets,
    passwords, or parts of the path, the query or the body.
    """

    cause: str
    sentence: str
    tried: int = 0

    @property
    def found(self) -> bool:
        return self.cause not in ("none", "undiagnosed")


class _Attempt(NamedTuple):
    """A text that may have been signed, with a key, and the mistake that it would prove."""

    base: str
    rest: bytes
    key: Key
    candidate: Candidate | None = None


def explain(
    received: Received,
    error: SignatureError | None,
    *,
    public_url: str,
    auth_tokens: Sequence[str],
    shared_keys: Sequence[str] = (),
    called: str = "",
) -> Diagnosis:
    """Find what would make a rejected request acceptable.

    `error` is the verifier's; if it is about the body, it becomes part of the sentence. `called` is
    where the request was sent, up to the path of the flow, if known: `https://host:port/prefix`.
    Raises ValueError if `public_url` is not a URL.
    """
    if problem := _undiagnosed(received):
        return Diagnosis("undiagnosed", problem)
    named = named_algorithm(received.signature_settings)
    keys = keys_for(received.signature, named, auth_tokens, shared_keys)
    given, tried, deadline = received.signature.encode(), 0, time.thread_time() + SECONDS
    attempts = islice(_attempts(Request.of(received), keys, public_url, called), MOST_TRIED)
    for tried, attempt in enumerate(attempts, start=1):
        text = attempt.base.encode() + attempt.rest
        if is_signature(given, attempt.key.secret, text, keys.algorithm):
            about_body = _about_body(received, error)
            cause, sentence = _named(attempt, public_url, received, about_body)
            return Diagnosis(cause, sentence, tried)
        if time.thread_time() > deadline:
            break
    return Diagnosis("none", _unexplained(public_url, received.target), tried)


def _undiagnosed(received: Received) -> str | None:
    """Return why no candidate is tried: a malformed signature, or a too large request."""
    if not _SIGNATURE.fullmatch(received.signature):
        return (
            "it is not a signature: 28 characters of base64 with HMAC_SHA1, 44 with HMAC_SHA256; "
            "set X-Twilio-Signature"
        )
    if len(received.target) + len(received.body) > LONGEST:
        return f"it is not examined: Twilio sends less than {LONGEST:,} bytes"
    if max(text.count(b"&") for text in (received.target, received.body)) >= MOST_PARAMETERS:
        return f"it is not examined: Twilio sends less than {MOST_PARAMETERS} parameters"
    return None


def _attempts(request: Request, keys: Keys, public_url: str, called: str) -> Iterator[_Attempt]:
    """Yield the request as it arrived, then one mistake at a time, then likely pairs."""
    as_sent, spelt = request.signed(), spellings(public_url)
    for base in spelt:
        yield from (_Attempt(base, as_sent, key) for key in (*keys.expected, *keys.others))
    for base, candidate, rest in _mistakes(request, public_url, called):
        yield from (_Attempt(base, rest, key, candidate) for key in keys.expected)


def _mistakes(
    request: Request, public_url: str, called: str
) -> Iterator[tuple[str, Candidate | None, bytes]]:
    as_sent, (others, pairs) = request.signed(), base_urls(public_url, called)
    yield from ((base, None, as_sent) for base in others)
    candidates = []
    for candidate, rest in signed_texts(request):
        candidates.append((candidate, rest))
        yield public_url, candidate, rest
    yield from ((base, None, as_sent) for base in pairs)
    slashes = [each for each in candidates if each[0].cause == "slash"]
    for base in others + pairs:
        yield from ((base, candidate, rest) for candidate, rest in slashes)
    elsewhere = [called] if called in others else []
    for base in (*elsewhere, *spellings(public_url)[1:]):
        yield from ((base, candidate, rest) for candidate, rest in candidates)


def _named(
    attempt: _Attempt, public_url: str, received: Received, error: SignatureError | None
) -> tuple[str, str]:
    """Return the cause and the sentence of a matching attempt, which may combine two mistakes."""
    causes, sentences = [], []
    if attempt.base not in spellings(public_url):
        cause, finding, next_step = difference(public_url, attempt.base, received.target)
        causes.append(cause)
        sentences.append(f"{finding}: {next_step}")
    for mistake in (attempt.candidate, attempt.key):
        if mistake and mistake.cause:
            causes.append(mistake.cause)
            sentences.append(f"{mistake.finding}: {mistake.next_step}")
    if error and not _INCLUDES_BODY.intersection(causes):
        cause, sentence = _of_the_body(received, error)
        sentences.append(sentence if causes else f"the signature is right, but {sentence}")
        causes.append(cause)
    if not causes:
        return "right", "The signature is right."
    return " and ".join(causes), "; and ".join(sentences)


def _about_body(received: Received, error: SignatureError | None) -> SignatureError | None:
    """Return the problem of the body, independent of the signature; None if there is none.

    The verifier decodes a form only if its signature is valid.
    """
    if error and error.reason in _ABOUT_BODY:
        return error
    try:
        if parameters.media_type(received.content_type) == parameters.FORM:
            parameters.read_form(received.body)
    except UnreadableBody as problem:
        return SignatureError("unreadable body", f"{problem}: {SEND_UTF8}")
    return None


def _of_the_body(received: Received, error: SignatureError) -> tuple[str, str]:
    """Return the cause and the sentence for a body that is rejected with any signature."""
    if error.reason == "body changed":
        return "body re-encoded", _changed_body(received.body, received.target) or error.next_step
    if error.reason == "body not covered":
        cause = "json" if parameters.is_json(received.content_type) else error.reason
        return cause, f"it does not cover the body: {error.next_step}"
    return error.reason, error.next_step


def _unexplained(public_url: str, target: bytes) -> str:
    many = target.count(b"&") >= MOST_ORDERED
    order = f"; if not, {SORT_QUERY}" if many else ""
    return (
        f"no usual mistake accounts for it; PUBLIC_URL is {without_password(public_url)}; another "
        "account has probably signed it: set TWILIO_AUTH_TOKEN to the auth token of the account "
        f"that owns the number{order}"
    )


def _changed_body(body: bytes, target: bytes) -> str | None:
    """Say how a body differs from the one whose `bodySHA256` the URL has; None if unknown."""
    claimed = dict(reversed(parameters.read_query(target))).get("bodySHA256", "")
    if claimed != claimed.lower() and claimed.lower() == sha256(body).hexdigest():
        return "bodySHA256 is in upper case: write it in lower case"
    for how, change in _BODIES:
        if sha256(change(body)).hexdigest() == claimed.lower():
            return f"bodySHA256 was computed of the body {how}: {KEEP_BODY}"
    return None
