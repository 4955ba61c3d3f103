import sys
from dataclasses import replace
from typing import Any

import click

from app.cli.account import FAILURES, credentials, told
from app.cli.credentials import public_url
from app.cli.text import printable
from app.cli.utf8 import UTF8
from app.cli.webhook_line import Unseen, bare, differences, elsewhere, shown_url
from app.conversation import FlowError
from app.flows import residents
from app.inspection.healthy import HEALTHY
from app.inspection.whole import front
from app.outside.rest import numbers
from app.outside.rest.addresses import is_number
from app.outside.rest.client import connected
from app.outside.rest.numbers import NoSuchNumber, Number, Webhook
from app.settings.public_url import problem


@click.command()
@click.argument("number", type=UTF8)
@click.argument("flow", type=UTF8)
@click.option("--yes", is_flag=True, help="Overwrite another URL without asking.")
def connect(number: str, flow: str, yes: bool) -> None:  # noqa: FBT001  # click passes it by name
    """Let a number's texts go to a flow of this server.

    Sets the number's SMS webhook and its fallback to PUBLIC_URL, once that answers /healthz over
    https, and shows them before and after. TWILIO_ACCOUNT_SID is needed, with TWILIO_API_KEY and
    TWILIO_API_SECRET or TWILIO_AUTH_TOKEN. Exit status 1 when it has no effect.

    \b
    Example:
      flask sms connect +15551230000 counter
    """
    if not is_number(number):
        raise click.UsageError(f"{number} is no number: write it in full, like +15551230000.")
    check_flow(flow)
    url, account = public_url(), credentials()
    if wrong := problem(url, "production"):
        raise click.ClickException(wrong)
    check_front(url)
    with connected(account) as client:
        open_end = "nothing was changed; try again"
        try:
            found = numbers.find(client, number)
            meant = wanted(url, flow, found.webhook)
            show(found.webhook, meant)
            if meant != found.webhook:
                if not yes:
                    confirm(found.webhook, meant)
                open_end = "it may have been changed; run the command again to see"
                compare(meant, numbers.set_webhook(client, found.sid, meant))
            finish(client, number, found, meant)
        except NoSuchNumber:
            raise click.ClickException(
                f"This account has no number {number}: set TWILIO_ACCOUNT_SID to the account that "
                "owns it."
            ) from None
        except FAILURES as failure:
            raise click.ClickException(printable(told(failure, open_end=open_end))) from None


def check_flow(flow: str) -> None:
    """End with a sentence where there is no such flow."""
    try:
        found = residents()
    except FlowError as error:
        raise click.ClickException(str(error)) from None
    if flow not in found:
        raise click.UsageError(f"There is no flow {flow}: `flask sms flows` lists them.")


def check_front(url: str) -> None:
    """End with a sentence where Twilio would find nothing of ours at this URL."""
    for finding in front(url):
        if finding.final or (finding.is_bad and finding.about == HEALTHY):
            raise click.ClickException(
                printable(f"PUBLIC_URL, {finding.about}: {finding.words}; nothing was changed.")
            )
        if finding.is_bad:
            click.echo(printable(f"Note: {finding.about}: {finding.words}."))


def wanted(url: str, flow: str, before: Webhook) -> Webhook:
    """The webhook of this server; connection overrides behind a `#` stay where the URL does."""
    ours = Webhook(f"{url}/sms/{flow}", f"{url}/sms/fallback")
    if bare(before.url) == ours.url:
        ours = replace(ours, url=before.url)
    if bare(before.fallback_url) == ours.fallback_url:
        ours = replace(ours, fallback_url=before.fallback_url)
    return ours


def show(before: Webhook, after: Webhook) -> None:
    for line in differences(before, after):
        click.echo(printable(line))


def confirm(before: Webhook, after: Webhook) -> None:
    """Ask before a URL that is another's is overwritten; end where nobody can be asked."""
    pairs = [(before.url, after.url), (before.fallback_url, after.fallback_url)]
    if not any(old and old != new for old, new in pairs):
        return
    if not sys.stdin.isatty():
        raise click.ClickException(
            "Another URL would be overwritten, and there is no terminal to ask at: nothing was "
            "changed; add --yes if that is meant."
        )
    if not click.confirm("Overwrite it?"):
        raise click.ClickException("Nothing was changed.")


def compare(meant: Webhook, after: Webhook) -> None:
    """End with a sentence where Twilio has not set what was meant."""
    if after != meant:
        show(meant, after)
        raise click.ClickException("Twilio has set something else: look at it in the Console.")


def finish(client: Any, number: str, found: Number, meant: Webhook) -> None:
    """Say what is set now, and what else decides where the texts go."""
    try:
        if why := elsewhere(client, found):
            raise click.ClickException(f"The webhook is set, but without effect: {why}")
    except Unseen as unseen:
        click.echo(printable(f"Note: {unseen}"))
    said = "was connected already" if meant == found.webhook else "is connected"
    click.echo(printable(f"{number} {said}: its texts go to {shown_url(meant.url)}"))
