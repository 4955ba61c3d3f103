"""The wheel in its own environment, and a project that uses it without editing Parley.

No package index is used: the wheel is installed alone, and finds its dependencies among the
packages of the tests' environment. `make test-newest` installs it with all its requirements.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from parley import __version__
from parley.simulator.parameters import inbound
from parley.simulator.signed_text import signed_text
from tests.documents import Document
from tests.server.running import (
    ROOT,
    Server,
    clean_environ,
    completed,
    free_port,
    printed,
    process,
    until,
    wait_until_healthy,
)
from tests.webhook import ALICE, APP, PUBLIC_URL, SETTINGS, TOKEN

pytestmark = pytest.mark.live

NINE = "Nine: for how many?"
GUIDE = Document("docs/own-project.md")
PROJECT = {
    "app/__init__.py": 'OWN = "the project has a package called app"\n',
    "shop/__init__.py": "",
    "shop/tables.py": """
def find_table(people: str) -> str:
    return f"table {people}"
""",
    "shop/flows/__init__.py": """
from shop.tables import find_table

SERVICES = {"find_table": find_table}
""",
    "shop/web.py": """
from flask import Flask

from parley import Parley

app = Flask(__name__)
app.get("/healthz")(lambda: "the host's own")
app.register_error_handler(404, lambda _error: ("the host's page", 404))
Parley(flows=["shop.flows"]).init_app(app, url_prefix="/texts")
""",
    "shop/flows/order.py": '''
from collections.abc import Callable

from parley import Message, Reply, Session


def order(
    message: Message, session: Session, *, shop_name: str, find_table: Callable[[str], str]
) -> Reply:
    """Reserve a table."""
    if not session:
        return Reply(f"{shop_name}: for how many?", session=session.remember(asked=True))
    return Reply(f"You have {find_table(message.body)}.")
''',
    "wsgi.py": f"from app import OWN\n\nassert OWN\n{GUIDE.block('wsgi.py')}",
    "pyproject.toml": GUIDE.block("pyproject.toml"),
    "tests/test_order.py": '''
from app import OWN
from parley.testing import Sms


def test_a_table_is_reserved(sms: Sms) -> None:
    settings, services = {"SHOP_NAME": "Nine"}, {"find_table": "table {}".format}
    sms(settings=settings, services=services).play(
        "order",
        """
        > hi
        < Nine: for how many?
        > 4
        < You have table 4.
        """,
    )
    assert OWN


def test_a_difference_is_shown(sms: Sms) -> None:
    settings, services = {"SHOP_NAME": "Nine"}, {"find_table": "table {}".format}
    sms(settings=settings, services=services).play("order", "> hi\\n< Ten: for how many?")
''',
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy, because the build writes files into its folder."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "app", folder / "app", ignore=shutil.ignore_patterns("*.egg-info"))
    pip("wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", "dist", ".", folder=folder)
    (found,) = (folder / "dist").glob("*.whl")
    return found


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the wheel, which can import the wheel's dependencies."""
    python = environment(tmp_path_factory.mktemp("environment"))
    pip("--python", str(python), "install", "--no-deps", str(wheel), folder=python.parent)
    return python


def environment(folder: Path) -> Path:
    """Return the Python of an environment that can import the packages of this one except Parley.

    Python ignores the `.pth` file that an editable installation leaves there.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (packages,) = folder.glob("lib/python3*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "python"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    for name, content in PROJECT.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


def pip(*arguments: str, folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    printed(folder, [*command, *arguments], PIP_NO_INDEX="1")


def ran(project: Path, *command: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    return completed(project, command, **settings)


def test_the_wheel_contains_the_engine_and_nothing_else(wheel: Path) -> None:
    assert wheel.name == f"parley_sms-{__version__}-py3-none-any.whl"
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name.partition("/")[0] for name in names} == {
        "parley",
        f"parley_sms-{__version__}.dist-info",
    }
    wanted = {path for path in (ROOT / "app/parley").rglob("*") if path.is_file()}
    files = {str(path.relative_to(ROOT / "app")) for path in wanted if path.suffix != ".pyc"}
    assert files <= names
    assert "parley/py.typed" in files
    assert f"parley_sms-{__version__}.dist-info/licenses/LICENSE" in names


def test_the_metadata_of_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"parley_sms-{__version__}.dist-info/METADATA").decode()
    head, _, description = metadata.partition("\n\n")
    assert "\nName: parley-sms\n" in head
    assert "\nLicense-Expression: MIT\n" in head
    assert "\nRequires-Dist: gunicorn[gevent]" in head
    assert not re.search(r"Requires-Dist: [^;\n]*==", head), (
        "requirements must be ranges, to allow other packages"
    )
    assert description == (ROOT / "README.md").read_text()


def test_the_project_tests_its_flow_with_the_plugin(python: Path, project: Path) -> None:
    found = ran(project, python, "-c", "import parley; print(parley.__file__)")
    assert Path(found.stdout).is_relative_to(python.parents[1]), "the installed package is not used"
    ended = ran(project, python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist")
    assert "1 failed, 1 passed" in ended.stdout, ended.stdout + ended.stderr
    assert "\nE       - < Ten: for how many?" in ended.stdout
    assert "\nE       + < Nine: for how many?" in ended.stdout
    assert "parley/testing.py" not in ended.stdout, "the failure must show the author's line"


def test_the_projects_server_answers_signed_texts(python: Path, project: Path) -> None:
    with serving(python, project, SHOP_NAME="Nine") as server:
        assert text(server, "/sms/order") == (200, NINE)
        assert "INFO turn status=200 flow=order" in server.log()
        reloaded = ran(project, python.with_name("parley"), "reload", str(server.process.pid))
        assert reloaded.returncode == 0, reloaded.stderr
        until(lambda: server.log().count("INFO serving") == 2)


def test_without_a_wsgi_file_the_flows_in_the_setting_are_served(
    python: Path, project: Path, tmp_path: Path
) -> None:
    shutil.copytree(project, tmp_path / "project")
    (tmp_path / "project/wsgi.py").unlink()
    with serving(python, tmp_path / "project", FLOWS="shop.flows", SHOP_NAME="Nine") as server:
        assert text(server, "/sms/order") == (200, NINE)


def test_a_host_application_is_served_with_its_flows(python: Path, project: Path) -> None:
    with serving(python, project, "shop.web:app", SHOP_NAME="Nine") as server:
        assert server.ask("GET", "/healthz")[1] == "the host's own"
        assert text(server, "/texts/order") == (200, NINE)
        assert text(server, "/sms/order") == (404, "the host's page")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('loglevel = "warning"\nraise SystemExit("the project\'s own configuration")\n', "own con"),
        (
            "from parley.server.gunicorn_conf import *\nwsgi_app = 'nothing_like_it:app'\n",
            "like_it",
        ),
    ],
)
def test_the_projects_gunicorn_configuration_takes_precedence(
    python: Path, project: Path, tmp_path: Path, content: str, said: str
) -> None:
    shutil.copytree(project, tmp_path / "project")
    (tmp_path / "project/gunicorn.conf.py").write_text(content)
    settings = {**SETTINGS, "SHOP_NAME": "Nine", "WEB_CONCURRENCY": "1"}
    ended = ran(tmp_path / "project", python, "-m", "parley", "--check-config", **settings)
    assert ended.returncode == 1
    assert said in ended.stderr


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "Parley did not start."),
        (SETTINGS, ""),  # SHOP_NAME is not set: its flow answers 503
        ({**SETTINGS, "SHOP_NAME": "Nine", "PUBLIC_URL": "http://a.b"}, "- PUBLIC_URL"),
    ],
)
def test_errors_in_a_project_are_reported_before_the_server_listens(
    python: Path, project: Path, changed: dict[str, str], said: str
) -> None:
    ended = ran(project, python, "-m", "parley", "--check-config", **changed)
    assert ended.returncode == (1 if said else 0), ended.stderr
    assert said in ended.stderr
    assert "There is no module flows" not in ended.stderr, "wsgi.py names the flows"


@contextmanager
def serving(
    python: Path, folder: Path, *options: str, module: str = "parley", **settings: str
) -> Iterator[Server]:
    """Run `python -m parley` in a folder; with `module`, another server."""
    port = free_port()
    bind = f"127.0.0.1:{port}"
    command: list[str | Path] = [python, "-m", module, "--bind", bind, *options]
    log = python.parents[1] / f"server-{port}.log"
    environ = clean_environ(**SETTINGS, WEB_CONCURRENCY="1", **settings)
    with log.open("wb") as output, process(command, folder, output, env=environ) as running:
        wait_until_healthy(server := Server(port, running, log))
        yield server


def text(server: Server, path: str) -> tuple[int, str]:
    """Send one signed text, and return the status and the messages of the response."""
    request = signed_text(f"{PUBLIC_URL}{path}", inbound(ALICE, APP, "hi"), TOKEN)
    status, content, _ = server.ask("POST", path, request.body, request.headers)
    return status, content.partition("<Message>")[2].partition("<")[0] or content


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("parley", "--version"), f"Parley, version {__version__}"),
        (("parley", "flows"), "/sms/order\n    Reserve a table."),
        (("flask", "sms", "flows"), "/sms/order\n    Reserve a table."),
    ],
)
def test_the_commands_are_installed(
    python: Path, project: Path, command: tuple[str, ...], said: str
) -> None:
    program, *arguments = command
    # Flask's script is not in this environment, because Flask's package is not.
    start = [python.with_name(program)] if program == "parley" else [python, "-m", program]
    ended = ran(project, *start, *arguments, FLOWS="shop.flows")
    assert said in ended.stdout, ended.stderr


def test_the_project_in_the_readme_is_served(python: Path, tmp_path: Path) -> None:
    """Start in an empty folder, with the commands in the README."""
    (steps,) = [code for title, code in Document("README.md").blocks("sh") if title]
    *prepared, last = steps.splitlines()
    assert last == "PARLEY_MODE=development python -m parley"
    shell = "\n".join(prepared).replace("pytest  ", "pytest -q -p no:cacheprovider -p no:xdist  ")
    path = f"{python.parent}:{os.environ['PATH']}"
    made = ran(tmp_path, "/bin/sh", "-e", "-c", shell, PATH=path)
    assert made.returncode == 0, made.stdout + made.stderr
    assert "2 passed" in made.stdout
    port, file = free_port(), tmp_path / "var/development.env"
    file.write_text(file.read_text().replace(":8000", f":{port}"))
    with (tmp_path / "log").open("wb") as log:
        environ = clean_environ(PARLEY_MODE="development")
        with process([python, "-m", "parley"], tmp_path, log, env=environ) as running:
            wait_until_healthy(Server(port, running, tmp_path / "log"))
            texted = ran(tmp_path, python.with_name("parley"), "text", "lunch", "hi", "pizza")
    assert "< pizza: is that right?" in texted.stdout, texted.stderr


def test_a_checkout_runs_without_the_package_installed(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    """With the packages in requirements.txt, plain `gunicorn wsgi:app` is enough."""
    bare = environment(tmp_path_factory.mktemp("bare"))
    found = ran(tmp_path, bare, "-c", "import parley")
    assert "No module named 'parley'" in found.stderr, "Parley is installed there"
    with serving(bare, ROOT, "wsgi:app", module="gunicorn") as server:
        assert text(server, "/sms/counter") == (200, "Hello, thanks for the new message!")
