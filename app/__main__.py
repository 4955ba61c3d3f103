"""Serve: `python -m app`. The settings are read before gunicorn is even imported.

gunicorn reads WEB_CONCURRENCY by itself while it is imported, and ends with a traceback where that
is no number.
"""

import gc
import os
import sys

from app import Settings, SettingsError


def main() -> None:
    """Run gunicorn with `gunicorn.conf.py` of the current folder, which checks the flows, too."""
    try:
        Settings.load()
    except SettingsError as error:
        sys.exit(f"{error}\nParley did not start.")
    if not os.environ.get("WEB_CONCURRENCY", "").strip():
        os.environ.pop("WEB_CONCURRENCY", None)
    gc.disable()  # until gunicorn.conf.py has loaded everything, and begins its first worker
    from gunicorn.app.wsgiapp import run

    sys.argv[0] = "gunicorn"
    run()


main()
