"""The settings of the server, from the environment and from files."""

from parley.settings.development import (
    DEVELOPMENT_FILE,
    filled_up,
    read_development_file,
    write_development_file,
)
from parley.settings.environment import SettingsError
from parley.settings.settings import Settings

__all__ = [
    "DEVELOPMENT_FILE",
    "Settings",
    "SettingsError",
    "filled_up",
    "read_development_file",
    "write_development_file",
]
