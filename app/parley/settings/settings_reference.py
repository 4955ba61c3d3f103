"""The tables of all settings, in Markdown for docs/settings.md and as an example file."""

import textwrap
from collections.abc import Iterable, Sequence

from parley.settings.catalogue import SERVER, Described
from parley.settings.declared import REQUIRED, DeclaredSetting

HEADER = """\
# Every setting; what is behind a `#` is the default. Copy the lines that you need into the
# environment of the server (an env file of Docker or systemd); nothing reads this file. Several
# values are separated by commas, newest first. Any secret may come from a file instead:
# SESSION_SECRET_FILE=/run/secrets/session_secret. Written by `parley settings --example`.
"""


def markdown(declared: Iterable[DeclaredSetting]) -> str:
    """The rows of a table: name, meaning, default."""
    rows = [f"| `{each.name}` | {each.meaning} | {each.default} |" for each in _described(declared)]
    return "\n".join(["| name | meaning | default |", "| --- | --- | --- |", *rows, ""])


def example(declared: Iterable[DeclaredSetting]) -> str:
    """A file of settings: `NAME=value` lines with comments, defaults commented out."""
    return "\n".join([HEADER, *map(_line, _described(declared))])


def _described(declared: Iterable[DeclaredSetting]) -> Iterable[Described]:
    by_name: dict[str, list[DeclaredSetting]] = {}
    for each in declared:
        by_name.setdefault(each.name, []).append(each)
    return [*SERVER, *(_of_flows(by_name[name]) for name in sorted(by_name))]


def _of_flows(settings: Sequence[DeclaredSetting]) -> Described:
    """One setting that one or several flows declare."""
    first = settings[0]
    flows = ", ".join(f"`{each.flow}`" for each in settings)
    told = f"{first.meaning} ({first.type.about})" if first.type.about else first.meaning
    meaning = f"{flows}: {told if first.meaning else first.type.about}".removesuffix(": ")
    shown = first.shown(first.default)
    default = (
        f"`{shown}`" if shown else "required by the flow" if first.default is REQUIRED else "none"
    )
    return Described(first.name, meaning, default, example=shown)


def _line(setting: Described) -> str:
    is_required = setting.default.startswith("required")
    mark = "#" if setting.example and not is_required else ""
    default = "" if mark or is_required else f"; {setting.default} by default"
    comment = f"{setting.meaning}{default}."
    comment = comment[0].upper() + comment[1:]
    lines = textwrap.wrap(comment, 98, break_long_words=False, break_on_hyphens=False)
    return "\n".join(
        [*(f"# {line}" for line in lines), f"{mark}{setting.name}={setting.example}", ""]
    )
