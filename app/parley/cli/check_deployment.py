import re
from collections.abc import Iterator

import click

from parley.cli.credentials import environment, has_account, rest_credentials
from parley.cli.flows import served_flows
from parley.cli.options import MY_NUMBER, OWN_NUMBER, THE_APPS_NUMBER, UTF8, is_own
from parley.cli.text import printable
from parley.cli.urls import (
    ServicesUnknownError,
    all_flows,
    is_below,
    overriding,
    public_url,
    shown_url,
    without_overrides,
)
from parley.conversation.masking import is_number
from parley.probe.client import Deployment
from parley.probe.finding import Finding, no, ok, unknown
from parley.probe.probe import probe
from parley.request import PREFIX
from parley.rest import messaging_services, numbers
from parley.rest.client import open_client
from parley.rest.error_advice import explanation
from parley.rest.errors import RestError
from parley.rest.message_check import is_service_sid
from parley.rest.messaging_services import ServiceNotFoundError
from parley.rest.numbers import Number, NumberNotFoundError
from parley.routing.routes import RoutesError, parse_routes, read_routes
from parley.settings.environment import Source
from parley.settings.twilio_account import twilio_account

WEBHOOK, ROUTES = "webhook", "routes"


@click.command()
@click.option("--flow", default="counter", show_default=True, type=UTF8, help="What is texted.")
@click.option("--number", type=OWN_NUMBER, help="The number, or its SID, whose webhook to check.")
@click.option("--url", type=UTF8, help="The server's URL, instead of PUBLIC_URL.")
def check(flow: str, number: str | None, url: str | None) -> None:
    """Check a deployment from outside, as Twilio sees it.

    Prints one line for each check: ok, no with what to do, or -- if it could not be made. Sends two
    texts to the flow, signed with TWILIO_AUTH_TOKEN; no phone receives anything. Exit status 1
    if a line says no.

    \b
    Example:
      parley check --number +15551230000
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]+", flow):
        raise click.UsageError("--flow is not the name of a flow: `parley flows` lists them.")
    server = public_url(url).partition("#")[0].removesuffix(f"{PREFIX}{flow}")
    if "?" in server:
        raise click.UsageError("The URL of the server ends before the path of a flow: no `?`.")
    failed = False
    for finding in probe(deployment(server, flow, number)):
        failed = failed or finding.is_bad
        click.echo(printable(str(finding)))
    for finding in [webhook_of(number, server), *webhooks_of_routes(server)]:
        failed = failed or finding.is_bad
        click.echo(printable(str(finding)))
    if failed:
        raise SystemExit(1)


def deployment(url: str, flow: str, number: str | None) -> Deployment:
    """Text the server with the newest token, for an account that it should allow."""
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
        to=number if number and is_number(number) else THE_APPS_NUMBER,
        account_sid=allowed[0] if allowed and account not in allowed else account,
    )


def webhook_of(number: str | None, url: str) -> Finding:
    """Check whether the texts of a number go to this server."""
    if not number:
        missing = ", and set TWILIO_ACCOUNT_SID with an API key or auth token,"
        more = "" if has_account() else missing
        return unknown(WEBHOOK, f"not checked: give --number{more} to have it checked")
    try:
        with open_client(rest_credentials()) as client:
            found = numbers.find(client, number)
            if is_below(found.webhook.url, url):
                return pointing_here(client, found)
    except NumberNotFoundError:
        words = f"this account has no number {number}: set TWILIO_ACCOUNT_SID to its account"
        return no(WEBHOOK, words)
    except RestError as error:
        return no(WEBHOOK, explanation(error))
    except click.ClickException as error:
        return no(WEBHOOK, error.message)
    mine, now = found.phone_number, shown_url(found.webhook.url)
    words = f"{mine} points to {now}: `parley connect {mine}` sets it"
    return no(WEBHOOK, words)


def pointing_here(client: object, found: Number) -> Finding:
    """Return the finding for a number with the right URL, unless something overrides it."""
    words = f"{found.phone_number} points to {shown_url(found.webhook.url)}"
    try:
        if why := overriding(client, found, without_overrides(found.webhook.url)):
            return no(WEBHOOK, f"{words}, but {why}")
    except ServicesUnknownError as error:
        return unknown(WEBHOOK, f"{words}; {error}")
    return ok(WEBHOOK, words)


def webhooks_of_routes(url: str) -> Iterator[Finding]:
    """Check whether the numbers and services that ROUTES_FILE names send their texts to /sms."""
    file = Source(environment(url)).text("ROUTES_FILE")
    if not file:
        return
    try:
        routes = parse_routes(read_routes(file), served_flows())
    except (RoutesError, click.ClickException) as error:
        yield no(ROUTES, str(error).replace("\n", " "))
        return
    places = [each for route in routes for each in (*route.to, route.service) if each]
    for place in places:
        yield webhook_of_place(place, url)


def webhook_of_place(place: str, url: str) -> Finding:
    """Check the webhook of a number or service of the routes."""
    if not is_own(place):
        return unknown(ROUTES, f"{place}: not checked, look at its webhook in the Console")
    if not has_account():
        more = "set TWILIO_ACCOUNT_SID with an API key or auth token"
        return unknown(ROUTES, f"{place}: not checked, {more}")
    try:
        with open_client(rest_credentials()) as client:
            return _compared(client, place, all_flows(url))
    except (NumberNotFoundError, ServiceNotFoundError):
        return no(ROUTES, f"{place} is not of this account: correct ROUTES_FILE, or the account")
    except RestError as error:
        return no(ROUTES, f"{place}: {explanation(error)}")
    except click.ClickException as error:
        return no(ROUTES, error.message)


def _compared(client: object, place: str, wanted: str) -> Finding:
    advice = f"`parley connect {place}` sets it"
    if is_service_sid(place):
        service = messaging_services.find(client, place)
        if service.defers:
            words = f"{place} defers to the webhooks of its numbers: {advice}"
            return no(ROUTES, words)
        webhook = service.webhook
    else:
        number = numbers.find(client, place)
        webhook = number.webhook
        try:
            if why := overriding(client, number, wanted):
                return no(ROUTES, f"{place}: {why}")
        except ServicesUnknownError as error:
            return unknown(ROUTES, f"{place}: {error}")
    words = f"{place} points to {shown_url(webhook.url)}"
    if without_overrides(webhook.url).removesuffix("/") == wanted:
        return ok(ROUTES, words)
    return no(ROUTES, f"{words}: {advice}")
