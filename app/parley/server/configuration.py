"""The parts of gunicorn's configuration that depend on the environment. No function here raises."""

import os
import resource
import socket
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from parley.settings import Settings, SettingsError

if TYPE_CHECKING:
    from parley.server.reloading import Reloader

# Name lookups that hang would occupy gevent's ten threads: docs/decisions/0021.
os.environ.setdefault("GEVENT_RESOLVER", "ares")

MOST_CONNECTIONS = 4_096
"""Maximum connections per worker; each needs some kilobytes, and a file descriptor."""
OTHER_FILES = 256
"""File descriptors of a worker for other uses: HTTP calls, logs, metrics, files of flows."""
MEMORY = "/dev/shm"  # noqa: S108  # gunicorn creates its unnamed heartbeat files there

settings: Settings | None
try:
    settings = Settings.load()
except SettingsError:
    settings = None  # the hook on_starting reports the problems before the server listens


def wsgi_app() -> str:
    """Return the application of a wsgi.py in this folder; without the file, one with FLOWS."""
    return "wsgi:app" if Path("wsgi.py").is_file() else "parley.web.flask:create_app()"


def workers() -> int:
    return settings.workers if settings else 1


def loglevel() -> str:
    return "warning" if settings and settings.is_development else "info"


def bind() -> str:
    """Return the address to listen on, unless --bind overrides it."""
    if settings is None:
        return "127.0.0.1:8000"
    if not settings.is_development:
        host = "[::]" if _is_dual_stack() else "0.0.0.0"  # noqa: S104  # a proxy is in front
        return f"{host}:{settings.port}"
    address = urlsplit(settings.public_url)
    return (
        f"{address.netloc.rpartition('@')[2].removesuffix(f':{address.port}')}:{address.port or 80}"
    )


def reloader() -> "Reloader | None":
    """Return the reloader of flows in development; its module is not imported in production."""
    if settings is None or not settings.is_development:
        return None
    from parley.server.reloading import reloader

    return reloader


def _is_dual_stack() -> bool:
    """Return whether `[::]` includes IPv4: the machine has IPv6, with the kernel's default."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::", 0))
            return not probe.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
    except OSError:
        return False


def worker_connections() -> int:
    """Raise the limit of open files, and return the number of connections that it allows."""
    wanted = MOST_CONNECTIONS + OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = hard == resource.RLIM_INFINITY
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if unlimited else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return MOST_CONNECTIONS if soft >= wanted or soft < 0 else max(1, soft - OTHER_FILES)


def worker_tmp_dir() -> str | None:
    """Return a folder in memory: on a slow disk, heartbeats make a worker look blocked."""
    return MEMORY if os.access(MEMORY, os.W_OK | os.X_OK) else None
