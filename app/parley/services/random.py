"""Randomness that cannot be predicted without the server's secret."""

import hmac
from collections.abc import Callable
from hashlib import sha256
from random import Random

from parley.conversation.development_checks import watching


def seeds(secret: str) -> Callable[[str], str]:
    """A function that makes a seed of 12 characters of any text, the same for the same secret.

    The key is derived for this use, so that a seed reveals nothing about the MACs of cookies. While
    the secret changes, two servers may draw differently for the same message; what was drawn once
    is remembered.
    """
    key = hmac.digest(secret.encode(), b"parley.chance", sha256)

    def seed(text: str) -> str:
        if watch := watching.get():
            watch.drew(text)
        said = text.encode(errors="surrogatepass")
        return hmac.new(key, said, sha256).hexdigest()[:12]

    return seed


def randoms(secret: str) -> Callable[[str], Random]:
    """A function that makes a `random.Random` of any text: `random(message.sid).choice(…)`.

    The same message that is delivered twice gets the same one.
    """
    seed = seeds(secret)
    return lambda text: Random(seed(text))  # noqa: S311  # the same seed must draw the same
