"""What a deployment answers to texts: a stranger's, Twilio's, and the next with its cookie."""

from http.cookies import CookieError, SimpleCookie

from app.inspection.asking import Deployment, described
from app.inspection.finding import Finding, no, ok, unknown
from app.phone import answers
from app.phone.exchange import Response

STRANGER, TEXT, COOKIE, MEMORY = "stranger", "text", "cookie", "memory"
LONGEST = 14_400
"""Seconds that Twilio keeps a cookie."""
COUNTER, COUNTED = "counter", "Your current count is 1"


def stranger(response: Response) -> Finding:
    """The answer to a text without a signature: it must be 403, whatever the flow."""
    if response.status == 403:
        return ok(STRANGER, "an unsigned text is refused with 403")
    if response.status == 200:
        words = "an unsigned text is answered: it is not Parley, or a proxy answers for it"
        return no(STRANGER, words)
    words = f"an unsigned text: {described(response)} instead of 403; let the proxy pass all on"
    return no(STRANGER, words)


def answered(response: Response, flow: str) -> Finding:
    """The answer to a signed text: TwiML without an error."""
    if response.status == 200:
        errors = answers.read(response).errors
        if not errors:
            spent = round(response.milliseconds)
            return ok(TEXT, f"a signed text to {flow} is answered in {spent:,} ms")
        words = f"a signed text is answered wrongly: {errors[0]}"
        return no(TEXT, words, final=True)
    advice = {
        403: "TWILIO_AUTH_TOKEN, PUBLIC_URL or TWILIO_ALLOWED_ACCOUNTS is another there than here, "
        "or a proxy drops X-Twilio-Signature or changes the path: the server's log says which",
        404: f"there is no flow {flow}: deploy it, or check another with --flow",
        503: "a setting of the flow is missing, or no server is behind the proxy: see its log",
        500: "the flow failed: the server's log has the traceback",
    }.get(response.status, "see the log of the server and of its proxy")
    return no(TEXT, f"a signed text: {described(response)}; {advice}", final=True)


def cookie(response: Response, flow: str) -> Finding:
    """Whether a cookie came that Twilio keeps, and sends over https alone."""
    if not response.set_cookies:
        if flow != COUNTER:
            words = f"none came: right where {flow} remembers nothing; --flow counter can tell"
            return unknown(COOKIE, words, final=True)
        return no(COOKIE, "none came: let the proxy pass Set-Cookie on", final=True)
    if len(response.set_cookies) > 1:
        words = f"{len(response.set_cookies)} came: let the proxy add none of its own"
        return no(COOKIE, words)
    try:
        (morsel,) = SimpleCookie(response.set_cookies[0]).values()
    except (CookieError, ValueError):
        return no(COOKIE, "it cannot be read: let the proxy pass it on as it is")
    seconds = morsel["max-age"]
    wrong = [name for name in ("Secure", "HttpOnly") if not morsel[name.lower()]]
    wrong += [] if morsel["path"] == "/" else ["Path=/"]
    wrong += [] if seconds.isdigit() and 0 < int(seconds[:9]) <= LONGEST else ["Max-Age"]
    if wrong:
        words = f"it came without the right {', '.join(wrong)}: let the proxy pass it on as it is"
        return no(COOKIE, words)
    return ok(COOKIE, f"given, Secure, HttpOnly, Path=/ and Max-Age={seconds}")


def accepted(deployment: Deployment, message: dict[str, str], first: Response) -> Finding:
    """Whether the same text is answered otherwise when the cookie of its first answer comes along.

    A flow answers the same text with the same cookie alike: an answer that differs has read it.
    One that does not differ proves nothing, but of the counter.
    """
    held = first.set_cookies[0].partition(";")[0]
    second = deployment.text(message, held)
    if second.status != 200:
        return no(MEMORY, f"the text with it: {described(second)}; see the log")
    told = answers.read(second).messages
    right = told != answers.read(first).messages
    if deployment.flow == COUNTER:
        right = [each.body for each in told] == [COUNTED]
    if right:
        return ok(MEMORY, "the cookie is accepted back")
    if deployment.flow != COUNTER:
        words = f"{deployment.flow} answers alike with and without it; --flow counter can tell"
        return unknown(MEMORY, words)
    words = "the cookie is not accepted back: let the proxy pass Cookie on, and give all servers "
    return no(MEMORY, words + "the same SESSION_SECRET; their log says memory=…")
