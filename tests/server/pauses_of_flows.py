"""Run with gevent's patch: print, by flow, the longest time in ms that it kept its worker busy.

Each flow gets two texts, six times; the first time is not measured, because it loads modules. The
shortest of the others counts, because other programs may run during the longer ones.
"""

from gevent import monkey

monkey.patch_all()

import json
import sys
import time
from pathlib import Path

import gevent
import greenlet

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "app")]

from parley import Settings, create_app
from parley.discovery import load_flows
from tests.webhook import SETTINGS, Twilio

hub = gevent.get_hub()
longest = 0.0
began = time.perf_counter()


def switched(_event: str, greenlets: tuple[object, object]) -> None:
    """Measure the time since the last switch, unless the hub ran, which waits."""
    global longest, began
    origin, now = greenlets[0], time.perf_counter()
    if origin is not hub:
        longest = max(longest, now - began)
    began = now


settings = {**SETTINGS, "FORWARD_TO": "+15551230009", "MMS_SOURCE_URL": "http://127.0.0.1:9/"}
app = create_app(Settings.load(settings))
found: dict[str, float] = {}
for name in load_flows():
    measured = []
    for _ in range(6):
        twilio = Twilio(app.test_client(use_cookies=False))
        longest, began = 0.0, time.perf_counter()
        greenlet.settrace(switched)
        for body in ("hello", "2"):
            gevent.spawn(twilio.text, name, body).get()
        greenlet.settrace(None)
        measured.append(longest)
    found[name] = round(1_000 * min(measured[1:]), 1)
print(json.dumps(found))
