"""The requests with the same signature: all splits of the signed text into a URL and a form."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from tests.recording_flow import FLOWS

NAMES = ("AccountSid", "Body", "From", "MessageSid", "To")
"""Parameters that an attacker may want to control."""

Pairs = tuple[tuple[str, str], ...]


class Split(NamedTuple):
    """A request target and a form."""

    target: str
    pairs: Pairs

    @property
    def signed(self) -> str:
        """Return the text that is signed after PUBLIC_URL, by Twilio's documented rule."""
        return self.target + "".join(chain.from_iterable(sorted(set(self.pairs))))

    @property
    def flow(self) -> str | None:
        """Return the recording flow at the path, if any."""
        name = self.target.partition("?")[0].removeprefix("/sms/")
        return name if name in FLOWS else None

    @property
    def body(self) -> bytes:
        return urlencode(self.pairs).encode()

    @property
    def is_complete(self) -> bool:
        """Whether it has all parameters of a text; other requests are rejected."""
        return all(self.value(name) for name in ("From", "To", "MessageSid"))

    def value(self, name: str) -> str | None:
        """Return a parameter as a reader finds it: the first in the form, or else in the query."""
        query = parse_qsl(self.target.partition("?")[2], keep_blank_values=True)
        return next((value for each, value in [*self.pairs, *query] if each == name), None)


def resplits(signed: str, values: Sequence[str], elsewhere: int | None = None) -> Iterator[Split]:
    """Yield every request with this signature that is cut where Twilio's names start and where
    these values end; the target may also end there, and at each character of its path.

    `elsewhere` limits the number of requests for each path without a flow.
    """
    path, mark, _ = signed.partition("?")
    ends = range(1, len(path) + 1) if not mark else [*_places(signed, values), len(signed)]
    for end in ends:
        target = signed[:end]
        cuts = (Split(target, pairs) for pairs in _cut(signed[end:], values))
        yield from cuts if Split(target, ()).flow else islice(cuts, elsewhere)


def _places(text: str, values: Sequence[str]) -> Iterator[int]:
    """Return the positions where a cut can matter, without the start and the end of the text."""
    for place in range(1, len(text)):
        if text.startswith(NAMES, place) or text.endswith(tuple(values), 0, place):
            yield place


def _cut(text: str, values: Sequence[str], after: tuple[str, str] = ("", "")) -> Iterator[Pairs]:
    """Yield the ways to cut a text into pairs that are signed in this order; each pair is one of
    Twilio's parameters with its value, or a name without a value.
    """
    if not text:
        yield ()
        return
    for end in (*_places(text, values), len(text)):
        piece = text[:end]
        named = [(name, piece[len(name) :]) for name in NAMES if piece.startswith(name)]
        for pair in (*named, (piece, "")):
            if pair > after:
                for others in _cut(text[end:], values, pair):
                    yield (pair, *others)
