"""Warnings about settings at the start, which do not keep the server from running."""

import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

REMOVED = {
    "WEB_THREADS": (
        "WEB_THREADS has no effect: a worker serves all of its connections at once. Remove it, and "
        "set WEB_CONCURRENCY to the number of processes."
    ),
    "METRICS_PORT": (
        "METRICS_PORT has no effect: set METRICS_TOKEN, and let Prometheus read /metrics on the "
        "server's own port with that token."
    ),
}
SECRETS = (
    "SESSION_SECRET",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_WEBHOOK_SHARED_KEY",
    "TWILIO_API_SECRET",
    "METRICS_TOKEN",
    "LIVE_TOKEN",
    "DATABASE_URL",
)


def notices(environ: Mapping[str, str]) -> list[str]:
    """Return a sentence for each removed setting, and for each secret that others can read."""
    removed = [notice for name, notice in REMOVED.items() if environ.get(name, "").strip()]
    return removed + [
        f"{name}_FILE can be read by every user of this machine: chmod 600 that file. For a "
        "container, chmod 700 its folder on the host instead."
        for name in SECRETS
        if _is_public(environ.get(f"{name}_FILE", "").strip())
    ]


def _is_public(path: str) -> bool:
    with suppress(OSError, ValueError):
        return bool(path) and bool(Path(path).stat().st_mode & (stat.S_IROTH | stat.S_IWOTH))
    return False
