"""The settings, auth tokens and Twilio account that a command uses."""

import os
from collections.abc import Mapping

import click

from parley.loopback import is_loopback_url
from parley.rest.client import Credentials
from parley.settings import DEVELOPMENT_FILE, SettingsError, filled_up, read_development_file
from parley.settings.environment import Source
from parley.settings.twilio_account import twilio_account


def environment(url: str | None = None) -> dict[str, str]:
    """Return the environment, with the development settings unless another server is set.

    `url` is that of a server, instead of PUBLIC_URL.
    """
    given = {name: value for name, value in os.environ.items() if value.strip()}
    if url:
        given["PUBLIC_URL"] = url
    mode = given.get("PARLEY_MODE", "").strip()
    elsewhere = "PUBLIC_URL" in given and not is_loopback_url(given["PUBLIC_URL"])
    if mode == "production" or (mode != "development" and elsewhere):
        return given
    try:
        return filled_up(given, read_development_file(DEVELOPMENT_FILE))
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


def auth_token() -> str:
    """Return the newest auth token, from the environment or its file; never from the arguments."""
    (tokens,) = keys(Source(environment()), "TWILIO_AUTH_TOKEN")
    return tokens[0]


def keys(source: Source, *names: str) -> list[tuple[str, ...]]:
    """Return the secrets of each name, newest first; raises ClickException if all are missing."""
    found = [source.secrets(name) for name in names]
    if source.problems:
        raise click.ClickException(" ".join(source.problems))
    if not any(found):
        raise click.ClickException(
            "TWILIO_AUTH_TOKEN is not set and there is no var/development.env: start the server "
            "with `make run`, in this folder, or set TWILIO_AUTH_TOKEN."
        )
    return found


def has_account() -> bool:
    """Return whether the environment names a Twilio account."""
    return bool(Source(os.environ).text("TWILIO_ACCOUNT_SID"))


def rest_credentials(environ: Mapping[str, str] = os.environ) -> Credentials:
    """Return an API key if one is set, otherwise the newest auth token.

    Raises ClickException if neither is set.

    From the environment alone: the token of `var/development.env` is not Twilio's.
    """
    source = Source(environ)
    account = twilio_account(source)
    tokens = () if account.api_key else source.secrets("TWILIO_AUTH_TOKEN")
    if source.problems:
        raise click.ClickException(" ".join(source.problems))
    if not account.sid:
        raise click.ClickException(
            "TWILIO_ACCOUNT_SID is not set: set it to the account that owns the number (Twilio "
            "Console, Account Info), and TWILIO_API_KEY with TWILIO_API_SECRET or "
            "TWILIO_AUTH_TOKEN beside it."
        )
    if account.api_key:
        return _sendable(Credentials(account.sid, account.api_key, account.api_secret))
    if not tokens:
        raise click.ClickException(
            "Neither TWILIO_API_KEY with TWILIO_API_SECRET nor TWILIO_AUTH_TOKEN is set: set one, "
            "as the Twilio Console shows it."
        )
    return _sendable(Credentials(account.sid, account.sid, tokens[0]))


def _sendable(credentials: Credentials) -> Credentials:
    """Check that credentials are valid in an HTTP header, before any request."""
    if not (credentials.password.isascii() and credentials.password.isprintable()):
        raise click.ClickException(
            "The auth token or API secret has characters that Twilio's never have: copy it again "
            "from the Twilio Console."
        )
    return credentials
