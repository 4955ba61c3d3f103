"""People are found in a contacts file by the start of a word, or else by the most similar name."""

from pathlib import Path

import pytest

from flows._contacts import SAMPLE, find_contacts
from parley.testing import Sms


def test_several_matches_are_offered_to_choose_from(sms: Sms) -> None:
    sms.play(
        "directory",
        """
        > joan
        < Which one?
        < 1. Joan Clarke
        < 2. Joan Miró
        > Ada
        < Sorry, I didn't get that. Please reply with a number from 1 to 2, or with the words.
        < Which one?
        < 1. Joan Clarke
        < 2. Joan Miró
        > back
        < Whose number are you looking for?
        > Joan
        < Which one?
        < 1. Joan Clarke
        < 2. Joan Miró
        > clarke
        < Joan Clarke
        < +1 555 010 0004
        < 7 Cromwell Road, Cheltenham
        > Nobody Atall
        < Sorry, I don't know anyone with that name.
        """,
    )
    assert sms.cookie == ""


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ("hopper grace", ["Grace Hopper"]),
        ("ZOE", ["Zoë Müller"]),
        ("Zoë’s number, please", ["Zoë Müller"]),
        ("lovelace, ada", ["Ada Lovelace"]),
        ("gracehopper", ["Grace Hopper"]),
        ("xyzzy", []),
        ("q", []),
        ("?", []),
        ("", []),
    ],
)
def test_a_person_is_found_by_name(wanted: str, names: list[str]) -> None:
    found = find_contacts(SAMPLE, wanted)
    assert [each[0] for each in found["people"]] == names
    assert not (found["people"] and found["is_guess"])


@pytest.mark.parametrize(
    ("wanted", "name"), [("Grase Hoper", "Grace Hopper"), ("turning", "Alan Turing")]
)
def test_a_similar_name_needs_a_confirmation(sms: Sms, wanted: str, name: str) -> None:
    assert sms.text("directory", wanted) == f"Did you mean {name}?"
    assert sms.text("directory", "yup").startswith(f"{name}\n+1 555")
    sms.text("directory", wanted)
    assert sms.text("directory", "no") == "Sorry, I don't know anyone with that name."


def test_case_and_accents_of_names_are_ignored(sms: Sms, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("name,number,address\nSøren Kierkegaard,1,x\nAnn MacDonald,2,y\n")
    sms = sms(settings={"DIRECTORY_FILE": str(file)})
    assert sms.text("directory", "Soren").startswith("Søren")
    assert sms.text("directory", "macdonald").startswith("Ann MacDonald")


def test_further_matches_are_counted_and_equal_names_are_distinguished(
    sms: Sms, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    rows = [f"Al A,+1 555 010 000{number},x" for number in range(7)]
    file.write_text("\n".join(["name,number,address", *rows]))
    sms = sms(settings={"DIRECTORY_FILE": str(file)})
    said = sms.text("directory", "al")
    assert said.startswith("I found 7. The first are listed. Which one?\n1. Al A, +1 555")
    assert sms.text("directory", "2") == "Al A\n+1 555 010 0001\nx"


def test_a_late_answer_starts_over(sms: Sms) -> None:
    sms.text("directory", "joan")
    sms.later(hours=4)
    assert sms.text("directory", "2") == (
        "Sorry, too much time has passed. Let's start over.\nWhose number are you looking for?"
    )


def test_thanks_is_not_a_name(sms: Sms) -> None:
    sms.text("directory", "ada")
    assert sms.text("directory", "Thanks") == ""


def test_the_reply_to_an_empty_text_asks_for_a_name(sms: Sms) -> None:
    said = sms.text("directory", "")
    assert said.endswith("\nWhose number are you looking for?")


def test_after_a_change_of_the_file_each_choice_has_the_right_number(
    sms: Sms, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("name,number,address\nAl A,1,x\nAl B,2,y\n")
    sms = sms(settings={"DIRECTORY_FILE": str(file)})
    assert sms.text("directory", "al") == "Which one?\n1. Al A\n2. Al B"
    file.write_text("number,name,address\n3,Al C,z\n1,Al A,x\n2,Al B,y\n")
    assert sms.text("directory", "1") == "Al A\n1\nx"
    assert sms.text("directory", "c") == "Al C\n3\nz"
    file.unlink()
    assert [each.code for each in sms.deliver("directory", "al").errors] == [11200]


def test_its_longest_path_fits_the_cookie(sms: Sms, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    rows = [f"{'x' * 80} {number},+15551230001,{'y' * 999}" for number in range(9)]
    file.write_text("\n".join(["name,number,address", *rows]))
    sms = sms(settings={"DIRECTORY_FILE": str(file)})
    assert sms.longest_path("directory", "x" * 80) < 4_096
