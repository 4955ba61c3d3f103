from typing import NamedTuple


class Guess(NamedTuple):
    """One usual mistake: a `cause` to count by, the sentence that mends it, and what was signed.

    `rest` is the signed text behind the scheme, host and prefix: the target, and then the form.
    The sentence repeats nothing of the request.
    """

    cause: str
    sentence: str
    rest: bytes

    def __repr__(self) -> str:
        return f"Guess({self.cause}, {len(self.rest)} bytes)"
