"""The types of settings for flows: accepted values, errors, and display."""

from pathlib import Path
from typing import Annotated, Any, Literal

import pytest

from parley.settings.types import (
    File,
    PhoneNumber,
    Secret,
    SettingType,
    Switch,
    Url,
    setting_meaning,
    setting_type,
)

HERE = str(Path(__file__))


@pytest.mark.parametrize(
    ("annotation", "text", "value", "shown"),
    [
        (str, "any text", "any text", "any text"),
        (int, "-12", -12, "-12"),
        (int, "9" * 18, 999_999_999_999_999_999, "9" * 18),
        (bool, "on", True, "on"),
        (Switch, "1", True, "on"),
        (Switch, "0", False, "off"),
        (Switch, "off", False, "off"),
        (PhoneNumber, "+15551230000", "+15551230000", "+1555…00"),
        (PhoneNumber, "+15551230", "+15551230", "+1555…30"),
        (PhoneNumber, "whatsapp:+15551230000", "whatsapp:+15551230000", "whatsapp"),
        (Url, "https://a.b", "https://a.b", "https://a.b"),
        (Url, "http://u:p@a.b:81/c?key=d#e", "http://u:p@a.b:81/c?key=d#e", "http://a.b:81/c"),
        (File, HERE, HERE, HERE),
        (Secret, "hunter2", "hunter2", "…"),
        (Literal["red", "blue"], "blue", "blue", "blue"),
        (PhoneNumber | None, "+15551230000", "+15551230000", "+1555…00"),
        (Annotated[int, "how many"], "3", 3, "3"),
        (Annotated[PhoneNumber, "the owner"], "+15551230000", "+15551230000", "+1555…00"),
    ],
)
def test_a_type_reads_a_value_and_displays_it_masked(
    annotation: Any, text: str, value: Any, shown: str
) -> None:
    kind = setting_type(annotation)
    assert kind.read(text) == value
    assert kind.show(value) == shown


@pytest.mark.parametrize(
    ("annotation", "text", "sentence"),
    [
        (int, "1.5", "is not a whole number"),
        (int, "", "is not a whole number"),
        (int, "9" * 19, "is not a whole number"),
        (int, "٣", "is not a whole number"),
        (Switch, "yes", "Set it to on or off"),
        (PhoneNumber, "555 123", "Write it in full, like \\+15551230000"),
        (PhoneNumber, "+1555123", "is not a phone number"),
        (PhoneNumber, "+1555123000000000", "is not a phone number"),
        (Url, "dog.ceo", "is not a URL"),
        (Url, "ftp://a.b", "is not a URL"),
        (Url, "https://", "is not a URL"),
        (Url, "https://a.b:x", "is not a URL"),
        (Url, "https://a.b:0", "is not a URL"),
        (Url, "https://a.b/c d", "is not a URL"),
        (File, "/nowhere", "names /nowhere, which cannot be read: No such file"),
        (File, "a\0b", "the name is not valid"),
        (Literal["red", "blue"], "green", "Set it to red or blue"),
    ],
)
def test_the_error_explains_an_invalid_value(annotation: Any, text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        setting_type(annotation).read(text)


@pytest.mark.parametrize(
    "annotation", [list, "str", None, int | str, Any, Literal[1], dict[str, int]]
)
def test_other_annotations_are_errors(annotation: Any) -> None:
    with pytest.raises(TypeError, match="is not a type of settings"):
        setting_type(annotation)


def test_an_author_may_define_a_type() -> None:
    def read(text: str) -> complex:
        return complex(text)

    kind = SettingType(read, about="a complex number")
    assert setting_type(Annotated[complex, kind]) is kind
    assert setting_type(Annotated[Annotated[complex, kind], "where to turn"]) is kind


def test_a_string_in_annotated_describes_the_setting() -> None:
    assert setting_meaning(Annotated[PhoneNumber, "the owner"]) == "the owner"
    assert setting_meaning(PhoneNumber) == setting_meaning(str) == ""
