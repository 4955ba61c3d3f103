"""`import parley` is light: it loads nothing else and changes nothing in the process."""

import inspect
import json
import sys
from importlib import import_module
from pathlib import Path

import pytest

import parley
from tests.server.running import printed

LOOK = """
import gc, json, logging, os, signal, sys, threading, warnings

def state():
    handlers = {name: len(each.handlers) for name, each in logging.root.manager.loggerDict.items()
                if isinstance(each, logging.Logger)}
    return {
        "environ": dict(os.environ), "path": sys.path, "filters": len(warnings.filters),
        "threads": threading.active_count(), "gc": [gc.isenabled(), gc.get_freeze_count()],
        "signals": [str(signal.getsignal(each)) for each in signal.valid_signals()],
        "logging": [logging.root.level, len(logging.root.handlers), handlers],
        "hooks": [str(sys.excepthook), str(threading.excepthook), len(sys.meta_path)],
        "cwd": os.getcwd(),
    }

before, modules = state(), set(sys.modules)
import parley
after = state()
print(json.dumps([before, after, sorted(set(sys.modules) - modules)]))
"""


def run(code: str) -> str:
    return printed(Path.cwd(), [sys.executable, "-c", code])


def test_importing_it_loads_nothing_else_and_changes_nothing() -> None:
    before, after, loaded = json.loads(run(LOOK))
    assert before == after
    assert [name for name in loaded if name.split(".")[0] not in sys.stdlib_module_names] == [
        "parley"
    ]


@pytest.mark.parametrize(
    ("name", "never"),
    [("Message", ("flask", "werkzeug", "gunicorn", "gevent", "twilio", "aiohttp")),
     ("PhoneNumber", ("flask", "gunicorn", "gevent", "twilio", "aiohttp")),
     ("create_app", ("gunicorn", "gevent", "twilio", "prometheus_client", "opentelemetry"))],
)  # fmt: skip
def test_a_name_loads_only_what_it_needs(name: str, never: tuple[str, ...]) -> None:
    code = f"import sys; from parley import {name}; print(*sys.modules)"
    assert not {*never} & {*run(code).split()}


def test_every_name_of_parley_conversation_is_a_name_of_parley() -> None:
    words = import_module("parley.conversation")
    for name in words.__all__:
        assert getattr(parley, name) is getattr(words, name)
    assert {*words.__all__, "create_app", "Parley", "Switch"} <= set(dir(parley))
    assert inspect.isfunction(parley.create_app)


@pytest.mark.parametrize("name", ["nothing", "_hidden", "dates", "__wrapped__"])
def test_an_unknown_name_raises_attribute_error(name: str) -> None:
    with pytest.raises(AttributeError, match=f"module 'parley' has no attribute '{name}'"):
        getattr(parley, name)
