import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import click

from parley.cli.credentials import rest_credentials
from parley.cli.flows import served_flows
from parley.cli.options import MY_NUMBER, THE_APPS_NUMBER, UTF8, is_own
from parley.cli.text import printable
from parley.cli.urls import (
    NUMBER_FIELDS,
    SERVICE_FIELDS,
    ServicesUnknownError,
    differences,
    overriding,
    public_url,
    shown_url,
    without_overrides,
)
from parley.probe.checks import HEALTH, UNSIGNED
from parley.probe.client import Deployment
from parley.probe.finding import Finding
from parley.probe.probe import probe_unsigned
from parley.request import PREFIX
from parley.rest import messaging_services, numbers
from parley.rest.client import open_client
from parley.rest.error_advice import explanation
from parley.rest.errors import RestError
from parley.rest.message_check import is_service_sid
from parley.rest.messaging_services import Service, ServiceNotFoundError
from parley.rest.numbers import Number, NumberNotFoundError, Webhook
from parley.settings.validation import public_url_problem

ALL_FLOWS = ("sms", "/sms", "/sms/")
"""The argument for the webhook of all flows; a flow with the name sms takes precedence."""


@dataclass(frozen=True)
class Target:
    """A number or a Messaging Service of the account."""

    found: Number | Service

    @property
    def name(self) -> str:
        return self.found.phone_number if isinstance(self.found, Number) else self.found.sid

    @property
    def fields(self) -> Sequence[str]:
        return NUMBER_FIELDS if isinstance(self.found, Number) else SERVICE_FIELDS

    @property
    def defers(self) -> bool:
        """Return whether it is a service that calls its numbers' webhooks instead of its own."""
        return isinstance(self.found, Service) and self.found.defers

    def set(self, client: Any, webhook: Webhook) -> "Target":
        """Set the webhook; return the target as Twilio has it then. Raises RestError."""
        if isinstance(self.found, Service):
            return Target(messaging_services.set_webhook(client, self.found.sid, webhook))
        after = numbers.set_webhook(client, self.found.sid, webhook)
        return Target(replace(self.found, webhook=after))


@click.command()
@click.argument("given", metavar="NUMBER... [FLOW]", nargs=-1, required=True, type=UTF8)
@click.option("--yes", is_flag=True, help="Overwrite another URL without asking.")
def connect(given: tuple[str, ...], yes: bool) -> None:  # noqa: FBT001  # click passes it by name
    """Point the webhook of numbers at all flows, or at one.

    NUMBER is a number in full, its SID (PN…), or the SID of a Messaging Service (MG…). Without
    FLOW, texts go to PUBLIC_URL/sms, where keywords and ROUTES_FILE choose the flow. Each SMS
    webhook and fallback is set to PUBLIC_URL, once that rejects an unsigned text over https as this
    server does, and is shown before and after. TWILIO_ACCOUNT_SID is needed, with TWILIO_API_KEY
    and TWILIO_API_SECRET or TWILIO_AUTH_TOKEN. Exit status 1 if it has no effect.

    \b
    Example:
      parley connect +15551230000
      parley connect +15551230000 +15551230001 counter
    """
    names, flow = parsed(given)
    url, account = public_url(), rest_credentials()
    if wrong := public_url_problem(url, "production"):
        raise click.ClickException(wrong)
    check_server(url, flow)
    failed = False
    with open_client(account) as client:
        targets = [found(client, name) for name in names]
        for target in targets:
            if len(targets) > 1:
                click.echo(f"{target.name}:")
            failed = not set_one(client, target, wanted(url, flow, target), yes=yes) or failed
    if failed:
        raise SystemExit(1)


def parsed(given: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """Return the numbers and the flow, which is empty for all flows. Raises UsageError."""
    *names, last = given
    flow = ""
    if is_own(last) or last.startswith("+"):
        names.append(last)
    elif last in served_flows():
        flow = last
    elif last not in ALL_FLOWS:
        if names:
            raise click.UsageError(f"There is no flow {last}: `parley flows` lists them.")
        names.append(last)
    if wrong := next((name for name in names if not is_own(name)), None):
        raise click.UsageError(
            f"{wrong} is not a number: write it in full, like +15551230000, or its SID (PN…), or "
            "the SID of a Messaging Service (MG…)."
        )
    if not names:
        raise click.UsageError("There is no number: write it before the flow.")
    return tuple(dict.fromkeys(names)), flow


def found(client: Any, name: str) -> Target:
    """Find a number or a service. Raises ClickException."""
    try:
        if is_service_sid(name):
            return Target(messaging_services.find(client, name))
        return Target(numbers.find(client, name))
    except (NumberNotFoundError, ServiceNotFoundError):
        what = "Messaging Service" if is_service_sid(name) else "number"
        raise click.ClickException(
            f"This account has no {what} {name}: set TWILIO_ACCOUNT_SID to the account that "
            "owns it."
        ) from None
    except RestError as error:
        words = explanation(error, unknown_outcome="nothing was changed; try again")
        raise click.ClickException(printable(words)) from None


def set_one(client: Any, target: Target, meant: Webhook, *, yes: bool) -> bool:
    """Show, confirm and set one webhook; return whether it takes effect. Raises ClickException."""
    before = target.found.webhook
    show(before, meant, target.fields)
    if target.defers:
        click.echo("UseInboundWebhookOnNumber true -> false")
    is_set = meant == before and not target.defers
    if not is_set:
        if not yes:
            confirm(before, meant)
        try:
            after = target.set(client, meant)
        except RestError as error:
            unknown = "it may have been changed; run the command again to see"
            words = explanation(error, unknown_outcome=unknown)
            raise click.ClickException(printable(words)) from None
        compare(meant, after)
    if why := without_effect(client, target, meant):
        click.echo(printable(f"Error: The webhook is set, but without effect: {why}"), err=True)
        return False
    said = "was connected already" if is_set else "is connected"
    click.echo(printable(f"{target.name} {said}: its texts go to {shown_url(meant.url)}"))
    return True


def check_server(url: str, flow: str) -> None:
    """Raise ClickException if Twilio would not find this server at the URL.

    An unsigned text decides: the server rejects it with a sentence. Some platforms keep the health
    paths to themselves, so what these answer is a note, unless the text fails too.
    """
    notes: dict[str, Finding] = {}
    for finding in probe_unsigned(Deployment(url, flow, "", MY_NUMBER, THE_APPS_NUMBER)):
        if finding.final or (finding.about == UNSIGNED and finding.is_bad):
            cause = notes.pop(HEALTH, finding) if not finding.final else finding
            raise click.ClickException(
                printable(f"PUBLIC_URL, {cause.about}: {cause.words}; nothing was changed.")
            )
        if finding.is_bad or (finding.about == HEALTH and finding.mark != "ok"):
            notes[finding.about] = finding
    for about, finding in notes.items():
        click.echo(printable(f"Note: {about}: {finding.words}."))


def wanted(url: str, flow: str, target: Target) -> Webhook:
    """Return this server's webhook; connection overrides after a `#` are kept for the same URL."""
    before = target.found.webhook
    ours = Webhook(f"{url}{PREFIX}{flow}".removesuffix("/"), f"{url}{PREFIX}fallback")
    if without_overrides(before.url) == ours.url:
        ours = replace(ours, url=before.url)
    if without_overrides(before.fallback_url) == ours.fallback_url:
        ours = replace(ours, fallback_url=before.fallback_url)
    return ours


def show(before: Webhook, after: Webhook, fields: Sequence[str]) -> None:
    for line in differences(before, after, fields):
        click.echo(printable(line))


def confirm(before: Webhook, after: Webhook) -> None:
    """Ask before another URL is overwritten; raise ClickException without a terminal."""
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


def compare(meant: Webhook, after: Target) -> None:
    """Raise ClickException if Twilio has set a different value."""
    if after.found.webhook != meant or after.defers:
        show(meant, after.found.webhook, after.fields)
        raise click.ClickException("Twilio has set a different value: check it in the Console.")


def without_effect(client: Any, target: Target, meant: Webhook) -> str | None:
    """Return what overrides a number's webhook; None if nothing does."""
    if isinstance(target.found, Service):
        return None
    try:
        return overriding(client, target.found, without_overrides(meant.url))
    except ServicesUnknownError as error:
        click.echo(printable(f"Note: {error}"))
        return None
