"""What the server is told from outside: the environment, and files that it names."""

from app.settings.development import (
    DEVELOPMENT_FILE,
    filled_up,
    read_development_file,
    write_development_file,
)
from app.settings.settings import Settings
from app.settings.source import SettingsError

__all__ = [
    "DEVELOPMENT_FILE",
    "Settings",
    "SettingsError",
    "filled_up",
    "read_development_file",
    "write_development_file",
]
