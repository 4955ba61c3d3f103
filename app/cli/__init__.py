"""`flask sms …`: each command a skin over a function."""

import click

from app.cli.init import init
from app.cli.text import text


@click.group()
def sms() -> None:
    """Hold SMS conversations from the command line."""


for command in (init, text):
    sms.add_command(command)
