"""What it costs to replay 20 answers, beside a turn of the counter: `make bench-replay`.

The processor time of whole WSGI calls in one process, another message in every turn, the two in
rounds, the best of which counts. The script's cookie is the same in every turn: 20 answers of ten
characters, each turn gives the twenty-first.
"""

import random
import time
from dataclasses import dataclass

from bench.calling import Caller, log_to_nowhere, parley
from bench.texts import Text, form, signed

ROUNDS, TURNS = 20, 300
LIMIT = 1.5
"""Times a counter's turn that a turn of 20 answers may cost."""
LOTS = random.Random(20)


def text(number: int, path: str) -> Text:
    return signed(form("+15551230001", f"hi {number:07}", LOTS), path)


@dataclass
class Texting:
    """Texts one flow; with `remembered`, always with the cookie of that many answers."""

    caller: Caller
    path: str
    remembered: int = 0

    def prepare(self) -> None:
        for number in range(self.remembered + 1):
            self.caller.says(text(1_000_000 + number, self.path))

    def microseconds(self) -> float:
        texts = [text(number, self.path) for number in range(TURNS)]
        cookie = self.caller.cookie
        spent = 0.0
        for each in texts:
            if self.remembered:
                self.caller.cookie = cookie
            started = time.process_time_ns()
            self.caller.says(each)
            spent += time.process_time_ns() - started
        self.caller.cookie = cookie
        return spent / TURNS / 1_000


def main() -> None:
    log_to_nowhere()
    server = parley()
    compare(
        {
            "a counter": Texting(Caller(server), "/sms/counter"),
            "20 answers": Texting(Caller(server), "/sms/long-form", remembered=20),
        }
    )


def compare(peers: dict[str, Texting]) -> None:
    for peer in peers.values():
        peer.prepare()
    best = dict.fromkeys(peers, float("inf"))
    for _ in range(ROUNDS):
        for name, peer in peers.items():
            best[name] = min(best[name], peer.microseconds())
    said = peers["20 answers"].caller.document
    if b"Question 21, after 21 answers?" not in said:
        raise SystemExit("the script is not where it should be")
    for name, spent in best.items():
        ratio = spent / best["a counter"]
        print(f"{name:14} {spent:7.0f} µs of processor time a turn   {ratio:.2f}")
    if best["20 answers"] > LIMIT * best["a counter"]:
        raise SystemExit(f"20 answers cost more than {LIMIT} times a counter's turn")


if __name__ == "__main__":
    main()
