"""Save and text again: a development server reloads a project's flows."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.server.running import ROOT, Server, completed, free_port, running, until
from tests.webhook import ALICE, APP, PUBLIC_URL, SECRET, TOKEN, development

FLOW = """\
from parley import Message, Reply, Session


def lunch(message: Message, session: Session, *, price) -> Reply:
    \"\"\"Count the soups.\"\"\"
    count = session.get_int("count") + 1
    return Reply(f"Soup {count} for {price()}", session=session.remember(count=count))
"""
SERVICES = """\
def price():
    return 3


SERVICES = {"price": price}
"""
OTHER = FLOW.replace("lunch", "dinner")


@dataclass
class Project:
    """A folder with flows, and the development server that serves them."""

    folder: Path
    server: Server
    saved: float = field(default_factory=time.monotonic)

    def ask(self, path: str, **action: str) -> Any:
        """Return the page's response; None while the worker is being replaced."""
        headers = {"Origin": f"http://127.0.0.1:{self.server.port}"}
        headers |= {"Content-Type": "application/json"}
        body = json.dumps(action).encode() if action else b""
        with suppress(OSError):
            status, text, _ = self.server.ask("POST" if body else "GET", path, body, headers)
            return json.loads(text) if status == 200 else text
        return None

    def text(self, flow: str = "lunch") -> str:
        seen = self.ask("/phone/text", flow=flow, **{"from": ALICE, "to": APP, "body": "hi"})
        return str(seen["messages"][-1]["body"])

    def thread(self) -> list[str]:
        seen = self.ask(f"/phone/state?flow=lunch&from=%2B{ALICE[1:]}&to=%2B{APP[1:]}")
        return [each["body"] for each in seen["messages"]]

    def started(self) -> str:
        answer = self.ask("/phone/server")
        return answer["started"] if isinstance(answer, dict) else ""

    def load_error(self) -> str:
        answer = self.ask("/phone/server")
        return answer["load_error"] if isinstance(answer, dict) else ""

    def save(self, name: str, source: str) -> None:
        """Save a file, and wait until the server has reloaded."""
        before = self.started()
        (self.folder / "flows" / name).write_text(source)
        self.saved = time.monotonic()
        until(lambda: self.started() not in ("", before))


@contextmanager
def serving(folder: Path) -> Iterator[Project]:
    (folder / "flows").mkdir()
    (folder / "flows/__init__.py").write_text(SERVICES)
    (folder / "flows/lunch.py").write_text(FLOW)
    port = free_port()
    settings = {**development(port), "FLOWS": "./flows"}
    with running(folder, settings, port=port) as server:
        yield Project(folder, server)


@pytest.mark.live
def test_a_changed_flow_answers_within_two_seconds_and_the_conversation_is_kept(
    tmp_path: Path,
) -> None:
    with serving(tmp_path) as project:
        assert project.text() == "Soup 1 for 3"
        seconds = []
        for number, word in enumerate(("Stew", "Fish", "Cake"), start=2):
            project.save("lunch.py", FLOW.replace("Soup", word))
            assert project.text() == f"{word} {number} for 3"
            seconds.append(time.monotonic() - project.saved)
        assert sorted(seconds)[1] < 2, seconds
        event = "The server was reloaded."
        expected = ["hi", "Soup 1 for 3", event, "hi", "Stew 2 for 3"]
        assert project.thread()[:5] == expected
        assert project.server.log().count("Reloaded: flows/lunch.py was changed.") == 3
        assert project.server.log().count("Parley answers at") == 1


@pytest.mark.live
def test_services_and_new_and_removed_flows_are_reloaded(tmp_path: Path) -> None:
    with serving(tmp_path) as project:
        project.save("__init__.py", SERVICES.replace("3", "4"))
        assert project.text() == "Soup 1 for 4"
        project.save("dinner.py", OTHER)
        assert project.text("dinner") == "Soup 1 for 4"
        before = project.started()
        (project.folder / "flows/dinner.py").unlink()
        until(lambda: project.started() not in ("", before))
        flows = project.ask("/phone/server")["flows"]
        assert [each[:2] for each in flows[1:]] == [["lunch", "Count the soups."]]


@pytest.mark.live
@pytest.mark.parametrize(
    ("name", "right", "wrong", "expected"),
    [
        ("lunch.py", FLOW, FLOW.replace("-> Reply:", "->"), "flows/lunch.py, line 4: cannot be"),
        ("lunch.py", FLOW, f"{FLOW}\n1 / 0\n", "flows/lunch.py, line 9: cannot be imported: Zero"),
        ("lunch.py", FLOW, FLOW.replace("price)", "prize)"), "prize"),
        ("__init__.py", SERVICES, f"import pizza\n{SERVICES}", "No module named 'pizza'"),
        ("__init__.py", SERVICES, f"{SERVICES}\nraise SystemExit(3)\n", "SystemExit: 3"),
    ],
    ids=["syntax", "exception", "parameter", "import", "exit"],
)
def test_a_loading_error_is_shown_until_it_is_fixed(
    tmp_path: Path, name: str, right: str, wrong: str, expected: str
) -> None:
    with serving(tmp_path) as project:
        assert project.text() == "Soup 1 for 3"
        project.save(name, wrong)
        until(lambda: bool(project.load_error()))  # the worker may be replaced twice
        assert expected in project.load_error().splitlines()[0]
        assert expected in project.server.log()
        assert project.server.ask("GET", "/phone/")[0] == 200
        refused = project.ask("/phone/text", **{"from": ALICE, "to": APP, "flow": "lunch"})
        assert refused == "The flows could not be loaded.\n"
        assert project.server.ask("POST", "/sms/lunch")[0] == 503
        assert project.server.ask("GET", "/healthz")[0] == 200
        assert project.thread() == ["hi", "Soup 1 for 3"]
        project.save(name, f"{wrong}\n# still wrong\n")
        assert expected in project.load_error()
        project.save(name, right)
        assert project.load_error() == ""
        assert project.text() == "Soup 2 for 3"


@pytest.mark.live
def test_a_file_that_changes_when_loaded_does_not_reload_forever(tmp_path: Path) -> None:
    writes = "\nfrom pathlib import Path\nPath(__file__).with_name('made.txt').write_text('made')\n"
    with serving(tmp_path) as project:
        project.save("lunch.py", FLOW + writes)
        until(lambda: project.server.log().count("Reloaded") == 4)
        before = project.started()
        time.sleep(1)
        assert project.started() == before
        assert project.text() == "Soup 1 for 3"


def test_in_production_the_reloader_is_not_imported() -> None:
    script = (
        "import sys; import parley.server.hooks, parley.server.worker; "
        "from parley.server.configuration import reloader; print(reloader() is None, "
        "sorted({'parley.server.reloading', 'parley.web.load_error'} & set(sys.modules)))"
    )
    settings = {"PUBLIC_URL": PUBLIC_URL, "TWILIO_AUTH_TOKEN": TOKEN, "SESSION_SECRET": SECRET}
    both = "['parley.server.reloading', 'parley.web.load_error']"
    for more, expected in (
        ({}, "True []"),
        ({"PARLEY_MODE": "development", "PUBLIC_URL": "http://127.0.0.1:8000"}, f"False {both}"),
    ):
        ended = completed(ROOT, [sys.executable, "-c", script], **{**settings, **more})
        assert (ended.returncode, ended.stdout.strip()) == (0, expected), ended.stderr
