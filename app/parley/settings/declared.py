"""The settings that flows declare in their signatures."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from parley.settings.environment import Source
from parley.settings.types import SettingType, setting_meaning, setting_type

REQUIRED = inspect.Parameter.empty
"""Marks a setting without a default."""


@dataclass(frozen=True)
class DeclaredSetting:
    """One setting of one flow: `forward_to: PhoneNumber` of `forward` is FORWARD_TO.

    `value` is REQUIRED if it is unset without a default, or invalid.
    """

    name: str
    flow: str
    type: SettingType
    meaning: str
    default: Any = field(repr=False)
    value: Any = field(repr=False)

    def shown(self, value: Any) -> str:
        """Format a value or default as in the environment, without private parts."""
        if value is None or value is REQUIRED:
            return ""
        return self.type.show(value)


class DeclaredSettings:
    """Reads the settings of all flows from one environment, and collects every problem."""

    def __init__(self, environ: Mapping[str, str], taken: frozenset[str] = frozenset()) -> None:
        self._source = Source(environ)
        self._taken = taken
        self.all: list[DeclaredSetting] = []

    @property
    def problems(self) -> list[str]:
        """Return every problem once, although several flows can share a setting."""
        return list(dict.fromkeys(self._source.problems))

    def read(self, flow: str, parameter: str, annotation: Any, default: Any) -> Any:
        """Return the value of a flow's setting; if it is unset, its default, which may be REQUIRED.

        An invalid value is a problem. Raises TypeError if the annotation is not a setting type, or
        the name is one of the server's own settings.
        """
        name, kind = parameter.upper(), setting_type(annotation)
        if name.removesuffix("_FILE") in self._taken or name in self._taken:
            raise TypeError(f"{name} is a setting of the server")
        value = self._value(name, kind, default)
        meaning = setting_meaning(annotation)
        self.all.append(DeclaredSetting(name, flow, kind, meaning, default, value))
        return value

    def _value(self, name: str, kind: SettingType, default: Any) -> Any:
        text = self._source.secret(name) if kind.is_secret else self._source.text(name)
        if not text:
            return default
        try:
            return kind.read(text)
        except ValueError as error:
            self._source.problems.append(f"{name} {error}")
            return REQUIRED
