"""The table of `make prove`: a pytest plugin that collects, prints and quotes its rows."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy

from bench.tables import quoted, table

COUNTED = ("inputs", "turns", "killed", "refused", "lost", "mixed", "let_in")
MUST_BE_ZERO = ("lost", "mixed", "let_in")
HEAD = (
    *("what was tried", "inputs", "turns", "killed", "refused", "lost", "mixed up", "let in"),
    *("all held", "seconds"),
)

Record = Callable[..., None]


def sizes(few: Any = None, *, short: Any, long: Any) -> pytest.MarkDecorator:
    """Run a test with the parameter `size`: `few` in `make test`, `short` in `make prove`, and
    `long` in `make prove-long`.
    """
    given = [
        pytest.param(short, marks=pytest.mark.evidence, id="short"),
        pytest.param(long, marks=pytest.mark.long, id="long"),
    ]
    if few is not None:
        given.insert(0, pytest.param(few, id="few"))
    return pytest.mark.parametrize("size", given)


def examples(
    what: str,
    size: int,
    record: Record,
    drawn: SearchStrategy[Any],
    check: Callable[..., None],
    *more: Any,
) -> None:
    """Check so many examples, drawn by hypothesis, and add their row."""

    @settings(max_examples=size, deadline=None, suppress_health_check=list(HealthCheck))
    @given(drawn)
    def all_hold(example: Any) -> None:
        check(example, *more)

    all_hold()
    record(what, inputs=size)


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Record:
    """Add a row to the table: the test, its counts by the names in COUNTED, and a note.

    `lost` are texts without a response, `mixed` are responses with data of another conversation
    or with a wrong count, and `let_in` are requests without a valid signature that reached a
    flow. They must be 0. The test passes if everything else holds.
    """

    def add(what: str, note: str = "", **counts: int) -> None:
        assert counts.keys() <= set(COUNTED)
        request.node.user_properties.append(("evidence", {"what": what, "note": note, **counts}))
        wrong = {name: counts[name] for name in MUST_BE_ZERO if counts.get(name)}
        assert not wrong, f"{what}: {wrong}; {note}"

    return add


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quote-in", help="the document whose table of this form is replaced")


def pytest_itemcollected(item: pytest.Item) -> None:
    for mark in item.iter_markers("threat"):
        item.user_properties.append(("threat", str(mark.args[0])))
    for form in ("evidence", "long"):
        if item.get_closest_marker(form):
            item.user_properties.append(("form", form))


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Table(config))


class Table:
    """The rows of a run, in the order of the tests."""

    def __init__(self, config: pytest.Config) -> None:
        self._document = config.getoption("--quote-in")
        self._form = ""
        self._rows: list[dict[str, Any]] = []
        self._threats: Counter[str] = Counter()
        self._threats_failed = 0
        self._threats_seconds = 0.0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and not report.failed:
            return
        properties = list(report.user_properties)
        self._form = str(dict(properties).get("form", self._form))
        if any(name == "form" for name, _ in properties):
            rows: list[Any] = [row for name, row in properties if name == "evidence"]
            for row in rows or ([] if report.skipped else [{"what": report.nodeid}]):
                self._rows.append({**row, "held": report.passed, "seconds": report.duration})
        elif threats := [str(row) for name, row in properties if name == "threat"]:
            self._threats_failed += report.failed
            self._threats_seconds += report.duration
            if report.passed:
                self._threats.update(threats)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self._rows:
            return
        text = self.text()
        terminalreporter.write_line(f"\n{text}")
        if self._document:
            file = Path(self._document)
            form = "long" if self._form == "long" else "short"
            file.write_text(quoted(file.read_text(), {form: text}))

    def text(self) -> str:
        """Return the table in Markdown, and below it the note of each row."""
        rows = [*self._rows]
        if self._threats or self._threats_failed:
            tried = ", ".join(f"{row} {number}" for row, number in sorted(self._threats.items()))
            rows.append(
                {
                    "what": "the attacks of docs/security.md, as tests",
                    "inputs": self._threats.total(),
                    "held": not self._threats_failed,
                    "seconds": self._threats_seconds,
                    "note": f"passed for each row: {tried}; {self._threats_failed} failed",
                }
            )
        notes = [f"- {row['what']}: {row['note']}" for row in rows if row.get("note")]
        return "\n".join([table(HEAD, map(_line, [*rows, _total(rows)])), "", *notes])


def _total(rows: list[dict[str, Any]]) -> dict[str, Any]:
    names = ("seconds", *COUNTED)
    sums = {name: sum(row.get(name) or 0 for row in rows) for name in names}
    return {"what": "in all", "held": all(row["held"] for row in rows), **sums}


def _line(row: dict[str, Any]) -> list[str]:
    counts = [f"{row[name]:,}" if name in row else "-" for name in COUNTED]
    return [row["what"], *counts, "yes" if row["held"] else "NO", f"{row['seconds']:,.0f}"]
