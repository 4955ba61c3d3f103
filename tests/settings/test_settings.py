"""Settings are read once, and all errors are reported together."""

import stat
from pathlib import Path

import pytest

from parley.settings import (
    Settings,
    SettingsError,
    read_development_file,
    write_development_file,
)
from parley.settings.catalogue import NAMES
from parley.settings.environment import Source
from tests.webhook import PUBLIC_URL, SECRET, TOKEN

ROOT = Path(__file__).parents[2]
Environ = dict[str, str]


def problems(environ: Environ) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.load(environ)
    return caught.value.problems


def test_three_settings_are_enough(environ: Environ) -> None:
    settings = Settings.load(environ)
    assert settings.mode == "production"
    assert settings.public_url == PUBLIC_URL
    assert settings.auth_tokens == (TOKEN,)
    assert settings.session_secrets == (SECRET,)
    assert 1 <= settings.workers <= 8
    assert settings.port == 8000
    assert settings.flows == ("flows",)
    assert Settings.load({**environ, "FLOWS": "shop.flows, /srv/flows"}).flows == (
        "shop.flows",
        "/srv/flows",
    )


def test_all_missing_settings_are_reported_together() -> None:
    found = problems({})
    assert [line.split()[0] for line in found] == [
        "PUBLIC_URL",
        "TWILIO_AUTH_TOKEN",
        "SESSION_SECRET",
    ]
    with pytest.raises(SettingsError, match=r"(?s)PUBLIC_URL.*TWILIO_AUTH_TOKEN.*SESSION_SECRET"):
        Settings.load({})


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"PARLEY_MODE": "debug"}, "set it to production or development"),
        ({"PUBLIC_URL": "sms.example.com"}, "must begin with https://"),
        ({"PUBLIC_URL": "HTTPS://sms.example.com"}, "in lower case"),
        ({"PUBLIC_URL": "http://sms.example.com"}, "https:// in production"),
        ({"PUBLIC_URL": "http://127.0.0.1:8000"}, "https:// in production"),
        ({"PUBLIC_URL": "https://"}, "name a host"),
        ({"PUBLIC_URL": "https://a.b:port"}, "has an invalid host or port"),
        ({"PUBLIC_URL": "https://[::1"}, "has an invalid host or port"),
        ({"PUBLIC_URL": "https://a.b/c?d"}, "a query or a fragment"),
        ({"PUBLIC_URL": "https://a.b/c#d"}, "a query or a fragment"),
        ({"PUBLIC_URL": "https://a. b/"}, "white space"),
        ({"TWILIO_AUTH_TOKEN": " , "}, "TWILIO_AUTH_TOKEN is missing"),
        ({"TWILIO_AUTH_TOKEN": "AC" + "0" * 32}, "is an account SID"),
        ({"TWILIO_AUTH_TOKEN": "SK" + "0" * 32}, "is the SID of an API key"),
        ({"TWILIO_ALLOWED_ACCOUNTS": "AC1"}, "AC and 32 hexadecimal digits"),
        ({"TWILIO_ACCOUNT_SID": "AC1"}, "TWILIO_ACCOUNT_SID is not an account SID"),
        (
            {"TWILIO_API_KEY": "AC" + "0" * 32},
            "TWILIO_API_KEY is not an API key SID: write SK and 32",
        ),
        ({"TWILIO_API_KEY": "SK" + "0" * 32}, "set without TWILIO_API_SECRET: set both"),
        ({"TWILIO_API_SECRET": "x"}, "set without TWILIO_API_KEY: set its SID"),
        ({"SESSION_SECRET": "x" * 31}, "has 31 characters"),
        ({"SESSION_SECRET": f"{'x' * 32},short"}, "has 5 characters"),
        ({"SESSION_SECRET_FILE": "/nowhere"}, "both set"),
        ({"SESSION_SECRET": "", "SESSION_SECRET_FILE": "/nowhere"}, "No such file"),
        ({"WEB_CONCURRENCY": "0"}, "from 1 to 64"),
        ({"WEB_CONCURRENCY": "9999999999"}, "from 1 to 64"),
        ({"WEB_CONCURRENCY": "00000000100"}, "from 1 to 64"),
        ({"PUBLIC_URL": "https://a.b:0"}, "from 1 to 65535"),
        ({"PUBLIC_URL": "https://a.b:"}, "from 1 to 65535"),
        ({"PORT": "0"}, "from 1 to 65535"),
        ({"PORT": "65536"}, "from 1 to 65535"),
        ({"METRICS_TOKEN": "x" * 31}, "METRICS_TOKEN has 31 characters"),
        ({"METRICS_TOKEN": f"{'x' * 32},short"}, "METRICS_TOKEN has 5 characters"),
        ({"METRICS_TOKEN": "two words " * 4}, "not valid in a bearer token"),
        ({"LOG_FORMAT": "xml"}, "set it to text or json"),
        ({"WEB_CONCURRENCY": "many"}, "from 1 to 64"),
        ({"PARLEY_MODE": "development"}, "must name this machine in development"),
    ],
)
def test_the_error_about_a_setting_says_what_to_do(
    environ: Environ, changed: Environ, sentence: str
) -> None:
    found = problems({**environ, **changed})
    assert any(sentence in problem for problem in found), found


SID = "0123456789abcdef" * 2
QUOTED = {
    "PUBLIC_URL": PUBLIC_URL,
    "TWILIO_AUTH_TOKEN": TOKEN,
    "TWILIO_WEBHOOK_SHARED_KEY": "a shared key",
    "SESSION_SECRET": SECRET,
    "METRICS_TOKEN": "x" * 32,
    "TWILIO_ALLOWED_ACCOUNTS": f"AC{SID}",
    "TWILIO_ACCOUNT_SID": f"AC{SID}",
    "TWILIO_API_KEY": f"SK{SID}",
    "TWILIO_API_SECRET": "the secret of a key",
}


@pytest.mark.parametrize("name", QUOTED)
@pytest.mark.parametrize("marks", ["''", '""', "``", "“”", "‘’"])
def test_quotation_marks_that_docker_keeps_are_an_error(
    environ: Environ, name: str, marks: str
) -> None:
    """Otherwise every text is rejected without a reason: litellm#27596, docksentry#30."""
    whole = {**environ, **QUOTED}
    assert Settings.load(whole)
    quoted = f"{marks[0]}{QUOTED[name]}{marks[1]}"
    found = problems({**whole, name: quoted})
    assert found == [
        f"{name} has quotation marks around its value, which `docker --env-file` keeps: remove "
        "them."
    ]


def test_quotation_marks_around_one_of_several_or_in_a_file_are_an_error(
    environ: Environ, tmp_path: Path
) -> None:
    (found,) = problems({**environ, "TWILIO_AUTH_TOKEN": f'{TOKEN},"older"'})
    assert found.startswith("TWILIO_AUTH_TOKEN has quotation marks")
    file = tmp_path / "secret"
    file.write_text(f'"{SECRET}"\n')
    del environ["SESSION_SECRET"]
    (found,) = problems({**environ, "SESSION_SECRET_FILE": str(file)})
    assert found.startswith("SESSION_SECRET has quotation marks")
    assert Settings.load({**environ, "SESSION_SECRET": f"{'x' * 32}\"and 'inside"})


@pytest.mark.parametrize(
    "url",
    [
        "https://u:p@sms.example.com:8443/a/b/",
        "https://[2001:db8::1]:8443",
        "https://xn--mnchen-3ya.example",
    ],
)
def test_a_public_url_may_have_port_prefix_and_password(environ: Environ, url: str) -> None:
    settings = Settings.load({**environ, "PUBLIC_URL": url})
    assert settings.public_url == url.removesuffix("/")


@pytest.mark.parametrize("length", [32, 33])
def test_a_session_secret_has_at_least_32_characters(environ: Environ, length: int) -> None:
    assert Settings.load({**environ, "SESSION_SECRET": "x" * length})


def test_a_shared_key_can_replace_the_auth_token(environ: Environ) -> None:
    del environ["TWILIO_AUTH_TOKEN"]
    settings = Settings.load({**environ, "TWILIO_WEBHOOK_SHARED_KEY": "one, two"})
    assert settings.shared_keys == ("one", "two")


@pytest.mark.parametrize(
    "name", ["SESSION_SECRET", "TWILIO_AUTH_TOKEN", "TWILIO_WEBHOOK_SHARED_KEY", "METRICS_TOKEN"]
)
def test_a_secret_may_be_in_a_file(environ: Environ, tmp_path: Path, name: str) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{'n' * 40},{'o' * 40}\n")
    environ.pop(name, None)
    settings = Settings.load({**environ, f"{name}_FILE": str(file)})
    field = {
        "SESSION_SECRET": "session_secrets",
        "TWILIO_AUTH_TOKEN": "auth_tokens",
        "METRICS_TOKEN": "metrics_tokens",
    }
    assert getattr(settings, field.get(name, "shared_keys")) == ("n" * 40, "o" * 40)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000", "http://localhost", "https://[::1]:8443/x"]
)
def test_development_requires_a_loopback_url(environ: Environ, url: str) -> None:
    settings = Settings.load({**environ, "PARLEY_MODE": "development", "PUBLIC_URL": url})
    assert settings.is_development
    assert settings.workers == 1


def test_development_runs_one_worker(environ: Environ) -> None:
    changed = {"PARLEY_MODE": "development", "PUBLIC_URL": "http://127.0.0.1:8000"}
    assert "must be 1" in problems({**environ, **changed, "WEB_CONCURRENCY": "2"})[0]


def test_the_development_file_is_written_once_and_private(tmp_path: Path) -> None:
    file = tmp_path / "var" / "development.env"
    assert read_development_file(file) == {}
    assert write_development_file(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    first = read_development_file(file)
    assert not write_development_file(file)
    assert read_development_file(file) == first
    assert list(file.parent.iterdir()) == [file]
    assert Settings.load(first).is_development


def test_the_environment_overrides_the_development_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_development_file()
    url = "http://127.0.0.1:9000"
    settings = Settings.load({"PARLEY_MODE": "development", "PUBLIC_URL": url})
    assert settings.public_url == url
    assert len(problems({})) == 3, "production read the development file"


def test_the_error_about_an_unreadable_development_file_names_it(tmp_path: Path) -> None:
    file = tmp_path / "development.env"
    file.write_text("# fine\n\nPUBLIC_URL\n")
    with pytest.raises(SettingsError, match=r"development\.env, line 3"):
        read_development_file(file)
    file.write_bytes(b"\xff")
    with pytest.raises(SettingsError, match="cannot be read"):
        read_development_file(file)


class Recorded(dict[str, str]):
    """An environment that records the requested names."""

    def __init__(self, given: Environ) -> None:
        super().__init__(given)
        self.asked: set[str] = set()

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        self.asked.add(name)
        return super().get(name, default)


def test_every_setting_is_documented(environ: Environ) -> None:
    source = Source(recorded := Recorded(environ))
    Settings._read(source)
    files_of_secrets = {f"{name}_FILE" for name in recorded.asked}
    assert recorded.asked - files_of_secrets - {"TZ"} == NAMES, "TIME_ZONE falls back to TZ"


def test_the_example_is_valid_except_for_its_secrets(environ: Environ) -> None:
    """Blank lines mean unset, because env files are copied completely."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    example = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    settings = Settings.load({**example, **environ})
    assert settings.log_format == "text"
    assert settings.flows == ("flows",)


@pytest.mark.parametrize("content", ["a" * 40 + "\n" + "b" * 40, "a" * 40 + "\t" + "b"])
def test_secrets_on_several_lines_are_an_error(
    environ: Environ, tmp_path: Path, content: str
) -> None:
    file = tmp_path / "secret"
    file.write_text(content)
    del environ["SESSION_SECRET"]
    assert (
        "separate several by commas" in problems({**environ, "SESSION_SECRET_FILE": str(file)})[0]
    )


def test_an_empty_secret_file_is_an_error_and_a_byte_order_mark_is_ignored(
    environ: Environ, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    file.write_text("\n")
    del environ["SESSION_SECRET"]
    environ["SESSION_SECRET_FILE"] = str(file)
    assert f"{file}, which is empty" in problems(environ)[0]
    file.write_bytes(b"\xef\xbb\xbf" + b"x" * 40 + b"\r\n")
    assert Settings.load(environ).session_secrets == ("x" * 40,)


def test_an_error_does_not_repeat_a_secret_given_as_a_file_name(environ: Environ) -> None:
    environ["SESSION_SECRET_FILE"] = environ.pop("SESSION_SECRET")
    assert SECRET not in str(problems(environ))


@pytest.mark.parametrize(
    "url",
    ["https://u:hunter2/x@h", "https://u:[hunter2]@h", "https://u:hunter2℀@h", "x://u:hunter2@h"],
)
def test_no_error_repeats_a_password(environ: Environ, url: str) -> None:
    assert "hunter2" not in str(problems({**environ, "PUBLIC_URL": url}))


def test_a_secret_file_overrides_a_development_setting_and_a_blank_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_development_file()
    (tmp_path / "secret").write_text("x" * 40)
    given = {"SESSION_SECRET_FILE": str(tmp_path / "secret"), "PUBLIC_URL": " "}
    settings = Settings.load({"PARLEY_MODE": "development", **given})
    assert settings.session_secrets == ("x" * 40,)
    assert settings.public_url == "http://127.0.0.1:8000"


def test_the_repr_contains_no_secret(environ: Environ) -> None:
    environ["TWILIO_WEBHOOK_SHARED_KEY"] = "a shared key"
    shown = repr(Settings.load(environ))
    assert "PUBLIC_URL" not in shown
    for secret in (TOKEN, SECRET, "a shared key"):
        assert secret not in shown


def test_the_repr_does_not_contain_the_password_in_public_url(environ: Environ) -> None:
    environ["PUBLIC_URL"] = "https://user:hunter2@sms.example.com"
    assert "hunter2" not in repr(Settings.load(environ))
