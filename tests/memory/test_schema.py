"""The tables of the database: created, upgraded, and checked at startup."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from click.testing import CliRunner

from parley import SettingsError, create_app
from parley.cli import sms
from parley.memory import schema
from parley.settings import Settings
from tests.postgres import TABLES, Cluster
from tests.server.running import PARLEY, ROOT, clean_environ, free_port
from tests.webhook import SETTINGS


def parley(*arguments: str, url: str = "") -> tuple[int, str]:
    """Run a command with this DATABASE_URL; return its exit status and output."""
    ended = CliRunner().invoke(sms, arguments, env={"DATABASE_URL": url})
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
    return ended.exit_code, ended.output.strip()


@pytest.fixture
def bare(cluster: Cluster) -> Iterator[str]:
    """The URL of a database without tables."""
    name = f"bare_{os.getpid()}"
    cluster.execute(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY wal_log")
    yield cluster.url(name)
    cluster.execute(f"DROP DATABASE {name} WITH (FORCE)")


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


def test_the_version_is_that_of_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", "app/parley/memory/migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == schema.VERSION


def test_a_database_is_upgraded_and_then_accepted(bare: str, cluster: Cluster) -> None:
    status, told = parley("db", "check", url=bare)
    assert status == 1
    assert "has no Parley tables; this server needs version 0003. Run `parley db up" in told
    with pytest.raises(SettingsError, match="has no Parley tables"):
        create_app(Settings.load({**SETTINGS, "DATABASE_URL": bare}))
    for _ in range(2):
        assert parley("db", "upgrade", url=bare) == (
            0,
            "The database has version 0003 of Parley's tables.",
        )
    assert parley("db", "check", url=bare)[0] == 0
    made = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'parley'"
    assert {name for (name,) in cluster.execute(made, name_of(bare))} == {*TABLES, "schema_version"}


def test_the_server_does_not_start_with_a_newer_database(bare: str, cluster: Cluster) -> None:
    parley("db", "upgrade", url=bare)
    cluster.execute("UPDATE parley.schema_version SET version_num = '9999'", name_of(bare))
    for command in ("check", "upgrade"):
        status, told = parley("db", command, url=bare)
        assert status == 1
        assert "has version 9999 of Parley's tables; this Parley supports 0003" in told
    with pytest.raises(SettingsError, match="version 9999"):
        create_app(Settings.load({**SETTINGS, "DATABASE_URL": bare}))


def test_an_upgrade_without_permission_changes_nothing(bare: str, cluster: Cluster) -> None:
    cluster.execute("CREATE ROLE guest LOGIN")
    status, told = parley("db", "upgrade", url=bare.replace("parley@", "guest@"))
    cluster.execute("DROP ROLE guest")
    assert status == 1
    assert "the database is unchanged: permission denied for database bare_" in told
    assert "no Parley tables" in parley("db", "check", url=bare)[1]


def test_the_error_about_an_unreachable_database_has_no_password() -> None:
    away = f"postgresql://parley:secret@127.0.0.1:{free_port()}/parley"
    status, told = parley("db", "check", url=away)
    assert (status, "secret" in told) == (1, False)
    assert told.startswith("Error: The database cannot be reached: OperationalError: Connection re")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("", "DATABASE_URL is not set"),
        ("mysql://parley:secret@localhost/parley", "is not the URL of a PostgreSQL database"),
        ("postgresql://parley:secret@local host/parley", "is not the URL of a PostgreSQL database"),
        ("postgresql://parley:secret@localhost:port/parley", "cannot be reached: Operational"),
        ("postgresql://localhost/parley?secret=1", "DATABASE_URL cannot be used: ProgrammingErr"),
    ],
)
def test_the_error_about_an_invalid_url_does_not_repeat_it(url: str, told: str) -> None:
    status, said = parley("db", "check", url=url)
    assert (status, "secret" in said) == (1, False)
    assert told in said


@pytest.mark.live
def test_a_command_runs_with_its_own_database(tmp_path: Path) -> None:
    """As in `make run database=1`."""
    command = [sys.executable, "-m", "tests.postgres", PARLEY, "db", "check"]
    environ = {**clean_environ(), "PYTHONPATH": f"{ROOT}:{ROOT / 'app'}"}
    ended = subprocess.run(
        command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "\nThe database has version " in ended.stdout
