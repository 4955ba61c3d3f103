"""Loading a server's settings, flows, and services."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parley.conversation.dependencies import Bound, Unavailable, bind
from parley.conversation.flow import LONGEST_MEMORY, Flow, FlowError
from parley.conversation.source_lines import location
from parley.conversation.understanding.languages import available
from parley.discovery import continued_names, load_flows, load_services
from parley.logging import record
from parley.media import MediaFolder
from parley.routing.router import Router
from parley.routing.routes import Route, RoutesError, parse_routes, read_routes
from parley.services import LOCAL, engine_services, twilio_services
from parley.services.now import local_clock
from parley.services.twilio_api import TwilioApi
from parley.settings import Settings, SettingsError
from parley.settings.declared import DeclaredSetting
from parley.settings.development import TEST_SECRET

DAY = 24 * 3_600
"""Seconds."""
LATE_SECONDS = 8.0
"""After which a turn does not wait for a call with `late`; Twilio waits 15."""
Routes = str | Path | Iterable[Mapping[str, Any]]
"""A TOML file of `[[route]]` tables, or such tables."""
Instrument = Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True)
class Loaded:
    """The flows of a server, and the services for them."""

    flows: Mapping[str, Flow]
    services: Mapping[str, Any]

    def instrumented(self, *instruments: Instrument) -> "Loaded":
        """Return a copy in which services that can fail are instrumented, the last outermost."""
        may_fail = {
            name: each
            for name, each in self.services.items()
            if name not in LOCAL and not isinstance(each, Unavailable)
        }
        for instrument in instruments:
            may_fail = {**instrument(may_fail)}
        return Loaded(self.flows, {**self.services, **may_fail})


def load(
    settings: Settings,
    *,
    flows: Iterable[str] = (),
    services: Mapping[str, Any] | None = None,
    clock: Callable[[], float] = time.time,
    media: MediaFolder | None = None,
) -> Loaded:
    """Load the flows of these sources, or of FLOWS, and the services.

    `media` is the folder of the service `media`. The application's services take precedence over
    those of flow packages, and those over the engine's. Raises FlowError.
    """
    sources = tuple(flows) or settings.flows
    found = load_flows(sources)
    _prepare(found, settings)
    secret = TEST_SECRET if settings.is_development else next(iter(settings.session_secrets), "")
    return Loaded(
        found,
        {
            **engine_services(
                clock=clock,
                secret=secret,
                time_zone=settings.time_zone,
                language=settings.language,
                opt_out_words=settings.opt_out_words,
                patience=LATE_SECONDS if settings.database_url else None,
            ),
            **twilio_services(twilio_api(settings), settings.media_inbox),
            "media": media.url if media else Unavailable(("MEDIA_FOLDER",)),
            **load_services(sources),
            **(services or {}),
        },
    )


def _prepare(flows: Mapping[str, Flow], settings: Settings) -> None:
    """Prepare the flows for answers in the server's language, and check them together.

    Raises FlowError for a lifetime that is longer than a cookie's or than KEEP_DAYS, and in
    development for a name that continues another's.
    """
    for flow in flows.values():
        if flow.prepare and settings.language in available():
            flow.prepare(settings.language)
        if flow.later and not settings.database_url:
            raise FlowError(
                f"{flow.later}: the script {flow.name} uses remind, expire, wait or late, which "
                "need a database: set DATABASE_URL, and run `parley worker`"
            )
        if flow.lifetime > LONGEST_MEMORY and not settings.database_url:
            raise FlowError(
                f"{location(flow.answer)}: the lifetime of the flow {flow.name} is "
                f"{flow.lifetime} seconds, and a cookie lasts {LONGEST_MEMORY}: set DATABASE_URL, "
                "or write a shorter lifetime"
            )
        if flow.lifetime > settings.keep_days * DAY and settings.database_url:
            raise FlowError(
                f"{location(flow.answer)}: the lifetime of the flow {flow.name} is {flow.lifetime} "
                f"seconds, longer than KEEP_DAYS={settings.keep_days}: set KEEP_DAYS to "
                f"{-(-flow.lifetime // DAY)} or more, or write a shorter lifetime"
            )
    for sentence in continued_names(flows):
        if settings.is_development:
            raise FlowError(sentence)
        record("flow", level=logging.WARNING, next=sentence)


def twilio_api(settings: Settings) -> TwilioApi | Unavailable:
    """Return the client of the Twilio account, with its API key or the newest auth token.

    In development only with an API key: the auth token is the simulated phone's.
    """
    account = settings.twilio_account
    names = [] if account.sid else ["TWILIO_ACCOUNT_SID"]
    if not account.api_key and (settings.is_development or not settings.auth_tokens):
        names.append("TWILIO_API_KEY")
    if names:
        return Unavailable(tuple(names))
    if account.api_key:
        return TwilioApi(account.sid, account.api_key, account.api_secret)
    return TwilioApi(account.sid, account.sid, settings.auth_tokens[0])


def bind_all(loaded: Loaded, settings: Settings, problems: Iterable[str] = ()) -> dict[str, Bound]:
    """Bind the flows to their services and settings.

    Raises FlowError for a parameter that is neither a service nor a setting, and SettingsError for
    invalid settings of the flows, together with the `problems` that were found before.
    """
    declared = settings.declared()
    bound = {
        name: bind(flow, loaded.services, declared.read) for name, flow in loaded.flows.items()
    }
    if found := [*problems, *_language_problems(settings), *declared.problems]:
        raise SettingsError(found)
    return bound


def make_router(
    settings: Settings, flows: Mapping[str, Bound], routes: Routes, clock: Callable[[], float]
) -> Router:
    """Return the router of `POST /sms`, with the given routes, or those of ROUTES_FILE.

    Raises SettingsError with every problem of the routes.
    """
    try:
        found = _routes(settings, {name: each.flow for name, each in flows.items()}, routes)
    except RoutesError as error:
        raise SettingsError(error.problems) from None
    local = local_clock(clock, settings.time_zone)
    return Router(found, flows, local, clock, settings.language, has_limits=settings.has_limits)


def _routes(settings: Settings, flows: Mapping[str, Flow], routes: Routes = ()) -> list[Route]:
    source = routes or settings.routes_file or ()
    return parse_routes(read_routes(source) if isinstance(source, str | Path) else source, flows)


def _language_problems(settings: Settings) -> list[str]:
    """Return the problems of the scripts' language."""
    if settings.language in available():
        return []
    choices = " or ".join(available())
    return [f"SCRIPT_LANGUAGE is {settings.language!r}: set it to {choices}."]


def check(environ: Mapping[str, str]) -> None:
    """Raise SettingsError with every problem of the settings and the flows."""
    _, _, problems = examine(environ)
    if problems:
        raise SettingsError(problems)


def examine(
    environ: Mapping[str, str],
) -> tuple[Settings, list[DeclaredSetting], list[str]]:
    """Return the settings of the server, those of its flows, and every problem of both."""
    settings, problems = Settings.examine(environ)
    declared = settings.declared()
    try:
        loaded = load(settings)
        for flow in loaded.flows.values():
            bind(flow, loaded.services, declared.read)
        _routes(settings, loaded.flows)
    except FlowError as error:
        problems.append(f"{error}.")
    except RoutesError as error:
        problems += error.problems
    found = [*problems, *_language_problems(settings), *declared.problems]
    return settings, declared.all, found
