"""What commands that play Twilio need to know: a URL and an auth token."""

import os
from urllib.parse import urlsplit

import click

from app.settings import DEVELOPMENT_FILE, SettingsError, filled_up, read_development_file
from app.settings.public_url import is_loopback
from app.settings.source import Source


def environment(url: str | None = None) -> dict[str, str]:
    """The environment; where it names no server of its own, the development settings fill it up.

    `url` is a server's that is named instead of PUBLIC_URL.
    """
    given = {name: value for name, value in os.environ.items() if value.strip()}
    if url:
        given["PUBLIC_URL"] = url
    mode = given.get("PARLEY_MODE", "").strip()
    elsewhere = "PUBLIC_URL" in given and not is_loopback(given["PUBLIC_URL"])
    if mode == "production" or (mode != "development" and elsewhere):
        return given
    try:
        return filled_up(given, read_development_file(DEVELOPMENT_FILE))
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
    try:
        usable = url.startswith(("http://", "https://")) and urlsplit(url).port != 0
    except ValueError:
        usable = False
    if not usable:
        raise click.ClickException(
            "The URL of the server begins with https:// or http://, and its port is a number."
        )
    return url.rstrip("/")


def auth_token() -> str:
    """The newest auth token, from the environment or its file; never from the arguments."""
    (tokens,) = keys(Source(environment()), "TWILIO_AUTH_TOKEN")
    return tokens[0]


def keys(source: Source, *names: str) -> list[tuple[str, ...]]:
    """The secrets of each name, newest first; a sentence where they are wrong, or all missing."""
    found = [source.secrets(name) for name in names]
    if source.problems:
        raise click.ClickException(" ".join(source.problems))
    if not any(found):
        raise click.ClickException(
            "TWILIO_AUTH_TOKEN is not set and there is no var/development.env: start the server "
            "with `make run`, in this folder, or set TWILIO_AUTH_TOKEN."
        )
    return found


def webhook(flow: str, url: str | None) -> str:
    """The whole URL of a flow; `url` is the server's, or already the flow's.

    A fragment, with overrides of how to connect, stays at the end.
    """
    path = f"/sms/{flow}"
    server, mark, overrides = public_url(url).partition("#")
    if "?" in server:
        raise click.ClickException("The URL of the server ends before the path of a flow: no `?`.")
    return server.rstrip("/").removesuffix(path) + path + mark + overrides
