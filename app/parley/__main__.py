"""Start the server: `python -m parley` checks the settings, and replaces itself with gunicorn.

gunicorn reads WEB_CONCURRENCY while it is imported, and ends with a traceback if it is not a
number; therefore the settings are checked first. gunicorn starts as a new program, so that
gevent's patch of the standard library, in `parley.server.gunicorn_conf`, runs before other code.
"""

import importlib.util
import os
import sys
from pathlib import Path

from parley.settings import Settings, SettingsError

CONFIGURATION = "--config python:parley.server.gunicorn_conf"
OPTIONS = "GUNICORN_CMD_ARGS"
"""The variable from which gunicorn reads options, before those of the command line."""


def main() -> None:
    """Run gunicorn with the packaged configuration.

    A gunicorn.conf.py in the current folder, or a file that -c names, is used instead.
    """
    try:
        Settings.load()
    except SettingsError as error:
        sys.exit(f"{every_problem(error)}\nParley did not start.")
    if not os.environ.get("WEB_CONCURRENCY", "").strip():
        os.environ.pop("WEB_CONCURRENCY", None)
    if not Path("gunicorn.conf.py").exists():
        os.environ[OPTIONS] = f"{CONFIGURATION} {os.environ.get(OPTIONS, '')}".strip()
    options = sys.orig_argv[1 : sys.orig_argv.index("-m")] if "-m" in sys.orig_argv else []
    script = Path(sys.executable).with_name("gunicorn")  # at USR2 gunicorn starts it again
    gunicorn = [str(script)] if script.exists() else ["-m", "gunicorn"]
    os.execv(sys.executable, [sys.executable, *options, *gunicorn, *sys.argv[1:]])  # noqa: S606


def every_problem(error: SettingsError) -> SettingsError:
    """Return the problems of the settings, and of the flows if they can be found.

    They cannot if a wsgi.py names them: then FLOWS is not set, and there is no package `flows`.
    """
    from parley.loading import check

    if os.environ.get("FLOWS", "").strip() or importlib.util.find_spec("flows"):
        try:
            check(os.environ)
        except SettingsError as all_of_them:
            return all_of_them
    return error


if __name__ == "__main__":
    main()
