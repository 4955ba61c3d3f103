"""Reading settings from the environment, and collecting the problems."""

import re
from collections.abc import Mapping
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from parley.settings.types import folder_problem
from parley.twilio.facts import PHONE_NUMBER

_ADDRESSES = re.compile(
    rf"([a-z]+:)?({PHONE_NUMBER}|\+[1-9][0-9]{{0,13}}\*|[0-9]{{3,8}}|[0-9]{{1,7}}\*)"
    r"|(?=.*[A-Za-z])[A-Za-z0-9 &+_-]{1,11}"
)
"""A number, a short code, a prefix of one with `*`, or an alphanumeric sender."""

_QUOTATION_MARKS = ('""', "''", "``", "“”", "‘’")
"""Pairs that a program keeps, or that were copied from a document."""


class SettingsError(Exception):
    """Raised for invalid settings; each of the `problems` says what to do."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(
            "\n".join(["The settings are wrong:", *(f"- {each}" for each in problems)])
        )
        self.problems = problems


class Source:
    """Reads values by name and collects every problem, so that all are reported together."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        """Return the value without outer white space; the default if it is missing or blank."""
        return self._unquoted(name, self.environ.get(name, "")) or default

    def _unquoted(self, name: str, value: str) -> str:
        """Return a value without white space around it; quotation marks around it are a problem."""
        value = value.strip()
        if len(value) < 2 or value[0] + value[-1] not in _QUOTATION_MARKS:
            return value
        problem = (
            f"{name} has quotation marks around its value, which `docker --env-file` keeps: "
            "remove them."
        )
        if problem not in self.problems:
            self.problems.append(problem)
        return value[1:-1].strip()

    def secret(self, name: str, *, may_be_empty: bool = False) -> str:
        """Return the value, or the content of the file in `NAME_FILE`."""
        path = self.text(f"{name}_FILE")
        if not path:
            return self.text(name)
        if self.text(name):
            self.problems.append(f"{name} and {name}_FILE are both set: keep one of them.")
        try:
            content = Path(path).read_text(encoding="utf-8-sig").strip()
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "it is not UTF-8 text"
            shown = path if "/" in path else "a file"  # by mistake, it may be the secret itself
            self.problems.append(f"{name}_FILE names {shown}, which cannot be read: {why}.")
            return ""
        if not (content or may_be_empty):
            self.problems.append(f"{name}_FILE names {path}, which is empty.")
        return self._unquoted(name, content)

    def listed(self, name: str, text: str | None = None) -> tuple[str, ...]:
        """Return the comma-separated parts of a value, without blank ones."""
        parts = (self.text(name) if text is None else text).split(",")
        return tuple(self._unquoted(name, part) for part in parts if part.strip())

    def secrets(self, name: str) -> tuple[str, ...]:
        """Return the comma-separated secrets of a value or of its file, newest first."""
        found = self.listed(name, self.secret(name))
        if not all(secret.isprintable() for secret in found):
            self.problems.append(
                f"{name} holds a line break or a control character inside a secret: separate "
                "several by commas."
            )
        return found

    def addresses(self, name: str) -> tuple[str, ...]:
        """Return the addresses of a value or of its file, separated by commas or line breaks.

        One that ends with `*` is a prefix.
        """
        written = self.secret(name, may_be_empty=True)
        found = self.listed(name, written.replace("\n", ","))
        for position, address in enumerate(found, 1):
            if not _ADDRESSES.fullmatch(address):
                self.problems.append(
                    f"{name}: entry {position} is not a number. Write it in full, like "
                    "+15551230000, or its beginning and *, like +1900*."
                )
        return found

    def chosen(self, name: str, *choices: str) -> str:
        """Return one of the choices; the first is the default."""
        value = self.text(name, choices[0])
        if value not in choices:
            self.problems.append(f"{name} is {value!r}: set it to {' or '.join(choices)}.")
            return choices[0]
        return value

    def time_zone(self) -> tzinfo | None:
        """Return the zone in TIME_ZONE or TZ; None for that of the machine."""
        name = "TIME_ZONE" if self.text("TIME_ZONE") else "TZ"
        written = self.text(name).removeprefix(":")  # AWS Lambda sets TZ=:UTC
        if not written:
            return None
        try:
            return ZoneInfo(written)
        except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError
            self.problems.append(
                f"{name} is {written!r}, which is not a time zone. Set TIME_ZONE to a name like "
                "Europe/Berlin or America/New_York."
            )
            return None

    def folder(self, name: str, *, is_written: bool = False) -> str:
        """Return the path of a readable or writable folder; empty if it is not set."""
        path = self.text(name)
        if path and (problem := folder_problem(path, is_written=is_written)):
            self.problems.append(f"{name} {problem}")
        return path

    def switch(self, name: str, *, on: bool = True) -> bool:
        """Read `on` or `off`, also written `1` or `0`; the argument `on` is the default."""
        choices = ("on", "off") if on else ("off", "on")
        value = self.text(name)
        written = {"1": "on", "0": "off"}.get(value, value)
        if written and written not in choices:
            self.problems.append(f"{name} is {value!r}: set it to on or off.")
        return (written if written in choices else choices[0]) == "on"

    def count(self, name: str, default: int, most: int) -> int:
        """Read a whole number from 1 to `most`."""
        value = self.text(name, str(default))
        digits = value.isascii() and value.isdigit() and len(value) <= 9
        if not (digits and 1 <= int(value) <= most):
            self.problems.append(f"{name} is {value!r}: set a whole number from 1 to {most}.")
            return default
        return int(value)
