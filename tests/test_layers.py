"""The imports that are allowed between the parts of the engine, and of libraries."""

import ast
import sys
from pathlib import Path

import pytest

APP = Path(__file__).parents[1] / "app"
MODULES = sorted(APP.rglob("*.py"))

# A part imports only parts of lower layers and itself, so imports cannot form a cycle.
LAYERS = {
    "loopback": 0,
    "twilio.facts": 0,  # constants
    "tracing": 0,
    "conversation": 1,
    "http_client": 1,
    "http_headers": 1,
    "instrumentation": 1,
    "metrics": 1,
    "refusals": 1,
    "settings": 1,
    "request": 2,
    "response": 1,
    "log_stream": 1,
    "logging": 2,
    "prometheus": 3,
    "database_metrics": 2,
    "simulator": 2,
    "discovery": 3,
    "media": 3,
    "probe": 3,
    "rest": 3,
    "routing": 3,
    "senders": 2,
    "services": 3,
    "sessions": 3,
    "twilio": 3,
    "diagnosis": 4,
    "fallback_url": 4,
    "funnel": 2,
    "delivery_receipts": 4,
    "loading": 4,
    "memory": 4,
    "operators": 5,
    "flow_run": 5,
    "turn_context": 4,
    "quiet_hours": 4,
    "starting": 5,
    "resuming": 5,
    "turn_report": 5,
    "worker": 6,
    "traces": 5,
    "turn": 6,
    "web": 7,
    "": 8,  # parley/__init__.py: the names for authors
    "__main__": 9,
    "cli": 9,
    "server": 9,
    "testing_database": 8,
    "testing": 9,
    "simulator.pytest_plugin": 10,
}
# The parts that may import a library; all others may not.
MAY_KNOW = {
    "flask": {"web", "simulator", "cli"},
    "werkzeug": {"web", "simulator", "testing"},
    "click": {"cli"},
    "gunicorn": {"server", "__main__"},
    "gevent": {"server", "__main__"},
    "regex": {"conversation"},
    "rapidfuzz": {"conversation", "flows"},  # docs/decisions/0011
    "twilio": {"rest", "simulator"},
    "requests": {"rest"},
    "urllib3": {"rest"},
    "itsdangerous": {"sessions", "media", "web"},
    "opentelemetry": {"traces"},  # docs/decisions/0033, an optional package
    "phonenumbers": {"services", "flows"},  # an optional package
    "psycopg": {"memory"},
    "alembic": {"memory"},
    "sqlalchemy": {"memory"},
    "prometheus_client": {"prometheus", "database_metrics", "funnel"},  # docs/decisions/0023
    "standardwebhooks": {"services"},  # docs/decisions/0028
    "pytest": {"simulator.pytest_plugin"},
}


def part(file: Path) -> str:
    """Return the part of the engine that a module belongs to; `flows` for a deployed flow."""
    package, *inside = file.relative_to(APP).with_suffix("").parts
    return _named(inside) if package == "parley" else package


def part_of(module: str) -> str:
    """Return the part for the full name of a module or of something in it."""
    return _named(module.split(".")[1:])


def _named(inside: list[str]) -> str:
    two = ".".join(inside[:2])
    return two if two in LAYERS else inside[0].replace("__init__", "") if inside else ""


def imports(file: Path) -> set[str]:
    """Return the full names of all imports of a file: `parley.twilio.twiml.render`."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            # Files of a folder of flows use relative imports: the package has a generated name.
            assert not node.level or part(file) == "flows", f"{file}: relative import"
            package = "flows." * node.level + (node.module or "")
            found |= {f"{package}.{alias.name}" for alias in node.names}
    return found


def test_every_part_has_a_layer() -> None:
    assert {part(file) for file in MODULES} == {*LAYERS, "flows"}


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(APP)))
def test_imports_point_down(file: Path) -> None:
    here = part(file)
    for name in imports(file):
        library = name.partition(".")[0]
        assert library != "flows" or here == "flows", f"the engine imports {name}"
        if library == "parley" and here != "flows":
            there = part_of(name)
            there = there if there in LAYERS else ""  # a name of parley/__init__.py
            assert there == here or LAYERS[there] < LAYERS[here], f"{here} imports {name}"
        assert here in MAY_KNOW.get(library, {here}), f"{here} may not import {library}"


def test_flows_and_conversations_need_at_most_three_libraries() -> None:
    for file in MODULES:
        if part(file) in ("conversation", "flows"):
            for name in imports(file):
                library = name.partition(".")[0]
                known = {"parley", *sys.stdlib_module_names}
                known |= {"regex", "rapidfuzz"}  # docs/decisions/0005 and 0011
                known |= {"flows", "phonenumbers"} if part(file) == "flows" else set()
                assert library in known, f"{file}: {name}"
