import re

import click

from app.cli.account import FAILURES, credentials, is_named, told
from app.cli.credentials import environment, public_url
from app.cli.numbers import MY_NUMBER, THE_APPS_NUMBER
from app.cli.text import printable
from app.cli.utf8 import UTF8
from app.cli.webhook_line import Unseen, bare, elsewhere, shown_url
from app.inspection.asking import Deployment
from app.inspection.finding import Finding, no, ok, unknown
from app.inspection.whole import inspect
from app.outside.rest import numbers
from app.outside.rest.addresses import is_number
from app.outside.rest.client import connected
from app.outside.rest.numbers import NoSuchNumber, Number
from app.settings.of_twilio import twilio_account
from app.settings.source import Source

WEBHOOK = "webhook"


@click.command()
@click.option("--flow", default="counter", show_default=True, type=UTF8, help="What is texted.")
@click.option("--number", default="", type=UTF8, help="Whose webhook should point there.")
@click.option("--url", type=UTF8, help="The server's URL, instead of PUBLIC_URL.")
def check(flow: str, number: str, url: str | None) -> None:
    """Look at a deployment from outside, as Twilio sees it.

    One line for each point: ok, no with what to do, or -- for what could not be looked at. The flow
    is really texted, twice, signed with TWILIO_AUTH_TOKEN; nothing is sent to anybody's phone. Exit
    status 1 when a line says no.

    \b
    Example:
      flask sms check --number +15551230000
    """
    if number and not is_number(number):
        raise click.UsageError(f"{number} is no number: write it in full, like +15551230000.")
    if not re.fullmatch(r"[A-Za-z0-9_-]+", flow):
        raise click.UsageError("--flow is no name of a flow: `flask sms flows` lists them.")
    server = public_url(url).partition("#")[0].removesuffix(f"/sms/{flow}")
    if "?" in server:
        raise click.UsageError("The URL of the server ends before the path of a flow: no `?`.")
    failed = False
    for finding in inspect(deployment(server, flow, number)):
        failed = failed or finding.is_bad
        click.echo(printable(str(finding)))
    webhook = webhook_of(number, server)
    click.echo(printable(str(webhook)))
    if failed or webhook.is_bad:
        raise SystemExit(1)


def deployment(url: str, flow: str, number: str) -> Deployment:
    """How the server is texted: with the newest token, for an account that it should allow."""
    source = Source(environment(url))
    tokens = source.secrets("TWILIO_AUTH_TOKEN")
    account, allowed = twilio_account(source).sid, source.listed("TWILIO_ALLOWED_ACCOUNTS")
    if source.problems:
        raise click.ClickException(" ".join(source.problems))
    return Deployment(
        public_url=url,
        flow=flow,
        auth_token=tokens[0] if tokens else "",
        from_=MY_NUMBER,
        to=number or THE_APPS_NUMBER,
        account_sid=allowed[0] if allowed and account not in allowed else account,
    )


def webhook_of(number: str, url: str) -> Finding:
    """Whether the texts of a number go to this server."""
    if not number:
        more = "" if is_named() else ", and set TWILIO_ACCOUNT_SID with an API key or auth token,"
        return unknown(WEBHOOK, f"not looked at: give --number{more} to have it checked")
    try:
        with connected(credentials()) as client:
            found = numbers.find(client, number)
            if bare(found.webhook.url).startswith(f"{url}/sms/"):
                return pointing_here(client, number, found)
    except NoSuchNumber:
        words = f"this account has no number {number}: set TWILIO_ACCOUNT_SID to its account"
        return no(WEBHOOK, words)
    except FAILURES as failure:
        return no(WEBHOOK, told(failure))
    except click.ClickException as missing:
        return no(WEBHOOK, missing.message)
    now = shown_url(found.webhook.url)
    words = f"{number} points to {now}: `flask sms connect {number} <flow>` sets it"
    return no(WEBHOOK, words)


def pointing_here(client: object, number: str, found: Number) -> Finding:
    """The finding of a number with the right URL, unless something else wins over that."""
    words = f"{number} points to {shown_url(found.webhook.url)}"
    try:
        if why := elsewhere(client, found):
            return no(WEBHOOK, f"{words}, but {why}")
    except Unseen as unseen:
        return unknown(WEBHOOK, f"{words}; {unseen}")
    return ok(WEBHOOK, words)
