"""Cookies changed and exchanged at will, under a right signature: Twilio's covers none of them."""

import random

from prove.fuzz.asked import Asked
from prove.fuzz.changing import of_bytes
from prove.fuzz.judging import Judge
from prove.fuzz.large import SAID
from prove.fuzz.seeds import posted

FLOWS = ("witness", "witness", "counter", "brief-counter", "sign-up")
PAIRS = 12
TURNS = 3


class Jar:
    """Texts of some conversations with the witness, and the cookies sealed for their senders."""

    def __init__(self, judge: Judge) -> None:
        self._texts: list[Asked] = []
        self._cookies: list[list[bytes]] = []
        for number in range(PAIRS):
            said = {**SAID, "From": f"+1555000{number:04}"}
            self._texts.append(posted("witness", said))
            self._cookies.append([])
            for flow in FLOWS:
                text = posted(flow, said)
                for _ in range(TURNS):
                    answer = judge.ask(text)
                    cookie = dict(answer.headers)["Set-Cookie"].partition(";")[0].encode()
                    text = text.with_header(b"Cookie", cookie)
                    self._cookies[-1].append(cookie)

    def drawn(self, lots: random.Random) -> Asked:
        """A text with one to three cookies."""
        whose = lots.randrange(PAIRS)
        cookies = [self._cookie(whose, lots) for _ in range(lots.choice((1, 1, 2, 3)))]
        header = lots.choice((b"; ", b", ", b";")).join(cookies)
        return Asked.read(self._texts[whose].with_header(b"Cookie", header).as_http())

    def _cookie(self, whose: int, lots: random.Random) -> bytes:
        """A cookie of this sender, or of another, or of parts of three, or changed."""
        own, others = self._cookies[whose], lots.choice(self._cookies)
        kind = lots.randrange(4)
        if kind == 0:
            sealed = (lots.choice(lots.choice((own, others))).split(b".") for _ in range(3))
            return b".".join(parts[place] for place, parts in enumerate(sealed))
        if kind == 1:
            return of_bytes(lots.choice(own), lots)
        return lots.choice(own if kind == 2 else others)
