"""Routes: the flows of a number or a Messaging Service, with keywords and opening hours."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from parley.conversation import Message
from parley.conversation.flow import Flow
from parley.routing.keywords import LONGEST_KEYWORD, normalized
from parley.routing.opening_hours import OpeningHours, parse_hours
from parley.twilio.facts import (
    HELP_WORDS,
    PHONE_NUMBER,
    SERVICE_SID,
    START_WORDS,
    STOP_WORDS,
)

MENU = "menu"
TWILIOS = frozenset(word.casefold() for word in STOP_WORDS | HELP_WORDS | START_WORDS)
CLOSED = "We are closed now. Please text again when we are open."

_ADDRESS = re.compile(rf"(whatsapp:)?{PHONE_NUMBER}|[0-9]{{3,8}}|(?!whatsapp:)[a-z]+:\S+")
"""A value of `To`: a number, a short code, or the address of a channel."""
_SERVICE = re.compile(SERVICE_SID)
_DAY = re.compile(r"(?:[0-9]{4}-)?[0-9]{2}-[0-9]{2}")
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "to": (str, list, tuple),
    "service": str,
    "default": str,
    "keywords": Mapping,
    "menu": str,
    "hours": str,
    "closed": str,
    "closed_on": (str, list, tuple),
}


class RoutesError(Exception):
    """Raised for invalid routes; each of the `problems` is a sentence that says what to do."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class Route:
    """The flows of some numbers, of a Messaging Service, or (with neither) of all numbers.

    `to` are addresses as in Twilio's `To`, `service` is a Messaging Service's SID. `default` is the
    flow that answers any other text, or "menu". `keywords` are flows by the word that starts them.
    `menu` is the word that leaves a script for the menu; empty for none. Outside of `hours`, and on
    the days `closed_on` (`2026-12-24`, or `12-25` in every year), `closed` is the reply to a text
    that does not belong to a running script.
    """

    to: tuple[str, ...] = ()
    service: str = ""
    default: str = MENU
    keywords: Mapping[str, str] = field(default_factory=dict)
    menu: str = MENU
    hours: OpeningHours | None = None
    closed: str = CLOSED
    closed_on: tuple[str, ...] = ()

    def is_open(self, now: datetime) -> bool:
        """Return whether flows can begin at a local time."""
        if {f"{now:%Y-%m-%d}", f"{now:%m-%d}"}.intersection(self.closed_on):
            return False
        return self.hours is None or self.hours.is_open(now)

    @cached_property
    def by_keyword(self) -> dict[str, str]:
        """The flows by normalized keyword."""
        return {normalized(keyword): flow for keyword, flow in self.keywords.items()}

    @cached_property
    def menu_word(self) -> str:
        """The normalized menu word; empty for none."""
        return normalized(self.menu) if self.menu else ""


def read_routes(file: str | Path) -> list[Mapping[str, Any]]:
    """Read the `[[route]]` tables of a TOML file. Raises RoutesError."""
    try:
        with Path(file).open("rb") as opened:
            document = tomllib.load(opened)
    except OSError as error:
        raise RoutesError([f"{file} cannot be read: {error.strerror}."]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RoutesError([f"{file} is not TOML: {error}."]) from None
    tables = document.pop("route", [])
    if document or not isinstance(tables, list):
        unknown = ", ".join(document) or "route"
        raise RoutesError([f"{file} contains {unknown}: write every route as a [[route]] table."])
    return tables


def parse_routes(tables: Iterable[Mapping[str, Any]], flows: Mapping[str, Flow]) -> list[Route]:
    """Parse tables like those of `read_routes`, and check them against the flows.

    Without tables, the keyword of every flow is its name, and the menu is the default. Raises
    RoutesError with every problem.
    """
    given = list(tables)
    if not given:
        return [Route(keywords={name.replace("-", " "): name for name in flows})]
    problems: list[str] = []
    routes = [_route(number, table, flows, problems) for number, table in enumerate(given, 1)]
    owners: dict[str, int] = {}
    for number, route in enumerate(routes, 1):
        for place in route.to or (route.service,):
            if place in owners:
                where = place or "every number"
                problems.append(f"Routes {owners[place]} and {number} are both for {where}.")
            owners[place] = number
    if problems:
        raise RoutesError(problems)
    return routes


def route_of(message: Message, routes: Iterable[Route]) -> Route | None:
    """Return the route of a message: by its recipient, its Messaging Service, or for all."""
    service = message.parameters.get("MessagingServiceSid", "")
    found = list(routes)
    for matches in (
        [route for route in found if message.to in route.to],
        [route for route in found if service and route.service == service],
        [route for route in found if not route.to and not route.service],
    ):
        if matches:
            return matches[0]
    return None


def _route(
    number: int, table: Mapping[str, Any], flows: Mapping[str, Flow], problems: list[str]
) -> Route:
    """Parse one route, and add its problems to the list."""
    if not isinstance(table, Mapping):
        problems.append(f"Route {number} is not a table: write it as [[route]].")
        return Route()
    found = [
        f"has {name}, which is not one of {', '.join(_TYPES)}"
        for name in table
        if name not in _TYPES
    ]
    values = {name: table[name] for name in table if isinstance(table[name], _TYPES.get(name, ()))}
    found += [
        f"has a {name} of the wrong type" for name in table if name in _TYPES and name not in values
    ]
    for name in {"to", "closed_on"} & values.keys():
        values[name] = (values[name],) if isinstance(values[name], str) else tuple(values[name])
    if "to" in values and (not values["to"] or "" in values["to"]):
        found.append("has a to without a number: remove it for every number")
    if "hours" in values:
        try:
            values["hours"] = parse_hours(values["hours"])
        except ValueError as error:
            found.append(f"has wrong hours: {error}")
            del values["hours"]
    route = Route(**values)
    found += _problems(route, flows)
    problems.extend(f"Route {number} {problem}." for problem in found)
    return route


def _is_day(written: str) -> bool:
    if not _DAY.fullmatch(written):
        return False
    try:
        date.fromisoformat(written if len(written) == len("2026-12-24") else f"2024-{written}")
    except ValueError:
        return False
    return True


def _wrong_address(to: Iterable[str]) -> Iterator[str]:
    for address in to:
        if address and not _ADDRESS.fullmatch(address):
            number = re.sub(r"\D", "", address)
            meant = f"+{number}" if 8 <= len(number) <= 15 else "+15551230000"
            yield (
                f"is for {address!r}, which is not an address: write it as Twilio does in To, "
                f"like {meant}, 12345 or whatsapp:{meant}"
            )


def _problems(route: Route, flows: Mapping[str, Flow]) -> Iterable[str]:
    texts = (*route.to, *route.keywords, *route.keywords.values(), *route.closed_on)
    if not all(isinstance(each, str) for each in texts):
        yield "has a number, keyword, flow or day that is not text: write it in quotation marks"
        return
    yield from _wrong_address(route.to)
    if route.service and not _SERVICE.fullmatch(route.service):
        yield f"is for the service {route.service!r}: write its SID, MG and 32 hexadecimal digits"
    for day in route.closed_on:
        if not _is_day(day):
            yield f"is closed on {day!r}, which is not a day: write 2026-12-24 or 12-25"
    if route.to and route.service:
        yield "has both to and service: write one route for each"
    for flow in sorted({route.default, *route.keywords.values()} - {MENU, *flows}):
        yield f"names the flow {flow!r}, which does not exist: the flows are {', '.join(flows)}"
    menu = normalized(route.menu) if route.menu else ""
    if route.menu and not menu:
        yield f"has the menu word {route.menu!r}: it has letters or digits, or is empty for none"
    if menu in TWILIOS:
        yield f"has the menu word {route.menu!r}, which Twilio answers itself"
    seen: dict[str, str] = {}
    for written in route.keywords:
        keyword = normalized(written)
        if not keyword or len(written) > LONGEST_KEYWORD:
            yield f"has the keyword {written!r}: a keyword has letters or digits, at most 40"
        elif keyword in TWILIOS:
            yield f"has the keyword {written!r}, which Twilio answers itself"
        elif menu and keyword == menu:
            yield f"has the keyword {written!r}, which already opens the menu"
        elif keyword in seen:
            yield f"has the keywords {seen[keyword]!r} and {written!r}, which are the same"
        seen.setdefault(keyword, written)
