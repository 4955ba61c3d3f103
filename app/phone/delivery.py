"""Sending a text to a webhook the way Twilio does: signed, with the pair's cookie."""

import http.client
from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit

from app.phone.answers import Answer
from app.phone.jar import CookieJar
from app.phone.parameters import inbound
from app.phone.signing import sign

SECONDS = 15
"""How long Twilio waits for an answer."""


class NotDelivered(Exception):
    """Nothing answered at the webhook's address; the message says where and why."""


class Phone:
    """One number that texts another, through the webhook at `url`, and keeps their cookie jar."""

    def __init__(
        self, url: str, auth_token: str, from_: str, to: str, jar: CookieJar | None = None
    ) -> None:
        self.url, self.from_, self.to = url, from_, to
        self.jar = jar or CookieJar()
        self._auth_token = auth_token

    def __repr__(self) -> str:
        return "Phone(…)"

    def text(self, body: str, media_urls: Sequence[str] = ()) -> Answer:
        """Send one text and keep the cookie of its answer. Raises NotDelivered."""
        parameters = inbound(self.from_, self.to, body, media_urls)
        headers = {
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": sign(self.url, parameters, self._auth_token),
        }
        if cookie := self.jar.header():
            headers["Cookie"] = cookie
        answer = post(self.url, urlencode(parameters).encode(), headers)
        for set_cookie in answer.set_cookies:
            self.jar.keep(set_cookie)
        return answer


def post(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """One HTTP POST; no redirect is followed. Raises NotDelivered."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = connect(parts.hostname or "", parts.port, timeout=SECONDS)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", target, body, headers)
        response = connection.getresponse()
        content = response.read()
    except (OSError, http.client.HTTPException) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise NotDelivered(f"Nothing answers at {parts.scheme}://{parts.netloc}: {why}") from error
    finally:
        connection.close()
    cookies = tuple(response.headers.get_all("Set-Cookie", []))
    return Answer(response.status, content, cookies)
