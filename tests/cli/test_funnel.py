"""`parley funnel` shows at which question people leave, and reports unreadable input."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from parley.cli import sms as commands
from parley.conversation.script_events import SCRIPT_EVENTS
from parley.testing import Clock
from tests.funnel.conversations import METRICS_TOKEN, hold, page_of

GUIDE = (Path(__file__).parents[2] / "docs/operations.md").read_text()
TURNS = """
{"event": "turn", "flow": "sign-up", "script": "begun", "asked": "name"}
{"event": "turn", "flow": "sign-up", "answered": "name", "asked": "colour", "answered_after": 4}
{"event": "turn", "flow": "sign-up", "answered": "colour", "script": "finished","answered_after": 9}
{"event": "turn", "flow": "sign-up", "script": "begun", "asked": "name"}
{"event": "turn", "flow": "sign-up", "answered": "name", "asked": "colour", "answered_after": 400}
{"event": "turn", "flow": "sign-up", "asked_again": "colour"}
{"event": "turn", "flow": "menu", "left": "sign-up/colour", "script": "sign-up/menu"}
{"event": "turn", "flow": "sign-up", "script": "begun", "asked": "name"}
{"event": "turn", "flow": "sign-up", "answered": "name", "asked": "colour", "answered_after": 5}
{"event": "turn", "flow": "sign-up", "script": "begun", "asked": "name"}
{"event": "turn", "flow": "other", "script": "begun", "asked": "\\u001b[31mred"}
"""
DRAWN = """\
sign-up: 4 begun, 1 finished (25 %), 1 menu, 2 silent

question  asked  asked again  answered  given up  went back  left  silent  median
name          4            0         3         0          0     0       1     4 s
colour        3            1         1         0          0     1       1     8 s

█ went on  ░ left or silent
name    ██████████████████████████████░░░░░░░░░░  25 %
colour  ██████████░░░░░░░░░░░░░░░░░░░░  67 %
"""


def run(*arguments: str, typed: str = "", **environ: str) -> Result:
    environ = {"METRICS_TOKEN": "", "COLUMNS": "55", **environ}
    return CliRunner().invoke(commands, ["funnel", *arguments], input=typed, env=environ)


def test_it_prints_a_table_with_bars(tmp_path: Path) -> None:
    file = tmp_path / "log.json"
    file.write_text(TURNS)
    result = run("--flow", "sign-up", str(file))
    assert result.exit_code == 0
    assert result.output == DRAWN
    whole = run("-", typed=TURNS).output
    assert whole.startswith(f"{DRAWN}\nother: 1 begun, 0 finished (0 %), 1 silent\n")
    assert "?[31mred" in whole, "an escape sequence was printed"
    assert "\x1b" not in whole


def test_the_guide_shows_its_output(
    make_app: Callable[..., Flask], clock: Clock, tmp_path: Path
) -> None:
    app = make_app(METRICS_TOKEN=METRICS_TOKEN)
    hold(app.test_client(use_cookies=False), clock.later)
    (tmp_path / "page.txt").write_text(page_of(app))
    drawn = run("--flow", "sign-up", str(tmp_path / "page.txt"), COLUMNS="80").output
    assert drawn == re.findall(r"^```text funnel\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)[0]


def test_a_server_without_texts_is_not_an_error() -> None:
    zeros = "".join(f'parley_scripts_total{{flow="a",event="{e}"}} 0\n' for e in SCRIPT_EVENTS)
    result = run("-", typed=f"# TYPE parley_scripts_total counter\n{zeros}")
    assert result.exit_code == 0
    assert result.output == "There are no events of scripts yet.\n"


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        ([], 2, "Name a log in JSON, or the metrics: a file, - for standard input, or a URL"),
        (["nothing/there"], 1, "nothing/there cannot be read: No such file or directory."),
        (["."], 1, ". cannot be read: Is a directory."),
        (
            ["-"],
            1,
            "Standard input has no turn in JSON, and is not a page of metrics: set LOG_FORMAT=json",
        ),
        (
            ["--flow", "lunch", "LOG"],
            1,
            "There are no events of lunch. Scripts: sign-up, other.",
        ),
        (["https://a.example/metrics"], 1, "METRICS_TOKEN is not set: set it to the token"),
    ],
)
def test_unreadable_input_is_reported(
    tmp_path: Path, arguments: list[str], status: int, says: str
) -> None:
    (tmp_path / "log").write_text(TURNS)
    result = run(*[str(tmp_path / "log") if each == "LOG" else each for each in arguments])
    assert result.exit_code == status
    assert says in result.output


def test_an_unreachable_url_is_reported_without_its_password() -> None:
    result = run("http://me:secret@127.0.0.1:1/metrics", METRICS_TOKEN="m" * 32)
    assert result.exit_code == 1
    assert result.output == "Error: No connection to http://127.0.0.1:1: Connection refused.\n"
