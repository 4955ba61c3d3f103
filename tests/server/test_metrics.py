"""The metrics of several real processes: added up, and never lost with one of them."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest
from prometheus_client.mmap_dict import MmapedDict

from tests.counts import counts
from tests.server.running import ROOT, Server, clean_environ, finished, free_port, running
from tests.twilio import PUBLIC_URL, SECRET, TOKEN, message, signature

pytestmark = pytest.mark.live

FORM = "application/x-www-form-urlencoded"
METRICS_TOKEN = "m" * 32
AUTHORIZED = {"Authorization": f"Bearer {METRICS_TOKEN}"}
SETTINGS = {"PUBLIC_URL": PUBLIC_URL, "TWILIO_AUTH_TOKEN": TOKEN, "SESSION_SECRET": SECRET}


def two_free_ports() -> tuple[int, int]:
    """Two that are not one and the same."""
    with socket.socket() as one, socket.socket() as another:
        one.bind(("127.0.0.1", 0))
        another.bind(("127.0.0.1", 0))
        return one.getsockname()[1], another.getsockname()[1]


@pytest.fixture(scope="module")
def ports() -> tuple[int, int]:
    return two_free_ports()


@pytest.fixture(scope="module")
def metrics_port(ports: tuple[int, int]) -> int:
    return ports[1]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of contacts that is there at the start."""
    file = tmp_path_factory.mktemp("directory") / "contacts.csv"
    file.write_text("name,number,address\nAda,1,London\n")
    return file


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, ports: tuple[int, int], directory: Path
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    settings = {"METRICS_PORT": str(ports[1]), "METRICS_TOKEN": METRICS_TOKEN}
    settings |= {"WEB_CONCURRENCY": "2", "WEB_THREADS": "2", "DIRECTORY_FILE": str(directory)}
    unix = ("--bind", f"unix:{folder}/socket")
    with running(folder, {**SETTINGS, **settings}, *unix, port=ports[0]) as server:
        until(lambda: server.log().count("Booting worker") == 2)
        yield server


def until(happened: Callable[[], bool]) -> None:
    for _ in range(400):
        if happened():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen within 20 seconds")


def get(port: int, target: str, **headers: str) -> tuple[int, str]:
    status, _, body = asked(port, "GET", target, b"", headers)
    return status, body


def asked(
    port: int, method: str, target: str, body: bytes, headers: dict[str, str]
) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    try:
        connection.request(method, target, body or None, headers)
        response = connection.getresponse()
        return response.status, dict(response.headers), response.read().decode()
    finally:
        connection.close()


def signed_text(flow: str = "counter") -> tuple[str, str, bytes, dict[str, str]]:
    form = message()
    signed = signature(f"{PUBLIC_URL}/sms/{flow}", form)
    headers = {"Content-Type": FORM, "X-Twilio-Signature": signed}
    return "POST", f"/sms/{flow}", urlencode(form).encode(), headers


def turns(port: int) -> float:
    status, page = get(port, "/metrics")
    assert status == 200
    return counts(page).get("parley_turns_total counter answered", 0)


def workers(server: Server) -> set[int]:
    """The process ids of the workers that run now."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    return {int(pid) for pid in children.read_text().split()}


def files_of(pid: int) -> set[Path]:
    """The files that a worker counts turns in: one, but for a moment at its start."""
    maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
    return {Path(line.split()[-1]) for line in maps if "/counter_" in line}


def has_counted(pid: int) -> bool:
    """Whether a worker's own file has a turn of the counter that was answered."""
    wanted = '"counter", "outcome": "answered"'
    return any(
        number > 0 and wanted in key
        for file in files_of(pid)
        for key, number, *_ in MmapedDict.read_all_values_from_file(file)  # type: ignore[no-untyped-call]
    )


def text_until_each_has_counted(server: Server, metrics_port: int) -> float:
    """Text until each worker has counted a turn; the turns that there are then."""
    expected = turns(metrics_port)
    for _ in range(40):
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: asked(server.port, *signed_text()), range(20)))
        assert {status for status, _, _ in answers} == {200}
        expected += len(answers)
        if all(map(has_counted, workers(server))):
            return expected
    raise AssertionError("one worker got none of 800 texts")


def test_the_totals_are_those_of_all_workers_and_survive_each(
    server: Server, metrics_port: int
) -> None:
    expected = text_until_each_has_counted(server, metrics_port)
    assert [turns(metrics_port) for _ in range(5)] == [expected] * 5

    killed = min(workers(server))
    os.kill(killed, signal.SIGKILL)
    until(lambda: turns(metrics_port) != expected or len(workers(server) - {killed}) == 2)
    assert turns(metrics_port) == expected
    expected = text_until_each_has_counted(server, metrics_port)
    assert turns(metrics_port) == expected

    before = workers(server)
    server.process.send_signal(signal.SIGHUP)
    until(
        lambda: (
            turns(metrics_port) != expected
            or (len(workers(server)) == 2 and not workers(server) & before)
        )
    )
    assert turns(metrics_port) == expected
    expected = text_until_each_has_counted(server, metrics_port)
    assert turns(metrics_port) == expected
    assert get(server.port, "/metrics", **AUTHORIZED)[0] == 200


def test_the_files_do_not_grow_in_number_with_the_workers(server: Server) -> None:
    for _ in range(4):
        (killed, *_) = workers(server)
        os.kill(killed, signal.SIGKILL)
        until(lambda: killed not in workers(server) and len(workers(server)) == 2)  # noqa: B023
    until(lambda: all(map(files_of, workers(server))))
    (folder,) = {file.parent for pid in workers(server) for file in files_of(pid)}
    # Two workers, two more at a reload, and the first process, which counts nothing.
    assert len(list(folder.glob("counter_*.db"))) <= 5


def test_a_reload_leaves_no_file_open_behind(server: Server) -> None:
    """Four a reload would end the server at the limit of its files."""
    opened = Path(f"/proc/{server.process.pid}/fd")
    before = len(list(opened.iterdir()))
    for _ in range(2):
        old = workers(server)
        server.process.send_signal(signal.SIGHUP)
        until(lambda: len(workers(server)) == 2 and not workers(server) & old)  # noqa: B023
    assert len(list(opened.iterdir())) <= before


def test_the_port_answers_the_metrics_and_nothing_else(server: Server, metrics_port: int) -> None:
    assert get(metrics_port, "/metrics")[0] == 200
    assert get(metrics_port, "/healthz") == (200, "ok\n")
    method, target, body, headers = signed_text()
    alone = "This port answers GET /metrics and GET /healthz alone.\n"
    host = {"Host": f"127.0.0.1:{server.port}"}
    for more in ({}, host):
        status, _, said = asked(metrics_port, method, target, body, {**headers, **more})
        assert (status, said) == (404, alone)
    assert get(metrics_port, "/") == (404, alone)
    assert asked(server.port, method, target, body, headers)[0] == 200


def test_the_servers_own_port_wants_the_token(server: Server, metrics_port: int) -> None:
    assert get(server.port, "/metrics", **AUTHORIZED)[0] == 200
    refused = get(server.port, "/sms/counter")
    assert refused[0] == 403
    for headers in ({}, {"Authorization": "Bearer x"}, {"Host": f"127.0.0.1:{metrics_port}"}):
        assert get(server.port, "/metrics", **headers) == refused


def test_a_host_that_names_the_port_opens_nothing_on_a_unix_socket(
    server: Server, metrics_port: int
) -> None:
    def get_over_unix(*lines: str) -> bytes:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(15)
            connection.connect(str(server.output.parent / "socket"))
            head = ["GET /metrics HTTP/1.1", f"Host: 127.0.0.1:{metrics_port}", *lines]
            connection.sendall("\r\n".join([*head, "Connection: close", "", ""]).encode())
            answer = b""
            while part := connection.recv(65_536):
                answer += part
            return answer

    assert get_over_unix().startswith(b"HTTP/1.1 403 ")
    authorized = get_over_unix(f"Authorization: Bearer {METRICS_TOKEN}")
    assert authorized.startswith(b"HTTP/1.1 200 "), "the socket itself answers"


def test_every_answer_says_that_nobody_keeps_it_and_none_tells_a_version(
    server: Server, metrics_port: int, directory: Path
) -> None:
    method, target, body, headers = signed_text()
    signed = {"X-Twilio-Signature": signature(f"{PUBLIC_URL}/sms/counter")}
    post, directory_target, ada, directory_headers = signed_text("directory")
    directory.rename(directory.with_suffix(".gone"))
    answers = [
        (200, asked(server.port, method, target, body, headers)),
        (200, asked(server.port, "GET", "/healthz", b"", {})),
        (200, asked(metrics_port, "GET", "/metrics", b"", {})),
        (400, asked(server.port, "GET", "/sms/counter", b"", signed)),
        (403, asked(server.port, "GET", "/", b"", {})),
        (404, asked(metrics_port, "GET", "/", b"", {})),
        (404, asked(server.port, *signed_text("nope"))),
        (405, asked(server.port, "PUT", "/", b"", {})),
        (413, asked(server.port, "POST", "/", b"", {"Content-Length": "2000000"})),
        (431, asked(server.port, "GET", "/", b"", {"X": "x" * 15_360})),
        (431, asked(server.port, "GET", "/", b"", {"X": "x" * 20_000})),
        (414, asked(server.port, "GET", "/" + "x" * 9_000, b"", {})),
        (417, asked(server.port, "POST", "/", b"", {"Expect": "much"})),
        (500, asked(server.port, post, directory_target, ada, directory_headers)),
        (501, asked(server.port, "POST", "/", b"", {"Transfer-Encoding": "zip, chunked"})),
        (503, asked(server.port, *signed_text("forward"))),
    ]
    directory.with_suffix(".gone").rename(directory)
    numbers = counts(get(metrics_port, "/metrics")[1])
    assert numbers["parley_refusals_total request line too long 414"] == 1
    assert numbers["parley_refusals_total headers too large 431"] == 2
    for wanted, (status, said, _) in answers:
        assert status == wanted
        assert said["Cache-Control"] == "no-store", status
        assert said["X-Content-Type-Options"] == "nosniff", status
        assert said.get("Server", "gunicorn") == "gunicorn", status
        assert not {"Via", "X-Powered-By"} & set(said)


def test_the_folder_goes_with_the_server(tmp_path: Path) -> None:
    port, metrics_port = two_free_ports()
    settings = {**SETTINGS, "METRICS_PORT": str(metrics_port), "WEB_CONCURRENCY": "1"}
    with running(tmp_path, settings, port=port) as server:
        assert turns(metrics_port) == 0
        (file,) = files_of(*workers(server))
        assert file.exists()
    assert not file.parent.exists()


def start(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A start that must fail, and end by itself."""
    given = {**SETTINGS, **settings}
    return finished(folder, "app", "-c", str(ROOT / "gunicorn.conf.py"), *arguments, **given)


def test_a_port_that_is_taken_is_said_so(tmp_path: Path, server: Server) -> None:
    ended = start(tmp_path, "--bind", "127.0.0.1:0", METRICS_PORT=str(server.port))
    assert ended.returncode == 1
    assert f"cannot listen on 127.0.0.1:{server.port}, something else listens" in ended.stderr
    assert "choose another port for METRICS_PORT" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_servers_own_port_is_not_for_the_metrics(tmp_path: Path) -> None:
    port = str(free_port())
    ended = start(tmp_path, "--bind", f"127.0.0.1:{port}", METRICS_PORT=port)
    assert ended.returncode == 1
    assert f"METRICS_PORT is {port}, where Parley itself listens: choose another." in ended.stderr


def test_sockets_from_outside_leave_no_room_for_a_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.set_inheritable(True)
        code = (
            "import os, sys; fd = int(sys.argv[1]); os.dup2(fd, 3) if fd != 3 else 0; "
            "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1'); "
            "os.execv(sys.executable, [sys.executable, '-m', 'app', '-c', sys.argv[2]])"
        )
        ended = subprocess.run(
            [sys.executable, "-c", code, str(listener.fileno()), str(ROOT / "gunicorn.conf.py")],
            cwd=tmp_path,
            env=clean_environ(**SETTINGS, METRICS_PORT=str(free_port())),
            pass_fds=[listener.fileno()],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert ended.returncode == 1
    assert "Parley was handed its sockets, and METRICS_PORT is none of them" in ended.stderr


def test_a_development_server_has_metrics_for_this_machine_too(tmp_path: Path) -> None:
    port, metrics = two_free_ports()
    settings = {**SETTINGS, "PARLEY_MODE": "development", "METRICS_PORT": str(metrics)}
    settings["PUBLIC_URL"] = f"http://127.0.0.1:{port}"
    with running(tmp_path, settings, port=port):
        assert turns(metrics) == 0
        assert get(metrics, "/phone/")[0] == 404
        assert get(port, "/phone/", Host=f"127.0.0.1:{port}")[0] == 200


def test_who_takes_no_answer_keeps_no_thread_for_ever(tmp_path: Path) -> None:
    own = (ROOT / "gunicorn.conf.py").read_text()
    conf = tmp_path / "gunicorn.conf.py"
    conf.write_text(
        own.replace("Path(__file__).parent", f"Path({str(ROOT)!r})")
        + "import struct, app.web.accepting\n"
        + "app.web.accepting._PATIENCE = struct.pack('ll', 1, 0)\n"
    )
    settings = {"METRICS_TOKEN": METRICS_TOKEN, "WEB_CONCURRENCY": "1", "WEB_THREADS": "1"}
    wanted = f"GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {METRICS_TOKEN}\r\n\r\n"
    with (
        running(tmp_path, {**SETTINGS, **settings}, "-c", str(conf)) as server,
        socket.socket() as silent,
    ):
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        silent.connect(("127.0.0.1", server.port))
        silent.sendall(wanted.encode() * 500)
        until(lambda: "neither sent nor took a byte" in server.log())
        assert server.ask("GET", "/healthz")[0] == 200
