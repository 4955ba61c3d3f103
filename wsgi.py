"""The application: `gunicorn wsgi:app`, or any other WSGI server."""

import sys
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).parent / "app"))

from parley import FlowError, SettingsError, create_app

command = click.get_current_context(silent=True)
if command is not None and command.info_name == "run":
    raise SystemExit("`flask run` serves no texts. Start Parley with `python -m parley`.")
if "gunicorn" in sys.modules and "parley.server.hooks" not in sys.modules:
    raise RuntimeError(
        "gunicorn did not read gunicorn.conf.py. Start it in the folder that has the file, or add "
        f"--config {Path(__file__).with_name('gunicorn.conf.py')}"
    )
try:
    app = create_app()
except (SettingsError, FlowError) as error:
    if command is None:
        raise
    from flask.cli import NoAppException  # which `flask` shows as a message, without a traceback

    raise NoAppException(str(error)) from None
