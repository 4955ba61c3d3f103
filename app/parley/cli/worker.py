import os
import signal
from typing import TYPE_CHECKING

import click

from parley import logging
from parley.cli.credentials import rest_credentials
from parley.conversation import FlowError
from parley.delivery_receipts import NAME
from parley.request import PREFIX
from parley.sessions import SessionCookie
from parley.settings import Settings, SettingsError

if TYPE_CHECKING:
    from parley.memory.database import Database
    from parley.starting import Starter
    from parley.worker.worker import Worker


@click.command()
@click.option("--once", is_flag=True, help="Send what is due now, and end.")
@click.option(
    "--threads",
    default=8,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Messages that are sent at once.",
)
def worker(*, once: bool, threads: int) -> None:
    """Send what is due: the first questions of `parley start`, and reminders.

    It needs the settings of the server, DATABASE_URL among them, and TWILIO_ACCOUNT_SID. Run as
    many as you like, on any machines. SIGTERM lets it end the calls that are under way.

    \b
    Example:
      parley worker
    """
    from parley.memory.database import Database

    settings, starter = given()
    logging.configure(settings.log_format)
    database = Database(settings.database_url, settings.database_connections)
    if problem := database.problem():
        raise click.ClickException(problem)
    running = _made(settings, starter, database, threads)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, running.stop)
    logging.record("working", pid=os.getpid(), threads=threads)
    try:
        running.drain() if once else running.run()
    finally:
        database.close()
    logging.record("stopped", pid=os.getpid())


def _made(settings: Settings, starter: "Starter", database: "Database", threads: int) -> "Worker":
    from parley.memory.outbox import Outbox, Pace
    from parley.memory.postgres import PostgresMemory
    from parley.memory.timers import Timers
    from parley.resuming import Resumer
    from parley.worker.sender import Sender
    from parley.worker.worker import Worker

    clock, pace = starter.clock, Pace(1 / settings.sends_per_second)
    outbox = Outbox(database, clock, pace)
    callback = f"{settings.public_url}{PREFIX}{NAME}" if settings.status_callbacks else ""
    sender = Sender(outbox, rest_credentials(), pace.settle, callback)
    memory = PostgresMemory(database, SessionCookie(settings.session_secrets, clock), clock)
    timers = Timers(database, clock, starter.quiet.end)
    resumer = Resumer(starter.flows, starter.router, memory)
    return Worker(outbox, sender, starter.delay, timers, resumer, threads)


def given() -> "tuple[Settings, Starter]":
    """The settings of the environment, and what starts scripts; raises ClickException."""
    try:
        settings = Settings.load()
        if not settings.database_url:
            raise click.ClickException(
                "DATABASE_URL is not set: what is sent later has to be remembered in a database."
            )
        from parley.starting import Starter  # needs the database driver

        return settings, Starter.of(settings)
    except (FlowError, SettingsError) as error:
        raise click.ClickException(str(error)) from None
