"""Request bodies and query strings, read into the parameters that Twilio names."""

import json
import re
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes

Pairs = list[tuple[str, str]]
"""Names and values in the order in which they arrived, repeated names and blank values kept."""

MOST_FIELDS = 1_000
"""Fields of a form; Twilio sends some thirty. A stranger's 500,000 would cost half a second."""
FORM = "application/x-www-form-urlencoded"
LONG = 10_000
"""Characters of a name or value, from which on its escapes are looked for in another way."""

_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")


class UnreadableBody(Exception):
    """A body that is not what its content type says; the message says how."""


def media_type(content_type: str) -> str:
    """The MIME type of a `Content-Type` header, in lower case, without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def is_json(content_type: str) -> bool:
    """Whether a `Content-Type` header names JSON: `application/json` or any `+json`."""
    kind = media_type(content_type)
    return kind == "application/json" or kind.endswith("+json")


def read_form(body: bytes) -> Pairs:
    """The pairs of a URL-encoded form; raises UnreadableBody where it is no valid UTF-8, or has
    over 1,000 fields.
    """
    if body.count(b"&") >= MOST_FIELDS:
        raise UnreadableBody(f"the form has over {MOST_FIELDS:,} fields")
    try:
        return _pairs(body.decode())
    except UnicodeDecodeError:
        raise UnreadableBody("the form is no valid UTF-8") from None


def _pairs(text: str) -> Pairs:
    """What `parse_qsl` makes of a form with blank values kept, at a third of its cost; raises
    UnicodeDecodeError where its escapes are no valid UTF-8.
    """
    pairs = []
    for field in text.replace("+", " ").split("&"):
        if field:
            name, _, value = field.partition("=")
            if "%" in value:
                value = _unescaped(value)
            if "%" in name:
                name = _unescaped(name)
            pairs.append((name, value))
    return pairs


def _unescaped(text: str) -> str:
    """The text behind its escapes; a `%` that begins none stays. Of a megabyte of those, the
    library's way takes half a second, and anybody may send it.
    """
    if len(text) < LONG:
        return unquote_to_bytes(text).decode()
    return _ESCAPE.sub(lambda escape: bytes.fromhex(escape[1].decode()), text.encode()).decode()


def read_query(target: bytes) -> Pairs:
    """The pairs in the query of a raw request target; bytes that are no UTF-8 become U+FFFD."""
    query = target.partition(b"#")[0].partition(b"?")[2]
    if not query:
        return []
    return parse_qsl(query.decode(errors="replace"), keep_blank_values=True)


def read_json(body: bytes) -> Pairs:
    """The strings and numbers of a JSON object, numbers as they are written, the rest left out.

    Raises UnreadableBody where the body is no UTF-8, no JSON (NaN is none), or no object.
    """
    try:
        value = json.loads(body.decode(), parse_int=str, parse_float=str, parse_constant=_refused)
    except (ValueError, RecursionError):
        raise UnreadableBody("the body is no JSON in UTF-8") from None
    if not isinstance(value, dict):
        raise UnreadableBody("the JSON is no object")
    return [(name, each) for name, each in value.items() if isinstance(each, str)]


def _refused(constant: str) -> Any:
    raise ValueError(constant)
