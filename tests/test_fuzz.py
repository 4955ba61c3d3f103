"""The fuzzer itself: a few hundred of its inputs, and every fault that it must notice, planted."""

import logging
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from app.web.door import PARAMETERS
from app.wire.conversation_key import ConversationKey
from prove.fuzz import judging, wire
from prove.fuzz.application import SETTINGS, Heard, listen, parley
from prove.fuzz.asked import Asked
from prove.fuzz.cookies import Jar
from prove.fuzz.counts import Counts
from prove.fuzz.judging import Judge
from prove.fuzz.large import SAID
from prove.fuzz.proving import by_lot
from prove.fuzz.seeds import as_json, got, posted, seeds
from prove.fuzz.signing import HEADER, is_signed, signed
from tests.server.running import running

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from flask import Flask

UNSIGNED = posted("witness", SAID).with_header(HEADER, b"")
SIGNED = posted("witness", SAID)


@pytest.fixture(name="heard")
def heard_instead_of_logged() -> Iterator[Heard]:
    logger = logging.getLogger("parley")
    before = logger.handlers[:], logger.propagate
    yield listen()
    logger.handlers[:], logger.propagate = before


@pytest.fixture(name="app")
def fuzzed_app(heard: Heard) -> "Flask":  # noqa: ARG001  # first it listens
    return parley()


@pytest.fixture
def judged(heard: Heard) -> Callable[..., Counts]:
    """What is counted of some requests to an application."""

    def ask(application: "WSGIApplication", *requests: Asked) -> Counts:
        judge = Judge(application, heard)
        for asked in requests:
            judge.ask(asked)
        return judge.counts

    return ask


@pytest.mark.parametrize("how", ["as-is", "signed"])
def test_some_hundred_changed_requests_do_no_harm(app: "Flask", heard: Heard, how: str) -> None:
    judge = Judge(app.wsgi_app, heard)
    begin = seeds(judge)
    counts = by_lot(how, judge, begin, judge.counts.inputs + 500, 30)
    assert counts.found == []
    assert (counts.lost, counts.mixed, counts.let_in, counts.otherwise) == (0, 0, 0, 0)
    assert counts.refused > 50
    assert counts.reached > 50


def test_a_request_is_read_as_it_is_written() -> None:
    for asked in (SIGNED, got("counter", SAID), as_json("counter", SAID)):
        assert Asked.read(asked.as_http()) == asked
        assert is_signed(asked)
        assert not is_signed(asked.with_header(HEADER, b"A" * 27 + b"="))
        changed = asked._replace(target=asked.target + b"x", body=asked.body + b"x")
        assert not is_signed(changed)
        assert is_signed(signed(changed))


def test_a_door_that_is_left_out_for_one_path_is_noticed(
    app: "Flask", judged: Callable[..., Counts]
) -> None:
    [check] = app.before_request_funcs[None]
    assert judged(app.wsgi_app, UNSIGNED).let_in == 0

    def check_but_for_one() -> Any:
        from flask import request

        if request.path != "/sms/witness":
            return check()
        request.environ.update({PARAMETERS: SAID, "parley.started": 0.0})
        return None

    app.before_request_funcs[None] = [check_but_for_one]
    assert judged(app.wsgi_app, UNSIGNED, posted("counter", SAID)).let_in == 1


def test_a_door_that_tells_a_stranger_which_flows_there_are_is_noticed(
    app: "Flask", judged: Callable[..., Counts]
) -> None:
    app.before_request_funcs[None] = []
    nowhere = UNSIGNED._replace(target=b"/sms/nowhere")
    assert judged(app.wsgi_app, nowhere).let_in == 1


def test_a_request_that_makes_it_fail_is_noticed(
    app: "Flask", judged: Callable[..., Counts]
) -> None:
    def fail() -> None:
        raise ValueError

    app.before_request_funcs[None].append(fail)
    counts = judged(app.wsgi_app, SIGNED)
    assert counts.otherwise == 1
    assert counts.found[0][0].startswith("status 500")


def test_a_memory_that_opens_for_another_is_noticed(
    app: "Flask", heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = Judge(app.wsgi_app, heard)

    def with_anothers_cookie() -> Asked:
        cookie = dict(judge.ask(SIGNED).headers)["Set-Cookie"].partition(";")[0].encode()
        return posted("witness", {**SAID, "From": "+15550000008"}).with_header(b"Cookie", cookie)

    judge.ask(with_anothers_cookie())
    assert (judge.counts.mixed, judge.counts.remembered) == (0, 0)
    jar, lots = Jar(judge), random.Random(9)
    for _ in range(300):
        judge.ask(jar.drawn(lots))
    assert judge.counts.mixed == 0
    assert judge.counts.remembered > 50
    monkeypatch.setattr(ConversationKey, "as_bytes", lambda _: b"")
    judge.ask(with_anothers_cookie())
    assert judge.counts.mixed == 1
    jar = Jar(judge)
    for _ in range(100):
        judge.ask(jar.drawn(lots))
    assert judge.counts.mixed > 50


def test_a_failure_a_delay_and_a_wrong_text_are_noticed(
    app: "Flask", judged: Callable[..., Counts], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_answer(*_: Any) -> Any:
        raise ValueError

    def another_text(*given: Any) -> Any:
        return [b"".join(app.wsgi_app(*given)).replace(b"hi", b"ho")]

    def late(*given: Any) -> Any:
        time.sleep(0.3)
        return app.wsgi_app(*given)

    assert judged(no_answer, SIGNED).lost == 1
    assert judged(another_text, SIGNED).found[0][0] == "another text than was meant"
    monkeypatch.setattr(judging, "SLOWEST", 0.2)
    assert judged(late, SIGNED).found[0][0] == "0.3 s"


@pytest.mark.parametrize(
    ("answer", "count"),
    [
        (b"", "lost"),
        (b"no HTTP", "otherwise"),
        (b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n", "otherwise"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "let_in"),
        (b"HTTP/1.1 400 No\r\nContent-Length: 26\r\n\r\nThis is no inbound message", "let_in"),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", "refused"),
    ],
)  # fmt: skip
def test_what_comes_back_from_the_wire_is_judged(answer: bytes, count: str) -> None:
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
        wire.judge(listener.getsockname()[1], UNSIGNED.as_http(), counts)
        thread.join()
    told = {"lost", "otherwise", "let_in", "refused"}
    assert {name: getattr(counts, name) for name in told} == {**dict.fromkeys(told, 0), count: 1}


@pytest.mark.live
def test_some_hundred_changed_requests_to_gunicorn_do_no_harm(
    app: "Flask", heard: Heard, tmp_path: Path
) -> None:
    begin = seeds(Judge(app.wsgi_app, heard))
    with running(tmp_path, {**SETTINGS, "WEB_CONCURRENCY": "1"}) as server:
        counts = wire.fuzzed(server.port, begin, 500, time.monotonic() + 30)
    assert counts.found == []
    assert counts.refused > 300
