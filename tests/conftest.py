import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

import app.flows
from app import create_app
from app.settings import DEVELOPMENT_FILE, Settings, write_development_file
from tests.server.running import Server, free_port, running
from tests.twilio import PUBLIC_URL, SECRET, TOKEN, Twilio

if TYPE_CHECKING:
    from app.phone.testing import Clock

pytest_plugins = ["app.phone.testing"]


@pytest.fixture
def environ() -> dict[str, str]:
    return {"PUBLIC_URL": PUBLIC_URL, "TWILIO_AUTH_TOKEN": TOKEN, "SESSION_SECRET": SECRET}


@pytest.fixture
def make_app(environ: dict[str, str], clock: "Clock") -> Callable[..., Flask]:
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
    """Another number that texts the same application, with a jar of its own."""

    def make(**changed: Any) -> Twilio:
        return Twilio(app.test_client(use_cookies=False), **changed)

    return make


@pytest.fixture
def guest_flow(tmp_path: Path) -> Iterator[Callable[[str, str], None]]:
    """Write a flow of one's own beside the residents, for the time of a test."""
    folder = tmp_path / "guest_flows"
    folder.mkdir()
    names = []

    def write(name: str, source: str) -> None:
        (folder / f"{name}.py").write_text(source)
        names.append(name)
        sys.modules.pop(f"app.flows.{name}", None)  # there may be a resident of that name

    app.flows.__path__.insert(0, str(folder))
    yield write
    app.flows.__path__.remove(str(folder))
    for name in names:
        sys.modules.pop(f"app.flows.{name}", None)


@pytest.fixture(scope="session")
def development_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with development settings for a free port, as `make run` would leave it."""
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
