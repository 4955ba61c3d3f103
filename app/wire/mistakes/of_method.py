"""Mistakes about where the parameters are: a GET taken for a form, or a form for something else."""

from collections.abc import Callable, Iterator
from urllib.parse import quote, urlencode

from app.wire import parameters
from app.wire.algorithms import signed_form
from app.wire.mistakes.guess import Guess
from app.wire.parameters import FORM, Pairs, UnreadableBody

_POST = "set the webhook to POST, and let no proxy redirect it into a GET"
_GET = "set the webhook to POST, as which it arrives, or let no proxy make a POST of it"
_TYPE = "let the proxy pass Content-Type: set the webhook to POST a form"
_HASH = "sign the URL with bodySHA256=… of the body, or set the webhook to POST a form"


def method_guesses(target: bytes, form: Pairs, content_type: str, body: bytes) -> Iterator[Guess]:
    """What may have been signed by somebody who saw the parameters elsewhere."""
    path, _, query = target.partition(b"?")
    asked = parameters.read_query(target)
    if asked:
        told = "the parameters of the query were signed as a form's"
        yield Guess("method", f"{told}: {_POST}", path + signed_form([*asked, *form]))
        told = "the parameters of the query were signed twice, as a form's too"
        yield Guess("method", f"{told}: {_POST}", target + signed_form([*asked, *form]))
        told = "the query of this POST was signed as a form's, and its form not"
        yield Guess("method", f"{told}: {_POST}", path + signed_form(asked))
    if parameters.media_type(content_type) != FORM:
        yield from _other_bodies(target, content_type, body)
    elif form:
        told = "the URL was signed without the parameters of the form"
        yield Guess("method", f"{told}: set the webhook to POST, and sign them too", target)
        told = "the parameters of the form were signed in the URL, as those of a GET"
        for encoded in (body, urlencode(form).encode(), urlencode(form, quote_via=quote).encode()):
            for url in (path + b"?" + encoded, target + b"&" + encoded if query else b""):
                if url:
                    yield Guess("method", f"{told}: {_GET}", url)


def _other_bodies(target: bytes, content_type: str, body: bytes) -> Iterator[Guess]:
    """A body whose content type is no form's."""
    if not body:
        return
    form = _if_readable(parameters.read_form, body)
    told = "the body was signed as a form, but its Content-Type is another"
    yield Guess("content type", f"{told}: {_TYPE}", target + signed_form(form))
    if parameters.is_json(content_type):
        pairs = _if_readable(parameters.read_json, body)
        told = "the JSON was signed as if it were a form"
        yield Guess("json", f"{told}: {_HASH}", target + signed_form(pairs))
    told = "the body was signed as raw bytes behind the URL"
    yield Guess("body not covered", f"{told}: {_HASH}", target + body)


def _if_readable(read: Callable[[bytes], Pairs], body: bytes) -> Pairs:
    try:
        return read(body)
    except UnreadableBody:
        return []
