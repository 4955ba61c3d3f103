"""The deployment's picture folder, and signed URLs with which Twilio fetches the pictures."""

import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from itsdangerous import BadSignature, SignatureExpired, TimestampSigner

from parley.conversation import ServiceError
from parley.refusals import Refusal
from parley.settings import Settings

LIFETIME = 43_200
"""Validity of a URL in seconds: Twilio queues a message for at most ten hours."""
STEP = 900
"""Seconds for which a file's URL stays the same, so that it can be cached."""
CLOCK_TOLERANCE = 60
"""Tolerated clock difference between two servers, in seconds."""


class MediaRefused(Refusal):
    """Raised for an invalid picture URL: not signed, expired, or without a file."""

    status = 404
    label = "media"
    sentence = "There is no such picture here."


class Found(NamedTuple):
    """A file, and the remaining validity of its URL in seconds."""

    path: Path
    seconds: int


class _Signer(TimestampSigner):
    """Signs with the time of the server's clock, in steps."""

    clock: Callable[[], float] = time.time
    step = 1

    def get_timestamp(self) -> int:
        now = int(self.clock())
        return now - now % self.step


class MediaFolder:
    """Signs URLs for the files of one folder, and returns the files of such URLs.

    `base_url` is the beginning of the URLs, and `prefix` its path on this server. `secrets` are
    newest first.
    """

    def __init__(
        self,
        folder: str,
        base_url: str,
        prefix: str,
        secrets: Sequence[str],
        clock: Callable[[], float],
    ) -> None:
        self._folder = Path(folder)
        self._base_url = base_url
        self.prefix = prefix
        # itsdangerous signs with the last key.
        keys = [secret.encode() for secret in reversed(secrets)]
        self._signer, self._verifier = (
            _Signer(keys, b"parley.media", key_derivation="hmac", digest_method=sha256)
            for _ in range(2)
        )
        self._signer.step = STEP
        self._signer.clock = lambda: clock() - CLOCK_TOLERANCE
        self._verifier.clock = clock

    @classmethod
    def of(
        cls, settings: Settings, prefix: str, clock: Callable[[], float]
    ) -> "MediaFolder | None":
        """Return the folder in MEDIA_FOLDER; None if it is not set."""
        if not settings.media_folder:
            return None
        prefix = f"{prefix}media/"
        base_url, secrets = f"{settings.public_url}{prefix}", settings.session_secrets
        return cls(settings.media_folder, base_url, prefix, secrets, clock)

    def url(self, name: str) -> str:
        """Return the URL of a file, like `menu.jpg` or `menus/june.jpg`.

        It can be fetched for 12 hours. Raises ServiceError if there is no such file.
        """
        if self._file(name) is None:
            raise ServiceError("MEDIA_FOLDER has no file of this name")
        signed = self._signer.sign(name).decode()
        return f"{self._base_url}{signed.removeprefix(f'{name}.')}/{quote(name)}"

    def find(self, path: str) -> Found:
        """Return the file of a URL by its path below the prefix. Raises MediaRefused."""
        token, _, name = path.partition("/")
        try:
            _, signed = self._verifier.unsign(
                f"{name}.{token}", max_age=LIFETIME, return_timestamp=True
            )
        except SignatureExpired:
            next_step = "a URL is valid for 12 hours: call `media(…)` when the message is sent"
            raise MediaRefused("the URL of a picture has expired", next_step) from None
        except (BadSignature, UnicodeError):
            next_step = "check that it is complete, and that all servers have this SESSION_SECRET"
            reason = "the URL of a picture is not signed by this server"
            raise MediaRefused(reason, next_step) from None
        file = self._file(name)
        if file is None:
            next_step = "put it back, and check that all servers have the same folder"
            raise MediaRefused("a picture is no longer in MEDIA_FOLDER", next_step)
        age = self._verifier.get_timestamp() - int(signed.timestamp())
        return Found(file, LIFETIME - age)

    def _file(self, name: str) -> Path | None:
        """Return the file with this name; None unless it is a regular file in the folder."""
        parts = name.split("/")
        if any(part.startswith(".") or not part or not part.isprintable() for part in parts):
            return None
        try:
            folder = self._folder.resolve(strict=True)
            file = folder.joinpath(*parts).resolve(strict=True)
        except (OSError, ValueError, RuntimeError):  # the last one for circular links
            return None
        return file if file.is_relative_to(folder) and file.is_file() else None
