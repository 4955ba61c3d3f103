"""The URLs of the files in the media folder, and the responses to them."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from parley.conversation import ServiceError
from parley.media import LIFETIME, STEP, MediaFolder, MediaRefused
from parley.testing import Clock
from tests.webhook import PUBLIC_URL, SECRET

BASE = f"{PUBLIC_URL}/sms/media/"
NEWER = "another session secret of at least 32 characters"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    (folder / "menus").mkdir(parents=True)
    for name in ("menu.jpg", "menus/june.jpg", "Grüße & mehr?.png", ".env", "menus/.secret.jpg"):
        (folder / name).write_text(name)
    (tmp_path / "outside.jpg").write_text("outside")
    return folder


@pytest.fixture
def make(folder: Path, clock: Clock) -> Callable[..., MediaFolder]:
    def make(*secrets: str) -> MediaFolder:
        return MediaFolder(str(folder), BASE, "/sms/media/", secrets or (SECRET,), clock)

    return make


@pytest.fixture
def media(make: Callable[..., MediaFolder]) -> MediaFolder:
    return make()


def path(url: str) -> str:
    return url.removeprefix(BASE)


def refused(media: MediaFolder, path: str) -> str:
    with pytest.raises(MediaRefused) as caught:
        media.find(path)
    return str(caught.value)


@pytest.mark.parametrize("name", ["menu.jpg", "menus/june.jpg"])
def test_a_url_returns_its_file(media: MediaFolder, folder: Path, name: str) -> None:
    url = media.url(name)
    assert url.startswith(BASE)
    assert url.endswith(f"/{name}")
    assert len(url) < 120
    assert media.find(path(url)).path == folder / name


def test_a_file_name_is_quoted_in_the_url(media: MediaFolder, folder: Path) -> None:
    url = media.url("Grüße & mehr?.png")
    assert url.endswith("/Gr%C3%BC%C3%9Fe%20%26%20mehr%3F.png")
    token = path(url).partition("/")[0]
    found = media.find(f"{token}/Grüße & mehr?.png")
    assert found.path == folder / "Grüße & mehr?.png"


NOT_FILES = [
    "",
    "missing.jpg",
    "menus",
    "menus/",
    "/menu.jpg",
    "menus//june.jpg",
    "./menu.jpg",
    "menus/../menu.jpg",
    "../outside.jpg",
    "../../../../../../etc/passwd",
    "/etc/passwd",
    ".env",
    "menus/.secret.jpg",
    "menu.jpg\0",
    "menu.jpg\n",
    "..\\outside.jpg",
    "%2e%2e/outside.jpg",
    "x" * 5_000,
    "\ud800",
]


@pytest.mark.threat("S33")
@pytest.mark.parametrize("name", NOT_FILES)
def test_only_a_file_in_the_folder_has_a_url(media: MediaFolder, name: str) -> None:
    with pytest.raises(ServiceError, match="MEDIA_FOLDER has no file of this name"):
        media.url(name)


@pytest.mark.threat("S33")
@pytest.mark.parametrize("name", [each for each in NOT_FILES if each.isprintable()])
def test_a_signed_url_of_anything_else_is_not_found(
    media: MediaFolder, monkeypatch: pytest.MonkeyPatch, folder: Path, name: str
) -> None:
    """Simulate a file that was in the folder when its URL was created."""
    with monkeypatch.context() as there:
        there.setattr(media, "_file", lambda _: folder)
        token = path(media.url(name)).partition("/")[0]
    assert refused(media, f"{token}/{name}") == "a picture is no longer in MEDIA_FOLDER"


@pytest.mark.threat("S33")
def test_a_symbolic_link_out_of_the_folder_is_not_followed(
    media: MediaFolder, folder: Path
) -> None:
    (folder / "out.jpg").symlink_to("../outside.jpg")
    (folder / "up").symlink_to("..")
    (folder / "in.jpg").symlink_to("menus/june.jpg")
    (folder / "loop.jpg").symlink_to("loop.jpg")
    os.mkfifo(folder / "pipe.jpg")
    for name in ("out.jpg", "up/outside.jpg", "loop.jpg", "pipe.jpg"):
        with pytest.raises(ServiceError):
            media.url(name)
    assert media.find(path(media.url("in.jpg"))).path == folder / "menus/june.jpg"
    url = media.url("menu.jpg")
    (folder / "menu.jpg").unlink()
    (folder / "menu.jpg").symlink_to("../outside.jpg")
    assert refused(media, path(url)) == "a picture is no longer in MEDIA_FOLDER"


def test_the_folder_itself_may_be_a_symbolic_link(
    tmp_path: Path, folder: Path, clock: Clock
) -> None:
    (tmp_path / "link").symlink_to(folder)
    media = MediaFolder(str(tmp_path / "link"), BASE, "/sms/media/", (SECRET,), clock)
    assert media.find(path(media.url("menu.jpg"))).path == folder / "menu.jpg"


@pytest.mark.threat("S33")
def test_a_url_with_a_changed_character_is_rejected(media: MediaFolder) -> None:
    good = path(media.url("menu.jpg"))
    for index, character in enumerate(good):
        other = "A" if character != "A" else "B"
        for changed in (good[:index] + other + good[index + 1 :], good[:index] + good[index + 1 :]):
            assert refused(media, changed) == "the URL of a picture is not signed by this server"


@pytest.mark.threat("S33")
@pytest.mark.parametrize(
    "there", ["", "/", "x", "x/menu.jpg", "./menu.jpg", "é/é", "\ud800/x", "a.b/"]
)
def test_an_unsigned_url_is_rejected(media: MediaFolder, there: str) -> None:
    assert refused(media, there) == "the URL of a picture is not signed by this server"


def test_it_expires_to_the_second(media: MediaFolder, clock: Clock) -> None:
    clock.now = 1_800_000_000.0 - 1_800_000_000 % STEP + 60  # the start of a step
    url = path(media.url("menu.jpg"))
    assert media.find(url).seconds == LIFETIME - 60
    clock.later(LIFETIME - 60)
    assert media.find(url).seconds == 0
    clock.later(1)
    assert refused(media, url) == "the URL of a picture has expired"


def test_a_url_is_the_same_for_a_quarter_of_an_hour(media: MediaFolder, clock: Clock) -> None:
    clock.now = 1_800_000_000.0 - 1_800_000_000 % STEP + 60
    first = media.url("menu.jpg")
    clock.later(STEP - 1)
    assert media.url("menu.jpg") == first
    clock.later(1)
    assert media.url("menu.jpg") != first


def test_a_server_whose_clock_is_behind_accepts_it(media: MediaFolder, clock: Clock) -> None:
    for _ in range(0, STEP, 30):
        url = path(media.url("menu.jpg"))
        clock.later(-60)
        assert media.find(url).seconds <= LIFETIME
        clock.later(90)


@pytest.mark.threat("S33")
def test_urls_stay_valid_when_the_secret_is_rotated(make: Callable[..., MediaFolder]) -> None:
    before, during, after = make(SECRET), make(NEWER, SECRET), make(NEWER)
    old, new = path(before.url("menu.jpg")), path(during.url("menu.jpg"))
    assert during.find(old)
    assert during.find(new)
    assert after.find(new)
    assert "not signed" in refused(after, old)
    assert "not signed" in refused(before, new)
