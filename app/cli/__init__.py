"""`flask sms …`: each command a skin over a function."""

import click

from app.cli.chat import chat
from app.cli.check import check
from app.cli.connect import connect
from app.cli.curl import curl, sign
from app.cli.explain import explain
from app.cli.flows import flows
from app.cli.init import init
from app.cli.new_flow import new_flow
from app.cli.segments import segments
from app.cli.send import send
from app.cli.settings import settings
from app.cli.text import text


@click.group()
def sms() -> None:
    """Hold SMS conversations from the command line."""


ALL = [chat, check, connect, curl, explain, flows, init, new_flow]
ALL += [segments, send, settings, sign, text]
for command in ALL:
    sms.add_command(command)
