"""What commands that play Twilio need to know: a URL and an auth token."""

import os

import click

from app.settings import DEVELOPMENT_FILE, SettingsError, read_development_file
from app.settings.source import Source

_OURS = ("PARLEY_MODE", "PUBLIC_URL", "TWILIO_AUTH_TOKEN", "TWILIO_AUTH_TOKEN_FILE")


def environment() -> dict[str, str]:
    """The environment; where it says nothing of Parley, the development settings instead."""
    given = dict(os.environ)
    development = given.get("PARLEY_MODE", "").strip() == "development"
    if not development and any(given.get(name) for name in _OURS):
        return given
    try:
        return {**read_development_file(DEVELOPMENT_FILE), **given}
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


def public_url(given: str | None = None) -> str:
    """The URL of the server, as it was given or from the settings, without a slash at its end."""
    url = given or Source(environment()).text("PUBLIC_URL")
    if not url:
        raise click.ClickException(
            "PUBLIC_URL is not set and there is no var/development.env: start the server with "
            "`make run`, in this folder, or set PUBLIC_URL."
        )
    if not url.startswith(("http://", "https://")):
        raise click.ClickException("The URL of the server begins with https:// or http://.")
    return url.rstrip("/")


def auth_token() -> str:
    """The newest auth token, from the environment or its file; never from the arguments."""
    source = Source(environment())
    tokens = source.secrets("TWILIO_AUTH_TOKEN")
    if source.problems:
        raise click.ClickException(" ".join(source.problems))
    if not tokens:
        raise click.ClickException(
            "TWILIO_AUTH_TOKEN is not set and there is no var/development.env: start the server "
            "with `make run`, in this folder, or set TWILIO_AUTH_TOKEN."
        )
    return tokens[0]


def webhook(flow: str, url: str | None) -> str:
    """The whole URL of a flow; `url` is the server's, or already the flow's."""
    path = f"/sms/{flow}"
    return public_url(url).removesuffix(path) + path
