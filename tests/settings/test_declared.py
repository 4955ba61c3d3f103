"""Settings that flows declare are read from the environment, and errors reported together."""

from pathlib import Path
from typing import Annotated, Any

import pytest

from parley import create_app
from parley.loading import check, examine
from parley.settings import Settings, SettingsError
from parley.settings.declared import REQUIRED, DeclaredSettings
from parley.settings.types import PhoneNumber, Secret, Switch

Environ = dict[str, str]


def test_a_parameter_is_the_setting_with_its_name_in_upper_case() -> None:
    declared = DeclaredSettings({"FORWARD_TO": " +15551230000 ", "LOUD": " "})
    assert declared.read("forward", "forward_to", PhoneNumber, REQUIRED) == "+15551230000"
    assert declared.read("forward", "loud", Switch, default=True) is True, "blank means unset"
    assert declared.read("forward", "other", str, REQUIRED) is REQUIRED
    assert declared.problems == []
    assert [each.name for each in declared.all] == ["FORWARD_TO", "LOUD", "OTHER"]
    assert "+15551230000'" not in repr(declared.all)


def test_an_invalid_value_is_reported_once_with_the_setting() -> None:
    declared = DeclaredSettings({"FORWARD_TO": "me"})
    assert declared.read("forward", "forward_to", PhoneNumber, "+15551230000") is REQUIRED
    declared.read("relay", "forward_to", PhoneNumber, REQUIRED)
    assert declared.problems == [
        "FORWARD_TO is not a phone number. Write it in full, like +15551230000 or "
        "whatsapp:+15551230000."
    ]


def test_quotation_marks_around_a_value_are_an_error() -> None:
    declared = DeclaredSettings({"FORWARD_TO": '"+15551230000"'})
    assert declared.read("forward", "forward_to", PhoneNumber, REQUIRED) == "+15551230000"
    (problem,) = declared.problems
    assert problem.startswith("FORWARD_TO has quotation marks around its value")


def test_a_secret_may_be_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("hunter2\n")
    declared = DeclaredSettings({"SHOP_KEY_FILE": str(file)})
    assert declared.read("shop", "shop_key", Secret, REQUIRED) == "hunter2"
    assert declared.all[0].shown("hunter2") == "…"


@pytest.mark.parametrize("parameter", ["session_secret", "session_secret_file", "public_url"])
def test_a_flow_cannot_use_a_setting_of_the_server(environ: Environ, parameter: str) -> None:
    declared = Settings.load(environ).declared()
    with pytest.raises(TypeError, match=f"{parameter.upper()} is a setting of the server"):
        declared.read("spy", parameter, str, REQUIRED)


WRONG = {"PUBLIC_URL": "http://a.b", "FORWARD_TO": "me", "APPOINTMENT_HOURS": "9-17"}


def test_errors_in_settings_of_flows_are_reported_with_all_others(
    environ: Environ, monkeypatch: Any
) -> None:
    for name, value in {**environ, **WRONG, "SESSION_SECRET": ""}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        create_app()
    names = [line.split()[0] for line in caught.value.problems]
    assert names == ["PUBLIC_URL", "SESSION_SECRET", "APPOINTMENT_HOURS", "FORWARD_TO"]
    with pytest.raises(SettingsError) as the_same:
        check({**environ, **WRONG, "SESSION_SECRET": ""})
    assert the_same.value.problems == caught.value.problems


def test_a_flow_that_cannot_be_loaded_is_reported(environ: Environ) -> None:
    _, declared, problems = examine({**environ, "PUBLIC_URL": "", "FLOWS": "no.such"})
    assert [problem.split(":")[0] for problem in problems] == [
        "PUBLIC_URL is missing",
        "There is no module no.such on the import path. Use a module, like shop.flows, or a "
        "folder with a slash in it, like /srv/flows, in FLOWS or create_app.",
    ]
    assert declared == []


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"APPOINTMENT_HOURS": "9-17"}, "like 9:00-17:00"),
        ({"APPOINTMENT_HOURS": "17:00-9:00"}, "a later closing time"),
        ({"APPOINTMENT_HOURS": "9:00-24:01"}, "a later closing time"),
        ({"DIRECTORY_FILE": "/nowhere.csv"}, "cannot be read: No such file"),
        ({"DIRECTORY_FILE": __file__}, "first line has no column name, number, address"),
        ({"MMS_SOURCE_URL": "dog.ceo"}, "MMS_SOURCE_URL is not a URL"),
        ({"FORWARD_REPLIES": "maybe"}, "FORWARD_REPLIES is not a switch"),
    ],
)
def test_the_error_about_a_deployed_flows_setting_says_what_to_do(
    environ: Environ, changed: Environ, sentence: str
) -> None:
    _, _, problems = examine({**environ, **changed})
    assert len(problems) == 1
    assert sentence in problems[0]


def test_an_optional_setting_may_be_none() -> None:
    declared = DeclaredSettings({})
    assert declared.read("a", "b", Annotated[PhoneNumber | None, "whom"], None) is None
    assert (declared.all[0].shown(None), declared.all[0].meaning) == ("", "whom")
