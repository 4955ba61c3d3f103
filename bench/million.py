"""Whether a turn costs more among many conversations: `python -m bench.million 1000000`.

One process of Parley, no server. One number texts; then so many others do, each of them once; then
again the one and, in turns with it, the last of the others, with the cookies they were given. The
processor time of a turn is that of the best of many small rounds; the memory is what the process
holds more after all of them than after a tenth. The figures come as one line of JSON.
"""

import base64
import hmac
import json
import sys
import time
from pathlib import Path
from urllib.parse import quote_plus

from bench.calling import Caller, log_to_nowhere, parley
from bench.texts import PUBLIC_URL, TOKEN, Text, conversations

ROUNDS, TURNS = 30, 200
FIRST = "+15550000000"


def main() -> None:
    pairs = int(sys.argv[1])
    log_to_nowhere()
    application = parley()
    ((like,),) = conversations(1, 1)
    one = [Caller(application)] * TURNS
    write(one, like, [FIRST] * TURNS)
    alone = min(microseconds(one, like, [FIRST] * TURNS) for _ in range(ROUNDS))
    others: list[tuple[Caller, str]] = []
    before = resident()
    for start in range(0, pairs, TURNS):
        if start <= pairs // 10:  # what this list takes is there by then
            before = resident()
        numbers = [f"+1556{number:07}" for number in range(start, min(start + TURNS, pairs))]
        callers = [Caller(application) for _ in numbers]
        write(callers, like, numbers)
        others = [*others, *zip(callers, numbers, strict=True)][-ROUNDS * TURNS :]
    after = resident()
    among, theirs = [], []
    for start in range(0, len(others), TURNS):
        callers, numbers = map(list, zip(*others[start : start + TURNS], strict=True))
        theirs.append(microseconds(callers, like, numbers))
        among.append(microseconds(one, like, [FIRST] * TURNS))
    figures = {"pairs": pairs, "alone": alone, "among": min(among), "others": min(theirs)}
    print(json.dumps({**figures, "grown": after - before}))


def text(like: Text, number: str, count: int) -> Text:
    """The same text from another number, with another SID, signed by hand: a million are wanted."""
    pairs = dict(pair.split("=") for pair in like.body.decode().split("&"))
    sid = f"SM{count:032x}"
    pairs |= {"From": quote_plus(number), "MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid}
    values = {name: said.replace("+", " ").replace("%2B", "+") for name, said in pairs.items()}
    signed = f"{PUBLIC_URL}{like.path}{''.join(name + values[name] for name in sorted(values))}"
    mac = base64.b64encode(hmac.digest(TOKEN.encode(), signed.encode(), "sha1")).decode()
    body = "&".join([f"{name}={said}" for name, said in pairs.items()]).encode()
    return Text(like.path, number, {**like.headers, "X-Twilio-Signature": mac}, body)


def write(callers: list[Caller], like: Text, numbers: list[str]) -> None:
    """Each of these numbers texts once."""
    for count, (caller, number) in enumerate(zip(callers, numbers, strict=True)):
        caller.says(text(like, number, count))


def microseconds(callers: list[Caller], like: Text, numbers: list[str]) -> float:
    """The processor time of one text, when each of these numbers texts once."""
    texts = [text(like, number, count) for count, number in enumerate(numbers)]
    started = time.process_time_ns()
    for caller, each in zip(callers, texts, strict=True):
        caller.says(each)
    return (time.process_time_ns() - started) / len(texts) / 1_000


def resident() -> int:
    """The memory that this process holds, in bytes."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1_024


if __name__ == "__main__":
    main()
