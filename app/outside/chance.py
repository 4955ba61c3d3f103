"""Seeds for chance, which nobody outside can guess."""

import hmac
from collections.abc import Callable
from hashlib import sha256


def seeds(secret: str) -> Callable[[str], str]:
    """A function that makes a seed of 12 characters of any text, the same for the same secret.

    A key of its own is derived, so that no seed says anything of the seals of cookies. While the
    secret changes, two servers may draw differently for the same message; what was drawn once is
    remembered.
    """
    key = hmac.digest(secret.encode(), b"parley.chance", sha256)

    def seed(text: str) -> str:
        said = text.encode(errors="surrogatepass")
        return hmac.new(key, said, sha256).hexdigest()[:12]

    return seed
