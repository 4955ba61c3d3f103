"""Types of command-line arguments: text in UTF-8, numbers, and parameters."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from parley.conversation.masking import is_number
from parley.rest.message_check import is_number_sid, is_service_sid

MY_NUMBER = "+12025550123"
THE_APPS_NUMBER = "+12025550199"
"""Default numbers, from an unassigned range."""

Command = TypeVar("Command", bound=Callable[..., None])


def is_text(value: str) -> bool:
    """Return whether a value can be encoded in UTF-8; other bytes arrive as lone surrogates."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


class Utf8(click.ParamType[str]):
    """A text in UTF-8; a terminal can pass other bytes."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not is_text(str(value)):
            self.fail("This is not text in UTF-8.", param, ctx)
        return str(value)


def is_own(address: str) -> bool:
    """Return whether this is a number, or the SID of a number or of a Messaging Service."""
    return is_number(address) or is_number_sid(address) or is_service_sid(address)


class OwnNumber(Utf8):
    """A phone number of the account: in full, or by its SID."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        number = super().convert(value, param, ctx)
        if not (is_number(number) or is_number_sid(number)):
            words = "is not a number: write it in full, like +15551230000, or its SID (PN…)."
            self.fail(f"{number} {words}", param, ctx)
        return number


UTF8 = Utf8()
OWN_NUMBER = OwnNumber()


def numbers(command: Command) -> Command:
    """Add `--from` and `--to`."""
    mine = click.option(
        "--from",
        "from_",
        type=UTF8,
        default=MY_NUMBER,
        show_default=True,
        help="The sender, like +15551230000.",
    )
    the_apps = click.option(
        "--to", type=UTF8, default=THE_APPS_NUMBER, show_default=True, help="The recipient."
    )
    return mine(the_apps(command))


def pairs(parameters: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return `Name=value` arguments as pairs."""
    parts = [each.partition("=") for each in parameters]
    if not all(equals for _, equals, _ in parts):
        raise click.UsageError("Write every parameter as Name=value.")
    return [(name, value) for name, _, value in parts]
