"""The examples in docs/routing.md are correct."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from parley.cli import sms as commands
from parley.routing.routes import Route
from parley.testing import Sms
from tests.memories import environ as environ
from tests.memories import served as served
from tests.memories import sms as sms

GUIDE = (Path(__file__).parents[2] / "docs/routing.md").read_text()


def block(opening: str) -> str:
    found = re.search(rf"^```{re.escape(opening)}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    assert found, opening
    return found[1]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "routes.toml"
    file.write_text(block("toml routes.toml"))
    return file


def test_the_command_shows_the_routes(file: Path) -> None:
    shown = CliRunner().invoke(commands, ["routes"], env={"ROUTES_FILE": str(file)})
    assert shown.exit_code == 0
    assert shown.output == block("console").partition("\n")[2]


def test_the_command_reports_errors(file: Path) -> None:
    file.write_text('[[route]]\ndefault = "lunch"\n')
    shown = CliRunner().invoke(commands, ["routes"], env={"ROUTES_FILE": str(file)})
    assert shown.exit_code == 1
    assert "Error: Route 1 names the flow 'lunch', which does not exist" in shown.output


def test_every_key_of_a_route_is_documented() -> None:
    rows = set(re.findall(r"^\| `(\w+)` \|", GUIDE, re.MULTILINE))
    assert rows == set(Route.__dataclass_fields__)


def test_the_script_in_the_guide_continues_with_another_flow(sms: Sms, tmp_path: Path) -> None:
    (tmp_path / "reception.py").write_text(block("python app/flows/reception.py"))
    phone = sms(settings={"FLOWS": f"flows,{tmp_path}/"})
    phone.play(
        "/sms",
        """
        > reception
        < What can we do for you?
        < 1. find a colleague
        < 2. leave a message
        > find a colleague
        < Whose number are you looking for?
        """,
    )
