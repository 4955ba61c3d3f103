"""The services `fetch_media` and `delete_media`, and attempts to abuse them."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from parley.conversation import Media, ServiceError
from parley.services.inbound_media import MAX_BYTES, MediaDeleter, MediaInbox
from parley.services.twilio_api import TwilioApi, TwilioRejected, UnknownOutcome
from tests.http_server import Handler, Server, serving
from tests.rest.stand_in import ACCOUNT, API, HOSTS, S3, STORAGE, Asked, StandIn, raw

SID = "ME" + "f6" * 16
API_PATH = f"{API}/Messages/MM{'1' * 32}/Media/{SID}"
URL = f"https://api.twilio.com{API_PATH}"
PICTURE = b"\xff\xd8\xff" + b"p" * 5_000


@pytest.fixture
def inbox(api: TwilioApi, tmp_path: Path) -> MediaInbox:
    return MediaInbox(api, str(tmp_path))


@pytest.fixture(autouse=True)
def _with_a_picture(stand_in: StandIn) -> None:
    stand_in.media[SID] = ("image/jpeg", PICTURE)


def test_a_picture_is_saved_under_its_sid(
    inbox: MediaInbox, tmp_path: Path, stand_in: StandIn
) -> None:
    path = Path(inbox.fetch_media(Media(URL, "image/jpeg")))
    assert path == tmp_path / f"{SID}.jpg"
    assert path.read_bytes() == PICTURE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
    assert [each.host for each in stand_in.asked] == [HOSTS[0], STORAGE]


@pytest.mark.threat("S34")
def test_the_credentials_are_sent_only_to_the_first_address(
    inbox: MediaInbox, stand_in: StandIn
) -> None:
    inbox.fetch_media(URL)
    first, second = stand_in.asked
    assert first.authorization.startswith("Basic ")
    assert second.authorization == ""


def test_an_existing_file_is_not_fetched_again(inbox: MediaInbox, stand_in: StandIn) -> None:
    assert inbox.fetch_media(URL) == inbox.fetch_media(URL)
    assert len(stand_in.asked) == 2
    with pytest.raises(ServiceError, match="not of an accepted type"):
        inbox.fetch_media(URL, kinds=("audio",))


def test_two_redirects_within_twilios_storage_are_followed_but_not_three(
    inbox: MediaInbox, stand_in: StandIn
) -> None:
    def redirect(asked: Asked) -> bytes | None:
        return raw("302 Found", b"", f"Location: {follow[asked.path]}") if follow else None

    s3 = f"https://{S3}/media.twiliocdn.com/{ACCOUNT}/{SID}"
    follow = {
        API_PATH: f"https://{STORAGE}/1",
        "/1": s3,
        f"/media.twiliocdn.com/{ACCOUNT}/{SID}": s3,
    }
    stand_in.instead = redirect
    with pytest.raises(ServiceError, match="redirects more than 2 times"):
        inbox.fetch_media(URL)
    assert [each.authorization for each in stand_in.asked[1:]] == ["", ""]
    picture = raw("200 OK", PICTURE, "Content-Type: image/jpeg")
    stand_in.instead = lambda asked: picture if "media.twiliocdn" in asked.path else redirect(asked)
    assert inbox.fetch_media(URL)


@contextmanager
def bystander() -> Iterator[tuple[str, list[str]]]:
    """A server that is not Twilio's, on a private address; and the requests that it got."""
    asked: list[str] = []

    class Bystander(Handler):
        def do_GET(self) -> None:
            asked.append(f"{self.path} {self.headers.get('Authorization')}")
            self.answer(b"secret", "image/jpeg")

    with serving(Server(Bystander)) as server:
        yield f"127.0.0.1:{server.server_port}", asked


TARGETS = [
    "http://{there}/",
    "https://{there}/",
    "//{there}/x.jpg",
    "http://mms.twiliocdn.com@{there}/",
    "https://mms.twiliocdn.com:x@{there}/",
    "https://{there}/mms.twiliocdn.com/",
    "https://{there}#.twiliocdn.com/",
    "https://{there}?.twiliocdn.com/",
    "https://{there}\\.twiliocdn.com/",
    "https://localhost/",
    "https://169.254.169.254/latest/meta-data/",
    "http://mms.twiliocdn.com/",
    "https://mms.twiliocdn.com:8443/",
    "https://mms.twiliocdn.com.example.com/",
    "https://eviltwiliocdn.com/",
    "https://example.com/.twilio.com/",
    "https://s3-external-1.amazonaws.com/another-bucket/x",
    "https://s3-external-1.amazonaws.com/media.twiliocdn.com.mine/x",
    "https://mms.twiliocdn.com/a b",
    "https://mms.twiliocdn.com/é",
    "https://[::1]/",
    "https://[",
    "ftp://mms.twiliocdn.com/",
    "file:///etc/passwd",
    "HTTPS://MMS.TWILIOCDN.COM/",
    "",
]


@pytest.mark.threat("S34")
@pytest.mark.parametrize(
    ("status", "target"),
    [*((307, each) for each in TARGETS), *((each, TARGETS[0]) for each in (301, 302, 303, 308))],
)
def test_redirects_to_other_hosts_are_not_followed(
    inbox: MediaInbox, stand_in: StandIn, tmp_path: Path, status: int, target: str
) -> None:
    with bystander() as (there, asked):
        location = f"Location: {target.format(there=there)}"
        stand_in.instead = lambda _: raw(f"{status} Redirect", b"", location)
        with pytest.raises(ServiceError, match="a host that is not its own"):
            inbox.fetch_media(URL)
        assert asked == []
    assert len(stand_in.asked) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.threat("S34")
@pytest.mark.parametrize(
    "url",
    [
        "http://{there}/2010-04-01/Accounts/AC{x}/Messages/MM{x}/Media/ME{x}",
        "https://{there}/2010-04-01/Accounts/AC{x}/Messages/MM{x}/Media/ME{x}",
        "http://api.twilio.com/2010-04-01/Accounts/AC{x}/Messages/MM{x}/Media/ME{x}",
        "https://api.twilio.com@{there}/2010-04-01/Accounts/AC{x}/Messages/MM{x}/Media/ME{x}",
        "https://api.twilio.com.example.com/2010-04-01/Accounts/AC{x}/Messages/MM{x}/Media/ME{x}",
        "https://evilapi.twilio.com/2010-04-01/Accounts/AC{x}/Messages/MM{x}/Media/ME{x}",
        "https://api.twilio.com:444/2010-04-01/Accounts/AC{x}/Messages/MM{x}/Media/ME{x}",
        "https://api.twilio.com/2010-04-01/Accounts/AC{x}/Messages/MM{x}/Media/ME{x}?a=b",
        "https://api.twilio.com/2010-04-01/Accounts/AC{x}/Messages/MM{x}/Media/ME{x}.json",
        "https://api.twilio.com/2010-04-01/Accounts/AC{x}/Messages/MM{x}/Media/../ME{x}",
        "https://api.twilio.com/2010-04-01/Accounts/AC{x}/Messages.json",
        "https://api.twilio.com/2010-04-01/Accounts/AC{x}/Messages/MM{x}/Media/ME{x}\n",
        "https://example.com/cat.jpg",
        "",
    ],
)
def test_only_media_at_twilio_is_fetched_or_deleted(
    inbox: MediaInbox, api: TwilioApi, stand_in: StandIn, url: str
) -> None:
    with bystander() as (there, asked):
        address = url.format(there=there, x="a" * 32)
        for act in (inbox.fetch_media, MediaDeleter(api).delete_media):
            with pytest.raises(ServiceError, match="not the URL of a picture at Twilio"):
                act(Media(address))
        assert asked == []
    assert stand_in.asked == []


@pytest.mark.threat("S34")
@pytest.mark.parametrize("size", [MAX_BYTES, MAX_BYTES + 1, 3 * MAX_BYTES])
def test_a_file_has_at_most_5_mb(
    inbox: MediaInbox, stand_in: StandIn, tmp_path: Path, size: int
) -> None:
    stand_in.media[SID] = ("image/jpeg", b"x" * size)
    if size <= MAX_BYTES:
        assert Path(inbox.fetch_media(URL)).stat().st_size == size
        return
    with pytest.raises(ServiceError, match=r"larger than 5,242,880 bytes"):
        inbox.fetch_media(URL)
    assert list(tmp_path.iterdir()) == []


def test_another_limit(inbox: MediaInbox) -> None:
    with pytest.raises(ServiceError, match="larger than 100 bytes"):
        inbox.fetch_media(URL, max_bytes=100)


@pytest.mark.threat("S34")
@pytest.mark.parametrize(
    ("media_type", "ending"),
    [
        ("image/png", ".png"),
        ("Image/GIF; q=1", ".gif"),
        ("image/svg+xml", None),
        ("text/html", None),
        ("application/pdf", None),
        ("image/../../x", None),
        ("", None),
    ],
)
def test_the_type_is_checked_and_names_the_file(
    inbox: MediaInbox, stand_in: StandIn, tmp_path: Path, media_type: str, ending: str | None
) -> None:
    stand_in.media[SID] = (media_type, PICTURE)
    if ending:
        assert inbox.fetch_media(URL) == str(tmp_path / f"{SID}{ending}")
        return
    with pytest.raises(ServiceError, match=r"not of an accepted type \(image\)"):
        inbox.fetch_media(URL)
    assert list(tmp_path.iterdir()) == []


def test_other_types_can_be_accepted(inbox: MediaInbox, stand_in: StandIn) -> None:
    stand_in.media[SID] = ("application/pdf", b"%PDF")
    assert inbox.fetch_media(URL, kinds=("image", "application")).endswith(f"{SID}.pdf")


def test_a_compressed_file_is_rejected(inbox: MediaInbox, stand_in: StandIn) -> None:
    encoded = raw("200 OK", b"x", "Content-Type: image/jpeg", "Content-Encoding: gzip")
    stand_in.instead = lambda _: encoded
    with pytest.raises(ServiceError, match="compressed"):
        inbox.fetch_media(URL)


def test_a_missing_file_or_a_failure_is_a_service_error(
    inbox: MediaInbox, stand_in: StandIn
) -> None:
    stand_in.media.clear()
    with pytest.raises(TwilioRejected, match="20404: the account has nothing of that name"):
        inbox.fetch_media(URL)
    stand_in.instead = lambda _: raw("502 Bad Gateway")
    with pytest.raises(UnknownOutcome, match="status 502"):
        inbox.fetch_media(URL)
    stand_in.instead = lambda _: b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nxx"
    with pytest.raises(ServiceError, match="cut off"):
        inbox.fetch_media(URL)


def test_a_missing_folder_is_a_service_error(api: TwilioApi, tmp_path: Path) -> None:
    gone = MediaInbox(api, str(tmp_path / "gone"))
    with pytest.raises(ServiceError, match="MEDIA_INBOX cannot be written: No such file"):
        gone.fetch_media(URL)


def test_a_picture_is_deleted_at_twilio_once(
    inbox: MediaInbox, api: TwilioApi, stand_in: StandIn
) -> None:
    path = inbox.fetch_media(URL)
    deleter = MediaDeleter(api)
    for _ in range(2):  # the second time it is already deleted
        deleter.delete_media(Media(URL))
    assert stand_in.media == {}
    assert [each.method for each in stand_in.asked[2:]] == ["DELETE", "DELETE"]
    assert inbox.fetch_media(URL) == path, "the saved file must be kept"


def test_a_rejected_deletion_is_an_error(twilios: tuple[StandIn, dict[str, str]]) -> None:
    api = TwilioApi(ACCOUNT, ACCOUNT, "another token", twilios[1])
    with pytest.raises(TwilioRejected, match="20003"):
        MediaDeleter(api).delete_media(URL)
