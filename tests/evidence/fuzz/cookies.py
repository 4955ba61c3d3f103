"""Cookies that are changed and swapped under a valid signature, which does not cover cookies."""

import random

from tests.evidence.fuzz.checks import Checker
from tests.evidence.fuzz.large import PARAMETERS
from tests.evidence.fuzz.mutations import of_bytes
from tests.evidence.fuzz.raw_request import RawRequest
from tests.evidence.fuzz.seeds import posted

FLOWS = ("recorder", "recorder", "counter", "brief-counter", "sign-up")
PAIRS, TURNS = 12, 3


class Cookies:
    """Texts of some senders, and the cookies that flows set for them."""

    def __init__(self, checker: Checker) -> None:
        self._texts: list[RawRequest] = []
        self._cookies: list[list[bytes]] = []
        for number in range(PAIRS):
            parameters = {**PARAMETERS, "From": f"+1555000{number:04}"}
            self._texts.append(posted("recorder", parameters))
            self._cookies.append([])
            for flow in FLOWS:
                text = posted(flow, parameters)
                for _ in range(TURNS):
                    answer = checker.send(text)
                    cookie = dict(answer.headers)["Set-Cookie"].partition(";")[0].encode()
                    text = text.with_header(b"Cookie", cookie)
                    self._cookies[-1].append(cookie)

    def drawn(self, rng: random.Random) -> RawRequest:
        """Return a random text with one to three cookies."""
        sender = rng.randrange(PAIRS)
        cookies = [self._cookie(sender, rng) for _ in range(rng.choice((1, 1, 2, 3)))]
        header = rng.choice((b"; ", b", ", b";")).join(cookies)
        return RawRequest.read(self._texts[sender].with_header(b"Cookie", header).as_http())

    def _cookie(self, sender: int, rng: random.Random) -> bytes:
        """Return a cookie of this sender or another, combined from three, or changed."""
        own, others = self._cookies[sender], rng.choice(self._cookies)
        kind = rng.randrange(4)
        if kind == 0:
            sealed = (rng.choice(rng.choice((own, others))).split(b".") for _ in range(3))
            return b".".join(parts[place] for place, parts in enumerate(sealed))
        if kind == 1:
            return of_bytes(rng.choice(own), rng)
        return rng.choice(own if kind == 2 else others)
