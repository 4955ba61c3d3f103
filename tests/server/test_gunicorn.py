"""What gunicorn does with the application: real processes, real HTTP."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.server.running import ROOT, Server, finished, free_port, running
from tests.twilio import PUBLIC_URL, SECRET, TOKEN, message, signature

FORM = "application/x-www-form-urlencoded"
SETTINGS = {"PUBLIC_URL": PUBLIC_URL, "TWILIO_AUTH_TOKEN": TOKEN, "SESSION_SECRET": SECRET}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    with running(folder, {**SETTINGS, "WEB_CONCURRENCY": "2", "WEB_THREADS": "4"}) as server:
        yield server


def text(server: Server, from_: str, cookie: str, flow: str = "counter") -> tuple[str, str]:
    """One signed text: the TwiML and the cookie to keep."""
    form = message(from_=from_)
    headers = {
        "Content-Type": FORM,
        "X-Twilio-Signature": signature(f"{PUBLIC_URL}/sms/{flow}", form),
        **({"Cookie": cookie} if cookie else {}),
    }
    status, body, cookies = server.ask("POST", f"/sms/{flow}", urlencode(form).encode(), headers)
    assert status == 200, body
    return body, cookies[0].partition(";")[0]


def test_64_interleaved_senders_get_their_own_counts(server: Server) -> None:
    senders = [f"+1555123{number:04d}" for number in range(64)]
    cookies = dict.fromkeys(senders, "")
    heard: dict[str, list[str]] = {sender: [] for sender in senders}

    def one_turn(sender: str) -> None:
        body, cookies[sender] = text(server, sender, cookies[sender])
        heard[sender].append(body.partition("<Message>")[2].partition("</Message>")[0])

    with ThreadPoolExecutor(16) as pool:
        for _ in range(20):
            list(pool.map(one_turn, senders))

    expected = ["Hello, thanks for the new message!"]
    expected += [f"Your current count is {count}" for count in range(1, 20)]
    assert all(said == expected for said in heard.values())


def test_the_raw_target_reaches_the_signature(server: Server) -> None:
    query = "From=%2B15551230001&To=%2b15559870002&MessageSid=SM1&Body=O%27Brien+it's%20%E2%9C%93"
    target = f"/sms/counter?{query}"
    headers = {"X-Twilio-Signature": signature(PUBLIC_URL + target)}
    assert server.ask("GET", target, headers=headers)[0] == 200
    assert server.ask("GET", target.replace("%2b", "%2B"), headers=headers)[0] == 403


def test_a_stranger_is_refused_everywhere(server: Server) -> None:
    for target in ("/sms/counter", "/sms/a/b", "/sms//counter", "//", "/nope", "/healthz/"):
        assert server.ask("POST", target)[0] == 403, target
    for method in ("PUT", "OPTIONS", "DELETE"):
        assert server.ask(method, "/sms/counter")[0] == 405
    assert server.ask("GET", "/healthz") == (200, "ok\n", [])


def test_a_chunked_body_is_read_whole(server: Server) -> None:
    form = message()
    body = urlencode(form).encode()
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:9], body[9:]))
    head = (
        "POST /sms/counter HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        f"Content-Type: {FORM}\r\nTransfer-Encoding: chunked\r\n"
        f"X-Twilio-Signature: {signature(PUBLIC_URL + '/sms/counter', form)}\r\n\r\n"
    )
    assert server.send(head.encode() + chunks + b"0\r\n\r\n").startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    "body",
    [
        b"zz\r\n",
        b"1\r\naXX0\r\n\r\n",
        b"1;\x01\r\na\r\n0\r\n\r\n",
        b"0\r\nContent-Length: 1\r\n\r\n",
        b"0\r\n" + b"X: 1\r\n" * 200 + b"\r\n",
    ],
)
def test_a_body_that_is_chunked_wrongly_is_refused(server: Server, body: bytes) -> None:
    head = b"POST /sms/counter HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    answer = server.send(head + b"Transfer-Encoding: chunked\r\n\r\n" + body)
    assert answer.startswith(b"HTTP/1.1 403 "), answer
    assert "Traceback" not in server.log()


@pytest.mark.parametrize("host", ["..", "a..b", "x" * 300, "not a host!", ""])
def test_no_host_is_odd_enough_to_be_noticed(server: Server, host: str) -> None:
    answer = server.send(
        f"GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    )
    assert answer.startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize("method", ["get", "Post", "FOO", "X" * 30, "a#b"])
def test_an_odd_method_is_405_too(server: Server, method: str) -> None:
    request = f"{method} /sms/counter HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert server.send(request.encode()).startswith(b"HTTP/1.1 405 ")


def start(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A start that must fail, and end by itself."""
    return finished(folder, "app", "-c", str(ROOT / "gunicorn.conf.py"), *arguments, **settings)


def test_wrong_settings_are_reported_before_it_listens(tmp_path: Path) -> None:
    ended = start(tmp_path, PUBLIC_URL="http://sms.example.com", WEB_THREADS="many")
    assert ended.returncode == 1
    for name in ("PUBLIC_URL", "TWILIO_AUTH_TOKEN", "SESSION_SECRET", "WEB_THREADS"):
        assert f"- {name}" in ended.stderr
    assert "Listening" not in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("odd", ["abc", "0", "-1"])
def test_a_wrong_number_of_workers_is_a_sentence_too(tmp_path: Path, odd: str) -> None:
    ended = start(tmp_path, **SETTINGS, WEB_CONCURRENCY=odd)
    assert ended.returncode == 1
    assert "- WEB_CONCURRENCY is" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_blank_number_of_workers_is_the_default(tmp_path: Path) -> None:
    with running(tmp_path, {**SETTINGS, "WEB_CONCURRENCY": ""}) as server:
        assert server.ask("GET", "/healthz")[0] == 200


def with_its_secret_in_a_file(folder: Path) -> tuple[Path, dict[str, str]]:
    """The file, and the settings of a server of one worker that reads it."""
    file = folder / "secret"
    file.write_text(SECRET)
    settings = {**SETTINGS, "SESSION_SECRET_FILE": str(file), "WEB_CONCURRENCY": "1"}
    del settings["SESSION_SECRET"]
    return file, settings


@pytest.mark.threat("S28")
def test_a_reload_with_wrong_settings_keeps_the_old_workers(tmp_path: Path) -> None:
    secret, settings = with_its_secret_in_a_file(tmp_path)
    with running(tmp_path, settings) as server:
        cookie = text(server, "+15551230001", "")[1]
        secret.write_text("too short")
        server.process.send_signal(signal.SIGHUP)
        until(
            lambda: "Not reloaded, the old workers go on. The settings are wrong:" in server.log()
        )
        body, cookie = text(server, "+15551230001", cookie)
        assert "Your current count is 1" in body
        secret.write_text(f"{SECRET}{SECRET},{SECRET}")
        server.process.send_signal(signal.SIGHUP)
        until(lambda: server.log().count("Booting worker") == 2)
        body, cookie = text(server, "+15551230001", cookie)
        assert "Your current count is 2" in body


def test_a_reload_whose_check_is_killed_keeps_the_old_workers(tmp_path: Path) -> None:
    """As the kernel does when memory is short: such a check says nothing at all."""
    killed = tmp_path / "killed"
    (tmp_path / "sitecustomize.py").write_text(
        f"import os\nif os.path.exists({str(killed)!r}):\n    os.kill(os.getpid(), 9)\n"
    )
    settings = {**SETTINGS, "WEB_CONCURRENCY": "1", "PYTHONPATH": str(tmp_path)}
    with running(tmp_path, settings) as server:
        killed.touch()
        server.process.send_signal(signal.SIGHUP)
        until(lambda: "Not reloaded, the old workers go on. The check came to" in server.log())
        assert (
            "Your current count is 1"
            in text(server, "+15551230001", text(server, "+15551230001", "")[1])[0]
        )


def test_a_worker_that_takes_the_place_of_another_has_the_same_settings(tmp_path: Path) -> None:
    secret, settings = with_its_secret_in_a_file(tmp_path)
    with running(tmp_path, settings) as server:
        cookie = text(server, "+15551230001", "")[1]
        secret.write_text("half of a secr")
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
        os.kill(int(children.read_text()), signal.SIGKILL)
        until(lambda: server.log().count("Booting worker") == 2)
        assert "Your current count is 1" in text(server, "+15551230001", cookie)[0]
        assert server.log().count("INFO serving") == 1


def until(happened: Callable[[], bool]) -> None:
    for _ in range(200):
        if happened():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen within ten seconds")


def test_development_runs_one_worker_whatever_gunicorn_is_told(tmp_path: Path) -> None:
    development = {**SETTINGS, "PARLEY_MODE": "development"}
    development["PUBLIC_URL"] = f"http://127.0.0.1:{free_port()}"
    ended = start(tmp_path, "--workers", "3", **development)
    assert ended.returncode == 1
    assert "runs one worker" in ended.stderr


def test_a_development_server_listens_on_this_machine_only(tmp_path: Path) -> None:
    development = {**SETTINGS, "PARLEY_MODE": "development"}
    development["PUBLIC_URL"] = f"http://127.0.0.1:{free_port()}"
    ended = start(tmp_path, "--bind", "0.0.0.0:0", **development)
    assert ended.returncode == 1
    assert "on this machine only: drop --bind" in ended.stderr


def test_a_port_in_use_is_said_so(tmp_path: Path, server: Server) -> None:
    development = {**SETTINGS, "PARLEY_MODE": "development"}
    development["PUBLIC_URL"] = f"http://127.0.0.1:{server.port}"
    ended = start(tmp_path, **development)
    assert ended.returncode == 1
    assert f"cannot listen on 127.0.0.1:{server.port}, something else listens" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_worker_that_is_told_to_end_while_it_begins_ends(tmp_path: Path) -> None:
    """gunicorn forgets what comes between the fork and its listening to signals: at a stop such a
    worker went on until it was killed, twenty seconds later.
    """
    conf = ROOT / "gunicorn.conf.py"
    told = tmp_path / "told.conf.py"
    told.write_text(
        f"import os, signal\n__file__ = {str(conf)!r}\nexec(open(__file__).read())\n"
        "as_written = post_fork\n"
        "def post_fork(server, worker):\n"
        "    as_written(server, worker)\n"
        "    if worker.age == 1:\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
    )
    with running(tmp_path, {**SETTINGS, "WEB_CONCURRENCY": "1"}, "-c", str(told)) as server:
        until(lambda: server.log().count("Booting worker") == 2)
        assert "Worker exiting" in server.log()
        assert server.ask("GET", "/healthz")[0] == 200


def test_a_reload_whose_check_hangs_keeps_the_old_workers(tmp_path: Path) -> None:
    """While it waits for a check it hears no signal, and could not even be stopped."""
    conf = tmp_path / "gunicorn.conf.py"
    own = ROOT / "gunicorn.conf.py"
    conf.write_text(
        own.read_text()
        .replace("CHECKED_WITHIN = 20 ", "CHECKED_WITHIN = 1 ")
        .replace("Path(__file__).parent", f"Path({str(ROOT)!r})")
    )
    hangs = tmp_path / "hangs"
    (tmp_path / "sitecustomize.py").write_text(
        f"import os, time\nif os.path.exists({str(hangs)!r}):\n    time.sleep(60)\n"
    )
    settings = {**SETTINGS, "WEB_CONCURRENCY": "1", "PYTHONPATH": str(tmp_path)}
    with running(tmp_path, settings, "-c", str(conf)) as server:
        hangs.touch()
        server.process.send_signal(signal.SIGHUP)
        until(lambda: "the old workers go on. The check took more than 1 seconds" in server.log())
        assert text(server, "+15551230001", "")[1]


@pytest.mark.parametrize(("workers", "turns"), [("1", 0), ("2", 100_000)])
def test_a_single_worker_is_never_replaced(workers: str, turns: int) -> None:
    """Nobody would accept anything until it has ended, up to 20 seconds later."""
    shown = finished(
        ROOT,
        "gunicorn",
        "--print-config",
        "-c",
        str(ROOT / "gunicorn.conf.py"),
        "wsgi:app",
        **{**SETTINGS, "WEB_CONCURRENCY": workers},
    )
    assert re.search(rf"^max_requests +(=|:) *{turns}$", shown.stdout, re.MULTILINE), shown.stdout


def test_flasks_development_server_is_refused_in_production() -> None:
    port = str(free_port())
    ended = finished(ROOT, "flask", "--app", "wsgi", "run", "--port", port, **SETTINGS)
    assert ended.returncode == 1
    assert "Start Parley with `python -m app`" in ended.stderr
    assert "Running on" not in ended.stderr
