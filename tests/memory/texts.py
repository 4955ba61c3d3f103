"""Texts to servers with a database, in sequence and concurrently, and the rows afterwards."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
from werkzeug.test import TestResponse

from parley.conversation import Session
from parley.sessions import ConversationKey, SessionCookie
from parley.testing import Clock
from tests.server.running import until
from tests.webhook import ALICE, APP, SECRET, Twilio, said

Phone = Callable[..., Twilio]
SID = f"SM{'a' * 32}"


def sealed(clock: Clock, flow: str = "diary", **values: Any) -> str:
    """Return a cookie with this session, as sealed by a server without a database."""
    key = ConversationKey(flow, ALICE, APP)
    return SessionCookie([SECRET], clock).seal(Session(values), key, 14_400).partition(";")[0]


class AtOnce:
    """Sends texts in threads, while earlier ones wait."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(8)
        self.sent: list[Future[TestResponse]] = []

    def text(self, twilio: Twilio, body: str, **more: str) -> None:
        self.sent.append(self.pool.submit(twilio.text, "diary", body, **more))

    def replies(self) -> list[str]:
        """Return the reply to each text, in the order in which they were sent."""
        responses = [each.result(20) for each in self.sent]
        assert [each.status_code for each in responses] == [200] * len(responses)
        return ["\n".join(said(each)) for each in responses]


def rows(url: str, columns: str, table: str = "conversations") -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(f"SELECT {columns} FROM parley.{table}").fetchall()  # noqa: S608


def until_queued(url: str, number: int) -> None:
    until(lambda: rows(url, "cardinality(queue)") == [(number,)], 5)
