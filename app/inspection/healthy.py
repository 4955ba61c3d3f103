"""Whether it is a server of ours that answers."""

from app.inspection.asking import HEALTH, described
from app.inspection.finding import Finding, no, ok
from app.phone.exchange import Response

HEALTHY = "health"


def healthy(response: Response) -> Finding:
    """Whether `GET /healthz` was answered with `ok`, the one answer that needs no signature."""
    if response.status == 200 and response.content.strip() == b"ok":
        return ok(HEALTHY, f"GET {HEALTH} says ok")
    if 300 <= response.status < 400:
        advice = "make PUBLIC_URL the URL at the end, because Twilio signs what it calls first"
    elif response.status == 404:
        advice = "correct the path of PUBLIC_URL, or let the proxy strip it"
    elif response.status in (502, 503, 504):
        advice = "the proxy finds no server behind it: start it"
    elif response.status == 200:
        return no(
            HEALTHY,
            f"GET {HEALTH} says something else than ok: correct PUBLIC_URL, it is not Parley",
        )
    else:
        advice = "let the proxy pass it on as it is"
    return no(HEALTHY, f"GET {HEALTH}: {described(response)}; {advice}")
