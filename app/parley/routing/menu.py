"""The menu: the keywords, with the summaries of the flows."""

from collections.abc import Mapping

from parley.conversation.dependencies import Bound
from parley.routing.routes import MENU, Route

NOTHING = "Sorry, there is nothing to text here."


def menu_text(route: Route, flows: Mapping[str, Bound]) -> str:
    """Return one line for each flow with a keyword: its first keyword, and its summary."""
    lines: dict[str, str] = {}
    for keyword, name in route.keywords.items():
        if name != MENU:
            lines.setdefault(name, f"{keyword.upper()}: {_summary(flows[name])}")
    return "\n".join(["Text one of these words:", *lines.values()]) if lines else NOTHING


def _summary(flow: Bound) -> str:
    return flow.flow.summary.rstrip(".") or flow.flow.name.replace("-", " ")
