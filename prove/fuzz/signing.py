"""Which requests are properly signed, by Twilio's own library: a verdict beside the server's."""

from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs

from twilio.request_validator import RequestValidator, get_signature_algorithm

from prove.fuzz.asked import Asked

PUBLIC_URL = "https://sms.example.com"
TOKEN = "0123456789abcdef" * 2
SHARED_KEY = "a shared key that signs nothing but this"
HEADER, SETTINGS = b"X-Twilio-Signature", b"X-Twilio-Webhooks-Signature-Settings"
FORM = b"application/x-www-form-urlencoded"

_SIGNERS = {"HMAC_SHA1": RequestValidator(TOKEN), "HMAC_SHA256": RequestValidator(SHARED_KEY)}
_URLS = (PUBLIC_URL, f"{PUBLIC_URL}:443")


class _Form(dict[str, list[str]]):
    """Repeated names, in the shape in which Twilio's library asks for them."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


def is_signed(asked: Asked) -> bool:
    """Whether Twilio's library, with a secret of this server, signs this request like this."""
    given = asked.header(HEADER).decode("latin-1")
    if not is_form(asked) and not _is_covered(asked):
        return False
    return any(given == signature(asked, url) for url in _URLS)


def signed(asked: Asked) -> Asked:
    """The same request, signed properly; a body that is no form by its hash in the URL."""
    if not is_form(asked) and not _is_covered(asked):
        path, _, query = asked.target.partition(b"?")
        fields = [each for each in query.split(b"&") if each and b"SHA256" not in each]
        fields = [b"bodySHA256=" + sha256(asked.body).hexdigest().encode(), *fields]
        asked = asked._replace(target=path.partition(b"#")[0] + b"?" + b"&".join(fields))
    return asked.with_header(HEADER, signature(asked, PUBLIC_URL).encode())


def signature(asked: Asked, url: str) -> str:
    """The signature of this request to the server with this URL; empty where there is none."""
    algorithm = get_signature_algorithm(asked.header(SETTINGS).decode("latin-1"))
    if algorithm not in _SIGNERS:
        return ""
    signer, target = _SIGNERS[algorithm], asked.target.decode()
    try:
        said = _form(asked.body.decode()) if is_form(asked) else {}
        return str(signer.compute_signature(url + target, said, algorithm))
    except UnicodeError:
        return ""


def is_form(asked: Asked) -> bool:
    return asked.header(b"Content-Type").partition(b";")[0].strip().lower() == FORM


def _is_covered(asked: Asked) -> bool:
    """Whether the URL says what a body that is no form must be, or there is none."""
    query = asked.target.partition(b"#")[0].partition(b"?")[2].decode()
    claimed = parse_qs(query, keep_blank_values=True).get("bodySHA256")
    if claimed is None:
        return not asked.body and not asked.header(b"Content-Type")
    return claimed[0] == sha256(asked.body).hexdigest()


def _form(text: str) -> dict[str, Any]:
    return _Form(parse_qs(text, keep_blank_values=True, errors="strict"))
