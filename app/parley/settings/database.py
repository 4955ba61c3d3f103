"""The settings of the database."""

import importlib.util
import re

from parley.settings.environment import Source

_URL = re.compile(r"postgres(ql)?://\S+")


def database_url(source: Source) -> str:
    """Return the URL of the database; empty for none. An invalid one is a problem."""
    url = source.secret("DATABASE_URL")
    if url and not _URL.fullmatch(url):  # not shown, because it may contain a password
        source.problems.append(
            "DATABASE_URL is not the URL of a PostgreSQL database: write it like "
            "postgresql://parley:password@db.example.com/parley."
        )
    elif url and not importlib.util.find_spec("psycopg"):
        source.problems.append(
            "DATABASE_URL needs the database driver: pip install 'parley-sms[postgres]'."
        )
    return url
