import os
import signal
from typing import TYPE_CHECKING, NamedTuple, cast

import click

from parley import logging
from parley.cli.application import app_option, application
from parley.cli.credentials import rest_credentials
from parley.conversation import FlowError
from parley.delivery_receipts import NAME
from parley.metrics import NullMetrics
from parley.request import PREFIX
from parley.sessions import SessionCookie
from parley.settings import Settings, SettingsError
from parley.worker.metrics_files import count_in_folder

if TYPE_CHECKING:
    from parley.memory.postgres import PostgresMemory
    from parley.starting import Starter
    from parley.worker.worker import Worker


@click.command()
@click.option("--once", is_flag=True, help="Send due messages, and exit.")
@click.option(
    "--threads",
    default=8,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Messages that are sent at the same time.",
)
@app_option
def worker(*, once: bool, threads: int) -> None:
    """Send due messages: the first questions of `parley start`, reminders, and more.

    Requires the settings of the server, including DATABASE_URL, and TWILIO_ACCOUNT_SID. You can run
    any number of workers, on any machines. On SIGTERM, it finishes the calls in progress.

    \b
    Example:
      parley worker
      parley worker --app shop.wsgi:app
    """
    found = given(is_counted=count_in_folder())
    logging.configure(found.settings.log_format)
    database = found.memory.database
    if problem := database.problem():
        raise click.ClickException(problem)
    running = _made(found, threads)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, running.stop)
    logging.record("working", pid=os.getpid(), threads=threads)
    try:
        running.drain() if once else running.run()
    finally:
        database.close()
    logging.record("stopped", pid=os.getpid())


class Given(NamedTuple):
    """The settings, flows, memory and metrics of a server, for a worker."""

    settings: Settings
    starter: "Starter"
    memory: "PostgresMemory"
    metrics: NullMetrics


def given(*, is_counted: bool = False) -> Given:
    """Load from `--app`, or otherwise from the environment. Raises ClickException.

    With `is_counted` the questions of scripts are counted.
    """
    served = application()
    try:
        settings = served[0] if served else Settings.load()
        if not settings.database_url:
            raise click.ClickException("DATABASE_URL is not set: the worker needs a database.")
        from parley.starting import Starter  # needs the database driver
        from parley.web.webhook import make_metrics

        if served:
            webhook = served[1]
            memory = cast("PostgresMemory", webhook.memory.lasting)
            metrics = webhook.metrics if is_counted else NullMetrics()
            return Given(settings, Starter.serving(settings, webhook), memory, metrics)
        starter = Starter.of(settings)
    except (FlowError, SettingsError) as error:
        raise click.ClickException(str(error)) from None
    flows = {name: each.flow for name, each in starter.flows.items()}
    metrics = make_metrics(settings, flows) if is_counted else NullMetrics()
    return Given(settings, starter, _memory(settings), metrics)


def _memory(settings: Settings) -> "PostgresMemory":
    from parley.memory.database import Database
    from parley.memory.postgres import PostgresMemory

    database = Database(settings.database_url, settings.database_connections)
    return PostgresMemory(database, SessionCookie(settings.session_secrets))


def _made(given: Given, threads: int) -> "Worker":
    from parley.memory.outbox import Outbox, Pace
    from parley.memory.timers import Timers
    from parley.resuming import Resumer
    from parley.worker.sender import Sender
    from parley.worker.worker import Worker

    settings, starter, memory, metrics = given
    pace = Pace(1 / settings.sends_per_second)
    outbox = Outbox(memory.database, starter.clock, pace)
    callback = f"{settings.public_url}{PREFIX}{NAME}" if settings.status_callbacks else ""
    sender = Sender(outbox, rest_credentials(settings.environ), pace.settle, callback)
    timers = Timers(memory.database, starter.clock, starter.quiet.end)
    resumer = Resumer(starter.flows, starter.router, memory, metrics)
    return Worker(outbox, sender, starter.delay, timers, resumer, threads)
