"""What lies between the simulated Twilio and the servers, and keeps all that passes."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from app.phone.exchange import NotAnswered, Request, Response, Timeouts
from app.phone.testing import over_wsgi
from prove.model.expected import Deployed
from prove.model.readings import Text
from prove.model.servers import Build


class Passed(NamedTuple):
    """A request, the server that it went to, and what that answered."""

    request: Request
    server: Deployed
    response: Response
    arrived: bool

    @property
    def text(self) -> Text:
        """The text in it, read independently of the server."""
        url = urlsplit(self.request.url)
        form = self.request.body.decode() or url.query
        said = dict(parse_qsl(form, keep_blank_values=True))
        pairs = self.request.headers.get("Cookie", "").split("; ")
        cookies = tuple(each.partition("=")[2] for each in pairs if each.startswith("parley="))
        flow = url.path.rpartition("/")[2]
        return Text(flow, said["From"], said["To"], said["Body"], said["MessageSid"], cookies)


class Network:
    """Sends each request to the server whose turn it is; some answers are lost on their way."""

    def __init__(self, build: Build, now: Callable[[], float], servers: Iterable[Deployed]) -> None:
        self._build, self._now = build, now
        self._servers = [(each, over_wsgi(build(each, now))) for each in servers]
        self._route: Iterator[int] = itertools.repeat(0)
        self._passed: list[Passed] = []
        self.lost = 0
        """How many of the next answers do not arrive."""
        self.extra = ""
        """A cookie that stands before those of the jar."""

    def deploy(self, place: int, server: Deployed) -> None:
        self._servers[place] = (server, over_wsgi(self._build(server, self._now)))

    def by_way_of(self, *places: int) -> None:
        """The servers that the next requests go to, in turn."""
        self._route = itertools.cycle(places)

    def send(self, request: Request, timeouts: Timeouts) -> Response:
        if self.extra:
            mine = request.headers.get("Cookie")
            request.headers["Cookie"] = "; ".join(filter(None, (self.extra, mine)))
        server, send = self._servers[next(self._route)]
        response = send(request, timeouts)
        arrived = self.lost == 0
        self._passed.append(Passed(request, server, response, arrived))
        if not arrived:
            self.lost -= 1
            raise NotAnswered("the answer is lost on its way")
        return response

    def taken(self) -> list[Passed]:
        """What has passed since this was last asked."""
        passed, self._passed = self._passed, []
        return passed
