"""Why a signature was refused: which usual mistake would make it right.

Most refusals have a plain cause: http for https, a proxy that rewrites, another secret. Each is
tried, and a signature that fits proves it. The work is bounded whatever is asked: at most
MOST_TRIED signatures are computed, over at most LONGEST bytes and MOST_PARAMETERS parameters.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

from app.wire.algorithms import is_signature, named_algorithm
from app.wire.mistakes.guess import Guess
from app.wire.mistakes.of_key import Keys
from app.wire.mistakes.of_request import as_arrived, guesses
from app.wire.mistakes.of_target import slash_toggled
from app.wire.mistakes.of_url import difference, nearby
from app.wire.public_url import shown, spellings
from app.wire.signature import Received

MOST_TRIED = 300
LONGEST = 32_768
"""Bytes of target and body: twice what Twilio sends with 1,600 characters and ten pictures."""

MOST_PARAMETERS = 200

_SIGNATURE = re.compile(r"[A-Za-z0-9+/]{27}=|[A-Za-z0-9+/]{43}=")


class Diagnosis(NamedTuple):
    """What was found: a word, and a sentence that ends with the setting to change.

    `cause` is `right` where nothing is wrong, `none` where no usual mistake accounts for it, and
    `undiagnosed` where nobody looked. `tried` counts the signatures that were computed. Neither
    text holds a secret, a password, or anything of the path, the query or the body.
    """

    cause: str
    sentence: str
    tried: int

    @property
    def found(self) -> bool:
        return self.cause not in ("none", "undiagnosed")


class _Try(NamedTuple):
    """A guess behind the scheme, host and prefix that may have been signed."""

    base: str
    guess: Guess


def explain(
    received: Received,
    *,
    public_url: str,
    auth_tokens: Sequence[str],
    shared_keys: Sequence[str] = (),
    called: str = "",
) -> Diagnosis:
    """What would make a refused signature match.

    `called` is where the request was sent, up to the flow's path, as far as that is known beside
    PUBLIC_URL: `https://host:port/prefix`. Raises ValueError where `public_url` is no such URL.
    """
    if problem := _undiagnosed(received):
        return Diagnosis("undiagnosed", problem, 0)
    keys = Keys(
        auth_tokens,
        shared_keys,
        len(received.signature),
        named_algorithm(received.signature_settings),
    )
    given, tried = received.signature.encode(), 0
    as_sent = as_arrived(received)
    plain = [(_Try(url, as_sent), keys.expected + keys.others) for url in spellings(public_url)]
    mistaken = ((each, keys.expected) for each in _tries(received, as_sent, public_url, called))
    every = ((each, key) for each, some in chain(plain, mistaken) for key in some)
    for each, key in islice(every, MOST_TRIED):
        tried += 1
        text = each.base.encode() + each.guess.rest
        if is_signature(given, key.secret, text, keys.algorithm):
            cause, sentence = _named(each, public_url, received.target)
            if cause == "right" and key.cause:
                cause, sentence = key.cause, key.sentence
            return Diagnosis(cause, sentence, tried)
    return Diagnosis(
        "none",
        f"no usual mistake accounts for it; PUBLIC_URL is {shown(public_url)}; it is probably "
        "another account's: set TWILIO_AUTH_TOKEN to that of the account that owns the number",
        tried,
    )


def _undiagnosed(received: Received) -> str | None:
    """Why nobody looks for a mistake: what cannot be a signature fits none, and work is bounded."""
    if not _SIGNATURE.fullmatch(received.signature):
        return (
            "it is no signature: 28 characters of base64 with HMAC_SHA1, 44 with HMAC_SHA256; "
            "set X-Twilio-Signature"
        )
    if len(received.target) + len(received.body) > LONGEST:
        return f"it is not looked at: more than {LONGEST:,} bytes are none of Twilio's"
    if max(text.count(b"&") for text in (received.target, received.body)) >= MOST_PARAMETERS:
        return f"it is not looked at: more than {MOST_PARAMETERS} parameters are none of Twilio's"
    return None


def _tries(received: Received, as_sent: Guess, public_url: str, called: str) -> Iterator[_Try]:
    """One mistake at a time, the likeliest first; then pairs, as far as they are cheap."""
    singles, pairs = nearby(public_url, called)
    for base in singles:
        yield _Try(base, as_sent)
    others = guesses(received)
    for guess in others:
        yield _Try(public_url, guess)
    for base in pairs:
        yield _Try(base, as_sent)
    toggled = slash_toggled(received.target) + as_sent.rest[len(received.target) :]
    slash = [guess for guess in others if guess.rest == toggled]
    for base in singles + pairs:
        yield from (_Try(base, guess) for guess in slash)
    elsewhere = [base for base in (called,) if base in singles]
    for base in (*elsewhere, *spellings(public_url)[1:]):
        yield from (_Try(base, guess) for guess in others)


def _named(found: _Try, public_url: str, target: bytes) -> tuple[str, str]:
    """The cause and the sentence of a try that fits; of two mistakes both."""
    cause, sentence = found.guess.cause, found.guess.sentence
    if found.base in spellings(public_url):
        return cause, sentence
    where, advice = difference(public_url, found.base, target)
    if cause == "right":
        return where, advice
    return f"{where} and {cause}", f"{sentence}; and {advice}"
