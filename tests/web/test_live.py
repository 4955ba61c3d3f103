"""Access to the live page, and its content security policy."""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner
from flask import Flask
from werkzeug.test import TestResponse

from parley import SettingsError
from parley.cli import sms
from parley.settings import Settings
from parley.testing import Clock
from parley.web.live_access import LINK_SECONDS, VIEW_SECONDS, LiveAccess
from tests.server.running import free_port
from tests.webhook import PUBLIC_URL, SETTINGS

OLD, NEW = "o" * 32, "n" * 40
PATHS = ("/live", "/live/events", "/live/live.js", "/live/live.css")


@pytest.fixture(name="app")
def live_app(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """A server with a live page, whose database is unreachable, which the page tolerates."""
    url = f"postgresql://parley@127.0.0.1:{free_port()}/parley"
    app = make_app(LIVE_TOKEN=f"{NEW},{OLD}", DATABASE_URL=url)
    yield app
    app.extensions["parley_live"].close()


@pytest.fixture
def access(clock: Clock) -> LiveAccess:
    return LiveAccess([NEW, OLD], PUBLIC_URL, clock)


def ask(app: Flask, target: str, method: str = "GET", **headers: str) -> TestResponse:
    client = app.test_client(use_cookies=False)
    answer = client.open(
        target, method=method, headers=headers, environ_overrides={"RAW_URI": target}
    )
    answer.close()
    return answer


def opened(app: Flask, link: str) -> str:
    """Return the cookie that a link sets."""
    answer = ask(app, link.removeprefix(PUBLIC_URL))
    assert (answer.status_code, answer.headers["Location"]) == (303, "live")
    return answer.headers["Set-Cookie"]


def test_a_link_sets_a_cookie_that_is_valid_for_every_part(app: Flask, access: LiveAccess) -> None:
    cookie, *attributes = opened(app, access.link()).split("; ")
    assert attributes == ["Path=/live", "Max-Age=43200", "HttpOnly", "Secure", "SameSite=Lax"]
    for path in PATHS:
        assert ask(app, path, Cookie=cookie).status_code == 200, path
    assert ask(app, "/live/events", Cookie=cookie).headers["Content-Type"] == "text/event-stream"


@pytest.mark.parametrize("token", [NEW, OLD])
def test_a_tool_may_send_the_token_itself(app: Flask, token: str) -> None:
    for path in PATHS:
        assert ask(app, path, Authorization=f"Bearer {token}").status_code == 200, path


def test_a_link_of_an_older_token_is_valid_during_a_rotation(app: Flask, clock: Clock) -> None:
    assert opened(app, LiveAccess([OLD], PUBLIC_URL, clock).link())


@pytest.mark.threat("S39")
@pytest.mark.parametrize("path", PATHS)
def test_without_access_the_page_is_an_unknown_path(app: Flask, clock: Clock, path: str) -> None:
    other = LiveAccess(["x" * 32], PUBLIC_URL, clock)
    key = LiveAccess([NEW], PUBLIC_URL, clock).link().partition("key=")[2]
    anywhere = ask(app, "/anywhere")
    for headers in (
        {},
        {"Authorization": f"Bearer {'x' * 40}"},
        {"Authorization": f"Basic {NEW}"},
        {"Cookie": other.cookie().partition(";")[0]},
        {"Cookie": f"parley_live={key}"},
        {"Cookie": "parley_live="},
        {"Cookie": "parley_live=\x00.\udcff".encode("utf-8", "replace").decode()},
    ):
        answer = ask(app, path, **headers)
        assert (answer.status_code, answer.text) == (403, anywhere.text)
        assert answer.headers == anywhere.headers
    for method in ("POST", "PUT", "DELETE"):
        assert ask(app, path, method).status_code == ask(app, "/anywhere", method).status_code


@pytest.mark.threat("S39")
def test_a_link_is_valid_for_ten_minutes_and_a_cookie_for_twelve_hours(
    app: Flask, access: LiveAccess, clock: Clock
) -> None:
    link = access.link()
    clock.later(LINK_SECONDS - 1)
    cookie = opened(app, link).partition(";")[0]
    clock.later(1)
    assert ask(app, link.removeprefix(PUBLIC_URL)).status_code == 403
    clock.later(VIEW_SECONDS - 2)
    assert ask(app, "/live", Cookie=cookie).status_code == 200
    clock.later(1)
    assert ask(app, "/live", Cookie=cookie).status_code == 403


def test_a_clock_may_be_a_minute_ahead(app: Flask, access: LiveAccess, clock: Clock) -> None:
    link = access.link()
    clock.later(-60)
    assert opened(app, link)
    clock.later(-1)
    assert ask(app, link.removeprefix(PUBLIC_URL)).status_code == 403


@pytest.mark.threat("S39")
@pytest.mark.parametrize(
    "query", ["?key=", "?key=x", "?key=link.a.b", f"?{'k=1&' * 70}", "?token=" + NEW, "?\xff"]
)
def test_no_other_query_gives_access(app: Flask, query: str) -> None:
    assert ask(app, f"/live{query}").status_code == 403


@pytest.mark.threat("S39")
def test_the_page_loads_nothing_from_other_hosts_and_sends_nothing(app: Flask) -> None:
    page = ask(app, "/live", Authorization=f"Bearer {NEW}")
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    whole = "".join(ask(app, each, Authorization=f"Bearer {NEW}").text for each in PATHS[::2])
    whole += ask(app, PATHS[3], Authorization=f"Bearer {NEW}").text + page.text
    assert not re.search(r"https?://|<form|innerHTML|eval\(|style=|onclick", whole)


def test_without_the_setting_the_page_does_not_exist(make_app: Callable[..., Flask]) -> None:
    assert ask(make_app(), "/live", Authorization=f"Bearer {NEW}").status_code == 403


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"LIVE_TOKEN": NEW}, "LIVE_TOKEN needs a database: set DATABASE_URL, too."),
        ({"LIVE_TOKEN": "short"}, "LIVE_TOKEN has 5 characters in its shortest secret"),
        (
            {"LIVE_TOKEN": f"{NEW} {OLD}"},
            "LIVE_TOKEN contains a character that is not valid in a bearer token",
        ),
        ({"LIVE_SHOWS_WORDS": "yes"}, "LIVE_SHOWS_WORDS is 'yes': set it to on or off."),
    ],
)
def test_invalid_settings_are_errors(settings: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(told)):
        Settings.load({**SETTINGS, **settings})


def test_the_command_prints_a_valid_link(app: Flask, clock: Clock) -> None:
    environ = {**SETTINGS, "LIVE_TOKEN": NEW}
    ended = CliRunner().invoke(sms, ["live"], env=environ)
    assert ended.stderr == "The link is valid for 10 minutes.\n"
    clock.now = time.time()
    assert opened(app, ended.stdout.strip())
    missing = CliRunner().invoke(sms, ["live"], env={**SETTINGS, "LIVE_TOKEN": ""})
    assert (missing.exit_code, "LIVE_TOKEN or PUBLIC_URL is not set" in missing.stderr) == (1, True)


def test_behind_a_prefix_the_cookie_is_for_the_prefix(clock: Clock) -> None:
    access = LiveAccess([NEW], f"{PUBLIC_URL}/texts", clock)
    assert access.link().startswith(f"{PUBLIC_URL}/texts/live?key=")
    assert "Path=/texts/live;" in access.cookie()
