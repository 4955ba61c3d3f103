"""What it costs to replay 20 answers, beside a turn of the counter: `make bench-replay`.

As in bench/turn.py: the processor time of whole WSGI calls in one process, another message in every
turn, the two in rounds, the best of which counts. The script's cookie is the same in every turn: 20
answers of ten characters, each turn gives the twenty-first.
"""

import logging
import os
import time
from dataclasses import dataclass
from pathlib import Path

import app.flows
from app import Settings, create_app
from bench.turn import PUBLIC_URL, ROUNDS, SECRET, TOKEN, TURNS, Sender, environ

LIMIT = 1.5
"""Times a counter's turn that a turn of 20 answers may cost."""


@dataclass
class Texting:
    """Texts one flow; with `remembered`, always with the cookie of that many answers."""

    sender: Sender
    path: str
    remembered: int = 0

    def prepare(self) -> None:
        for number in range(self.remembered + 1):
            self.sender.turn(environ(1_000_000 + number, self.path))

    def microseconds(self) -> float:
        environs = [environ(number, self.path) for number in range(TURNS)]
        cookie = self.sender.cookie
        spent = 0.0
        for each in environs:
            if self.remembered:
                self.sender.cookie = cookie
            started = time.process_time_ns()
            self.sender.turn(each)
            spent += time.process_time_ns() - started
        self.sender.cookie = cookie
        return spent / TURNS / 1_000


def main() -> None:
    app.flows.__path__.append(str(Path(__file__).with_name("flows")))
    settings = {"PUBLIC_URL": PUBLIC_URL, "TWILIO_AUTH_TOKEN": TOKEN, "SESSION_SECRET": SECRET}
    with Path(os.devnull).open("w") as nowhere:
        logging.getLogger("parley").addHandler(logging.StreamHandler(nowhere))
        server = create_app(Settings.load(settings))
        peers = {
            "a counter": Texting(Sender(server), "/sms/counter"),
            "20 answers": Texting(Sender(server), "/sms/long-form", remembered=20),
        }
        compare(peers)


def compare(peers: dict[str, Texting]) -> None:
    for peer in peers.values():
        peer.prepare()
    best = dict.fromkeys(peers, float("inf"))
    for _ in range(ROUNDS):
        for name, peer in peers.items():
            best[name] = min(best[name], peer.microseconds())
    said = peers["20 answers"].sender.answer
    if b"Question 21, after 21 answers?" not in said:
        raise SystemExit("the script is not where it should be")
    for name, spent in best.items():
        ratio = spent / best["a counter"]
        print(f"{name:14} {spent:7.0f} µs of processor time a turn   {ratio:.2f}")
    if best["20 answers"] > LIMIT * best["a counter"]:
        raise SystemExit(f"20 answers cost more than {LIMIT} times a counter's turn")


if __name__ == "__main__":
    main()
