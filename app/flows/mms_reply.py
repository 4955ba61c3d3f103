import re
from typing import Annotated, Any

from parley import Http, Message, Outgoing, Reply, ServiceError, Session, Url

DOGS = "https://dog.ceo/api/breed/shiba/images/random"

_PICTURE = re.compile(r"https://[!-~]+")


def mms_reply(
    message: Message,
    session: Session,
    *,
    http: Http,
    mms_source_url: Annotated[Url, "the address that returns a picture"] = DOGS,
) -> Reply:
    """Reply with a picture of a dog."""
    try:
        picture = _picture(http.get_json(mms_source_url))
    except ServiceError as error:
        sorry = f"Hello, {message.from_}! No doge today, please try again later."
        return Reply(sorry, note=f"no picture: {error}")
    return Reply(Outgoing(f"Hello, {message.from_}! Enjoy this doge!", media_urls=(picture,)))


def _picture(found: Any) -> str:
    """Return the URL in the source's response, {"message": "https://…"}. Raises ServiceError."""
    url = found.get("message") if isinstance(found, dict) else None
    if not isinstance(url, str) or not _PICTURE.fullmatch(url):
        raise ServiceError("the source's response has no https URL in `message`")
    return url
