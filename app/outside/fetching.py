"""Fetching JSON from another server, within a time that Twilio still waits for."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any
from urllib.parse import urljoin, urlsplit

from app.conversation import ErrandFailed

SECONDS = 7.0
"""Everything together: the name looked up, connecting, status line, headers and body."""
PATIENCE = 0.5
"""Seconds more, for what cannot be interrupted, such as a name server that does not answer."""
LIMIT = 65_536
"""Bytes of a body."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def make_fetch_json(at_once: int) -> Callable[[str], Any]:
    """A `fetch_json` that has so many fetches under way; one more fails instead of waiting."""
    turns = threading.BoundedSemaphore(at_once)

    def fetch_json(url: str) -> Any:
        """The JSON value at a URL, http or https; one redirect within the same origin is followed.

        Ends within 8 seconds, whatever the other server does. Raises ErrandFailed with the reason.
        """
        if not turns.acquire(blocking=False):
            raise ErrandFailed(f"{at_once} fetches are under way already")
        found: Future[Any] = Future()
        # A thread of its own, because looking up a name cannot be interrupted; a daemon, so that
        # such a one does not hold up the end of the process.
        try:
            threading.Thread(target=_fetch, args=(url, found, turns), daemon=True).start()
        except RuntimeError:
            turns.release()
            raise ErrandFailed("no thread can be started for a fetch") from None
        try:
            return found.result(timeout=SECONDS + PATIENCE)
        except TimeoutError:
            raise ErrandFailed(f"the source took more than {SECONDS:.0f} seconds") from None

    return fetch_json


def _fetch(url: str, found: "Future[Any]", turns: threading.Semaphore) -> None:
    import asyncio  # loaded by those who fetch, as aiohttp is

    try:
        found.set_result(asyncio.run(_fetched(url)))
    except OSError as error:  # there is no file descriptor left, not even for a loop
        found.set_exception(ErrandFailed(f"a fetch cannot begin: {type(error).__name__}"))
    except Exception as error:
        found.set_exception(error)
    finally:
        turns.release()


async def _fetched(url: str) -> Any:
    import aiohttp  # loaded by those who fetch: it is larger than the rest of the server

    timeout = aiohttp.ClientTimeout(total=SECONDS)
    try:
        # Nothing compressed is asked for or unpacked: 64 kB are what comes over the wire.
        async with aiohttp.ClientSession(
            timeout=timeout, auto_decompress=False, headers={"Accept-Encoding": "identity"}
        ) as client:
            return _value(await _body(client, url))
    except TimeoutError:
        raise ErrandFailed(f"the source took more than {SECONDS:.0f} seconds") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise ErrandFailed(f"the source failed with {type(error).__name__}") from None


async def _body(client: Any, url: str, redirects: int = 1) -> bytes:
    once = (_once(),)
    async with client.get(url, allow_redirects=False, middlewares=once) as response:
        if response.status in _REDIRECTS:
            target = urljoin(url, response.headers.get("Location", ""))
            if _origin(target) != _origin(url):
                raise ErrandFailed("the source redirects to another origin")
            if not redirects:
                raise ErrandFailed("the source redirects more than once")
            return await _body(client, target, redirects - 1)
        if response.status != 200:
            raise ErrandFailed(f"the source answers {response.status}")
        body = b""
        while len(body) <= LIMIT and (part := await response.content.read(LIMIT + 1 - len(body))):
            body += part
        if len(body) > LIMIT:
            raise ErrandFailed(f"the source sends more than {LIMIT:,} bytes")
        return body


def _once() -> Any:
    """A middleware that lets one request pass: aiohttp sends a GET again that nobody answered."""
    passed: list[Any] = []

    async def once(request: Any, handler: Any) -> Any:
        if passed:
            raise ErrandFailed("the source hangs up without an answer")
        passed.append(request)
        return await handler(request)

    return once


def _origin(url: str) -> tuple[str, str | None, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443}.get(parts.scheme, 80)


def _value(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise ErrandFailed("the source sends no JSON") from None
