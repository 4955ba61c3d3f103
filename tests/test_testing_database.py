"""The fixture `sms` with a database: what a flow does later, on the clock of the test."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from parley.testing import Sms
from parley.testing_database import prepare
from tests.memory.texts import rows
from tests.postgres import Cluster

FLOW = """
from parley import Script, days, hours, script, ask, wait

@script(lifetime=7 * 24 * 3600)
def trial() -> Script:
    name = yield ask("What is your name?", remind=hours(24), reminder="Still\\ninterested?")
    yield ask("Which size?", remind=hours(2), expire=days(3), last_words="We gave it away.")
    yield wait("Booked.", until=hours(30))
    coming = yield "Still coming?"
    return f"Thanks, {name}."
"""


@pytest.fixture(scope="module")
def url(cluster: Cluster) -> Iterator[str]:
    """The URL of a database without any table."""
    cluster.execute("CREATE DATABASE author_tests")
    yield cluster.url("author_tests")
    cluster.execute("DROP DATABASE author_tests")


@pytest.fixture
def phone(sms: Sms, url: str, guest_flow: Callable[[str, str], None]) -> Sms:
    guest_flow("trial", FLOW)
    return sms(settings={"DATABASE_URL": url, "DATABASE_CONNECTIONS": "2"})


def test_a_transcript_has_what_arrives_between_the_texts(phone: Sms) -> None:
    phone.play(
        "trial",
        """
        > hi
        < What is your name?
        * 23 hours later
        * 1 hour later
        < Still
        < interested?
        > Alice
        < Which size?
        * it is 2027-01-16 10:00:00
        < Which size?
        > M
        < Booked.
        * 29 hours later
        > Hello?
        < Booked.
        * 1 hour later
        < Still coming?
        > yes
        < Thanks, Alice.
        * 100 hours later
        > hi
        < What is your name?
        """,
    )


def test_everything_happens_in_its_order_in_one_long_time(phone: Sms) -> None:
    phone.text("trial", "hi")
    phone.text("trial", "Alice")
    assert phone.later(hours=1) == ""
    assert phone.later(hours=24 * 5) == "Which size?\nWe gave it away."
    assert phone.text("trial", "M") == "What is your name?"


def test_what_arrives_and_is_not_expected_is_a_difference(phone: Sms) -> None:
    with pytest.raises(AssertionError) as caught:
        phone.play("trial", "> hi\n< What is your name?\n* 24 hours later\n> Bob\n< Which size?")
    assert "\n+ < Still\n+ < interested?\n  > Bob\n" in str(caught.value)
    with pytest.raises(AssertionError, match="- < Still coming"):
        phone.play("trial", "* 1 hour later\n< Still coming?")


def test_messages_of_other_phones_are_not_this_ones(phone: Sms) -> None:
    phone.text("trial", "hi")
    bob = phone(from_="+15551230002")
    bob.text("trial", "hi")
    bob.text("trial", "STOP")
    assert bob.later(hours=24) == ""
    assert phone(from_="+15551230001").text("trial", "Al") == "Which size?"


def test_each_test_begins_with_an_empty_database(phone: Sms, url: str) -> None:
    phone.text("trial", "hi")
    assert rows(url, "person") == [("+15551230001",)]
    prepare(url)
    assert rows(url, "person") == []


def test_quiet_hours_hold_if_a_test_sets_them(phone: Sms) -> None:
    quiet = phone(settings={"QUIET_HOURS": "7:00-12:00", "TIME_ZONE": "UTC"})
    quiet.text("trial", "hi")
    assert quiet.later(hours=27) == ""
    assert quiet.later(hours=1) == "Still\ninterested?"


def test_a_database_that_may_not_be_for_tests_stays_as_it_is(
    cluster: Cluster, database_url: str, sms: Sms
) -> None:
    cluster.execute("CREATE DATABASE shop")
    with pytest.raises(ValueError, match="'shop' may not be for tests: use one with `test` in"):
        sms(settings={"DATABASE_URL": cluster.url("shop")}).text("counter")
    with psycopg.connect(cluster.url("shop")) as connection:
        assert connection.execute("SELECT to_regclass('parley.outbox')").fetchone() == (None,)
    assert "test" in database_url
    cluster.execute("DROP DATABASE shop")
