"""Alembic's environment: run all migrations in one transaction, in one process at a time."""

import psycopg
from alembic import context
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from parley.memory.schema import NAME, VERSION_TABLE

LOCK = 1_885_434_476
"""The advisory lock that serializes upgrades."""


def run() -> None:
    url = context.config.attributes["url"]
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool
    )
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {NAME}"))
        context.configure(
            connection=connection, version_table=VERSION_TABLE, version_table_schema=NAME
        )
        with context.begin_transaction():
            context.run_migrations()


run()
