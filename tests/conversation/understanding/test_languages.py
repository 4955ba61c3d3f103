import sys
from pathlib import Path
from typing import Any

import pytest

from parley.conversation.understanding.languages import available, load
from parley.testing import SETTINGS
from tests.server.running import ROOT, printed


def shape(value: Any) -> Any:
    """Return the names in a language file, without the words."""
    if not isinstance(value, dict):
        return type(value).__name__
    words = {"units", "ordinals", "multipliers", "phrases", "relative", "fixed"}
    return {name: name if name in words else shape(each) for name, each in value.items()}


@pytest.mark.parametrize("language", available())
def test_every_language_has_the_same_lists(language: str) -> None:
    forms = {"0", "15", "30", "-15"}
    mine, english = shape(load(language)), shape(load("en"))
    for each in (mine, english):
        each["time"]["forms"] = {name for name in each["time"]["forms"] if name not in forms}
    assert mine == english


def test_the_error_about_an_unknown_language_lists_the_known_ones() -> None:
    with pytest.raises(
        ValueError, match=r"'xx' is not available: choose one of en, es, or add languages/xx\.toml"
    ):
        load("xx")


def test_the_date_parser_is_loaded_only_when_a_date_is_read() -> None:
    script = (
        "import sys, datetime; import parley.conversation.understanding as u;"
        "u.read_confirm('yes'); u.read_choice('1', ['a', 'b']);"
        "late = ('understanding.dates', 'understanding.times');"
        "before = [name for name in sys.modules if name.endswith(late)];"
        "day = datetime.date(2026, 11, 25); u.read_date('today', day, day, day);"
        "after = [name for name in sys.modules if name.endswith('standing.dates')];"
        "print(len(before), len(after), 'rapidfuzz' in sys.modules)"
    )
    assert printed(ROOT, [sys.executable, "-c", script]).split() == ["0", "1", "False"]


START = """
import sys
from parley import create_app
create_app(flows=[sys.argv[1]])
late = "parley.conversation.understanding"
loaded = [name for name in ("dates", "times") if f"{late}.{name}" in sys.modules]
if loaded:
    from parley.conversation.understanding.dates import calendar
    prepared = calendar.cache_info().misses
    calendar(sys.argv[2])
    loaded.append(str(prepared == calendar.cache_info().misses == 1))
print(*loaded)
"""


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    ("question", "loaded"), [('text("Who?")', []), ('date("When?")', ["dates", "times", "True"])]
)
def test_a_server_loads_the_date_parser_at_startup_if_a_script_asks_for_a_date(
    tmp_path: Path, question: str, loaded: list[str], language: str
) -> None:
    (tmp_path / "asks.py").write_text(
        "from parley import Script, date, script, text\n\n\n@script\ndef asks() -> Script:\n"
        f"    return str((yield from {question}))\n"
    )
    command = [sys.executable, "-c", START, str(tmp_path), language]
    assert printed(ROOT, command, **SETTINGS, SCRIPT_LANGUAGE=language).split() == loaded
