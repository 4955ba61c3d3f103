"""The menu: what a person can text, made of the keywords and the flows' first lines."""

from collections.abc import Mapping

from parley.conversation.dependencies import Bound
from parley.routing.routes import MENU, Route

NOTHING = "Sorry, nothing can be texted here."


def menu_text(route: Route, flows: Mapping[str, Bound]) -> str:
    """One line for each flow that has a keyword: its first keyword, and its first line."""
    lines: dict[str, str] = {}
    for keyword, name in route.keywords.items():
        if name != MENU:
            lines.setdefault(name, f"{keyword.upper()}: {_summary(flows[name])}")
    return "\n".join(["Text one of these words:", *lines.values()]) if lines else NOTHING


def _summary(flow: Bound) -> str:
    return flow.flow.summary.rstrip(".") or flow.flow.name.replace("-", " ")
