"""The page of a development server with a database: due messages arrive automatically."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.postgres import Cluster
from tests.server.running import PARLEY, Server, clean_environ, free_port, running, until
from tests.webhook import ALICE, APP, development

pytestmark = pytest.mark.live

FLOW = '''"""A question with a reminder."""

from parley import Script, ask, hours, script


@script
def trial() -> Script:
    """Ask for a name."""
    name = yield ask("Your name?", remind=hours(24), reminder="Still there?")
    return f"Thank you, {name}."
'''
BOB = "+15551230002"


def act(server: Server, action: str, **fields: str) -> Any:
    headers = {"Origin": f"http://127.0.0.1:{server.port}", "Content-Type": "application/json"}
    given = {"from": ALICE, "to": APP, "flow": "trial", **fields}
    status, text, _ = server.ask("POST", f"/phone/{action}", json.dumps(given).encode(), headers)
    assert status == 200, text
    return json.loads(text)


def thread(server: Server, person: str = ALICE) -> list[str]:
    path = f"/phone/state?flow=trial&from=%2B{person[1:]}&to=%2B{APP[1:]}"
    seen = json.loads(server.ask("GET", path, b"", {})[1])
    return [each["body"] for each in seen["messages"] if each["side"] != "event"]


def test_reminders_and_first_messages_arrive_and_tomorrow_moves_the_clock(
    tmp_path: Path, cluster: Cluster
) -> None:
    (tmp_path / "trial.py").write_text(FLOW)
    port = free_port()
    settings = {
        **development(port),
        "FLOWS": f"{tmp_path}/",
        "DATABASE_URL": cluster.new_database("page"),
        "QUIET_HOURS": "off",
        "SENDING_NUMBER": APP,
    }
    with running(tmp_path, settings, port=port) as server:
        act(server, "text", body="hi")
        assert thread(server) == ["hi", "Your name?"]
        act(server, "later", seconds="86400")
        until(lambda: thread(server) == ["hi", "Your name?", "Still there?"])
        act(server, "text", body="Ada")
        assert thread(server)[-1] == "Thank you, Ada."

        command = [PARLEY, "start", BOB, "trial", "--consent", "a test"]
        ended = subprocess.run(
            command, env=clean_environ(**settings), capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
        until(lambda: thread(server, BOB) == ["Your name?"])
        act(server, "text", body="Bob", **{"from": BOB})
        assert thread(server, BOB) == ["Your name?", "Bob", "Thank you, Bob."]
