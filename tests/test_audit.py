"""`make audit`: a finding fails it; only where nobody reaches the database it passes unasked."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.server.running import clean_environ, free_port
from tests.test_house import canonical, pinned

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / ".venv-audit/bin/python"

needs_pip_audit = pytest.mark.skipif(
    not PYTHON.exists(), reason="pip-audit is not set up: `make audit` does it"
)


@contextmanager
def database(known: dict[str, str], status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """A stand-in for OSV that knows one vulnerability of each version here, and what it was asked.

    It answers as https://google.github.io/osv.dev/post-v1-query/ says.
    """
    asked: list[str] = []

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name = query.get("package", {}).get("name", "")
            asked.append(name)
            found = {"id": "PYSEC-0000-1", "affected": [], "summary": "a recognisable hole"}
            answer = {"vulns": [found]} if known.get(name) == query.get("version") else {}
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query", asked
    finally:
        server.shutdown()
        server.server_close()


def audit(url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PYTHON, ROOT / ".ci/audit.py", "--osv-url", url],
        env=clean_environ(NO_PROXY="127.0.0.1"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


FLASK = {"flask": "0.5"}
IN_EACH = {
    "requirements.txt": "werkzeug",
    "requirements-dev.txt": "pytest",
    "requirements-audit.txt": "pip-audit",
    "requirements-bench.txt": "matplotlib",
    "requirements-prove.txt": "mutmut",
}


@needs_pip_audit
def test_everything_that_is_pinned_is_asked_about() -> None:
    with database(FLASK) as (url, asked):
        ended = audit(url)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "No known vulnerabilities found" in ended.stdout
    pins = {name for file in IN_EACH for name in pinned(file)}
    asked_about = {canonical(name) for name in asked if name}
    assert pins - asked_about <= {"atheris"}, "it is pinned for some machines alone"
    assert asked_about <= pins


@needs_pip_audit
@pytest.mark.threat("S26")
def test_a_finding_in_any_of_the_files_fails() -> None:
    found = {name: pinned(file)[name] for file, name in IN_EACH.items()}
    with database({**FLASK, **found}) as (url, _):
        ended = audit(url)
    assert ended.returncode == 1
    assert ended.stdout.count("PYSEC-0000-1") == 5
    assert "Found 5 known vulnerabilities in 5 packages" in ended.stdout


@needs_pip_audit
@pytest.mark.parametrize(("known", "status"), [({}, 200), (FLASK, 503)])
def test_a_database_that_tells_nothing_fails(known: dict[str, str], status: int) -> None:
    with database(known, status) as (url, _):
        ended = audit(url)
    assert ended.returncode == 1
    assert "does not tell what is known of flask==0.5" in ended.stdout


@needs_pip_audit
def test_a_database_that_cannot_be_reached_is_said_so() -> None:
    ended = audit(f"http://127.0.0.1:{free_port()}/v1/query")
    assert ended.returncode == 0
    assert ended.stdout.startswith("Audit skipped: the database of vulnerabilities cannot be")
    assert "Connection refused" in ended.stdout


def test_all_files_pin_one_version_of_each_package() -> None:
    assert "pip-audit" in pinned("requirements-audit.txt")
    versions: dict[str, str] = {}
    for file in IN_EACH:
        for name, version in pinned(file).items():
            assert versions.setdefault(name, version) == version, f"{file}: {name}"
