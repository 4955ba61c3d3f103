"""A worker that is killed between two steps: `python -m tests.worker.claiming URL TIME STEP`.

It claims due messages, sends them if STEP is `sent`, and then hangs without recording the result.
"""

import sys
import time

from parley.memory.database import Database
from parley.memory.outbox import Outbox, Pace
from parley.rest.client import Credentials, open_client
from parley.rest.messages import Text, send
from tests.rest.stand_in import ACCOUNT, AUTH_TOKEN


def main(url: str, now: str, step: str) -> None:
    outbox = Outbox(Database(url, 1), lambda: float(now), Pace())
    (message,) = outbox.claim(8, lambda _message, _now: None).to_send
    if step == "sent":
        with open_client(Credentials(ACCOUNT, ACCOUNT, AUTH_TOKEN)) as client:
            send(client, message.person, Text(message.body, (), message.number))
    print("ready", flush=True)
    time.sleep(60)


if __name__ == "__main__":
    main(*sys.argv[1:])
