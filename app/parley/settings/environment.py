"""Where settings come from, and the problems found while reading them."""

from collections.abc import Mapping
from pathlib import Path


class SettingsError(Exception):
    """Settings that no server can run with; `problems` says of each what to do."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(
            "\n".join(["The settings are wrong:", *(f"- {each}" for each in problems)])
        )
        self.problems = problems


class Source:
    """Reads values by name and collects every problem, so that all are reported together."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        """The value without surrounding white space; the default where it is missing or blank."""
        return self._environ.get(name, "").strip() or default

    def secret(self, name: str) -> str:
        """The value, or the content of the file that `NAME_FILE` names."""
        path = self.text(f"{name}_FILE")
        if not path:
            return self.text(name)
        if self.text(name):
            self.problems.append(f"{name} and {name}_FILE are both set: keep one of them.")
        try:
            content = Path(path).read_text(encoding="utf-8-sig").strip()
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "it is no UTF-8 text"
            shown = path if "/" in path else "a file"  # it may be the secret itself, by mistake
            self.problems.append(f"{name}_FILE names {shown}, which cannot be read: {why}.")
            return ""
        if not content:
            self.problems.append(f"{name}_FILE names {path}, which is empty.")
        return content

    def listed(self, name: str, text: str | None = None) -> tuple[str, ...]:
        """The comma-separated parts of a value, blank ones left out."""
        parts = (self.text(name) if text is None else text).split(",")
        return tuple(part.strip() for part in parts if part.strip())

    def secrets(self, name: str) -> tuple[str, ...]:
        """The comma-separated secrets of a value or of its file, newest first."""
        found = self.listed(name, self.secret(name))
        if not all(secret.isprintable() for secret in found):
            self.problems.append(
                f"{name} holds a line break or a control character inside a secret: separate "
                "several by commas."
            )
        return found

    def chosen(self, name: str, *choices: str) -> str:
        """One of the choices, the first by default."""
        value = self.text(name, choices[0])
        if value not in choices:
            self.problems.append(f"{name} is {value!r}: set it to {' or '.join(choices)}.")
            return choices[0]
        return value

    def switch(self, name: str, *, on: bool = True) -> bool:
        """`on` or `off`, or the same as `1` or `0`; on by default, unless told otherwise."""
        choices = ("on", "off") if on else ("off", "on")
        value = self.text(name)
        written = {"1": "on", "0": "off"}.get(value, value)
        if written and written not in choices:
            self.problems.append(f"{name} is {value!r}: set it to on or off.")
        return (written if written in choices else choices[0]) == "on"

    def port(self, name: str) -> int:
        """The number of a port; 0 where it is not set."""
        return self.count(name, 0, 65_535) if self.text(name) else 0

    def count(self, name: str, default: int, most: int) -> int:
        """A whole number from 1 to `most`."""
        value = self.text(name, str(default))
        digits = value.isascii() and value.isdigit() and len(value) <= 9
        if not (digits and 1 <= int(value) <= most):
            self.problems.append(f"{name} is {value!r}: set a whole number from 1 to {most}.")
            return default
        return int(value)
