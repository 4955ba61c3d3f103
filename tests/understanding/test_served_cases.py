"""The same cases as in process, through a real gunicorn: HTTP, signatures, cookies."""

import http.client
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from parley.http_client import Request, Response, Send, Timeouts
from parley.simulator.simulator import TwilioSimulator
from parley.testing import SETTINGS, Application, Clock, Sms
from tests.flows import test_appointment, test_directory, test_forward
from tests.server.running import ROOT, free_port, running
from tests.understanding import test_cases, test_reported_texts
from tests.understanding.served_cases import CLOCK

SERVED = {
    "TIME_ZONE": "UTC",
    "FLOWS": "flows,tests.understanding.case_flows",
    "FORWARD_TO": test_forward.OWNER,
}
NOT_SERVED = {"test_w21_an_invalid_time_zone_is_an_error"}
"""Such a server does not start: tests/server/test_starting.py has the same case."""
OF_FLOWS = [
    test_forward.test_the_owner_replies_by_number_and_gets_a_confirmation,
    test_forward.test_for_a_reply_without_a_number_the_owner_chooses_the_recipient,
    test_forward.test_the_reply_to_an_invalid_number_is_a_hint,
    test_forward.test_an_automatic_reply_of_the_owner_is_not_forwarded,
    test_forward.test_each_side_gets_texts_on_its_own_channel,
    test_forward.test_a_location_and_a_contact_card_are_forwarded_as_text,
    test_forward.test_the_sender_and_a_long_word_stay_in_one_message,
    test_forward.test_the_owners_number_is_recognized_in_any_format,
    test_forward.test_premium_numbers_and_other_countries_are_not_texted,
    test_directory.test_several_matches_are_offered_to_choose_from,
    test_directory.test_a_similar_name_needs_a_confirmation,
    test_directory.test_case_and_accents_of_names_are_ignored,
    test_directory.test_further_matches_are_counted_and_equal_names_are_distinguished,
    test_directory.test_a_late_answer_starts_over,
    test_directory.test_thanks_is_not_a_name,
    test_appointment.test_a_time_is_compared_with_the_time_of_the_answer,
    test_appointment.test_a_time_that_passes_before_the_confirmation_is_not_booked,
]
CASES = {**vars(test_cases), **vars(test_reported_texts)}
for each in [*(test for name, test in CASES.items() if name.startswith("test_")), *OF_FLOWS]:
    if each.__name__ not in NOT_SERVED:
        globals()[each.__name__] = each

phone = test_forward.phone


class FileClock(Clock):
    """The clock of a server in another process, in a file."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file = file
        self.later(0)

    def later(self, seconds: float) -> None:
        super().later(seconds)
        self.file.write_text(str(self.now))


Serve = Callable[[Mapping[str, str]], Send]


class Served(Application):
    """The application of a server with these settings."""

    def __init__(self, serve: Serve, settings: Mapping[str, str], clock: Clock) -> None:
        super().__init__(lambda *_: pytest.fail("it is served"), clock)
        self.serve, self.settings = serve, settings
        self.twilio = TwilioSimulator(serve(settings), clock, stops_loops=False)

    def changed(self, settings: Mapping[str, str], services: Mapping[str, Any]) -> Application:
        assert not services
        if settings.items() <= self.settings.items():
            return self
        return Served(self.serve, {**self.settings, **settings}, self.clock)


def over_http(port: int) -> Send:
    """Return a function that sends requests for the public URL to a port of this machine."""

    def send(request: Request, timeouts: Timeouts) -> Response:
        parts = urlsplit(request.url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeouts.total)
        try:
            connection.request(request.method, target, request.body, request.headers)
            answer = connection.getresponse()
            return Response(answer.status, tuple(answer.getheaders()), answer.read())
        finally:
            connection.close()

    return send


@pytest.fixture(scope="module")
def server_clock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cases") / "clock"


@pytest.fixture(scope="module")
def serve(server_clock: Path) -> Iterator[Serve]:
    """Return a function that starts a server, or finds the one with the same settings."""
    server_clock.write_text("0")
    arguments = ("--pythonpath", f"{ROOT},{ROOT / 'app'}", "tests.understanding.served_cases:app")
    with ExitStack() as servers:

        @cache
        def start(*settings: tuple[str, str]) -> Send:
            all_settings = {**SETTINGS, **dict(settings), CLOCK: str(server_clock)}
            server = running(server_clock.parent, all_settings, *arguments, port=free_port())
            return over_http(servers.enter_context(server).port)

        yield lambda settings: start(*sorted(settings.items()))


@pytest.fixture
def sms(serve: Serve, server_clock: Path) -> Sms:
    return Sms(Served(serve, SERVED, FileClock(server_clock)))
