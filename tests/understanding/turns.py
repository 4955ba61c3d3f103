"""CPU time of whole turns in process, of this tree and an older one, interleaved.

`python -m tests.understanding.turns OLDER` prints a table; OLDER is a checkout, as created by
`git worktree add OLDER COMMIT`. It uses the packages of this tree.
"""

import io
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).parents[2]
ROUNDS, TURNS = 21, 100
TOKEN = "12345678901234567890123456789012"  # a token for this measurement only
DAYS = ["tomorrow", "next friday", "friday", "24.12.", "the 20th", "hello there", "Sat, Jan 16"]
SETTINGS = {
    "PUBLIC_URL": "https://sms.example.com",
    "TWILIO_AUTH_TOKEN": TOKEN,
    "SESSION_SECRET": "a session secret of at least 32 characters",
    "TIME_ZONE": "UTC",
    "TZ": "UTC",
}
KINDS = ("counter", "date question")


def main(older: str) -> None:
    """Compare the two trees, and print a Markdown table."""
    trees = {"before": Path(older).resolve(), "now": ROOT}
    found: dict[tuple[str, str], list[float]] = {}
    processes = {name: _serve(tree) for name, tree in trees.items()}
    for _ in range(ROUNDS):
        for name, process in processes.items():
            for kind, spent in json.loads(_ask(process)).items():
                found.setdefault((name, kind), []).append(spent)
    for process in processes.values():
        process.kill()
        process.wait()
    print("| turn | before, µs | now, µs | ratio |\n| --- | --- | --- | --- |")
    for kind in KINDS:
        before, now = (statistics.median(found[name, kind]) for name in trees)
        print(f"| {kind} | {before:.0f} | {now:.0f} | {now / before:.2f} |")


def _serve(tree: Path) -> "subprocess.Popen[str]":
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [sys.executable, __file__, "--serve", str(tree)],
        cwd=tree,
        env={**os.environ, **SETTINGS},
        stdin=pipe,
        stdout=pipe,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    _ask(process)
    return process


def _ask(process: "subprocess.Popen[str]") -> str:
    assert process.stdin
    assert process.stdout
    process.stdin.write("\n")
    process.stdin.flush()
    return process.stdout.readline()


def serve(tree: str) -> None:
    """For each line of the input, print the seconds of a turn of each kind."""
    sys.path[:0] = [f"{tree}/app"]
    from parley import create_app

    clock = 1_800_000_000.0
    application = create_app(clock=lambda: clock)
    count = _turn(application, "counter", "hi", _cookie(application, "counter", ["hi"]))
    asked = _cookie(application, "appointment", ["hi", "1"])
    days = [_turn(application, "appointment", day, asked) for day in DAYS]
    for _ in sys.stdin:
        spent = {"counter": _spent([count]), "date question": _spent(days)}
        print(json.dumps(spent), flush=True)


def _spent(turns: list[Callable[[], Any]]) -> float:
    begun = time.process_time()
    for number in range(TURNS):
        turns[number % len(turns)]()
    return 1e6 * (time.process_time() - begun) / TURNS


def _cookie(application: Any, flow: str, texts: list[str]) -> str:
    cookie = ""
    for text in texts:
        cookie = _turn(application, flow, text, cookie)()
    return cookie


def _turn(application: Any, flow: str, text: str, cookie: str) -> Callable[[], str]:
    """Return a signed text with a cookie; calling it returns the cookie of the response."""
    from twilio.request_validator import RequestValidator

    target = f"/sms/{flow}"
    parameters = {
        "From": "+15551230001",
        "To": "+15559870002",
        "Body": text,
        "MessageSid": f"SM{len(cookie):032}",
        "AccountSid": f"AC{0:032}",
        "NumMedia": "0",
    }
    body = urlencode(parameters).encode()
    signed = RequestValidator(TOKEN).compute_signature(
        f"https://sms.example.com{target}", parameters
    )
    environ = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": target,
        "RAW_URI": target,
        "QUERY_STRING": "",
        "SERVER_NAME": "sms.example.com",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "https",
        "wsgi.errors": sys.stderr,
        "HTTP_X_TWILIO_SIGNATURE": signed,
        "HTTP_COOKIE": cookie,
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
    }

    def answer() -> str:
        found: dict[str, str] = {}

        def start(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
            assert status == "200 OK", status
            found.update(headers)

        b"".join(application({**environ, "wsgi.input": io.BytesIO(body)}, start))
        kept = SimpleCookie(found.get("Set-Cookie", "")).get("parley")
        return f"parley={kept.value}" if kept else ""

    return answer


if __name__ == "__main__":
    serve(sys.argv[2]) if sys.argv[1] == "--serve" else main(sys.argv[1])
