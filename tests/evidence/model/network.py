"""The servers, which are redeployed, and the network between them and the simulated Twilio."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from flask import Flask

from parley import Settings, create_app
from parley.http_client import NotAnswered, Request, Response, Timeouts
from parley.simulator.in_process import over_wsgi
from parley.testing import SETTINGS
from tests.evidence.model.expected import Deployed
from tests.evidence.model.expected_text import Text

VERSIONS = ("", "first", "second", "third")

Now = Callable[[], float]
Build = Callable[[Deployed, Now], Flask]


def build(deployed: Deployed, now: Now) -> Flask:
    """Create the real application with these secrets, this version of the flow `order`, and a clock
    that is ahead by so many seconds.
    """
    settings = Settings.load({**SETTINGS, "SESSION_SECRET": ",".join(deployed.secrets)})
    version = Path(__file__).parent / "flows" / VERSIONS[deployed.order]
    sources = ["flows", *([str(version)] if deployed.order else [])]
    return create_app(settings, flows=sources, clock=lambda: now() + deployed.ahead)


class Exchange(NamedTuple):
    """A request, its server, its response, and whether the response arrived."""

    request: Request
    server: Deployed
    response: Response
    arrived: bool

    @property
    def text(self) -> Text:
        """Return the text of the response, read independently of the server."""
        url = urlsplit(self.request.url)
        form = self.request.body.decode() or url.query
        sent = dict(parse_qsl(form, keep_blank_values=True))
        pairs = self.request.headers.get("Cookie", "").split("; ")
        cookies = tuple(each.partition("=")[2] for each in pairs if each.startswith("parley="))
        flow = url.path.rpartition("/")[2]
        return Text(flow, sent["From"], sent["To"], sent["Body"], sent["MessageSid"], cookies)


class Network:
    """Routes each request to the next server of the route, and loses some responses.

    `lost` is the number of next responses that do not arrive; `extra` is a cookie that is sent
    before those of the jar.
    """

    def __init__(self, build: Build, now: Now, servers: Iterable[Deployed]) -> None:
        self._build, self._now = build, now
        self._servers = [(each, over_wsgi(build(each, now))) for each in servers]
        self._route: Iterator[int] = itertools.repeat(0)
        self._exchanges: list[Exchange] = []
        self.lost, self.extra = 0, ""

    def deploy(self, place: int, server: Deployed) -> None:
        self._servers[place] = (server, over_wsgi(self._build(server, self._now)))

    def route(self, *places: int) -> None:
        """Send the next requests to these servers in turn."""
        self._route = itertools.cycle(places)

    def send(self, request: Request, timeouts: Timeouts) -> Response:
        if self.extra:
            others = request.headers.get("Cookie")
            request.headers["Cookie"] = "; ".join(filter(None, (self.extra, others)))
        server, send = self._servers[next(self._route)]
        response = send(request, timeouts)
        self._exchanges.append(Exchange(request, server, response, arrived=not self.lost))
        if self.lost:
            self.lost -= 1
            raise NotAnswered("the answer is lost")
        return response

    def take(self) -> list[Exchange]:
        """Return the exchanges since the last call."""
        exchanges, self._exchanges = self._exchanges, []
        return exchanges
