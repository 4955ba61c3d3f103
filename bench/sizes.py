"""How the cost of a turn grows with what is remembered and what is said.

Instructions of Parley alone: with cookies up to the 4,096 bytes that there are, and with texts up
to 1,600 characters that are only read, or said again.
"""

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from bench import counting
from bench.calling import Caller, log_to_nowhere, parley
from bench.conversing import Turn
from bench.texts import form, said, signed

PAIRS = 30
REMEMBERED = (0, 600, 1_200, 1_800, 2_400, 2_960)
"""Characters that the session holds; the last makes a cookie of nearly 4,096 bytes."""
SAID = (1, 400, 800, 1_200, 1_600)


def measured(folder: Path) -> dict[str, list[list[float]]]:
    """For each way to grow, pairs of a size and the instructions of a turn of that size."""
    log_to_nowhere()
    lots = random.Random(4_096)
    server = parley()
    batches: list[tuple[str, int, list[Turn]]] = []
    for size in REMEMBERED:
        turns, length = conversed(server, "/sms/notebook", lots, size, lambda: "x")
        batches.append(("bytes of cookie", length, turns))
    for what, path in (("read", "/sms/counter"), ("said again", "/sms/says-back")):
        for size in SAID:
            turns, _ = conversed(server, path, lots, 0, partial(words, size, lots))
            batches.append((f"characters {what}", size, turns))
    warm_up = [*batches[0][2], *batches[-1][2]][: 2 * counting.WARM_UP]
    parts = [[*warm_up, *batches[0][2]], *(turns for _, _, turns in batches[1:])]
    counts = counting.in_application("bench.with_flows:app", parts, folder)
    found: dict[str, list[list[float]]] = {}
    for (what, size, _), count in zip(batches, counts, strict=True):
        found.setdefault(what, []).append([size, count])
    return found


def conversed(
    server: Any, path: str, lots: random.Random, remembered: int, body: Callable[[], str]
) -> tuple[list[Turn], int]:
    """A turn of each of some pairs, with a cookie of so many characters in their session, and how
    many bytes the cookie has with its attributes.
    """
    turns = []
    for _ in range(PAIRS):
        number = f"+1555{lots.randrange(10**7):07}"
        caller = Caller(server)
        for start in range(0, remembered or 1, 1_500):
            part = words(min(1_500, remembered - start), lots)
            caller.says(signed(form(number, part, lots), path))
        turn = Turn(signed(form(number, body(), lots), path), caller.cookie, b"")
        caller.says(turn.text)
        turns.append(turn)
    return turns, len(caller.set_cookie)


def words(length: int, lots: random.Random) -> str:
    """So many characters of words."""
    text = ""
    while len(text) < length:
        text += f"{said(lots)} "
    return f"{text[: length - 1]}." if length else ""
