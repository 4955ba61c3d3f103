"""People are found in a contacts file: by beginnings of words, else by the nearest name."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from app.outside.contacts import find_contacts
from app.settings.of_flows import SAMPLE
from tests.twilio import Twilio, longest_path, play


def test_several_are_offered_and_chosen_by_number(twilio: Twilio) -> None:
    play(
        twilio,
        "directory",
        """
        > joan
        < Which one?
        < 1. Joan Clarke
        < 2. Joan Miró
        > Miró
        < Please answer with a whole number from 1 to 2.
        < Which one?
        < 1. Joan Clarke
        < 2. Joan Miró
        > back
        < Whose number are you looking for?
        > Joan
        < Which one?
        < 1. Joan Clarke
        < 2. Joan Miró
        > 1
        < Joan Clarke
        < +1 555 010 0004
        < 7 Cromwell Road, Cheltenham
        > Nobody Atall
        < I know nobody of that name.
        """,
    )
    assert twilio.cookie == ""


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ("Grase Hoper", ["Grace Hopper"]),
        ("hopper grace", ["Grace Hopper"]),
        ("turning", ["Alan Turing"]),
        ("ZOE", ["Zoë Müller"]),
        ("lovelace, ada", ["Ada Lovelace"]),
        ("xyzzy", []),
        ("q", []),
        ("?", []),
        ("", []),
    ],
)
def test_a_name_finds_its_person(wanted: str, names: list[str]) -> None:
    assert [each.name for each in find_contacts(SAMPLE, wanted)] == names


def test_an_empty_text_is_asked_for_a_name(twilio: Twilio) -> None:
    said = twilio.hears("directory", "")
    assert said.endswith("\nWhose number are you looking for?")


def test_a_file_that_changes_gives_nobody_anothers_number(
    make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("name,number,address\nAl A,1,x\nAl B,2,y\n")
    twilio = Twilio(make_app(DIRECTORY_FILE=str(file)).test_client(use_cookies=False))
    assert twilio.hears("directory", "al") == "Which one?\n1. Al A\n2. Al B"
    file.write_text("number,name,address\n3,Al C,z\n1,Al A,x\n2,Al B,y\n")
    assert twilio.hears("directory", "1") == "Al A\n1\nx"
    assert twilio.hears("directory", "c") == "Al C\n3\nz"
    file.unlink()
    assert twilio.text("directory", "al").status_code == 500


def test_its_longest_path_fits_the_cookie(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    rows = [f"{'x' * 80} {number},+15551230001,{'y' * 999}" for number in range(9)]
    file.write_text("\n".join(["name,number,address", *rows]))
    twilio = Twilio(make_app(DIRECTORY_FILE=str(file)).test_client(use_cookies=False))
    assert longest_path(twilio, "directory", "x" * 80) < 4_096
