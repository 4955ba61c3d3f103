import gc
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask

import flows
from parley import create_app
from parley.settings import DEVELOPMENT_FILE, Settings, write_development_file
from parley.testing import Clock, Sms
from tests.server.running import Server, free_port, running
from tests.webhook import PUBLIC_URL, SECRET, TOKEN, Twilio

pytest_plugins = ["tests.browser", "tests.evidence.plugin", "tests.postgres"]

# On a busy machine, slow examples are not an error in the code. CI draws the same examples in each
# run, so that it fails for what was changed; `make prove` draws others each time.
hypothesis.settings.register_profile(
    "parley",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
hypothesis.settings.load_profile("parley")

LONGEST = (
    "server/test_operations.py",
    "server/test_under_load.py",
    "server/test_gevent.py",
    "server/test_stopping.py",
    "server/test_patched.py",
    "server/test_reload.py",
    "server/test_idle_connections.py",
    "server/test_reloading.py",
    "server/test_metrics.py",
    "simulator/page/test_page_reload.py",
    "simulator/page/test_page.py",
    "test_package.py",
    "evidence/model/test_model.py",
    "server/test_starting.py",
    "understanding/test_hostile_texts.py",
    "cli/test_connect.py",
    "cli/test_check_deployment.py",
    "test_logs_of_flows.py",
    "services/test_inbound_media.py",
    "test_wsgi.py",
    "conversation/test_corrections_property.py",
    "evidence/attacks/test_resplit.py",
)
"""The files with the longest run times, longest first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the longest files, so that the workers of pytest-xdist end at the same time."""
    places = {Path(__file__).parent / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


def pytest_collection_finish() -> None:
    """Exclude the tests from later garbage collections, each of which would take 0.1 seconds."""
    gc.freeze()


@pytest.fixture
def clock(sms: Sms) -> Clock:
    """The time of the server and of Twilio."""
    return sms.clock


@pytest.fixture
def environ() -> dict[str, str]:
    return {"PUBLIC_URL": PUBLIC_URL, "TWILIO_AUTH_TOKEN": TOKEN, "SESSION_SECRET": SECRET}


@pytest.fixture
def make_app(environ: dict[str, str], clock: Clock) -> Callable[..., Flask]:
    """The real application, with these settings changed."""

    def make(**changed: str) -> Flask:
        return create_app(Settings.load({**environ, **changed}), clock=clock)

    return make


@pytest.fixture(name="app")
def the_app(make_app: Callable[..., Flask]) -> Flask:
    return make_app()


@pytest.fixture
def twilio(app: Flask) -> Twilio:
    return Twilio(app.test_client(use_cookies=False))


@pytest.fixture
def another(app: Flask) -> Callable[..., Twilio]:
    """Another number that texts the same application, with its own cookie jar."""

    def make(**changed: Any) -> Twilio:
        return Twilio(app.test_client(use_cookies=False), **changed)

    return make


@pytest.fixture
def guest_flow(tmp_path: Path) -> Iterator[Callable[[str, str], None]]:
    """Write a flow into this deployment's package for the duration of a test."""
    folder = tmp_path / "guest_flows"
    folder.mkdir()
    names = []

    def write(name: str, source: str) -> None:
        (folder / f"{name}.py").write_text(source)
        names.append(name)
        sys.modules.pop(f"flows.{name}", None)  # it may replace a deployed flow

    flows.__path__.insert(0, str(folder))
    yield write
    flows.__path__.remove(str(folder))
    for name in names:
        sys.modules.pop(f"flows.{name}", None)


@pytest.fixture
def project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[dict[str, str]], Path]]:
    """Write a project with these files, and put its folder on the import path."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)

    def write(files: dict[str, str]) -> Path:
        for name, source in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(source)
        return tmp_path

    yield write
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__path__", "")) + str(
            getattr(sys.modules[name], "__file__", "")
        ):
            del sys.modules[name]


@pytest.fixture(scope="session")
def development_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with development settings for a free port, as `make run` writes them."""
    folder = tmp_path_factory.mktemp("development")
    file = folder / DEVELOPMENT_FILE
    write_development_file(file)
    file.write_text(file.read_text().replace(":8000", f":{free_port()}"))
    return folder


@pytest.fixture(scope="session")
def development_server(development_folder: Path) -> Iterator[Server]:
    settings = (development_folder / DEVELOPMENT_FILE).read_text()
    port = int(settings.partition("PUBLIC_URL=http://127.0.0.1:")[2].split()[0])
    with running(development_folder, {"PARLEY_MODE": "development"}, port=port) as server:
        yield server
