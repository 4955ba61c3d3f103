"""Whose account at Twilio a command calls, and what it says when that fails."""

import os

import click

from app.outside.rest import errors
from app.outside.rest.client import Credentials
from app.outside.rest.failures import NoAnswer, NotReached, Refused
from app.settings.of_twilio import twilio_account
from app.settings.source import Source

FAILURES = (Refused, NotReached, NoAnswer)


def is_named() -> bool:
    """Whether the environment names an account at all."""
    return bool(Source(os.environ).text("TWILIO_ACCOUNT_SID"))


def credentials() -> Credentials:
    """An API key where one is given, else the newest auth token; a sentence where there is neither.

    From the environment alone: the token of `var/development.env` is none of Twilio's.
    """
    source = Source(os.environ)
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
    """The same, where a header can hold them: before anything is sent, that nothing is unclear."""
    if not (credentials.password.isascii() and credentials.password.isprintable()):
        raise click.ClickException(
            "The auth token or API secret holds characters that Twilio's never have: copy it anew "
            "from the Twilio Console."
        )
    return credentials


def told(
    failure: Refused | NotReached | NoAnswer, *, open_end: str = "nothing was changed; try again"
) -> str:
    """A failure in a sentence; `open_end` is what to do where nobody knows what came of it."""
    if isinstance(failure, Refused):
        return errors.sentence(failure)
    if isinstance(failure, NotReached):
        return f"Twilio cannot be reached, nothing was done: {failure}."
    return f"{str(failure)[:1].upper()}{str(failure)[1:]}: {open_end}."
