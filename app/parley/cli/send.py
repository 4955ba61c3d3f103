import os
from typing import Any

import click

from parley.cli.credentials import rest_credentials
from parley.cli.options import UTF8
from parley.cli.text import printable
from parley.delivery_receipts import NAME
from parley.request import PREFIX
from parley.rest.client import open_client
from parley.rest.error_advice import concerns_account, explanation
from parley.rest.errors import NotSentError, RejectedError, RestError, UnknownOutcomeError
from parley.rest.message_check import problem
from parley.rest.messages import Text
from parley.rest.messages import send as send_one
from parley.settings.environment import Source
from parley.settings.validation import public_url_problem

UNCLEAR = "it may have been sent; look in the Twilio Console before you send it again"


@click.command()
@click.argument("to", nargs=-1, required=True, type=UTF8)
@click.argument("text", type=UTF8)
@click.option("--from", "from_", default="", type=UTF8, help="One of your numbers at Twilio.")
@click.option("--messaging-service", default="", type=UTF8, help="Instead of --from: its MG… SID.")
@click.option("--media", multiple=True, type=UTF8, help="The URL of a picture; up to ten times.")
def send(
    to: tuple[str, ...], text: str, from_: str, messaging_service: str, media: tuple[str, ...]
) -> None:
    """Send a real text, or pictures, to one or several numbers.

    Prints a line for each: Twilio's status and SID, or the error. Requires TWILIO_ACCOUNT_SID, with
    TWILIO_API_KEY and TWILIO_API_SECRET or TWILIO_AUTH_TOKEN. Never retries, and sends nothing if
    an argument is invalid. Exit status 1 if a text was not sent. With STATUS_CALLBACKS=on, Twilio
    reports the delivery of each text at PUBLIC_URL/sms/status.

    \b
    Example:
      parley send +15551230000 "See you at eight" --from +15559870002
    """
    what = Text(text, media, from_, messaging_service, status_callback())
    if wrong := problem(to, what):
        raise click.UsageError(f"{printable(wrong)} Nothing was sent.")
    failed, why = False, ""
    with open_client(rest_credentials()) as client:
        for number in to:
            if why:
                click.echo(f"{number}  not tried: {why}")
                continue
            line, error = result(client, number, what)
            click.echo(printable(f"{number}  {line}"))
            failed = failed or error is not None
            why = why_skipped(error)
    if failed:
        raise SystemExit(1)


def status_callback() -> str:
    """Return the URL for delivery receipts; empty without STATUS_CALLBACKS.

    Raises UsageError if Twilio could not call it.
    """
    source = Source(os.environ)
    is_on, url = source.switch("STATUS_CALLBACKS", on=False), source.text("PUBLIC_URL")
    if source.problems:
        raise click.UsageError(f"{' '.join(source.problems)} Nothing was sent.")
    if not is_on:
        return ""
    if wrong := public_url_problem(url, "production"):
        raise click.UsageError(f"STATUS_CALLBACKS is on, but {wrong} Nothing was sent.")
    return f"{url.removesuffix('/')}{PREFIX}{NAME}"


def result(client: Any, number: str, what: Text) -> tuple[str, BaseException | None]:
    """Send to one recipient; return its line, and the error if there was one."""
    try:
        sent = send_one(client, number, what)
    except RestError as error:
        state = "unclear" if isinstance(error, UnknownOutcomeError) else "failed"
        return f"{state}: {explanation(error, unknown_outcome=UNCLEAR)}", error
    except KeyboardInterrupt as stop:
        return f"unclear: interrupted; {UNCLEAR}.", stop
    return f"{sent.status} {sent.sid}", None


def why_skipped(error: BaseException | None) -> str:
    """Return why the remaining recipients are skipped; empty if they may succeed."""
    if isinstance(error, RejectedError) and concerns_account(error):
        return f"{error.code} concerns every recipient"
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    return "Twilio cannot be reached" if isinstance(error, NotSentError) else ""
