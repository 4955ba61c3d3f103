"""The table of candidates for what was signed instead of the request as it arrived."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote, unquote, unquote_to_bytes

from parley.diagnosis import changes
from parley.diagnosis.changes import Request
from parley.twilio.parameters import Pairs

Signed = Callable[[Request], Iterable[bytes]]
"""Returns texts that may have been signed; none if the candidate does not apply to the request."""


class Candidate(NamedTuple):
    """One possible mistake.

    `cause` is a constant; `finding` and `next_step` are for the operator, without request data. The
    signed texts are without scheme, host and prefix.
    """

    cause: str
    finding: str
    next_step: str
    signed: Signed


KEEP_PATH = "let the proxy pass the path unchanged"
KEEP_QUERY = (
    "let the proxy pass the query unchanged, or set the webhook to POST to a URL without a query"
)
SORT_QUERY = "write the parameters in the webhook's query sorted by name"
KEEP_BODY = "let the proxy pass the body unchanged"
KEEP_METHOD = "let the proxy pass the method unchanged"
SIGN_AS_SENT = "sign the URL and the form exactly as they are sent"
SIGN_HASH = "sign the URL with bodySHA256, or send a form"


def signed_texts(request: Request) -> Iterator[tuple[Candidate, bytes]]:
    """Yield the texts of all candidates, each text once, the likeliest candidate first."""
    seen = {request.signed()}
    for candidate in TABLE:
        for text in candidate.signed(request):
            if text not in seen:
                seen.add(text)
                yield candidate, text


def _path(change: Callable[[bytes], bytes]) -> Signed:
    return lambda request: [request._replace(path=change(request.path)).signed()]


def _query(change: Callable[[bytes], bytes | None]) -> Signed:
    return lambda request: (
        [request._replace(query=change(request.query)).signed()] if request.query else []
    )


def _form(change: Callable[[Pairs], Pairs]) -> Signed:
    return lambda request: [request.signed_with(change(request.form))]


def _joined(change: Callable[[Pairs], Iterable[str]]) -> Signed:
    """Return a candidate for a form whose pairs are joined differently."""
    return lambda request: [
        request.url() + "".join(change(request.form)).encode(errors="surrogatepass")
    ]


def _body(change: Callable[[bytes], Pairs]) -> Signed:
    """Return a candidate for a form that is parsed differently from the body."""
    return lambda request: [request.signed_with(change(request.body))] if request.form else []


def _values(change: Callable[[str], str]) -> Signed:
    return _form(lambda form: [(name, change(value)) for name, value in form])


_PATHS: tuple[tuple[str, str, str, Callable[[bytes], bytes]], ...] = (
    (
        "slash",
        "with a slash at its end, and arrived without",
        "set the webhook to the URL without the slash at its end",
        lambda path: path if path.endswith(b"/") else path + b"/",
    ),
    (
        "slash",
        "without a slash at its end, and arrived with one",
        f"{KEEP_PATH}, or set the webhook to the URL with a slash at its end",
        lambda path: path.removesuffix(b"/"),
    ),
    (
        "slash",
        "with two slashes at its start, and arrived with one",
        "set the webhook to the URL with one slash before the path",
        lambda path: b"/" + path,
    ),
    ("slash", "with one slash, and arrived with several", KEEP_PATH, changes.single_slashes),
    ("prefix", "with its first part once", KEEP_PATH, changes.without_doubled_start),
    ("path", "in lower case", KEEP_PATH, bytes.lower),
    ("path", "decoded", KEEP_PATH, unquote_to_bytes),
    ("path", "percent-encoded", KEEP_PATH, lambda path: quote(path, safe="/%").encode()),
    ("path", "with its escapes in lower case", KEEP_PATH, changes.lower_escapes),
    ("path", "with its escapes in upper case", KEEP_PATH, changes.upper_escapes),
)
_QUERIES: tuple[tuple[str, str, Callable[[bytes], bytes]], ...] = (
    ("query encoding", "with %20 for +", lambda query: query.replace(b"+", b"%20")),
    ("query encoding", "with + for %20", lambda query: query.replace(b"%20", b"+")),
    ("query encoding", "with %2B for +", lambda query: query.replace(b"+", b"%2B")),
    (
        "query encoding",
        "with + for %2B",
        lambda query: query.replace(b"%2B", b"+").replace(b"%2b", b"+"),
    ),
    ("query encoding", "with ' for %27", lambda query: query.replace(b"%27", b"'")),
    ("query encoding", "with %27 for '", lambda query: query.replace(b"'", b"%27")),
    ("query encoding", "with its escapes in lower case", changes.lower_escapes),
    ("query encoding", "with its escapes in upper case", changes.upper_escapes),
    ("query encoding", "with its punctuation unescaped", changes.bare_punctuation),
    ("query encoding", "with its punctuation escaped", changes.escaped_punctuation),
    ("query encoding", "decoded", unquote_to_bytes),
    ("query encoding", "decoded", lambda query: unquote_to_bytes(query.replace(b"+", b" "))),
    ("query encoding", "encoded again, with + for a space", changes.encoded_by_plus),
    ("query encoding", "encoded again, with %20 for a space", changes.encoded_by_percent),
    ("blank values", "without blank values", changes.without_blank_parts),
    ("blank values", "with = after each name", changes.with_equals_signs),
    ("duplicate parameters", "with the first value of each name", changes.first_parts),
    ("duplicate parameters", "with the last value of each name", changes.last_parts),
)
_FORMS_SIGNED_WRONGLY: tuple[tuple[str, str, Signed], ...] = (
    ("blank values", "without its blank values", _form(changes.without_blanks)),
    ("duplicate parameters", "with the first value of each name", _form(changes.first_values)),
    ("duplicate parameters", "with the last value of each name", _form(changes.last_values)),
    (
        "duplicate parameters",
        "with equal pairs more than once",
        _joined(lambda form: (name + value for name, value in sorted(form))),
    ),
    (
        "duplicate parameters",
        "with the values of a name joined by commas",
        lambda request: [
            request.signed_with(changes.joined_values(request.form, comma)) for comma in (",", ", ")
        ],
    ),
    (
        "duplicate parameters",
        "with a repeated name only once",
        _joined(changes.names_once),
    ),
    (
        "parameter order",
        "in the order in which it was sent, not by name",
        _joined(lambda form: (name + value for name, value in form)),
    ),
    (
        "parameter separators",
        "with = and & in between",
        _joined(lambda form: ["&".join(f"{name}={value}" for name, value in sorted(set(form)))]),
    ),
    ("trimmed values", "with its values trimmed", _values(str.strip)),
    ("trimmed values", "with its values trimmed at their end", _values(str.rstrip)),
    (
        "body re-encoded",
        "as raw bytes, not by its parameters",
        lambda request: [request.url() + request.body] if request.is_form else [],
    ),
    ("body re-encoded", "with its values still percent-encoded", _body(changes.still_encoded)),
)
_FORMS_REWRITTEN: tuple[tuple[str, str, Signed], ...] = (
    ("body re-encoded", "with + where it arrived with a space", _body(changes.with_plus_signs)),
    ("body re-encoded", "with the + of a number", _form(changes.with_plus_at_the_start)),
    ("body re-encoded", "as Latin-1, not as UTF-8", _body(changes.in_charset("latin-1"))),
    ("body re-encoded", "as Windows-1252, not as UTF-8", _body(changes.in_charset("cp1252"))),
    ("body re-encoded", "without its invalid UTF-8", _body(changes.without_invalid_utf8)),
    ("body re-encoded", "with its line breaks as CRLF", _values(changes.crlf)),
    ("body re-encoded", "with its line breaks as LF", _values(changes.lf)),
    ("body re-encoded", "with its values decoded once more", _values(unquote)),
    ("body re-encoded", "with spaces for +", _values(lambda value: value.replace("+", " "))),
    ("body re-encoded", "with + for spaces", _values(lambda value: value.replace(" ", "+"))),
    ("body re-encoded", "with its HTML entities resolved", _values(changes.unescaped_html)),
    ("body re-encoded", "with its UTF-8 encoded once", _values(changes.encoded_once)),
    ("trimmed values", "with white space around Body", changes.with_spaces_around_body),
    ("blank values", "with blank values, and arrived without", changes.with_blanks),
)

TABLE: tuple[Candidate, ...] = (
    *(
        Candidate(cause, f"the path was signed {how}", next_step, _path(change))
        for cause, how, next_step, change in _PATHS
    ),
    Candidate(
        "query missing",
        "the URL was signed without its query",
        "sign the URL with its query, and let the proxy add none",
        lambda request: [request._replace(query=None).signed()],
    ),
    Candidate(
        "query missing",
        "the URL was signed with a ? at its end",
        "set the webhook to the URL without the ?",
        lambda request: [] if request.query else [request._replace(query=b"").signed()],
    ),
    Candidate(
        "query missing",
        "the URL was signed without bodySHA256",
        "sign the URL with bodySHA256",
        _query(changes.without_hash),
    ),
    *(
        Candidate(cause, f"the query was signed {how}", KEEP_QUERY, _query(change))
        for cause, how, change in _QUERIES
    ),
    Candidate(
        "fragment",
        "the URL was signed without the fragment after the #",
        "call the URL without a fragment",
        changes.without_fragment,
    ),
    Candidate(
        "method",
        "the parameters of the query were signed as those of a form",
        f"{KEEP_METHOD}, and sign a GET by its URL alone",
        changes.query_as_form,
    ),
    Candidate(
        "method",
        "the parameters of the query were signed twice, in the URL and as those of a form",
        SIGN_AS_SENT,
        changes.query_twice,
    ),
    Candidate(
        "method",
        "the URL was signed without the parameters of the form",
        SIGN_AS_SENT,
        lambda request: [request.url()],
    ),
    Candidate(
        "method",
        "the parameters of the form were signed in the URL, as those of a GET",
        f"{KEEP_METHOD}, or set the webhook to POST",
        changes.form_as_query,
    ),
    Candidate(
        "content type",
        "the body was signed as a form, and arrived with another Content-Type",
        "send it as application/x-www-form-urlencoded, and let the proxy pass Content-Type",
        changes.body_as_form,
    ),
    Candidate("json", "the JSON was signed as if it were a form", SIGN_HASH, changes.json_as_form),
    Candidate(
        "body not covered",
        "the body was signed as raw bytes after the URL",
        SIGN_HASH,
        lambda request: [] if request.is_form else [request.url() + request.body],
    ),
    *(
        Candidate(cause, f"the form was signed {how}", KEEP_BODY, signed)
        for cause, how, signed in _FORMS_REWRITTEN
    ),
    *(
        Candidate(cause, f"the form was signed {how}", SIGN_AS_SENT, signed)
        for cause, how, signed in _FORMS_SIGNED_WRONGLY
    ),
    Candidate(
        "query order",
        "the query was signed in another order, and arrived sorted by name",
        SORT_QUERY,
        lambda request: changes.orders(request) if changes.is_sorted(request) else (),
    ),
    Candidate(
        "query order",
        "the query was signed in another order",
        KEEP_QUERY,
        lambda request: () if changes.is_sorted(request) else changes.orders(request),
    ),
)
"""Every candidate, the likeliest first."""
