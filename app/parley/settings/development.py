"""The settings file of a development server: written once, readable only by its owner."""

import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path

from parley.settings.environment import SettingsError

DEVELOPMENT_FILE = Path("var/development.env")
"""Where `make run` writes them, relative to the project."""

TEST_SECRET = "a session secret of at least 32 characters"  # noqa: S105  # it protects nothing
"""The session secret in tests (`parley.testing`). A development server derives its random numbers
from it, too, so that a conversation that is copied as a test gets the same ones."""

_CONTENT = """\
# Written by `make run`, for this machine only; read by the server in development mode and by
# `parley` in another terminal. If you delete it, the next `make run` writes a new one.
# Add the settings of your flows, one NAME=value per line. The port is that of PUBLIC_URL.
PARLEY_MODE=development
PUBLIC_URL=http://127.0.0.1:8000
TWILIO_AUTH_TOKEN={token}
SESSION_SECRET={secret}
"""


def write_development_file(path: Path = DEVELOPMENT_FILE) -> bool:
    """Write new development settings, mode 600, unless the file exists; return whether it did."""
    if path.exists():
        return False
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = _CONTENT.format(token=secrets.token_hex(16), secret=secrets.token_urlsafe(48))
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)  # made with mode 600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
        os.link(temporary, path)  # atomic, and never overwrites a file
    except FileExistsError:
        return False
    finally:
        Path(temporary).unlink()
    return True


def filled_up(given: Mapping[str, str], development: Mapping[str, str]) -> dict[str, str]:
    """Return the given settings, with the development settings for missing or blank ones.

    A secret in a `_FILE` setting counts as given.
    """
    set_here = {name: value for name, value in given.items() if value.strip()}
    named = {name.removesuffix("_FILE") for name in set_here}
    left_out = {name: value for name, value in development.items() if name not in named}
    return {**left_out, **set_here}


def read_development_file(path: Path = DEVELOPMENT_FILE) -> dict[str, str]:
    """Return the settings in the file; empty if it does not exist.

    Lines are `NAME=value`, blank, or comments. Raises SettingsError for any other, and for a file
    that cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeError):
        raise SettingsError([f"{path} cannot be read: delete it and run `make run`."]) from None
    settings = {}
    for number, line in enumerate(lines, start=1):
        name, equals, value = line.partition("=")
        if line.strip() and not line.startswith("#"):
            if not equals or not name.strip():
                raise SettingsError([f"{path}, line {number}: write NAME=value."])
            settings[name.strip()] = value.strip()
    return settings
