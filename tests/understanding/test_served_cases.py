"""The same cases as in process, through a real gunicorn: HTTP, signatures, cookies."""

import http.client
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from parley.http_client import Request, Response, Send, Timeouts
from parley.simulator.simulator import TwilioSimulator
from parley.testing import SETTINGS, Application, Clock, Sms
from tests.flows import test_appointment, test_directory, test_forward
from tests.server.running import ROOT, free_port, running
from tests.understanding import test_cases
from tests.understanding.served_cases import CLOCK

SERVED = {
    "TIME_ZONE": "UTC",
    "FLOWS": "flows,tests.understanding.case_flows",
    "FORWARD_TO": test_forward.OWNER,
}
OTHER_SETTINGS = {
    "test_w5_with_opt_out_words_off_the_script_gets_a_request_to_stop",
    "test_without_the_opt_out_words_start_is_the_scripts",
    "test_w21_an_invalid_time_zone_is_an_error",
}
"""They need a server with other settings, so they only run in process."""
OF_FLOWS = [
    test_forward.test_the_owner_replies_by_number_and_gets_a_confirmation,
    test_forward.test_for_a_reply_without_a_number_the_owner_chooses_the_recipient,
    test_forward.test_the_reply_to_an_invalid_number_is_a_hint,
    test_forward.test_an_automatic_reply_of_the_owner_is_not_forwarded,
    test_forward.test_each_side_gets_texts_on_its_own_channel,
    test_forward.test_a_location_and_a_contact_card_are_forwarded_as_text,
    test_forward.test_the_sender_and_a_long_word_stay_in_one_message,
    test_directory.test_several_matches_are_offered_to_choose_from,
    test_directory.test_a_similar_name_needs_a_confirmation,
    test_directory.test_a_late_answer_starts_over,
    test_directory.test_thanks_is_not_a_name,
    test_appointment.test_a_time_is_compared_with_the_time_of_the_answer,
    test_appointment.test_a_time_that_passes_before_the_confirmation_is_not_booked,
]
for each in [
    *(test for name, test in vars(test_cases).items() if name.startswith("test_")),
    *OF_FLOWS,
]:
    if each.__name__ not in OTHER_SETTINGS:
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


class Served(Application):
    """The application that is already served, with the settings `SERVED`."""

    def __init__(self, send: Send, clock: Clock) -> None:
        super().__init__(lambda *_: pytest.fail("it is served"), clock)
        self.twilio = TwilioSimulator(send, clock, stops_loops=False)

    def changed(self, settings: Mapping[str, str], services: Mapping[str, Any]) -> Application:
        assert settings.items() <= SERVED.items(), "a case for this server has its settings"
        assert not services
        return self


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
def send(server_clock: Path) -> Iterator[Send]:
    server_clock.write_text("0")
    settings = {**SETTINGS, **SERVED, CLOCK: str(server_clock)}
    arguments = ("--pythonpath", f"{ROOT},{ROOT / 'app'}", "tests.understanding.served_cases:app")
    with running(server_clock.parent, settings, *arguments, port=free_port()) as server:
        yield over_http(server.port)


@pytest.fixture
def sms(send: Send, server_clock: Path) -> Sms:
    return Sms(Served(send, FileClock(server_clock)))
