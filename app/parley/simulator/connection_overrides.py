"""Connection overrides: timeouts and retries in a webhook's URL.

They are in the fragment, `#rc=2&rp=all&ct=2000&rt=5000&tt=15000`, which is neither sent nor
signed (https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides).
"""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from parley.http_client import Timeouts

CONNECT, READ, CLIENT_ERROR, SERVER_ERROR = "ct", "rt", "4xx", "5xx"
_POLICIES = frozenset({CONNECT, READ, CLIENT_ERROR, SERVER_ERROR})


@dataclass(frozen=True)
class Overrides:
    """The number of retries, the failures to retry, and the timeouts."""

    retries: int = 1
    policies: frozenset[str] = frozenset({CONNECT})
    timeouts: Timeouts = field(default_factory=Timeouts)


def split(url: str) -> tuple[str, Overrides]:
    """Split a webhook's URL into the URL without fragment, and its overrides; ignore others."""
    bare, _, fragment = url.partition("#")
    given = dict(parse_qsl(fragment))
    policies = frozenset(given.get("rp", CONNECT).split(","))
    if "all" in policies:
        policies = _POLICIES
    return bare, Overrides(
        retries=_within(given.get("rc"), 0, 5, 1),
        policies=policies & _POLICIES,
        timeouts=Timeouts(
            connect=_within(given.get("ct"), 100, 10_000, 5_000) / 1_000,
            read=_within(given.get("rt"), 100, 15_000, 15_000) / 1_000,
            total=_within(given.get("tt"), 100, 15_000, 15_000) / 1_000,
        ),
    )


def _within(text: str | None, least: int, most: int, default: int) -> int:
    if text is None or not text.isascii() or not text.isdigit():
        return default
    return min(max(int(text[:6]), least), most)
