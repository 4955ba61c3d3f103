"""The signed parts of a request, and the changes that proxies and wrong signers make to them."""

import html
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import permutations
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlencode

from parley.twilio import parameters
from parley.twilio.parameters import FORM, Pairs, UnreadableBody, encoded
from parley.twilio.signature import Received, signed_form

MOST_ORDERED = 5
"""Maximum number of query parameters for which all orders are tried: 120 orders."""
MOST_MOVED = 12
"""Maximum number of query parameters of which each is moved to each place: 132 orders."""

_ESCAPE = re.compile(rb"%[0-9a-fA-F]{2}")
_ESCAPED_PUNCTUATION = re.compile(rb"%(?:2[1789ACF]|2[ac]|3[AB]|3[ab]|40|7[Ee])")
_PUNCTUATION = re.compile(rb"[!'()*,/:;@~]")
_PLACES = ("City", "State", "Zip", "Country")
_FROM = tuple(f"From{place}" for place in _PLACES)
_TO = tuple(f"To{place}" for place in _PLACES)
_OFTEN_BLANK: tuple[tuple[str, ...], ...] = (
    *(_FROM + _TO, (*_FROM, *_TO, "Body"), _FROM, _TO, ("Body",), _FROM[:3], _TO[:3]),
    *((name,) for name in _FROM + _TO),
    *zip(_FROM, _TO, strict=True),
    *(_FROM[:3] + _TO[:3], (*_FROM[:3], *_TO[:3], "Body")),
)
"""Parameters that Twilio sends blank, in the groups in which they are blank together."""


class Request(NamedTuple):
    """The parts that a signature can cover: path, query (None without `?`), form, and raw body.

    Invalid UTF-8 in the form is replaced by U+FFFD; `form` is empty for any other body.
    """

    path: bytes
    query: bytes | None
    form: Pairs
    body: bytes
    content_type: str

    @classmethod
    def of(cls, received: Received) -> "Request":
        path, mark, query = received.target.partition(b"?")
        is_form = parameters.media_type(received.content_type) == FORM
        form = _pairs(received.body.decode(errors="replace")) if is_form else []
        return cls(path, query if mark else None, form, received.body, received.content_type)

    @property
    def is_form(self) -> bool:
        return parameters.media_type(self.content_type) == FORM

    def url(self) -> bytes:
        return self.path if self.query is None else self.path + b"?" + self.query

    def signed(self) -> bytes:
        return self.signed_with(self.form)

    def signed_with(self, form: Pairs) -> bytes:
        """The signed text of this request with another form."""
        return self.url() + signed_form(encoded(form))


def _pairs(text: str) -> Pairs:
    return parse_qsl(text, keep_blank_values=True)


# The path and the query


def single_slashes(path: bytes) -> bytes:
    return re.sub(b"/+", b"/", path)


def without_doubled_start(path: bytes) -> bytes:
    """`/p/p/sms` becomes `/p/sms`."""
    parts = path.split(b"/")
    doubled = len(parts) > 2 and parts[1] == parts[2]
    return b"/".join([b"", *parts[2:]]) if doubled else path


def lower_escapes(text: bytes) -> bytes:
    return _ESCAPE.sub(lambda found: found[0].lower(), text)


def upper_escapes(text: bytes) -> bytes:
    return _ESCAPE.sub(lambda found: found[0].upper(), text)


def bare_punctuation(text: bytes) -> bytes:
    return _ESCAPED_PUNCTUATION.sub(lambda found: unquote_to_bytes(found[0]), text)


def escaped_punctuation(text: bytes) -> bytes:
    return _PUNCTUATION.sub(lambda found: b"%%%02X" % ord(found[0]), text)


def encoded_by_plus(query: bytes) -> bytes:
    return urlencode(parameters.read_query(b"?" + query)).encode()


def encoded_by_percent(query: bytes) -> bytes:
    return urlencode(parameters.read_query(b"?" + query), quote_via=quote).encode()


def without_blank_parts(query: bytes) -> bytes:
    return b"&".join(part for part in query.split(b"&") if part.partition(b"=")[2])


def with_equals_signs(query: bytes) -> bytes:
    return b"&".join(part if b"=" in part else part + b"=" for part in query.split(b"&"))


def first_parts(query: bytes) -> bytes:
    """The first of the parts with each name."""
    firsts: dict[bytes, bytes] = {}
    for part in query.split(b"&"):
        firsts.setdefault(part.partition(b"=")[0], part)
    return b"&".join(firsts.values())


def last_parts(query: bytes) -> bytes:
    """The last of the parts with each name."""
    parts = query.split(b"&")
    lasts = {part.partition(b"=")[0]: number for number, part in enumerate(parts)}
    return b"&".join(parts[number] for number in sorted(lasts.values()))


def without_hash(query: bytes) -> bytes | None:
    parts = [part for part in query.split(b"&") if not part.startswith(b"bodySHA256=")]
    return b"&".join(parts) if parts else None


def is_sorted(request: Request) -> bool:
    """Return whether the parameters of the query arrived sorted by name."""
    names = [part.partition(b"=")[0] for part in (request.query or b"").split(b"&")]
    return names == sorted(names)


def orders(request: Request) -> Iterator[bytes]:
    """Yield the query in other orders: all for up to five parameters, otherwise likely ones."""
    parts = (request.query or b"").split(b"&")
    if len(parts) <= MOST_ORDERED:
        found: Iterable[Iterable[bytes]] = permutations(parts)
    else:
        moved = _with_one_moved(parts) if len(parts) <= MOST_MOVED else ()
        found = (sorted(parts), parts[::-1], *moved)
    for each in found:
        yield request._replace(query=b"&".join(each)).signed()


def _with_one_moved(parts: list[bytes]) -> Iterator[list[bytes]]:
    for number, part in enumerate(parts):
        others = parts[:number] + parts[number + 1 :]
        for place in range(len(parts)):
            yield [*others[:place], part, *others[place:]]


def without_fragment(request: Request) -> list[bytes]:
    return [request.url().partition(b"#")[0] + signed_form(encoded(request.form))]


# Parameters in the wrong place


def query_as_form(request: Request) -> list[bytes]:
    asked = parameters.read_query(b"?" + (request.query or b""))
    forms = ([*asked, *request.form], asked) if asked else ()
    return [request.path + signed_form(encoded(form)) for form in forms]


def query_twice(request: Request) -> list[bytes]:
    asked = parameters.read_query(b"?" + (request.query or b""))
    return [request.signed_with([*asked, *request.form])]


def form_as_query(request: Request) -> Iterator[bytes]:
    form = request.form
    if form:
        joint = b"?" if request.query is None else b"&"
        for encoded in (
            request.body,
            urlencode(form).encode(),
            urlencode(form, quote_via=quote).encode(),
        ):
            yield request.url() + joint + encoded
            yield request.path + b"?" + encoded


def body_as_form(request: Request) -> list[bytes]:
    if request.is_form:
        return []
    with suppress(UnreadableBody):
        return [request.signed_with(parameters.read_form(request.body))]
    return []


def json_as_form(request: Request) -> list[bytes]:
    if parameters.is_json(request.content_type):
        with suppress(UnreadableBody):
            return [request.signed_with(parameters.read_json(request.body))]
    return []


# The form


def without_blanks(form: Pairs) -> Pairs:
    return [(name, value) for name, value in form if value]


def first_values(form: Pairs) -> Pairs:
    return list(dict(reversed(form)).items())


def last_values(form: Pairs) -> Pairs:
    return list(dict(form).items())


def joined_values(form: Pairs, comma: str) -> Pairs:
    together: dict[str, list[str]] = {}
    for name, value in form:
        together.setdefault(name, []).append(value)
    return [(name, comma.join(values)) for name, values in together.items()]


def names_once(form: Pairs) -> list[str]:
    """Each name followed by all of its values."""
    together = dict(joined_values(sorted(form), ""))
    return [name + values for name, values in sorted(together.items())]


def with_blanks(request: Request) -> Iterator[bytes]:
    """Yield the form with blank parameters that it may have had."""
    present = {name for name, _ in request.form}
    for names in _OFTEN_BLANK if request.is_form else ():
        blanks = [(name, "") for name in names if name not in present]
        yield request.signed_with([*request.form, *blanks])


def with_spaces_around_body(request: Request) -> Iterator[bytes]:
    for before, after in (("", " "), (" ", ""), (" ", " "), ("", "\n"), ("", "\r\n"), ("\n", "")):
        yield request.signed_with(
            [
                (name, f"{before}{value}{after}" if name == "Body" else value)
                for name, value in request.form
            ]
        )


def in_charset(charset: str) -> Callable[[bytes], Pairs]:
    """Return a reader for a form whose escapes are in a charset other than UTF-8."""
    return lambda body: parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding=charset)


def without_invalid_utf8(body: bytes) -> Pairs:
    return parse_qsl(body.decode(errors="ignore"), keep_blank_values=True, errors="ignore")


def with_plus_signs(body: bytes) -> Pairs:
    return _pairs(body.replace(b"+", b"%2B").decode(errors="replace"))


def still_encoded(body: bytes) -> Pairs:
    parts = [part.partition("=") for part in body.decode(errors="replace").split("&")]
    return [(name, value) for name, _, value in parts]


def with_plus_at_the_start(form: Pairs) -> Pairs:
    return [(name, f"+{value[1:]}" if value.startswith(" ") else value) for name, value in form]


def encoded_once(value: str) -> str:
    """Return a value that was encoded in UTF-8 twice, encoded once."""
    with suppress(UnicodeError):
        return value.encode("latin-1").decode()
    return value


def lf(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\r", "\n")


def crlf(value: str) -> str:
    return lf(value).replace("\n", "\r\n")


def unescaped_html(value: str) -> str:
    return html.unescape(value)
