"""The services `fetch_media` and `delete_media`, for received pictures, which Twilio stores.

Twilio responds with a redirect to its storage. The account's credentials are sent only to the first
address, and nothing is fetched from any other host.
"""

import os
import re
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urljoin

from parley.conversation import Media, ServiceError
from parley.http_client import Response
from parley.http_headers import REDIRECTS, is_encoded
from parley.services.twilio_api import Deadline, TwilioApi, TwilioRejected, raise_for
from parley.twilio.facts import MEDIA_TYPES

MAX_BYTES = 5_242_880
"""Maximum size of a picture in bytes: all pictures of an MMS have 5 MB together."""
MOST_REDIRECTS = 2

_MEDIA = re.compile(
    r"https://api(\.[a-z0-9-]+){0,2}\.twilio\.com/2010-04-01/Accounts/AC[0-9a-fA-F]{32}"
    r"/Messages/[SM]M[0-9a-fA-F]{32}/Media/(?P<sid>ME[0-9a-fA-F]{32})"
)
_STORAGE = re.compile(
    r"https://([a-z0-9-]+\.)*(twilio|twiliocdn)\.com/[!-~]*"
    r"|https://s3-external-1\.amazonaws\.com/media\.twiliocdn\.com/[!-~]*"
)
"""Where Twilio's redirects lead. Source:
https://help.twilio.com/articles/223183748 (`mms.twiliocdn.com`, `s3-external-1.amazonaws.com`)"""


class MediaInbox:
    """Saves received media in a folder; `folder` is MEDIA_INBOX."""

    def __init__(self, api: TwilioApi, folder: str) -> None:
        self._api = api
        self._folder = Path(folder)

    def fetch_media(
        self,
        media: Media | str,
        kinds: Sequence[str] = ("image",),
        max_bytes: int = MAX_BYTES,
    ) -> str:
        """Save a picture of a message in MEDIA_INBOX, and return its path.

        `media` is `message.media[0]`, or its URL. Files are named by Twilio's SID; a file that is
        there is not fetched again. `kinds` are the kinds that are accepted: `image`, `audio`,
        `video`, `application` (PDF), `text` (contacts). Raises ServiceError.
        """
        url, sid = _checked(media)
        if saved := self._saved(sid, kinds):
            return saved
        response = self._fetched(url, max_bytes)
        if len(response.content) > max_bytes:
            raise ServiceError(f"the file is larger than {max_bytes:,} bytes")
        if is_encoded(response.header("Content-Encoding")):
            raise ServiceError("Twilio sent the file compressed without being asked to")
        media_type = response.header("Content-Type").partition(";")[0].strip().lower()
        if media_type not in MEDIA_TYPES or media_type.partition("/")[0] not in kinds:
            raise ServiceError(f"the file is not of an accepted type ({', '.join(kinds)})")
        path = self._folder / f"{sid}{MEDIA_TYPES[media_type]}"
        _write(path, response.content)
        return str(path)

    def _saved(self, sid: str, kinds: Sequence[str]) -> str | None:
        endings = [
            ending for name, ending in MEDIA_TYPES.items() if name.partition("/")[0] in kinds
        ]
        paths = (self._folder / f"{sid}{ending}" for ending in endings)
        return next((str(path) for path in paths if path.is_file()), None)

    def _fetched(self, url: str, max_bytes: int) -> Response:
        deadline = Deadline()
        response = self._api.send("GET", url, deadline, max_bytes=max_bytes)
        for _ in range(MOST_REDIRECTS):
            if response.status not in REDIRECTS:
                break
            url = _redirected(url, response)
            response = self._api.send(
                "GET", url, deadline, max_bytes=max_bytes, with_credentials=False
            )
        if response.status in REDIRECTS:
            raise ServiceError(f"Twilio redirects more than {MOST_REDIRECTS} times")
        raise_for(response)
        return response


class MediaDeleter:
    """Deletes media at Twilio."""

    def __init__(self, api: TwilioApi) -> None:
        self._api = api

    def delete_media(self, media: Media | str) -> None:
        """Delete a picture of a message at Twilio; succeed if it is deleted already.

        The file of `fetch_media` stays. Raises ServiceError.
        """
        url, _ = _checked(media)
        response = self._api.send("DELETE", f"{url}.json", Deadline())
        try:
            raise_for(response)
        except TwilioRejected:
            if response.status != 404:
                raise


def _checked(media: Media | str) -> tuple[str, str]:
    """Return a URL of Twilio's and the SID in it. Raises ServiceError for any other URL."""
    url = media.url if isinstance(media, Media) else media
    found = _MEDIA.fullmatch(url)
    if found is None:
        raise ServiceError("this is not the URL of a picture at Twilio")
    return url, found["sid"]


def _redirected(url: str, response: Response) -> str:
    """Return the target of a redirect, which must be Twilio's storage."""
    try:
        target = urljoin(url, response.header("Location"))
    except ValueError:
        target = ""
    if target == url or not _STORAGE.fullmatch(target):
        raise ServiceError("Twilio redirects to a host that is not its own")
    return target


def _write(path: Path, content: bytes) -> None:
    """Write a file atomically, readable only by the server's user."""
    temporary = ""
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.replace(temporary, path)  # noqa: PTH105  # both are paths as text
    except OSError as error:
        if temporary:
            with suppress(OSError):
                Path(temporary).unlink()
        raise ServiceError(f"MEDIA_INBOX cannot be written: {error.strerror}") from None
