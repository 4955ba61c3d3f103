"""The request as it arrived, and everything that it may have been when it was signed."""

from hashlib import sha256
from urllib.parse import parse_qsl

from app.wire import parameters
from app.wire.algorithms import signed_form
from app.wire.mistakes.guess import Guess
from app.wire.mistakes.of_form import form_guesses
from app.wire.mistakes.of_method import method_guesses
from app.wire.mistakes.of_target import target_guesses
from app.wire.parameters import FORM, Pairs, UnreadableBody
from app.wire.signature import Received

_HASH = "sign the URL with bodySHA256=… of the body, or set the webhook to POST a form"


def as_arrived(received: Received) -> Guess:
    """What is signed of the request where nothing of the URL and the keys is wrong: then the body
    may still be, or it is all `right`.
    """
    rest = received.target + signed_form(_form(received))
    if parameters.media_type(received.content_type) == FORM:
        try:
            parameters.read_form(received.body)
        except UnreadableBody:
            told = "the form is no valid UTF-8, and was signed with U+FFFD in the place of it"
            return Guess("body re-encoded", f"{told}: set the webhook's sender to UTF-8", rest)
        return Guess("right", "The signature is right.", rest)
    query = parameters.read_query(received.target)
    claimed = next((value for name, value in query if name == "bodySHA256"), None)
    if claimed is None:
        if received.body or received.content_type:
            told = "the bare URL was signed, and nothing of the body"
            return Guess("json", f"{told}: {_HASH}", rest)
    elif claimed != sha256(received.body).hexdigest():
        return Guess("body re-encoded", _changed(received.body, claimed), rest)
    return Guess("right", "The signature is right.", rest)


def guesses(received: Received) -> list[Guess]:
    """Every other one, each signed text once and the likeliest first."""
    target, form = received.target, _form(received)
    found = [
        *target_guesses(target, signed_form(form)),
        *method_guesses(target, form, received.content_type, received.body),
        *form_guesses(target, form, received.body),
    ]
    once = {each.rest: each for each in reversed(found)}
    once.pop(as_arrived(received).rest, None)
    return [each for each in found if once.get(each.rest) is each]


def _form(received: Received) -> Pairs:
    """The pairs of a form, bytes that are no UTF-8 replaced; of any other body none."""
    if parameters.media_type(received.content_type) != FORM:
        return []
    return parse_qsl(received.body.decode(errors="replace"), keep_blank_values=True)


def _changed(body: bytes, claimed: str) -> str:
    told = "the body is not the one whose bodySHA256 the URL has"
    lf = body.replace(b"\r\n", b"\n")
    for how, text in (
        ("it was signed with its line breaks as LF", lf),
        ("it was signed with its line breaks as CRLF", lf.replace(b"\n", b"\r\n")),
        ("white space at its end was added", body.rstrip()),
        ("a line break at its end was lost", body + b"\n"),
        ("all of it was lost", b""),
    ):
        if sha256(text).hexdigest() == claimed.lower():
            told = f"{told}: {how}"
    if claimed.lower() == sha256(body).hexdigest():
        return "bodySHA256 is the right one in upper case: set it in lower case"
    return f"{told}; let the proxy pass the body as it is, or set the webhook to POST a form"
