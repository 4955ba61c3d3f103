"""Network faults: a slow network, a server that is down, a lost response."""

import time

from parley.http_client import NotAnswered, NotConnected, Request, Response, Send, Timeouts

SLOW, SERVER_DOWN, ANSWER_LOST = "slow network", "server down", "answer lost"
FAULTS = (SLOW, SERVER_DOWN, ANSWER_LOST)
SLOW_SECONDS = 3


def faulty(send: Send, fault: str) -> Send:
    """Return `send` with a fault; unchanged if it is empty."""

    def slow(request: Request, timeouts: Timeouts) -> Response:
        time.sleep(SLOW_SECONDS)
        return send(request, timeouts)

    def down(_request: Request, _timeouts: Timeouts) -> Response:
        raise NotConnected("the connection is refused")

    def lost(request: Request, timeouts: Timeouts) -> Response:
        send(request, timeouts)
        raise NotAnswered("it took more than 15 seconds")

    return {SLOW: slow, SERVER_DOWN: down, ANSWER_LOST: lost}.get(fault, send)
