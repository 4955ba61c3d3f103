"""A process that is killed while it answers texts: `python -m tests.memory.dying URL`.

Each line of standard input, `number SID body`, is answered in a thread, which then prints `number`.
"""

import sys
import threading

from parley import create_app
from parley.settings import Settings
from tests.webhook import SETTINGS, Twilio


def main(url: str) -> None:
    settings = Settings.load({**SETTINGS, "DATABASE_URL": url})
    client = create_app(settings, flows=["tests.memory.diary"]).test_client(use_cookies=False)

    def answer(number: str, sid: str, body: str) -> None:
        Twilio(client, number).text("diary", body, MessageSid=sid)
        print(number, flush=True)

    for line in sys.stdin:
        threading.Thread(target=answer, args=line.strip().split(maxsplit=2), daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1])
