"""The image, built and run by a Docker engine: `make image-test`, half a minute.

Not part of `make test`: the build needs an engine, the base image and a package index.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.documents import Document
from tests.server.behind import answer
from tests.server.running import ROOT, Server, free_port
from tests.server.senders import count_in
from tests.webhook import SETTINGS, Twilio, over_http, raw_text

pytestmark = [
    pytest.mark.skipif("IMAGE_TEST" not in os.environ, reason="`make image-test` runs these"),
    pytest.mark.skipif(shutil.which("docker") is None, reason="docker is not installed"),
]
DOCKER = shutil.which("docker") or "docker"
IMAGE = "parley-under-test"
GUIDE = Document("docs/flows.md")
OWNER = "+15550000009"
HARDENED = ["--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
"""As in compose.yaml."""


def docker(*arguments: str, check: bool = True, both: bool = False) -> str:
    """Return the output of a docker command; with `both`, including its standard error."""
    ended = subprocess.run(
        [DOCKER, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert ended.returncode == 0 or not check, ended.stderr
    return ended.stdout.strip() + (ended.stderr if both else "")


@pytest.fixture(scope="module", autouse=True)
def image() -> None:
    docker("build", "--network=host", "--tag", IMAGE, ".")


@contextmanager
def container(
    image: str = IMAGE, options: Sequence[str] = (), **settings: str
) -> Iterator[tuple[str, Server]]:
    """A container, hardened as in compose.yaml, on a port of 127.0.0.1; its ID."""
    port = free_port()
    settings = {**settings, "GUNICORN_CMD_ARGS": f"--bind 127.0.0.1:{port}"}
    given = [f"--env={name}={value}" for name, value in settings.items()]
    run = ["run", "--detach", "--network=host", "--memory=512m", *HARDENED, *options, *given]
    # The process of a Server is the command that starts it: here the client, which has ended.
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    identity = docker(*run, image)
    try:
        yield identity, Server(port, process, Path(os.devnull))
    finally:
        docker("rm", "--force", identity)


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[str, Server]]:
    with container(**SETTINGS) as (identity, server):
        until_healthy(server, identity)
        yield identity, server


def until_healthy(server: Server, identity: str) -> None:
    for _ in range(200):
        try:
            if server.ask("GET", "/healthz")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(docker("logs", identity))


def inside(identity: str, script: str) -> str:
    """Return the output of a shell command in the container, errors included."""
    return docker("exec", identity, "sh", "-c", f"{script} 2>&1", check=False)


def test_the_image_serves_a_conversation(running: tuple[str, Server]) -> None:
    server = running[1]
    sender = Twilio(over_http(server.port))
    for count in range(3):
        assert count_in(sender.text("counter").text) == count
    assert server.ask("POST", "/sms/counter")[0] == 403


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The guide's folder of flows, and its Dockerfile on top of this image."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("__init__", "_tables", "book"):
        file = folder / f"shop/flows/{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(GUIDE.block(f"shop/flows/{name}.py"))
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755)  # the container has another user
    lines = re.findall(r"^    ((?:FROM|COPY|ENV) .+)$", GUIDE.text, re.MULTILINE)
    assert lines[0] == "FROM parley"
    (folder / "Dockerfile").write_text("\n".join([f"FROM {IMAGE}", *lines[1:]]))
    return folder


@pytest.fixture
def volume(project: Path) -> Iterator[str]:
    """A volume with the folder; the engine may run on a machine with other files."""
    name = f"{IMAGE}-flows"
    docker("volume", "create", name)
    identity = docker("create", f"--volume={name}:/srv/flows", IMAGE)
    try:
        docker("cp", f"{project}/shop/flows/.", f"{identity}:/srv/flows")
        yield name
    finally:
        docker("rm", "--force", identity)
        docker("volume", "rm", "--force", name)


def test_a_mounted_folder_of_flows_is_served(volume: str) -> None:
    mounted = [f"--volume={volume}:/srv/flows:ro"]
    settings = {**SETTINGS, "FLOWS": "/srv/flows", "OWNER": OWNER}
    with container(options=mounted, **settings) as (identity, server):
        assert_only_the_folder_is_served(identity, server)


def test_an_image_with_a_folder_of_flows_serves_it(project: Path) -> None:
    image = f"{IMAGE}-with-flows"
    docker("build", "--network=host", "--tag", image, str(project))
    with container(image, **SETTINGS, OWNER=OWNER) as (identity, server):
        assert_only_the_folder_is_served(identity, server)


def assert_only_the_folder_is_served(identity: str, server: Server) -> None:
    until_healthy(server, identity)
    sender = Twilio(over_http(server.port))
    assert "<Message>Table 14 is yours.</Message>" in sender.text("book", "4").text
    assert sender.text("counter").status_code == 404


def test_it_runs_as_an_unprivileged_user_on_a_read_only_file_system(
    running: tuple[str, Server],
) -> None:
    identity = running[0]
    assert inside(identity, "id -u") == "10001"
    assert "Read-only file system" in inside(identity, "touch /srv/parley/x")
    assert inside(identity, "touch /tmp/x && echo written") == "written"
    assert docker("exec", identity, "cat", "/proc/1/cmdline").startswith(
        "/usr/local/bin/python\0/usr/local/bin/gunicorn\0"
    )


def test_it_contains_no_compiler_no_cache_and_no_secret(running: tuple[str, Server]) -> None:
    assert inside(running[0], "command -v gcc cc make || echo none") == "none"
    assert "whl" not in inside(running[0], "find / -xdev -name '*.whl' -path '*wheels*'")
    told = docker("history", "--no-trunc", IMAGE) + docker("inspect", IMAGE)
    for name in ("TOKEN", "SECRET", "PUBLIC_URL"):
        assert name not in told
    # The packages take 197 MB, of which twilio and phonenumbers 95, and the base image the rest.
    assert int(docker("inspect", "--format", "{{.Size}}", IMAGE)) < 340e6


def test_invalid_settings_are_reported() -> None:
    with container(PUBLIC_URL="http://sms.example.com") as (identity, _):
        assert docker("wait", identity) == "1"
        said = docker("logs", identity, both=True)
    for name in ("PUBLIC_URL", "TWILIO_AUTH_TOKEN", "SESSION_SECRET"):
        assert f"- {name}" in said


def test_a_stop_waits_for_the_pending_request() -> None:
    request = raw_text()
    with container(**SETTINGS) as (identity, server):
        until_healthy(server, identity)
        with socket.create_connection(("127.0.0.1", server.port), timeout=15) as connection:
            connection.sendall(request[:-10])
            time.sleep(0.3)  # until the server has read the start of the request
            began = time.monotonic()
            stopping = subprocess.Popen([DOCKER, "stop", "--time=25", identity])
            time.sleep(1)
            connection.sendall(request[-10:])
            assert answer(connection).status == 200
        assert stopping.wait(timeout=30) == 0
        assert time.monotonic() - began < 10
        assert docker("inspect", "--format", "{{.State.ExitCode}}", identity) == "0"
