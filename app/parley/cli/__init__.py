"""The commands: `parley …`, and in a Flask project the same as `flask sms …`."""

import sys
from pathlib import Path

import click

from parley import __version__
from parley.cli.chat import chat
from parley.cli.check_deployment import check
from parley.cli.connect import connect
from parley.cli.conversations import conversations
from parley.cli.curl import curl, sign
from parley.cli.database import db
from parley.cli.explain_session import explain_session
from parley.cli.explain_signature import explain
from parley.cli.failures import failures
from parley.cli.flows import flows
from parley.cli.funnel import funnel
from parley.cli.init_development import init
from parley.cli.live import live
from parley.cli.new_flow import new_flow
from parley.cli.phone import phone
from parley.cli.reload_server import reload
from parley.cli.routes import routes
from parley.cli.segments import segments
from parley.cli.send import send
from parley.cli.settings import settings
from parley.cli.start import start
from parley.cli.text import text
from parley.cli.worker import worker


@click.group()
@click.version_option(__version__, prog_name="Parley")
def sms() -> None:
    """Hold SMS conversations from the command line."""
    here = str(Path.cwd())
    if here not in sys.path:  # FLOWS names modules of the project, as for gunicorn and `flask`
        sys.path.insert(0, here)


ALL = [chat, check, connect, conversations, curl, db, explain, explain_session, failures, flows]
ALL += [funnel, init, live, new_flow, phone, reload, routes, segments, send, settings, sign]
ALL += [start, text, worker]
for command in ALL:
    sms.add_command(command)
