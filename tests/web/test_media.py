"""MEDIA_FOLDER over HTTP: types, ranges and caching; and that no other file is served."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import flask
import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from parley import Parley, Settings
from parley.testing import Clock
from tests.webhook import PUBLIC_URL, Twilio, message, said

SHOW = '''
from parley import Outgoing, Reply


def show(message, session, *, media):
    """Show a picture."""
    return Reply(Outgoing("Look.", media_urls=(media(message.body),)))
'''
JPEG = b"\xff\xd8\xff" + bytes(range(256)) * 40


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("menu.jpg", "MENU.JPEG", "voice.ogg", "card.vcf", "page.html", "draw.svg", "data"):
        (folder / name).write_bytes(JPEG)
    return folder


@pytest.fixture
def show(
    folder: Path, make_app: Callable[..., Flask], guest_flow: Callable[[str, str], None]
) -> Twilio:
    guest_flow("show", SHOW)
    app = make_app(MEDIA_FOLDER=str(folder))
    return Twilio(app.test_client(use_cookies=False))


def url_of(twilio: Twilio, name: str = "menu.jpg") -> str:
    text, picture = twilio.hears("show", name).splitlines()
    assert text == "Look."
    url = picture.strip("[]")
    assert url.startswith(f"{PUBLIC_URL}/sms/media/")
    return url


def get(twilio: Twilio, url: str, method: str = "GET", **headers: str) -> TestResponse:
    client: Any = twilio.client
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response: TestResponse = client.open(
        urlsplit(url).path, method=method, headers=named, buffered=True
    )
    return response


def test_a_flow_sends_a_picture_that_twilio_can_fetch(show: Twilio) -> None:
    response = get(show, url_of(show))
    assert response.status_code == 200
    assert response.data == JPEG
    headers = dict(response.headers)
    assert 0 < int(headers.pop("Cache-Control").removeprefix("private, max-age=")) <= 43_200
    assert headers.pop("ETag")
    assert headers.pop("Last-Modified")
    assert headers.pop("Date")
    assert headers == {
        "Content-Type": "image/jpeg",
        "Content-Length": str(len(JPEG)),
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }


def test_head_has_the_headers_of_get_without_the_body(show: Twilio) -> None:
    response = get(show, url_of(show), "HEAD")
    assert (response.status_code, response.data) == (200, b"")
    assert response.headers["Content-Length"] == str(len(JPEG))


@pytest.mark.parametrize(
    ("range_", "status", "content"),
    [
        ("bytes=0-9", 206, JPEG[:10]),
        ("bytes=-10", 206, JPEG[-10:]),
        ("bytes=100-", 206, JPEG[100:]),
        ("bytes=0-999999", 206, JPEG),
        ("lines=1-2", 416, b""),
        ("bytes=999999-", 416, b""),
        ("bytes=0-1,5-6", 416, b""),
    ],
)
def test_ranges(show: Twilio, range_: str, status: int, content: bytes) -> None:
    response = get(show, url_of(show), Range=range_)
    assert response.status_code == status
    assert response.data == content
    if status == 416:
        assert response.headers["Content-Range"] == f"bytes */{len(JPEG)}"


def test_an_unchanged_file_is_not_sent_again(show: Twilio, folder: Path) -> None:
    url = url_of(show)
    first = get(show, url)
    tag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    for headers in ({"If_None_Match": tag}, {"If_Modified_Since": modified}):
        response = get(show, url, **headers)
        assert (response.status_code, response.data) == (304, b"")
        assert response.headers["Cache-Control"].startswith("private, max-age=")
    (folder / "menu.jpg").write_bytes(b"another picture")
    assert get(show, url, If_None_Match=tag).data == b"another picture"
    assert get(show, url, Range="bytes=0-3", If_Range=tag).data == b"another picture"


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("MENU.JPEG", "image/jpeg"),
        ("voice.ogg", "audio/ogg"),
        ("card.vcf", "text/vcard; charset=utf-8"),
        ("page.html", "application/octet-stream"),
        ("draw.svg", "application/octet-stream"),
        ("data", "application/octet-stream"),
    ],
)
def test_files_have_their_type_and_html_is_not_served(
    show: Twilio, name: str, media_type: str
) -> None:
    assert get(show, url_of(show, name)).headers["Content-Type"] == media_type


@pytest.mark.threat("S33")
def test_every_invalid_url_has_the_same_response(
    show: Twilio, folder: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    url = url_of(show)
    gone = url_of(show, "data")
    (folder / "data").unlink()
    token = url.removeprefix(f"{PUBLIC_URL}/sms/media/").partition("/")[0]
    wrong = [
        f"{PUBLIC_URL}/sms/media/",
        f"{PUBLIC_URL}/sms/media/menu.jpg",
        f"{PUBLIC_URL}/sms/media/{token}/",
        f"{PUBLIC_URL}/sms/media/{token}/voice.ogg",
        f"{PUBLIC_URL}/sms/media/{token}/missing.jpg",
        f"{PUBLIC_URL}/sms/media/{token}/../../../etc/passwd",
        f"{PUBLIC_URL}/sms/media/{token}/%2e%2e/%2e%2e/etc/passwd",
        f"{PUBLIC_URL}/sms/media/{token[:-1]}/menu.jpg",
        f"{PUBLIC_URL}/sms/media/x/%ff%00",
        gone,
    ]
    answers = [get(show, each) for each in wrong]
    clock.later(50_000)
    answers += [get(show, url), get(show, url, "HEAD")]
    assert {each.status_code for each in answers} == {404}
    assert {each.data for each in answers} == {b"There is no such picture here.\n", b""}
    different = [{**each.headers, "Date": ""} for each in answers]
    assert all(each == different[0] for each in different)
    assert different[0]["Cache-Control"] == "no-store"
    logged = caplog.text
    for reason in ("not signed by this server", "has expired", "no longer in MEDIA_FOLDER"):
        assert reason in logged
    assert token not in logged
    assert "passwd" not in logged


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_rejected_as_elsewhere(show: Twilio, method: str) -> None:
    assert get(show, url_of(show), method).status_code == (403 if method == "POST" else 405)


def test_queries_and_cookies_have_no_effect(show: Twilio) -> None:
    client: Any = show.client
    target = f"{urlsplit(url_of(show)).path}?name=/etc/passwd"
    assert client.get(target, headers={"Cookie": "parley=x"}, buffered=True).data == JPEG


def test_a_missing_file_is_a_service_error_that_does_not_repeat_its_name(
    show: Twilio, caplog: pytest.LogCaptureFixture
) -> None:
    assert show.text("show", "my secret.jpg").status_code == 500
    assert "ServiceError" in caplog.text
    assert "my secret" not in caplog.text


@pytest.mark.threat("S33")
def test_without_the_setting_nothing_is_served(
    make_app: Callable[..., Flask],
    guest_flow: Callable[[str, str], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    guest_flow("show", SHOW)
    twilio = Twilio(make_app().test_client(use_cookies=False))
    assert twilio.text("show", "menu.jpg").status_code == 503
    assert 'reason="MEDIA_FOLDER not set"' in caplog.text
    assert get(twilio, f"{PUBLIC_URL}/sms/media/x/menu.jpg").status_code == 403


def test_a_missing_folder_is_an_error(environ: dict[str, str], folder: Path) -> None:
    for name, what in (("MEDIA_FOLDER", "read"), ("MEDIA_INBOX", "written to")):
        for path in (folder / "menu.jpg", folder / "missing"):
            _, problems = Settings.examine({**environ, name: str(path)})
            assert problems == [
                f"{name} names {path}, which is not a folder that can be {what}. Make the folder, "
                "or correct the setting."
            ]


def test_below_the_prefix_of_an_application(
    folder: Path,
    environ: dict[str, str],
    clock: Clock,
    project: Callable[[dict[str, str]], Path],
) -> None:
    project({"shop/flows/show.py": SHOW})
    seen: list[str] = []
    host = flask.Flask("host")
    host.before_request(lambda: seen.append(flask.request.path))

    @host.get("/texts-media/x")
    def page() -> str:
        return "the application's own"

    settings = Settings.load({**environ, "MEDIA_FOLDER": str(folder)})
    Parley(host, flows=["shop.flows"], settings=settings, url_prefix="/texts", clock=clock)
    twilio = Twilio(host.test_client(use_cookies=False))
    answer = twilio.post("/texts/show", message("menu.jpg"))
    url = said(answer)[1].strip("[]")
    assert url.startswith(f"{PUBLIC_URL}/texts/media/")
    assert get(twilio, url).data == JPEG
    assert get(twilio, url.replace("menu.jpg", "page.html")).status_code == 404
    assert seen == [], "a hook of the application ran"
    assert get(twilio, f"{PUBLIC_URL}/texts-media/x").text == "the application's own"
    assert get(twilio, url.replace("/texts/", "/sms/")).status_code == 404
    assert len(seen) == 2


def test_the_path_in_public_url_is_part_of_the_url(
    folder: Path, make_app: Callable[..., Flask], guest_flow: Callable[[str, str], None]
) -> None:
    guest_flow("show", SHOW)
    public = f"{PUBLIC_URL}/parley"
    app = make_app(MEDIA_FOLDER=str(folder), PUBLIC_URL=public)
    twilio = Twilio(app.test_client(use_cookies=False), public_url=public)
    url = twilio.hears("show", "menu.jpg").splitlines()[1].strip("[]")
    assert url.startswith(f"{public}/sms/media/")
    assert (
        Client(app).get(url.removeprefix(public), buffered=True).data == JPEG
    )  # the proxy strips the prefix
