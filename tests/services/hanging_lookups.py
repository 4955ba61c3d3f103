"""Fetch from host names, 200 of which are never resolved, and print the results as JSON.

`test_name_server.py` runs this in its own network namespace, with our own name server.
"""

import sys

if "patched" in sys.argv:
    import os

    os.environ["GEVENT_RESOLVER"] = "ares"
    from gevent import monkey

    monkey.patch_all()

import json
import subprocess
import threading
import time

from parley.conversation import ServiceError
from parley.services.http import Http
from tests.services.upstream import PICTURE, answering_many, said, sends

HANGING = 200
DEADLINE = 3.0


def main() -> dict[str, object]:
    http = Http()
    server = [sys.executable, "-m", "tests.services.name_server"]
    with (
        subprocess.Popen(server, stdout=subprocess.PIPE) as names,
        answering_many(sends(said(PICTURE))) as url,
    ):
        assert names.stdout
        names.stdout.readline()
        port = url.split(":")[2]
        reasons: list[str] = []
        took: list[float] = []

        def hang(number: int) -> None:
            started = time.monotonic()
            try:
                http.get(f"http://hang{number}.example:{port}", deadline=DEADLINE)
            except ServiceError as error:
                reasons.append(str(error))
            took.append(time.monotonic() - started)

        threads = [threading.Thread(target=hang, args=(each,)) for each in range(HANGING)]
        for thread in threads:
            thread.start()
        time.sleep(0.2)
        started = time.monotonic()
        honest = http.get(f"http://honest.example:{port}").status
        spent = time.monotonic() - started
        two = http.get(f"http://two.example:{port}").status
        for thread in threads:
            thread.join(10)
        names.kill()
    return {
        "honest": honest,
        "seconds": spent,
        "two": two,
        "reasons": sorted(set(reasons)),
        "late": len(reasons),
        "slowest": max(took),
    }


if __name__ == "__main__":
    print(json.dumps(main()))
