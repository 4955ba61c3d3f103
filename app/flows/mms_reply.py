import re
from collections.abc import Callable
from typing import Any

from app.conversation import ErrandFailed, Message, Outgoing, Reply, Session

_PICTURE = re.compile(r"https://[!-~]+")


def mms_reply(
    message: Message, session: Session, *, mms_source_url: str, fetch_json: Callable[[str], Any]
) -> Reply:
    """Answer with a picture of a dog."""
    try:
        picture = _picture(fetch_json(mms_source_url))
    except ErrandFailed as error:
        sorry = f"Hello, {message.from_}! No doge today, please try again later."
        return Reply(sorry, note=f"no picture: {error}")
    return Reply(Outgoing(f"Hello, {message.from_}! Enjoy this doge!", media_urls=(picture,)))


def _picture(found: Any) -> str:
    """The URL in what the source sent, of the form {"message": "https://…"}."""
    url = found.get("message") if isinstance(found, dict) else None
    if not isinstance(url, str) or not _PICTURE.fullmatch(url):
        raise ErrandFailed("the source names no https URL in its message")
    return url
