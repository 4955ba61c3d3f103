from typing import Any

import click

from app.cli.account import FAILURES, credentials, told
from app.cli.text import printable
from app.cli.utf8 import UTF8
from app.outside.rest.addresses import problem
from app.outside.rest.client import connected
from app.outside.rest.errors import concerns_all
from app.outside.rest.failures import NoAnswer, NotReached, Refused
from app.outside.rest.messages import Text
from app.outside.rest.messages import send as send_one

UNCLEAR = "it may have been sent; look in the Twilio Console before you send it again"


@click.command()
@click.argument("to", nargs=-1, required=True, type=UTF8)
@click.argument("text", type=UTF8)
@click.option("--from", "from_", default="", type=UTF8, help="A number of yours at Twilio.")
@click.option("--messaging-service", default="", type=UTF8, help="Instead of --from: its MG… SID.")
@click.option("--media", multiple=True, type=UTF8, help="The URL of a picture; up to ten times.")
def send(
    to: tuple[str, ...], text: str, from_: str, messaging_service: str, media: tuple[str, ...]
) -> None:
    """Send a real text, or pictures, to one or several numbers.

    Prints a line for each: Twilio's status and SID, or what went wrong. TWILIO_ACCOUNT_SID is
    needed, with TWILIO_API_KEY and TWILIO_API_SECRET or TWILIO_AUTH_TOKEN. Nothing is sent twice by
    itself, and nothing at all when an argument is wrong. Exit status 1 when one was not sent.

    \b
    Example:
      flask sms send +15551230000 "See you at eight" --from +15559870002
    """
    what = Text(text, media, from_, messaging_service)
    if wrong := problem(to, what):
        raise click.UsageError(f"{printable(wrong)} Nothing was sent.")
    failed, hopeless = False, ""
    with connected(credentials()) as client:
        for number in to:
            if hopeless:
                click.echo(f"{number}  not tried: {hopeless}")
                continue
            line, failure = result(client, number, what)
            click.echo(printable(f"{number}  {line}"))
            failed = failed or failure is not None
            hopeless = why_hopeless(failure)
    if failed:
        raise SystemExit(1)


def result(client: Any, number: str, what: Text) -> tuple[str, BaseException | None]:
    """The line of one recipient, and why it has not succeeded, if it has not."""
    try:
        sent = send_one(client, number, what)
    except FAILURES as failure:
        state = "unclear" if isinstance(failure, NoAnswer) else "failed"
        return f"{state}: {told(failure, open_end=UNCLEAR)}", failure
    except KeyboardInterrupt as stop:
        return f"unclear: interrupted; {UNCLEAR}.", stop
    return f"{sent.status} {sent.sid}", None


def why_hopeless(failure: BaseException | None) -> str:
    """Why the other recipients are not tried; empty where they may fare better."""
    if isinstance(failure, Refused) and concerns_all(failure):
        return f"{failure.code} concerns every recipient"
    if isinstance(failure, KeyboardInterrupt):
        return "interrupted"
    return "Twilio cannot be reached" if isinstance(failure, NotReached) else ""
