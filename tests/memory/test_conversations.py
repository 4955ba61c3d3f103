"""`parley conversations`: listing conversations, showing one, and ending it."""

import re
from collections.abc import Callable

import psycopg
import pytest
from click.testing import CliRunner, Result

from parley.cli import sms
from parley.testing import Clock
from tests.webhook import ALICE, APP, SETTINGS, Twilio, message

BOB = "+15551230009"
Run = Callable[..., Result]
Phone = Callable[..., Twilio]


@pytest.fixture
def run(database_url: str) -> Run:
    """Run `parley conversations …`."""

    def run(*arguments: str) -> Result:
        environ = {**SETTINGS, "DATABASE_URL": database_url}
        return CliRunner().invoke(sms, ["conversations", *arguments], env=environ)

    return run


@pytest.fixture
def texted(phone: Phone, clock: Clock) -> Phone:
    """Alice was asked two questions and Bob one; Carol uses the counter."""
    phone().hears("sign-up")
    phone().hears("sign-up", "Ada Lovelace")
    clock.later(1)
    phone(from_=BOB).hears("sign-up")
    phone(from_="+15551230003").hears("counter")
    return phone


@pytest.mark.usefixtures("texted")
def test_pending_conversations_are_listed_without_texts_or_numbers(run: Run) -> None:
    ended = run()
    lines = [re.split(r"  ", each) for each in ended.stdout.splitlines()]
    assert [each[:4] for each in lines] == [
        ["+1555…09", "+1555…02", "sign-up", "question 1 waits"],
        ["+1555…01", "+1555…02", "sign-up", "question 2 waits"],
    ]
    assert all(re.fullmatch(r"since 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", each[4]) for each in lines)
    assert all(each[5].startswith("expires 20") for each in lines)
    assert not any(word in ended.output for word in (ALICE, BOB, APP, "Ada"))


@pytest.mark.usefixtures("texted")
def test_the_list_can_be_filtered_and_limited(run: Run) -> None:
    assert "+1555…03  +1555…02  counter  remembers" in run("--all").stdout
    assert run("--flow", "counter").output == "No conversation waits.\n"
    limited = run("--limit", "1", "--numbers")
    assert limited.stdout.startswith(f"{BOB}  {APP}  sign-up")
    assert limited.stderr == "These are the last 1; see more with --limit.\n"


@pytest.mark.usefixtures("texted")
def test_a_conversation_is_shown_with_its_texts_only_on_request(run: Run) -> None:
    shown = run("show", ALICE)
    assert "texts answered: 2; being answered: 0" in shown.stdout
    assert "Ada" not in shown.stdout
    assert "Ada Lovelace" in run("show", ALICE, "--words").stdout
    unknown = run("show", "+15550000000")
    assert unknown.exit_code == 1
    assert "There is no such conversation. Write the number in full" in unknown.stderr


def test_an_ended_conversation_starts_again(texted: Phone, run: Run) -> None:
    assert run("end", ALICE).exit_code == 0
    assert "ended" in run("show", ALICE).stdout
    assert texted().hears("sign-up") == "What is your name?"


@pytest.mark.usefixtures("texted")
def test_ending_a_conversation_makes_its_timers_stale(run: Run, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        version = "SELECT version FROM parley.conversations WHERE person = %s"
        (before,) = connection.execute(version, [ALICE]).fetchone() or (0,)
        run("end", ALICE)
        (after,) = connection.execute(version, [ALICE]).fetchone() or (0,)
    assert after == before + 1


def test_with_several_conversations_the_command_needs_the_flow(texted: Phone, run: Run) -> None:
    texted().hears("counter")
    refused = run("end", ALICE)
    assert refused.exit_code == 1
    assert "This person has 2 conversations. Choose: " in refused.stderr
    assert f"--to {APP} --flow counter" in refused.stderr
    assert run("end", ALICE, "--flow", "counter", "--to", APP).exit_code == 0


def test_a_conversation_at_the_shared_webhook_has_the_name_of_its_flow(
    phone: Phone, run: Run
) -> None:
    phone().post("/sms", message("sign-up"))
    assert "+1555…01  +1555…02  sign-up  question 1 waits" in run().stdout
    assert run("--flow", "sign-up").stdout == run().stdout


def test_an_expired_conversation_is_not_pending(texted: Phone, run: Run, clock: Clock) -> None:
    clock.now = 1_700_000_000.0  # long before the time of the command
    texted(from_=BOB).hears("sign-up")
    assert "…09" not in run().stdout
    assert "+1555…09  +1555…02  sign-up  expired" in run("--all").stdout


def test_unusual_addresses_are_found(phone: Phone, run: Run) -> None:
    phone(from_="whatsapp:+15551230001").hears("sign-up")
    phone(from_="Bücher").hears("sign-up")
    assert run("end", "Bücher").exit_code == 0
    assert run("end", "whatsapp:+15551230001").exit_code == 0
    assert run().output == "No conversation waits.\n"


def test_without_a_database_the_command_says_what_to_set() -> None:
    ended = CliRunner().invoke(sms, ["conversations"], env={"DATABASE_URL": ""})
    assert ended.exit_code == 1
    assert "DATABASE_URL is not set" in ended.stderr
