"""Randomness that cannot be predicted without the server's secret."""

import hmac
from collections.abc import Callable
from hashlib import sha256
from random import Random

from parley.conversation.development_checks import watching


def seeds(secret: str) -> Callable[[str], str]:
    """Return a function that derives a seed of 12 characters from a text and the secret.

    The key is derived for this use, so that a seed reveals nothing about the MACs of cookies. While
    the secret is rotated, two servers may derive different seeds for the same message; a script
    stores its seed.
    """
    key = hmac.digest(secret.encode(), b"parley.chance", sha256)

    def seed(text: str) -> str:
        if watch := watching.get():
            watch.drew(text)
        said = text.encode(errors="surrogatepass")
        return hmac.new(key, said, sha256).hexdigest()[:12]

    return seed


def randoms(secret: str) -> Callable[[str], Random]:
    """Return a function that derives a `random.Random` from a text: `random(message.sid)`.

    It is the same if a message is delivered twice.
    """
    seed = seeds(secret)
    return lambda text: Random(seed(text))  # noqa: S311  # the same seed must draw the same
