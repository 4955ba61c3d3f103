"""The two numbers of a conversation, as options: of the range that is nobody's."""

from collections.abc import Callable
from typing import TypeVar

import click

from app.cli.utf8 import UTF8

MY_NUMBER = "+12025550123"
THE_APPS_NUMBER = "+12025550199"

Command = TypeVar("Command", bound=Callable[..., None])


def numbers(command: Command) -> Command:
    """Add `--from` and `--to`."""
    mine = click.option(
        "--from",
        "from_",
        type=UTF8,
        default=MY_NUMBER,
        show_default=True,
        help="Who texts, like +15551230000.",
    )
    the_apps = click.option(
        "--to", type=UTF8, default=THE_APPS_NUMBER, show_default=True, help="Who is texted."
    )
    return mine(the_apps(command))
