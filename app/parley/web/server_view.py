"""The phone page's view of a server: flows, routes, and the content of cookies."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from parley.conversation import Message, Session
from parley.conversation.dependencies import Bound
from parley.conversation.segments import segments
from parley.memory.cookie import OPTED_OUT
from parley.routing.router import ROUTED, Router
from parley.routing.routes import MENU, Route, parse_routes, route_of
from parley.sessions import ConversationKey, SessionCookie, SessionCookieError
from parley.settings import Settings
from parley.settings.types import setting_type
from parley.simulator.page.phone import FlowEntry, Phone
from parley.simulator.simulator import TwilioSimulator
from parley.web.pasted_request import explain_pasted

FIRST = "counter"
"""The initial flow, if it exists and no routes are set."""
ANSWERING = (
    "BLOCKED_NUMBERS",
    "HELP_REPLY",
    "OPT_OUT_WORDS",
    "RATE_LIMITS",
    "ROUTES_FILE",
    "SCRIPT_LANGUAGE",
    "START_REPLY",
    "STOP_REPLY",
    "TIME_ZONE",
)
"""Settings of the server that affect replies; a copied test contains them."""


def make_phone(
    settings: Settings,
    server: "ServerView",
    simulator: TwilioSimulator,
    *,
    load_error: str = "",
    page_url: str = "",
) -> Phone:
    """Return the phone for a server with these settings; the page is there, or at `page_url`."""
    return Phone(
        public_url=settings.public_url,
        auth_token=settings.auth_tokens[0] if settings.auth_tokens else "",
        flows=server.entries(),
        chosen=server.chosen(),
        simulator=simulator,
        open_cookie=server.open_cookie,
        segments=lambda text: asdict(segments(text)),
        routing=server.routing,
        settings_of=server.settings_of,
        explain=lambda pasted, signature: explain_pasted(settings, pasted, signature),
        has_database=bool(settings.database_url),
        load_error=load_error,
        page_url=page_url,
    )


class ServerView:
    """The page's view of a server: flows, routes, and the content of cookies.

    `names` are flows of which only the name is known.
    """

    def __init__(
        self,
        settings: Settings,
        flows: Mapping[str, Bound],
        router: Router,
        cookies: SessionCookie,
        names: Sequence[str] = (),
    ) -> None:
        self._settings, self._flows, self._names = settings, flows, names
        self._router, self._cookies = router, cookies

    def entries(self) -> dict[str, FlowEntry]:
        """Return the flows by name, after the webhook of all flows."""
        own = {
            name: FlowEntry(bound.flow.summary, bound.flow.triggers or ("hi",))
            for name, bound in self._flows.items()
        }
        own |= {name: FlowEntry("") for name in self._names}
        every = FlowEntry("One number for all flows: keywords, and a menu of them.")
        return {ROUTED: every, **own} if own else {}

    def chosen(self) -> str:
        """Return all flows if routes are set, otherwise the counter if it exists."""
        is_default = list(self._router.routes) == parse_routes((), self._by_name())
        known = self.entries()
        names = [FIRST, *(name for name in known if name != ROUTED)] if is_default else [ROUTED]
        return next((name for name in names if name in known), "")

    def _by_name(self) -> dict[str, Any]:
        return {name: bound.flow for name, bound in self._flows.items()}

    def routing(self, to: str, service: str) -> dict[str, Any] | None:
        """Return the routing of `POST /sms` for an address; None without a route."""
        message = Message("", "", to, parameters={"MessagingServiceSid": service})
        route = route_of(message, self._router.routes)
        if route is None:
            return None
        return {
            "keywords": [
                {"word": word, "flow": name, "summary": self._summary(name)}
                for word, name in route.keywords.items()
            ],
            "default": route.default,
            "menu": route.menu,
            "closed": "" if route.is_open(self._router.clock()) else _hours(route),
        }

    def _summary(self, name: str) -> str:
        return "The menu." if name == MENU else self._flows[name].flow.summary

    def open_cookie(self, header: str, flow: str, from_: str, to: str) -> dict[str, Any]:
        """Return the content of a flow's cookie, or the reason why it is not valid."""
        if not self._settings.session_secrets:
            return {"reason": "SESSION_SECRET is not set here"}
        answerer = self._router if flow == ROUTED else self._flows.get(flow)
        if answerer is None:
            return {"reason": "there is no such flow"}
        try:
            key = ConversationKey(flow, from_, to)
            session = self._cookies.open(header, key, answerer.lifetime)
        except SessionCookieError as error:
            return {"reason": error.reason}
        stored = {"remembered": jsonable(session), "is_opt_out": session == OPTED_OUT}
        if flow == ROUTED:
            running = self._router.running(session)
            if running is None:
                return {**stored, "answers": []}
            flow, session = running
            waits = self._flows[flow].waiting(session) is not None
            stored |= {"runs": flow, "waits": waits, "own": jsonable(session)}
        bound = self._flows[flow]
        return {**stored, "answers": _recalled(bound, session, from_, to)}

    def settings_of(self, flow: str) -> dict[str, str]:
        """Return the settings that affect a flow's replies, without secrets."""
        environ = self._settings.environ
        names = list(ANSWERING)
        for name, bound in self._flows.items():
            if flow in (name, ROUTED):
                names += [each.upper() for each in bound.flow.parameters if _is_open(bound, each)]
        return {name: environ[name] for name in sorted(set(names)) if environ.get(name)}


def _recalled(bound: Bound, session: Session, from_: str, to: str) -> list[tuple[str, str]]:
    is_script = bound.flow.recall is not None
    return bound.recall(session, from_, to) if is_script else []


def _hours(route: Route) -> str:
    return route.hours.written if route.hours else "closed today"


def _is_open(bound: Bound, parameter: str) -> bool:
    """Return whether a parameter is a setting that may be shown: not a secret."""
    annotation = bound.flow.parameters[parameter].annotation
    if isinstance(annotation, str):
        return "Secret" not in annotation
    if annotation is inspect.Parameter.empty:
        return False
    try:
        return not setting_type(annotation).is_secret
    except TypeError:
        return False


def jsonable(value: Any) -> Any:
    """Convert a value of a session to plain JSON values."""
    if isinstance(value, Mapping):
        return {name: jsonable(each) for name, each in value.items()}
    if isinstance(value, tuple):
        return [jsonable(each) for each in value]
    return value
