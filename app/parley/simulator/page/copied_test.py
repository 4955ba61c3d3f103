"""A conversation as a test that replays it, for "Copy as test"."""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from parley.simulator.page.phone import MENU
from parley.simulator.transcript import Step, written

MANY_TEXTS = 25
"""Number of texts at `POST /sms` from which seconds are exact, because of the limit of 30."""
_WEBHOOK = "/sms"
_HEAD = "from parley.testing import Sms\n\n\n"


class Copied(NamedTuple):
    """The lines of a conversation at one webhook, and the name of its flow."""

    flow: str
    lines: list[str]


def conversation(steps: Sequence[Step], prefix: str = "") -> list[Copied]:
    """Return the steps as transcripts, one per run of a flow; `prefix` is PUBLIC_URL's path."""
    texts = sum(bool(step.path) for step in steps)
    paths = {step.path.removeprefix(prefix) for step in steps if step.path}
    found = written(steps, exact=texts > MANY_TEXTS and _WEBHOOK in paths)
    named = ((path.removeprefix(prefix), lines) for path, lines in found)
    return [Copied(path.removeprefix(_WEBHOOK).strip("/") or MENU, each) for path, each in named]


def copied_test(
    copied: Sequence[Copied],
    from_: str,
    to: str,
    settings: Mapping[str, str],
    *,
    name: str = "",
    about: str = "",
    then: Sequence[str] = (),
) -> str:
    """Return the source of a test; empty without texts.

    `name` is that of the test; the default is the flow's. `about` is its docstring; `then` are
    statements at its end.
    """
    if not copied and not then:
        return ""
    given = {"from_": from_, "to": to}
    arguments = [f"{name}={_quoted(value)}" for name, value in given.items()]
    if settings:
        pairs = ", ".join(f"{_quoted(name)}: {_quoted(each)}" for name, each in settings.items())
        arguments.append(f"settings={{{pairs}}}")
    name = name or copied[0].flow.replace("-", "_")
    lines = [f"def test_{name}(sms: Sms) -> None:", *([f'    """{about}"""'] if about else [])]
    lines.append(f"    phone = sms({', '.join(arguments)})")
    for flow, transcript in copied:
        path = _WEBHOOK if flow == MENU else flow
        lines += ["    phone.play(", f"        {_quoted(path)},", '        """']
        lines += [f"        {_escaped(line)}" for line in transcript]
        lines += ['        """,', "    )"]
    lines += [f"    {each}" for each in then]
    return _HEAD + "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _escaped(line: str) -> str:
    """Escape a line for a triple-quoted string."""
    return line.replace("\\", "\\\\").replace('"""', r"\"\"\"")
