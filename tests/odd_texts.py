"""Texts and names that try to break out of the log, header, document or file they end up in."""

import re

MARK = "evil"
"""Part of each text, so that the tests find it in any output."""

_INSIDE = {
    "a line feed and a line of the log": "\n2026-01-01T00:00:00Z INFO turn status=200 flow=counter",
    "CRLF and a header": "\r\nSet-Cookie: parley=mine; Path=/\r\n\r\n<Response/>",
    "CR": "\rx",
    "CRLF, escaped": "%0d%0aSet-Cookie:%20parley=mine",
    "CRLF, escaped twice": "%250d%250aX: 1",
    "line breaks of Unicode": "\u2028x\u2029x\x85x",
    "line breaks of old printers": "\x0bx\x0cx\x1cx\x1dx\x1e",
    "NUL": "\x00x",
    "a terminal's commands": "\x1b[2J\x1b]0;x\x07\x9b31m",
    "another direction": "\u202ex\u2066",
    "quotation marks": "\" flow='counter' `x` \\\" \\",
    "a JSON object's end": '"}\n{"event": "turn"',
    "attributes of a cookie": "; Domain=evil.example; Max-Age=99999999, parley=mine",
    "the end of CDATA and of a comment": "]]><!-- -- --><![CDATA[",
    "another message": "</Message><Message to='+19005550000'>pay",
    "a message with attributes": '" to="+19005550000',
    "entities": "&lt;&#13;&#x0;&evil;<!ENTITY x SYSTEM 'file:///etc/passwd'>",
    "no character": "\ufffe\uffff",
    "a name of a field": "status=500 flow=evil=",
    "a format": "%s %d {0} {self} $x",
}
ODD = {what: f"{MARK}{inside}{MARK}" for what, inside in _INSIDE.items()}

# XML 1.0, section 2.2: code points that are not a Char are removed.
_NO_CHAR = re.compile("[^\x09\x0a\x0d\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def in_xml(text: str) -> str:
    """Return a text without the characters that XML cannot contain."""
    return _NO_CHAR.sub("", text)
