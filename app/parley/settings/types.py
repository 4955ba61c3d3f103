"""Types for the settings of flows: each parses a text, validates it, and explains errors.

`PhoneNumber`, `Url` and the others are ordinary `str`, `bool` or `int` to a type checker. Write
your own as `Annotated[Colour, SettingType(read_colour)]`.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from urllib.parse import urlsplit

from parley.twilio.facts import PHONE_NUMBER

_ADDRESS = re.compile(rf"(whatsapp:)?{PHONE_NUMBER}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}")


@dataclass(frozen=True)
class SettingType:
    """A parser and a formatter for a setting.

    `read` returns the value, or raises ValueError with the text after the name of the setting:
    `raise ValueError("is not a colour. Write red or blue.")`. `show` omits private parts. `about`
    describes valid values in a few words, for the tables of settings. A secret can be in a file
    (`NAME_FILE`), and only its fingerprint is shown.
    """

    read: Callable[[str], Any]
    show: Callable[[Any], str] = str
    about: str = ""
    is_secret: bool = False


def _whole_number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError("is not a whole number. Write it in digits, like 12.")
    return int(text)


def _switch(text: str) -> bool:
    written = {"on": True, "1": True, "off": False, "0": False}
    if text not in written:
        raise ValueError("is not a switch. Set it to on or off.")
    return written[text]


def _phone_number(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise ValueError(
            "is not a phone number. Write it in full, like +15551230000 or whatsapp:+15551230000."
        )
    return text


def is_url(text: str) -> bool:
    """Return whether a text is a complete http or https URL."""
    try:
        parts = urlsplit(text)
        names_a_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    is_clean = text.isprintable() and not any(each.isspace() for each in text)
    return names_a_host and is_clean and parts.scheme in ("http", "https")


def _url(text: str) -> str:
    if not is_url(text):
        raise ValueError("is not a URL. Write it in full, like https://example.com/path.")
    return text


def _file(text: str) -> str:
    try:
        with Path(text).open("rb"):
            return text
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "the name is not valid"
        raise ValueError(f"names {text}, which cannot be read: {why}.") from None


def folder_problem(path: str, *, is_written: bool) -> str:
    """Return why a folder cannot be read, or written to; empty if it can."""
    access, what = (os.W_OK, "written to") if is_written else (os.R_OK, "read")
    if Path(path).is_dir() and os.access(path, access | os.X_OK):
        return ""
    return (
        f"names {path}, which is not a folder that can be {what}. Make the folder, or correct the "
        "setting."
    )


def _without_private_parts(url: str) -> str:
    """Return the URL without its user, password and query."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _masked(address: str) -> str:
    return f"{address[:5]}…{address[-2:]}" if address.startswith("+") else "whatsapp"


_TEXT = SettingType(str)
_INTEGER = SettingType(_whole_number, about="a whole number")
_SWITCH = SettingType(_switch, lambda on: "on" if on else "off", "`on` or `off`")

Switch = Annotated[bool, _SWITCH]
"""`on` or `off`, also written `1` or `0`."""
PhoneNumber = Annotated[
    str, SettingType(_phone_number, _masked, "a phone number, like `+15551230000`")
]
"""A number in full (E.164), or a WhatsApp address: `whatsapp:+15551230000`."""
Url = Annotated[str, SettingType(_url, _without_private_parts, "a URL, `https://` or `http://`")]
"""A complete http or https URL."""
File = Annotated[str, SettingType(_file, about="the path of a file")]
"""The path of a file that can be read when the server starts."""
Secret = Annotated[str, SettingType(str, lambda _: "…", "a secret", is_secret=True)]
"""A password or key: it can be in the file in `NAME_FILE`, and is never shown."""

_PLAIN = {str: _TEXT, int: _INTEGER, bool: _SWITCH}


def setting_type(annotation: Any) -> SettingType:
    """Return the setting type of an annotation.

    `X | None` is read like `X`, and `Literal["a", "b"]` accepts one of its texts. Raises TypeError
    for any other annotation.
    """
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        given = [each for each in arguments[1:] if isinstance(each, SettingType)]
        return given[-1] if given else setting_type(arguments[0])
    if origin in (Union, UnionType):
        others = [each for each in arguments if each is not NoneType]
        if len(others) == 1:
            return setting_type(others[0])
    if origin is Literal and all(isinstance(each, str) for each in arguments):
        return _choice(arguments)
    if found := _PLAIN.get(annotation) if isinstance(annotation, type) else None:
        return found
    raise TypeError(f"{_named(annotation)} is not a type of settings")


def setting_meaning(annotation: Any) -> str:
    """Return the meaning of a setting: the text in `Annotated[PhoneNumber, "the owner"]`."""
    if get_origin(annotation) is not Annotated:
        return ""
    texts = [each for each in get_args(annotation)[1:] if isinstance(each, str)]
    return texts[-1] if texts else ""


def _choice(choices: tuple[str, ...]) -> SettingType:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"is not one of its choices. Set it to {' or '.join(choices)}.")
        return text

    return SettingType(read, about=" or ".join(f"`{each}`" for each in choices))


def _named(annotation: Any) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)
