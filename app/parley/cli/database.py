from collections.abc import Callable
from datetime import UTC, datetime

import click

from parley.cli.credentials import environment
from parley.settings import Settings
from parley.settings.database import database_url
from parley.settings.environment import Source


@click.group()
def db() -> None:
    """Upgrade, check or clean the database at DATABASE_URL.

    \b
    Example:
      parley db upgrade
    """


@db.command()
def upgrade() -> None:
    """Create Parley's tables in the database, or upgrade them to the version of this Parley.

    Run it before the first start, and before a start with a newer Parley. Running servers continue
    to answer.

    \b
    Example:
      DATABASE_URL=postgresql://parley@localhost/parley parley db upgrade
    """
    url = given_url()
    from parley.memory import schema

    reached(schema.upgrade, url)
    click.echo(f"The database has version {schema.VERSION} of Parley's tables.")


@db.command()
def check() -> None:
    """Say whether a server can use the database. Exit status 1 if it cannot.

    \b
    Example:
      parley db check
    """
    url = given_url()
    from parley.memory import schema

    reached(schema.check, url)
    click.echo(f"The database has version {schema.VERSION} of Parley's tables, which is right.")


@db.command()
def clean() -> None:
    """Erase texts older than KEEP_DAYS now.

    Servers do the same automatically, every hour. The number of texts of a conversation stays, and
    so do opt-outs.

    \b
    Example:
      KEEP_DAYS=30 parley db clean
    """
    settings, _ = Settings.examine(environment())
    url = given_url()
    from parley.memory import schema
    from parley.memory.retention import Retention

    retention = Retention(settings.keep_days, lambda: datetime.now(UTC))

    def work(url: str) -> None:
        schema.check(url)
        with schema.connected(url) as connection:
            connection.autocommit = True
            erased = retention.clean(connection)
        click.echo(f"Erased texts older than {settings.keep_days} days, in {erased} rows.")

    reached(work, url)


def given_url() -> str:
    """Return DATABASE_URL of the environment. Raises ClickException if it cannot be used."""
    source = Source(environment())
    url = database_url(source)
    if source.problems:
        raise click.ClickException(" ".join(source.problems))
    if not url:
        raise click.ClickException("DATABASE_URL is not set: set it to a PostgreSQL database.")
    return url


def reached(work: Callable[[str], object], url: str) -> None:
    """Run `work` with the database. Raises ClickException if that fails."""
    from parley.memory.schema import SchemaError

    try:
        work(url)
    except SchemaError as error:
        raise click.ClickException(str(error)) from None
