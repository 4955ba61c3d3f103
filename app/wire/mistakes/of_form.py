"""Mistakes between the form that was signed and the one that arrived: it was parsed and made anew,
by a proxy or in a framework.
"""

import html
from collections.abc import Callable, Iterator
from contextlib import suppress
from urllib.parse import parse_qsl, unquote

from app.wire.algorithms import signed_form
from app.wire.mistakes.guess import Guess
from app.wire.parameters import Pairs

_PLACES = ("City", "State", "Zip", "Country")
_FROM = tuple(f"From{place}" for place in _PLACES)
_TO = tuple(f"To{place}" for place in _PLACES)
# What Twilio really sends blank, and so what is missing where blank values were dropped.
_OFTEN_BLANK: tuple[tuple[str, ...], ...] = (
    *(_FROM + _TO, (*_FROM, *_TO, "Body"), _FROM, _TO, ("Body",), _FROM[:3], _TO[:3]),
    *((name,) for name in _FROM + _TO),
    *zip(_FROM, _TO, strict=True),
    *(_FROM[:3] + _TO[:3], (*_FROM[:3], *_TO[:3], "Body")),
)

_BODY = "let the proxy pass the body as it is, and set no framework before the check"
_SIGN = "sign the form as it is sent, and set the webhook to POST"


def form_guesses(target: bytes, form: Pairs, body: bytes) -> Iterator[Guess]:
    """What may have been signed instead of this form, which was read from this body."""
    ways = (*_chosen(form), *_joined(form), *_reread(form, body)) if form else ()
    for cause, told, advice, text in ways:
        yield Guess(cause, f"the form was signed {told}: {advice}", target + text)
    for told, change in _CHANGES:
        text = signed_form([(name, change(value)) for name, value in form])
        cause = "trimmed values" if change in _TRIMMING else "body re-encoded"
        yield Guess(cause, f"the form was signed with {told}: {_BODY}", target + text)
    yield from _untrimmed(target, form)
    yield from _with_blanks(target, form)


def _chosen(form: Pairs) -> Iterator[tuple[str, str, str, bytes]]:
    """Some of the pairs."""
    kept = [(name, value) for name, value in form if value]
    yield "blank values", "without its blank values", _SIGN, signed_form(kept)
    firsts, lasts = dict(reversed(form)), dict(form)
    cause = "duplicate parameters"
    yield cause, "with the first of each name alone", _SIGN, signed_form(list(firsts.items()))
    yield cause, "with the last of each name alone", _SIGN, signed_form(list(lasts.items()))
    repeated = "".join(name + value for name, value in sorted(form))
    yield cause, "with equal pairs more than once", _SIGN, _bytes(repeated)


def _joined(form: Pairs) -> Iterator[tuple[str, str, str, bytes]]:
    """All of the pairs, put together in another way than Twilio's."""
    together: dict[str, list[str]] = {}
    for name, value in form:
        together.setdefault(name, []).append(value)
    for comma in (",", ", "):
        pairs = [(name, comma.join(values)) for name, values in together.items()]
        told = "with the values of a name joined by commas"
        yield "duplicate parameters", told, _SIGN, signed_form(pairs)
    joined = "".join(name + "".join(sorted(values)) for name, values in sorted(together.items()))
    yield "duplicate parameters", "with one name for several values", _SIGN, _bytes(joined)
    as_sent = "".join(name + value for name, value in form)
    yield (
        "parameter order",
        "in the order in which it was sent, not by name",
        _SIGN,
        _bytes(as_sent),
    )
    uncased = sorted(dict.fromkeys(form), key=lambda pair: (pair[0].lower(), pair[1]))
    told = "sorted without regard to upper and lower case"
    yield "parameter order", told, _SIGN, _bytes("".join(name + value for name, value in uncased))
    separated = "&".join(f"{name}={value}" for name, value in sorted(set(form)))
    yield "parameter separators", "with = and & between, not without", _SIGN, _bytes(separated)


def _reread(form: Pairs, body: bytes) -> Iterator[tuple[str, str, str, bytes]]:
    """The pairs of the body, read from its bytes in another way."""
    cause = "body re-encoded"
    yield cause, "as raw bytes, not by its parameters", _SIGN, body
    plus = body.replace(b"+", b"%2B").decode(errors="replace")
    yield (
        cause,
        "with + where it means a space",
        _BODY,
        signed_form(parse_qsl(plus, keep_blank_values=True)),
    )
    raw = [part.partition("=") for part in body.decode(errors="replace").split("&")]
    coded = [(name, value) for name, _, value in raw]
    yield cause, "with its values still percent-encoded", _SIGN, signed_form(coded)
    for charset in ("latin-1", "cp1252"):
        text = body.decode("latin-1")
        pairs = parse_qsl(text, keep_blank_values=True, encoding=charset)
        yield cause, f"as {charset}, not as UTF-8", _BODY, signed_form(pairs)
    spaced = [(name, f"+{value[1:]}" if value.startswith(" ") else value) for name, value in form]
    yield cause, "with the + of a number, which became a space", _BODY, signed_form(spaced)
    pairs = parse_qsl(body.decode(errors="ignore"), keep_blank_values=True, errors="ignore")
    yield cause, "without what is no UTF-8", _BODY, signed_form(pairs)


def _untrimmed(target: bytes, form: Pairs) -> Iterator[Guess]:
    """The text as it was before somebody took white space off it."""
    told = "the form was signed with white space around Body, which arrived without"
    for before, after in (("", " "), (" ", ""), (" ", " "), ("", "\n"), ("", "\r\n"), ("\n", "")):
        changed = [(n, before + value + after if n == "Body" else value) for n, value in form]
        yield Guess("trimmed values", f"{told}: {_BODY}", target + signed_form(changed))


def _with_blanks(target: bytes, form: Pairs) -> Iterator[Guess]:
    told = "the form was signed with blank values, which arrived without"
    present = {name for name, _ in form}
    for names in _OFTEN_BLANK:
        blank = [(name, "") for name in names if name not in present]
        if blank:
            yield Guess("blank values", f"{told}: {_BODY}", target + signed_form([*form, *blank]))


def _undoubled(value: str) -> str:
    with suppress(UnicodeError):
        return value.encode("latin-1").decode()
    return value


def _lf(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\r", "\n")


def _crlf(value: str) -> str:
    return _lf(value).replace("\n", "\r\n")


_TRIMMING: tuple[Callable[[str], str], ...] = (str.strip, str.rstrip)
_CHANGES: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("its values trimmed", str.strip),
    ("its values trimmed at their end", str.rstrip),
    ("its line breaks as CRLF", _crlf),
    ("its line breaks as LF", _lf),
    ("its line breaks as CR", lambda value: _lf(value).replace("\n", "\r")),
    ("its values decoded once more", unquote),
    ("spaces for +", lambda value: value.replace("+", " ")),
    ("+ for spaces", lambda value: value.replace(" ", "+")),
    ("its HTML entities resolved", html.unescape),
    ("its UTF-8 encoded once, not twice", _undoubled),
)


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
