"""compose.yaml, deploy/Caddyfile and docs/deploy.md agree with the project.

tests/server/ tests the proxy configurations with the proxies themselves.
"""

import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from click.testing import CliRunner

from parley.cli import sms
from parley.settings import Settings
from tests.webhook import SETTINGS as SETTINGS_OF_TESTS

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs/deploy.md").read_text()
CADDYFILE = (ROOT / "deploy/Caddyfile").read_text()
SETTINGS = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
PARLEY, CADDY = COMPOSE["services"]["parley"], COMPOSE["services"]["caddy"]
POSTGRES, UPGRADE = COMPOSE["services"]["postgres"], COMPOSE["services"]["upgrade"]


def as_compose_does(value: str, domain: str) -> str:
    """Replace the domain in a value as compose does."""
    return re.sub(r"\$\{DOMAIN:\?[^}]+\}", domain, value)


def environment_of(service: dict[str, Any]) -> dict[str, str]:
    return {
        name: as_compose_does(value, "sms.example.com")
        for name, value in service["environment"].items()
    }


def made_by(command: str, folder: Path) -> dict[str, str]:
    """Return the environment file that the guide's commands write."""
    file = re.search(rf"> ({re.escape(command)})$", GUIDE, re.MULTILINE)
    assert file
    block = next(each for each in re.findall(r"```sh\n(.*?)```", GUIDE, re.S) if file[0] in each)
    lines = block.partition("docker compose")[0]
    subprocess.run(["/bin/sh", "-ec", lines], cwd=folder, check=True)
    written = (folder / command).read_text().splitlines()
    return dict(line.partition("=")[::2] for line in written)


def test_parley_starts_with_the_settings_in_compose(tmp_path: Path) -> None:
    environ = environment_of(PARLEY)
    assert {name.removesuffix("_FILE") for name in environ} <= SETTINGS
    for name in COMPOSE["secrets"]:
        (tmp_path / name).write_text("a secret of more than 32 characters")
    inside = {name: value.replace("/run/secrets", str(tmp_path)) for name, value in environ.items()}
    assert Settings.load(inside).public_url == "https://sms.example.com"


def test_compose_mounts_every_secret_and_git_ignores_them() -> None:
    named = {Path(path).name for name, path in environment_of(PARLEY).items() if "_FILE" in name}
    assert named == set(PARLEY["secrets"]) == set(COMPOSE["secrets"])
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    for secret in COMPOSE["secrets"].values():
        assert secret["file"].partition("/")[0] + "/" in ignored
        assert secret["file"] in GUIDE
    assert PARLEY["env_file"][0]["path"] in ignored
    assert re.findall(r"^!.*(secret|env)", (ROOT / ".dockerignore").read_text(), re.M) == []


def test_compose_publishes_only_caddys_ports() -> None:
    assert CADDY["ports"] == ["80:80", "443:443"]
    assert not {"ports", "network_mode"} & set(PARLEY)
    assert CADDY["depends_on"]["parley"] == {"condition": "service_healthy"}
    assert environment_of(CADDY)["UPSTREAM"] == "parley:8000"


def test_compose_can_start_a_database(tmp_path: Path) -> None:
    environ = made_by("database.env", tmp_path)
    settings = Settings.load({**SETTINGS_OF_TESTS, **environ})
    url = urlsplit(settings.database_url)
    assert (url.scheme, url.username, url.hostname) == ("postgresql", "parley", "postgres")
    assert url.password == environ["POSTGRES_PASSWORD"]
    for service in (POSTGRES, UPGRADE):
        assert (service["profiles"], service["env_file"]) == (["database"], ["database.env"])
    assert "database.env" in (ROOT / ".gitignore").read_text().splitlines()
    assert PARLEY["env_file"][1] == {"path": "database.env", "required": False}
    assert PARLEY["depends_on"]["upgrade"]["required"] is False
    assert UPGRADE["depends_on"]["postgres"] == {"condition": "service_healthy"}
    assert CliRunner().invoke(sms, [*UPGRADE["command"][1:], "--help"]).exit_code == 0


@pytest.mark.parametrize("service", ["parley", "caddy", "postgres", "upgrade"])
def test_the_containers_have_only_the_rights_they_need(service: Any) -> None:
    service = COMPOSE["services"][service]
    assert service["read_only"] is True
    assert "/tmp" in service["tmpfs"]  # noqa: S108
    assert service["cap_drop"] == ["ALL"]
    assert set(service.get("cap_add", [])) <= {"NET_BIND_SERVICE"}
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("restart") == (None if service is UPGRADE else "unless-stopped")
    assert service["mem_limit"]
    assert re.fullmatch(r"parley|caddy:\d+\.\d+\.\d+|postgres:\d+\.\d+", service["image"]), (
        "not an exact version"
    )


def test_compose_starts_a_database_and_a_worker_only_with_its_profile() -> None:
    services = COMPOSE["services"]
    with_profile = {name for name, each in services.items() if each.get("profiles")}
    assert with_profile == {"postgres", "upgrade", "worker"}
    assert services["upgrade"]["command"] == ["parley", "db", "upgrade"]
    worker = services["worker"]
    assert worker["command"] == ["parley", "worker"]
    assert worker["environment"] == PARLEY["environment"]
    assert worker["env_file"] == PARLEY["env_file"]
    assert "ports" not in {*worker, *services["upgrade"]}
    assert "ports" not in services["postgres"]


def test_the_stop_timeouts_are_longer_than_parleys() -> None:
    configured = (ROOT / "app/parley/server/gunicorn_conf.py").read_text()
    needed = int(re.findall(r"^graceful_timeout = (\d+)", configured, re.MULTILINE)[0])
    waits = re.findall(r"--stop-timeout (\d+)|TimeoutStopSec=(\d+)", GUIDE)
    waits += re.findall(r"terminationGracePeriodSeconds: (\d+)()", GUIDE)
    seconds = [int(one or other) for one, other in waits]
    assert len(seconds) == 3
    assert min(*seconds, int(PARLEY["stop_grace_period"].removesuffix("s"))) > needed


def test_every_variable_of_the_caddyfile_is_documented_and_set() -> None:
    used = dict(re.findall(r"\{\$([A-Z_]+)(:?)", CADDYFILE))
    told = set(re.findall(r"^#   ([A-Z_]+) ", CADDYFILE, re.MULTILINE))
    assert set(used) == told
    assert set(CADDY["environment"]) <= told
    assert {name for name in told if name not in GUIDE} == {"CADDY_OPTIONS"}
    without_default = {name for name, colon in used.items() if not colon}
    assert without_default == {"DOMAIN", "CADDY_TLS", "CADDY_OPTIONS"}
    assert f"{CADDY['volumes'][0]}".startswith("./deploy/Caddyfile:/etc/caddy/Caddyfile")


def test_every_setting_in_the_guide_exists() -> None:
    named = set(re.findall(r"\b(?:PUBLIC|TWILIO|SESSION|WEB|LOG|EXPLAIN|PARLEY)_[A-Z_]+\b", GUIDE))
    assert {name.removesuffix("_FILE") for name in named} <= SETTINGS
    assert {"PUBLIC_URL", "SESSION_SECRET", "TWILIO_AUTH_TOKEN", "WEB_CONCURRENCY"} <= named


def test_the_guide_quotes_composes_error_without_a_domain() -> None:
    said = re.findall(r"\$\{DOMAIN:\?([^}]+)\}", (ROOT / "compose.yaml").read_text())
    assert len(set(said)) == 1
    assert f"required variable DOMAIN is missing a value: {said[0]}" in GUIDE
