"""The version of the database schema, and its upgrade.

The tables are in their own PostgreSQL schema, `parley`, so that other applications can use the same
database.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

NAME = "parley"
VERSION_TABLE = "schema_version"
VERSION = "0003"
"""The newest migration; a server requires exactly this version."""
OLDEST_SERVER = 140_000
"""PostgreSQL 14, in the format of `server_version`."""
CONNECT_SECONDS = 2

_VERSION = f"SELECT version_num FROM {NAME}.{VERSION_TABLE}"


class SchemaError(Exception):
    """Raised for a database that this version of Parley cannot use; the message says what to do."""


class DatabaseAway(SchemaError):
    """Raised for a database that is not reachable."""


def upgrade(url: str) -> None:
    """Upgrade the database to VERSION. Raises SchemaError."""
    from alembic import command
    from alembic.config import Config
    from sqlalchemy.exc import DBAPIError

    with connected(url) as connection:
        _check_age(connection, version(connection))
    config = Config()
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.attributes["url"] = url
    try:
        command.upgrade(config, "head")
    except DBAPIError as error:
        why = f"The upgrade failed, and the database is unchanged: {error.orig}"
        raise SchemaError(why) from None


def check(url: str) -> None:
    """Raise SchemaError unless the database has the tables of VERSION."""
    with connected(url) as connection:
        found = version(connection)
        _check_age(connection, found)
    if found < VERSION:
        has = f"version {found} of Parley's tables" if found else "no Parley tables"
        raise SchemaError(
            f"The database has {has}; this server needs version {VERSION}. Run `parley db upgrade`."
        )


@contextmanager
def connected(url: str) -> Iterator[psycopg.Connection[Any]]:
    """Connect to the database. Raises DatabaseAway, and SchemaError for any other error."""
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as connection:
            yield connection
    except psycopg.OperationalError as error:
        raise DatabaseAway(f"The database cannot be reached: {shown(error)}.") from None
    except psycopg.Error as error:
        raise SchemaError(f"DATABASE_URL cannot be used: {type(error).__name__}.") from None


def shown(error: psycopg.Error) -> str:
    """Return an error's text without any part of DATABASE_URL, which may contain a password."""
    _, failed, reason = str(error).rpartition(" failed: ")
    return f"{type(error).__name__}: {reason.splitlines()[0]}" if failed else type(error).__name__


def version(connection: psycopg.Connection[Any]) -> str:
    """Return the version of the database's tables; empty if there are no tables."""
    table = f"{NAME}.{VERSION_TABLE}"
    if connection.execute("SELECT to_regclass(%s)", [table]).fetchone() == (None,):
        return ""
    row = connection.execute(_VERSION).fetchone()
    return str(row[0]) if row else ""


def _check_age(connection: psycopg.Connection[Any], found: str) -> None:
    """Raise SchemaError if PostgreSQL is too old, or the tables are newer than this Parley."""
    server = connection.info.server_version
    if server < OLDEST_SERVER:
        raise SchemaError(
            f"DATABASE_URL points to PostgreSQL {server // 10_000}. Use version 14 or later."
        )
    if found > VERSION:
        raise SchemaError(
            f"The database has version {found} of Parley's tables; this Parley supports {VERSION} "
            "and earlier. Install the version of Parley that upgraded the database, or a later one."
        )
