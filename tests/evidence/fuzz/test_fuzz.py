"""Requests that no client would send, and the faults that the fuzzer must find."""

import importlib.util
import json
import logging
import random
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from parley.sessions import ConversationKey
from tests.evidence.fuzz import checks, large, wire
from tests.evidence.fuzz.application import SETTINGS, Log, make_fuzzed_app, replaced_log
from tests.evidence.fuzz.checks import Checker, Counts
from tests.evidence.fuzz.cookies import Cookies
from tests.evidence.fuzz.large import PARAMETERS
from tests.evidence.fuzz.mutations import changed
from tests.evidence.fuzz.raw_request import SIGNATURE, RawRequest
from tests.evidence.fuzz.seeds import as_json, got, posted, seeds
from tests.evidence.plugin import Record, sizes
from tests.server.running import running

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

SIGNED = posted("recorder", PARAMETERS)
UNSIGNED = SIGNED.with_header(SIGNATURE, b"")
SECONDS = 180
"""Maximum of seconds for a coverage-guided run."""


@pytest.fixture(name="log")
def log_of_the_application() -> Iterator[Log]:
    logger = logging.getLogger("parley")
    before = logger.handlers[:], logger.propagate
    yield replaced_log()
    logger.handlers[:], logger.propagate = before


@pytest.fixture(name="app")
def fuzzed_app(log: Log) -> "WSGIApplication":  # noqa: ARG001  # replaces the log first
    return make_fuzzed_app().wsgi_app


@pytest.fixture
def checked(log: Log) -> Callable[..., Counts]:
    """Send requests to an application, and count the results."""

    def send(application: "WSGIApplication", *requests: RawRequest) -> Counts:
        checker = Checker(application, log)
        for request in requests:
            checker.send(request)
        return checker.counts

    return send


def add_row(record: Record, what: str, counts: Counts, guided: str = "") -> None:
    """Add the row of a run, and fail if there was an error."""
    notes = [
        f"for example {counts.found[0]}"[:2_000] if counts.found else "",
        guided,
        f"{counts.reached:,} reached a flow" if counts.reached else "",
        f"{counts.remembered:,} with a memory" if counts.remembered else "",
        f"{counts.over_a_limit} replies over their limit" if counts.over_a_limit else "",
        f"slowest {counts.slowest * 1_000:.0f} ms, of {counts.slowest_size:,} bytes",
    ]
    record(
        what,
        inputs=counts.inputs,
        refused=counts.refused,
        lost=counts.lost,
        mixed=counts.mixed,
        let_in=counts.let_in,
        note="; ".join(filter(None, notes)),
    )
    assert counts.found == []


@pytest.mark.parametrize("signed", [False, True], ids=["as-is", "signed"])
@sizes(500, short=100_000, long=10_000_000)
def test_changed_requests_cause_no_errors(
    app: "WSGIApplication", log: Log, record: Record, size: int, signed: bool, tmp_path: Path
) -> None:
    """Coverage-guided if atheris is installed; otherwise, and in the small size, random."""
    if size > 1_000 and importlib.util.find_spec("atheris"):
        counts, guided = guided_by_coverage(signed, size, tmp_path / "counts.json")
    else:
        checker, rng, guided = Checker(app, log), random.Random(9), "changed at random"
        begin = seeds(Checker(app, log))
        for _ in range(min(size, 100_000)):
            request = RawRequest.read(changed(rng.choice(begin), rng, begin))
            checker.send(request.signed() if signed else request)
        counts = checker.counts
    what = "signed after they were changed" if signed else "signed or not"
    add_row(record, f"fuzzed requests, {what}", counts, guided)
    assert min(counts.refused, counts.reached) > counts.inputs / 100


def guided_by_coverage(signed: bool, inputs: int, file: Path) -> tuple[Counts, str]:
    """Return the counts of a run of libFuzzer, and the number of covered branches."""
    command = [sys.executable, "-m", "tests.evidence.fuzz.guided", str(int(signed)), str(inputs)]
    ended = subprocess.run(
        [*command, str(SECONDS), str(file)], capture_output=True, text=True, check=False
    )
    output = ended.stdout + ended.stderr
    assert file.exists(), output[-3_000:]
    assert "Instrumenting parley.twilio.signature" in output
    covered = re.findall(r"cov: (\d+)", output)
    counts = Counts(**json.loads(file.read_text()))
    return counts, f"from {covered[0]} to {covered[-1]} branches covered"


@sizes(300, short=20_000, long=100_000)
def test_changed_cookies_open_no_other_memory(
    app: "WSGIApplication", log: Log, record: Record, size: int
) -> None:
    checker, rng = Checker(app, log), random.Random(9)
    cookies = Cookies(Checker(app, log))
    for _ in range(size):
        checker.send(cookies.drawn(rng))
    add_row(record, "fuzzed cookies of signed requests", checker.counts)
    assert checker.counts.remembered > size / 10


@sizes(short=150, long=750)
def test_large_requests_cause_no_errors(
    app: "WSGIApplication", log: Log, record: Record, size: int
) -> None:
    checker, rng = Checker(app, log), random.Random(9)
    for _ in range(size):
        checker.send(large.drawn(rng))
    add_row(record, "fuzzed requests at the limits of size", checker.counts)
    assert min(checker.counts.refused, checker.counts.reached) > size / 10


@sizes(short=10_000, long=50_000)
def test_changed_bytes_cause_no_errors_in_gunicorn(
    app: "WSGIApplication", log: Log, record: Record, size: int, tmp_path: Path
) -> None:
    begin = seeds(Checker(app, log))
    settings = {**SETTINGS, "EXPLAIN_REFUSALS": "off"}
    with running(tmp_path, settings) as server:
        counts = wire.fuzzed(server.port, begin, size)
    add_row(record, "fuzzed bytes to gunicorn, none signed", counts)
    assert counts.refused > size / 2


def test_a_request_is_read_as_it_is_written() -> None:
    for request in (SIGNED, got("counter", PARAMETERS), as_json("counter", PARAMETERS)):
        assert RawRequest.read(request.as_http()) == request
        assert request.is_signed
        assert not request.with_header(SIGNATURE, b"A" * 27 + b"=").is_signed
        changed = request._replace(target=request.target + b"x", body=request.body + b"x")
        assert not changed.is_signed
        assert changed.signed().is_signed


def without_check(app: "WSGIApplication", path: str) -> "WSGIApplication":
    """Return an application that signs requests for one path itself, so they are not checked."""

    def call(environ: Any, start: Any) -> Any:
        if environ["PATH_INFO"] == path:
            body = environ["wsgi.input"].read()
            headers = ((b"Content-Type", environ.get("CONTENT_TYPE", "").encode()),)
            environ = RawRequest(b"POST", path.encode(), headers, body).signed().as_environ()
        return app(environ, start)

    return call


def test_a_path_without_signature_check_is_found(
    app: "WSGIApplication", checked: Callable[..., Counts]
) -> None:
    assert checked(app, UNSIGNED).let_in == 0
    open_for_one = without_check(app, "/sms/recorder")
    assert checked(open_for_one, UNSIGNED, posted("counter", PARAMETERS)).let_in == 1
    nowhere = UNSIGNED._replace(target=b"/sms/nowhere")
    assert checked(app, nowhere).let_in == 0
    assert checked(without_check(app, "/sms/nowhere"), nowhere).let_in == 1, (
        "the response reveals which flows exist"
    )


def test_memory_that_opens_for_another_sender_is_found(
    app: "WSGIApplication", log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    checker, rng = Checker(app, log), random.Random(9)

    def with_the_cookie_of_another_sender() -> RawRequest:
        cookie = dict(checker.send(SIGNED).headers)["Set-Cookie"].partition(";")[0].encode()
        other = posted("recorder", {**PARAMETERS, "From": "+15550000008"})
        return other.with_header(b"Cookie", cookie)

    checker.send(with_the_cookie_of_another_sender())
    assert (checker.counts.mixed, checker.counts.remembered) == (0, 0)
    monkeypatch.setattr(ConversationKey, "as_bytes", lambda _: b"")
    checker.send(with_the_cookie_of_another_sender())
    assert checker.counts.mixed == 1
    cookies = Cookies(checker)
    for _ in range(100):
        checker.send(cookies.drawn(rng))
    assert checker.counts.mixed > 25


def test_failures_delays_and_wrong_texts_are_found(
    app: "WSGIApplication", checked: Callable[..., Counts], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_answer(*_: Any) -> Any:
        raise ValueError

    def failing(_: Any, start: Any) -> Any:
        start("500 Internal Server Error", [])
        return [b"it failed"]

    def another_text(*given: Any) -> Any:
        return [b"".join(app(*given)).replace(b"hi", b"ho")]

    def late(*given: Any) -> Any:
        time.sleep(0.3)
        return app(*given)

    assert checked(no_answer, SIGNED).lost == 1
    assert checked(failing, SIGNED).found[0][0].startswith("status 500")
    assert checked(another_text, SIGNED).found[0][0] == "another text than the flow replied"
    monkeypatch.setattr(checks, "SLOWEST", 0.2)
    assert checked(late, SIGNED).found[0][0] == "0.3 s"


@pytest.mark.parametrize(
    ("answer", "count"),
    [
        (b"", "lost"),
        (b"not HTTP", "otherwise"),
        (b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n", "otherwise"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "let_in"),
        (b"HTTP/1.1 400 No\r\nContent-Length: 30\r\n\r\nThis is not an inbound message", "let_in"),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", "refused"),
    ],
)
def test_the_responses_of_a_server_are_checked(answer: bytes, count: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                while connection.recv(65_536):
                    pass
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        counts = Counts()
        wire.check(listener.getsockname()[1], UNSIGNED.as_http(), counts)
        thread.join()
    names = {"lost", "otherwise", "let_in", "refused"}
    assert {name: getattr(counts, name) for name in names} == {**dict.fromkeys(names, 0), count: 1}
