"""The partitions of docs/database.md: conversations continue, and statements stay valid."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask

from tests.postgres import Cluster
from tests.webhook import Twilio

GUIDE = (Path(__file__).parents[2] / "docs/database.md").read_text()
(RECIPE,) = re.findall(r"^```sql partition\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def database(cluster: Cluster) -> Iterator[str]:
    yield cluster.new_database("partitioned")
    cluster.execute("DROP DATABASE partitioned WITH (FORCE)")


def test_conversations_continue_in_partitions(
    database: str, make_server: Callable[..., Flask]
) -> None:
    people = [f"+1555123000{number}" for number in range(8)]

    def texts() -> set[str]:
        client = make_server(DATABASE_URL=database).test_client(use_cookies=False)
        return {Twilio(client, from_=person).hears("counter") for person in people}

    assert texts() == {"Hello, thanks for the new message!"}
    with psycopg.connect(database, autocommit=True) as connection:
        names = "SELECT indexname FROM pg_indexes WHERE tablename = 'conversations'"
        before = sorted(connection.execute(names).fetchall())
        connection.execute(RECIPE)
        assert texts() == {"Your current count is 1"}
        for part in (0, 1):
            some = f"SELECT count(*) > 0 FROM parley.conversations_{part}"  # noqa: S608
            assert connection.execute(some).fetchone() == (True,)
        after = sorted(connection.execute(names).fetchall())
    assert [name for (name,) in after] == [name.replace("_pkey", "_pkey1") for (name,) in before], (
        "the indexes of the migrations"
    )
