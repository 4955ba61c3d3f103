"""`make audit` fails on a finding, and on an unreachable database unless a setting allows it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.http_server import Handler, Server, serving
from tests.server.running import completed, free_port
from tests.test_house import pinned

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / ".venv-audit/bin/python"

needs_pip_audit = pytest.mark.skipif(
    not PYTHON.exists(), reason="pip-audit is not installed, run: make audit"
)


@contextmanager
def database(known: dict[str, str], status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """A stand-in for OSV, with one vulnerability per package; yields its URL and the queries.

    Its responses follow https://google.github.io/osv.dev/post-v1-query/.
    """
    asked: list[str] = []

    class Answers(Handler):
        def do_POST(self) -> None:
            query = json.loads(self.body())
            name = query.get("package", {}).get("name", "")
            asked.append(name)
            found = {"id": "PYSEC-0000-1", "affected": [], "summary": "a recognisable hole"}
            answer = {"vulns": [found]} if known.get(name) == query.get("version") else {}
            self.answer(json.dumps(answer).encode(), status=status)

    with serving(Server(Answers)) as server:
        yield f"{server.url}/v1/query", asked


def audit(url: str, python: Path = PYTHON, **settings: str) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [python, ROOT / ".ci/audit.py", "--osv-url", url]
    return completed(ROOT, command, NO_PROXY="127.0.0.1", **settings)


FLASK = {"flask": "0.5"}
IN_EACH = {
    "requirements.txt": "werkzeug",
    "requirements-dev.txt": "pytest",
    "requirements-audit.txt": "pip-audit",
    "requirements-mutation.txt": "mutmut",
}


@needs_pip_audit
def test_every_pinned_package_is_looked_up() -> None:
    with database(FLASK) as (url, asked):
        ended = audit(url)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "No known vulnerabilities found" in ended.stdout
    pins = {name for file in ROOT.glob("requirements*.txt") for name in pinned(file.name)}
    asked_about = {canonicalize_name(name) for name in asked if name}
    assert asked_about == pins


@needs_pip_audit
@pytest.mark.threat("S26")
def test_a_finding_in_any_of_the_files_fails() -> None:
    found = {name: pinned(file)[name] for file, name in IN_EACH.items()}
    with database({**FLASK, **found}) as (url, _):
        ended = audit(url)
    assert ended.returncode == 1
    assert ended.stdout.count("PYSEC-0000-1") == len(found) == 4
    assert "Found 4 known vulnerabilities in 4 packages" in ended.stdout


@needs_pip_audit
@pytest.mark.parametrize(("known", "status"), [({}, 200), (FLASK, 503)])
def test_the_audit_fails_without_a_response_of_the_database(
    known: dict[str, str], status: int
) -> None:
    with database(known, status) as (url, _):
        ended = audit(url)
    assert ended.returncode == 1
    assert "does not tell what is known of flask==0.5" in ended.stdout


@pytest.mark.parametrize(("settings", "status"), [({}, 1), ({"AUDIT_MAY_BE_SKIPPED": "1"}, 0)])
def test_a_setting_lets_the_audit_pass_without_the_database(
    settings: dict[str, str], status: int
) -> None:
    ended = audit(f"http://127.0.0.1:{free_port()}/v1/query", Path(sys.executable), **settings)
    assert ended.returncode == status
    assert ended.stdout.startswith("Audit skipped: the database of vulnerabilities cannot be")
    assert "Connection refused" in ended.stdout


def test_all_files_pin_one_version_of_each_package() -> None:
    assert "pip-audit" in pinned("requirements-audit.txt")
    versions: dict[str, str] = {}
    for file in sorted(ROOT.glob("requirements*.txt")):
        for name, version in pinned(file.name).items():
            assert versions.setdefault(name, version) == version, f"{file}: {name}"
