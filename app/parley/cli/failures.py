import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from parley.cli.credentials import rest_credentials
from parley.cli.new_flow import command
from parley.cli.options import UTF8
from parley.cli.text import printable
from parley.cli.urls import shown_url
from parley.logging import message_fields, pairs, utc
from parley.rest import alerts
from parley.rest.alerts import MOST, Alert, AlertNotFoundError, NotATextError
from parley.rest.client import open_client
from parley.rest.error_advice import explanation, sentence
from parley.rest.errors import RestError
from parley.rest.messages import said_before

SID = re.compile(r"NO[0-9a-fA-F]{32}")
LONGEST_RESPONSE = 200
"""Maximum length of a response in the output, in characters."""


@click.command()
@click.option(
    "--hours", type=click.IntRange(1, 720), default=24, show_default=True, help="How far back."
)
@click.option("--show", is_flag=True, help="Show numbers, texts and responses, too.")
@click.option("--test", "sid", type=UTF8, help="Write a test of one alert, by its SID (NO…).")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file of the test."
)
def failures(hours: int, show: bool, sid: str | None, output: Path | None) -> None:  # noqa: FBT001  # click passes it by name
    """Show the failures that Twilio reports: webhooks, replies and messages.

    Reads Twilio's alerts of the last day, counts equal ones, and prints for each what it means and
    what to do. With --test, writes a test that replays the conversation up to the failed text;
    phone numbers are replaced, texts are not. Requires TWILIO_ACCOUNT_SID, with TWILIO_API_KEY and
    TWILIO_API_SECRET or TWILIO_AUTH_TOKEN. Exit status 1 if there are failures.

    \b
    Example:
      parley failures
      parley failures --test NO0123456789abcdef0123456789abcdef --output tests/test_order.py
    """
    if output and not sid:
        raise click.UsageError("--output is the file of a test: give --test with an alert's SID.")
    if sid and not SID.fullmatch(sid):
        raise click.UsageError("--test takes the SID of an alert: NO and 32 hexadecimal digits.")
    if output and output.exists():
        raise click.UsageError(f"{output} exists: name another file.")
    with open_client(rest_credentials()) as client, as_messages():
        if sid:
            write_test(client, sid, output)
            return
        found = alerts.list_since(client, datetime.now(UTC) - timedelta(hours=hours))
        for line in lines(client, found, show=show):
            click.echo(printable(line))
    if found:
        raise SystemExit(1)
    click.echo(f"Twilio has no alert of the last {hours} hours.")


@contextmanager
def as_messages() -> Iterator[None]:
    """Convert errors of Twilio's REST API to errors of a command."""
    try:
        yield
    except AlertNotFoundError as error:
        words = f"this account has no alert {error}: set TWILIO_ACCOUNT_SID to its account."
        raise click.ClickException(f"{words} Twilio keeps alerts for 30 days.") from None
    except NotATextError as error:
        raise click.ClickException(str(error)) from None
    except RestError as error:
        words = explanation(error, unknown_outcome="try again")
        raise click.ClickException(printable(words)) from None


def lines(client: Any, found: Iterable[Alert], *, show: bool) -> Iterator[str]:
    """Yield two lines for each kind of alert; with `show` also the newest text and response."""
    total = 0
    for alert, count in alerts.counted(found):
        total += count
        whole = alerts.fetch(client, alert.sid)
        detail = f"status {alert.status}" if alert.status else ""
        where = f" {shown_url(alert.url)}" if alert.url else ""
        yield f"{count:4}  {sentence(alert.code, alert.words if show else '', detail)}"
        yield f"      last {utc(int(alert.at.timestamp()))} {alert.sid}{where}"
        if whole.parameters.get("MessageSid"):
            told = message_fields(whole.parameters)
            named = {name: whole.parameters.get(name.title(), "") for name in ("from", "to")}
            yield f"      {pairs({**told, **named} if show else told)}"
        if show:
            yield from shown(whole)
    if total == MOST:
        yield f"Only the newest {MOST:,} alerts were read."


def shown(alert: Alert) -> Iterator[str]:
    """Yield the text and the beginning of the response."""
    if body := alert.parameters.get("Body"):
        yield f"      > {body}"
    for line in alert.response[:LONGEST_RESPONSE].splitlines():
        yield f"      < {line}"


def write_test(client: Any, sid: str, output: Path | None) -> None:
    """Write the test of one alert into a new file, or print it."""
    from parley.cli.failing_text import as_test

    alert = alerts.fetch(client, sid)
    told = alert.parameters
    from_, to = told.get("From", ""), told.get("To", "")
    before = said_before(client, from_, to, told.get("MessageSid", ""), alert.at) if from_ else []
    written = as_test(alert, before)
    if output is None:
        click.echo("\n".join(map(printable, written.splitlines())))
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    with output.open("x", encoding="utf-8") as file:
        file.write(written)
    click.echo(f"Wrote {output}; run it with: {command(None, output)}")
    click.echo("It contains a person's texts: read it before you commit it.")
