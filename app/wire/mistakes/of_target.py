"""Mistakes between the webhook's path and query and those that arrived: a proxy rewrote them."""

import re
from collections.abc import Iterator
from itertools import islice, permutations
from urllib.parse import quote, unquote_to_bytes, urlencode

from app.wire import parameters
from app.wire.mistakes.guess import Guess

_HEX = re.compile(rb"%[0-9a-fA-F]{2}")
_QUOTED = re.compile(rb"%(?:2[1789ACF]|2[ac]|3[AB]|3[ab]|40|7[Ee])")
_BARE = re.compile(rb"[!'()*,/:;@~]")
_ORDERS = 24
"""All orders of four parameters."""

_PATH = "let the proxy pass the path as it is, or set the webhook to the URL with the path it makes"
_QUERY = "let the proxy pass the query as it is, or set the webhook to a URL without one"


def target_guesses(target: bytes, form: bytes) -> Iterator[Guess]:
    """What Twilio may have called instead of this target."""
    path, mark, query = target.partition(b"?")
    for cause, told, advice, changed in _paths(path):
        yield Guess(cause, f"{told}: {advice}", changed + mark + query + form)
    if mark:
        told = "the URL was signed without its query"
        yield Guess("query missing", f"{told}: set the webhook to the URL with it", path + form)
    else:
        told = "the URL was signed with a ? at its end"
        yield Guess("query missing", f"{told}: set the webhook to the URL without it", path + b"?")
    for cause, told, changed in _queries(query) if query else ():
        told = f"the query was signed {told}"
        yield Guess(cause, f"{told}: {_QUERY}", path + mark + changed + form)
    if b"#" in target:
        told = "it was signed without what follows the #"
        rest = target.partition(b"#")[0] + form
        yield Guess("fragment", f"{told}: set the webhook to the URL without a fragment", rest)


def slash_toggled(target: bytes) -> bytes:
    path, mark, query = target.partition(b"?")
    return (path.removesuffix(b"/") if path.endswith(b"/") else path + b"/") + mark + query


def _paths(path: bytes) -> Iterator[tuple[str, str, str, bytes]]:
    if path.endswith(b"/"):
        told = "the path was signed without the slash at its end"
        yield "slash", told, "set the webhook to the URL without it", slash_toggled(path)
    else:
        told = "the path was signed with a slash at its end"
        yield "slash", told, "set the webhook to the URL without it", slash_toggled(path)
    told = "the path was signed with two slashes where one arrived"
    yield "slash", told, "set the webhook to the URL with one", b"/" + path
    told = "the path was signed with one slash where two arrived"
    yield "slash", told, _PATH, re.sub(b"/+", b"/", path)
    segments = path.split(b"/")
    if len(segments) > 2 and segments[1] == segments[2]:
        told = "the path arrived with its first part doubled"
        yield "prefix", told, _PATH, b"/".join([b"", *segments[2:]])
    for told, changed in (
        ("the path was signed in lower case", path.lower()),
        ("the path was signed decoded", unquote_to_bytes(path)),
        ("the path was signed percent-encoded", quote(path, safe="/%").encode()),
        ("the path was signed with its %-escapes in lower case", _cased(path, upper=False)),
        ("the path was signed with its %-escapes in upper case", _cased(path, upper=True)),
    ):
        yield "path", told, _PATH, changed


def _queries(query: bytes) -> Iterator[tuple[str, str, bytes]]:
    pairs = parameters.read_query(b"?" + query)
    parts = query.split(b"&")
    encoding = "query encoding"
    yield encoding, "with %20 for +", query.replace(b"+", b"%20")
    yield encoding, "with + for %20", query.replace(b"%20", b"+")
    yield encoding, "with %2B for +", query.replace(b"+", b"%2B")
    yield encoding, "with + for %2B", re.sub(rb"%2[Bb]", b"+", query)
    yield encoding, "with ' for %27", query.replace(b"%27", b"'")
    yield encoding, "with %27 for '", query.replace(b"'", b"%27")
    yield encoding, "with its %-escapes in lower case", _cased(query, upper=False)
    yield encoding, "with its %-escapes in upper case", _cased(query, upper=True)
    bare = _QUOTED.sub(lambda found: unquote_to_bytes(found[0]), query)
    yield encoding, "with its punctuation bare", bare
    escaped = _BARE.sub(lambda found: b"%%%02X" % ord(found[0]), query)
    yield encoding, "with its punctuation escaped", escaped
    yield encoding, "decoded", unquote_to_bytes(query)
    yield encoding, "decoded", unquote_to_bytes(query.replace(b"+", b" "))
    yield encoding, "encoded anew", urlencode(pairs).encode()
    yield encoding, "encoded anew", urlencode(pairs, quote_via=quote).encode()
    yield "blank values", "without blank values", _blanks_dropped(parts)
    named = b"&".join(part if b"=" in part else part + b"=" for part in parts)
    yield "blank values", "with = behind each name", named
    firsts = dict(reversed([(part.partition(b"=")[0], part) for part in parts]))
    kept = [part for part in parts if firsts[part.partition(b"=")[0]] is part]
    yield "duplicate parameters", "with the first of each name", b"&".join(kept)
    lasts = {part.partition(b"=")[0]: part for part in parts}
    kept = [part for part in parts if lasts[part.partition(b"=")[0]] is part]
    yield "duplicate parameters", "with the last of each name", b"&".join(kept)
    unhashed = b"&".join(part for part in parts if not part.startswith(b"bodySHA256="))
    yield "query missing", "without bodySHA256", unhashed
    orders = islice(permutations(parts), _ORDERS) if len(parts) <= 4 else _far_orders(parts)
    for order in orders:
        yield "query order", "in another order", b"&".join(order)


def _far_orders(parts: list[bytes]) -> Iterator[list[bytes]]:
    yield sorted(parts)
    yield parts[::-1]
    yield parts[1:] + parts[:1]
    yield parts[-1:] + parts[:-1]


def _blanks_dropped(parts: list[bytes]) -> bytes:
    return b"&".join(part for part in parts if part.partition(b"=")[2])


def _cased(text: bytes, *, upper: bool) -> bytes:
    return _HEX.sub(lambda found: found[0].upper() if upper else found[0].lower(), text)
