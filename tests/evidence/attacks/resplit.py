"""Requests that sign alike: the ways to cut what was signed into a URL and a form again."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from tests.witness import FLOWS

NAMES = ("AccountSid", "Body", "From", "MessageSid", "To")
"""Names for which it matters where a cut is."""

Pairs = tuple[tuple[str, str], ...]


class Split(NamedTuple):
    """A request target and a form."""

    target: str
    pairs: Pairs

    @property
    def signed(self) -> str:
        """What is signed of it behind PUBLIC_URL, by the rule of Twilio's documentation."""
        return self.target + "".join(chain.from_iterable(sorted(set(self.pairs))))

    @property
    def flow(self) -> str | None:
        """The witness that its path leads to, if any."""
        name = self.target.partition("?")[0].removeprefix("/sms/").replace("-", "_")
        return name if name in FLOWS else None

    @property
    def body(self) -> bytes:
        return urlencode(self.pairs).encode()

    @property
    def is_whole(self) -> bool:
        """Whether it says all that a text has to say; another is refused."""
        return all(self.says(name) for name in ("From", "To", "MessageSid"))

    def says(self, name: str) -> str | None:
        """What it says to whoever reads it: the form's first value, or else the query's."""
        query = parse_qsl(self.target.partition("?")[2], keep_blank_values=True)
        return next((value for each, value in [*self.pairs, *query] if each == name), None)


def resplits(signed: str, values: Sequence[str], elsewhere: int | None = None) -> Iterator[Split]:
    """Every request that signs like this one, cut where names of Twilio's begin and where these
    values end; the target may end there, too, and at each character of its path.

    Of those whose path leads to no flow at most `elsewhere` for each path, where that is given.
    """
    path, mark, _ = signed.partition("?")
    ends = range(1, len(path) + 1) if not mark else [*_places(signed, values), len(signed)]
    for end in ends:
        target = signed[:end]
        cuts = (Split(target, pairs) for pairs in _cut(signed[end:], values))
        yield from cuts if Split(target, ()).flow else islice(cuts, elsewhere)


def _places(text: str, values: Sequence[str]) -> Iterator[int]:
    """Where a cut can matter, the beginning and the end of the text left out."""
    for place in range(1, len(text)):
        if text.startswith(NAMES, place) or text.endswith(tuple(values), 0, place):
            yield place


def _cut(text: str, values: Sequence[str], after: tuple[str, str] = ("", "")) -> Iterator[Pairs]:
    """The ways to cut a text into pairs that are sorted, and so sign as they stand; each is one of
    Twilio's with its value, or a name alone.
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
