"""One log line per turn and per refusal, each refusal with the next step."""

import json
import logging
import re
from collections.abc import Callable

import pytest
from flask import Flask

from parley.logging import JsonFormatter, TextFormatter, pairs, record, without_words
from parley.testing import Clock
from tests.webhook import Twilio, message


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "parley"]


def test_a_turn_is_logged_in_one_line(twilio: Twilio, caplog: pytest.LogCaptureFixture) -> None:
    twilio.hears("counter", MessageSid="SM" + "0f" * 16)
    (line,) = lines(caplog)
    fields = "turn status=200 flow=counter sid=SM" + "0f" * 16
    assert line.startswith(fields + " from=+1555…01 to=+1555…02 memory=new ms=")
    assert caplog.records[-1].levelno == logging.INFO


def test_the_line_has_the_state_of_the_cookie(
    twilio: Twilio, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(7):
        twilio.text("reset-after-five")
    twilio.text("counter")
    clock.later(14_400)
    twilio.text("counter")
    twilio.cookie = "parley=x"
    twilio.text("counter")
    memories = [line.partition("memory=")[2].partition(" ")[0] for line in lines(caplog)]
    expected = ["new", *["continued"] * 5, "forgotten", "new", "expired", "unreadable"]
    assert memories == expected


@pytest.mark.parametrize(
    ("form", "path", "headers", "expected"),
    [
        (
            {"Body": "x"},
            "/sms/counter",
            {},
            "status=400 method=POST flow=counter sid=odd .*From, To, MessageSid",
        ),
        (
            message(),
            "/sms/nope",
            {},
            "status=404 .*next=.*one of /sms/: appointment, brief-counter",
        ),
        (message(), "/sms/counter", {"X-Twilio-Signature": ""}, 'reason="no signature" next=".+"'),
        (
            message(),
            "/sms/counter",
            {"X-Twilio-Signature": "x" * 28},
            'reason="wrong signature" next="Twilio signs the URL that it calls; PUBLIC_URL is '
            "https://sms.example.com: is that what the webhook is set to, http or https",
        ),
    ],
)
def test_the_line_of_a_refusal_has_its_reason_and_the_next_step(
    twilio: Twilio,
    caplog: pytest.LogCaptureFixture,
    form: dict[str, str],
    path: str,
    headers: dict[str, str],
    expected: str,
) -> None:
    twilio.post(path, form, **headers)
    (line,) = lines(caplog)
    assert line.startswith("refused status=4")
    assert re.search(expected, line), line
    assert caplog.records[-1].levelno == logging.WARNING


def test_a_failure_is_logged_once_with_its_traceback(
    make_app: Callable[..., Flask],
    guest_flow: Callable[[str, str], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    guest_flow("lunch", "def lunch(message, session):\n    return 1 / 0\n")
    response = Twilio(make_app().test_client(use_cookies=False)).text("lunch")
    assert response.status_code == 500
    assert "Set-Cookie" not in response.headers
    assert "lunch" not in response.text
    (line,) = lines(caplog)
    assert line.startswith("failed status=500 method=POST flow=lunch sid=SM")
    assert 'lunch.py", line 2, in lunch\n    return 1 / 0' in line
    assert "ZeroDivisionError: (its words are not logged" in line
    assert re.search(r" memory=new ms=[0-9.]+\n", line)


def test_a_traceback_contains_the_causes_and_is_bounded() -> None:
    first, second = ValueError("secret words"), KeyError("more words")
    first.__cause__, second.__cause__ = second, first
    told = without_words(first)
    assert told.index("ValueError") < told.index("which was caused by") < told.index("KeyError")
    assert "words" not in told.replace("its words are not logged", "")
    hidden = RuntimeError()
    hidden.__context__, hidden.__suppress_context__ = first, True
    assert "ValueError" not in without_words(hidden)


@pytest.mark.threat("S21")
@pytest.mark.parametrize("exit_", ["sys.exit()", "raise SystemExit(3)", "raise MemoryError"])
def test_a_flow_that_exits_is_a_failure(
    make_app: Callable[..., Flask],
    guest_flow: Callable[[str, str], None],
    caplog: pytest.LogCaptureFixture,
    exit_: str,
) -> None:
    guest_flow("leave", f"import sys\ndef leave(message, session):\n    {exit_}\n")
    twilio = Twilio(make_app().test_client(use_cookies=False))
    assert twilio.text("leave").status_code == 500
    assert lines(caplog)[0].startswith("failed status=500")


def test_a_session_that_is_too_large_keeps_the_old_cookie(
    make_app: Callable[..., Flask],
    guest_flow: Callable[[str, str], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    source = "from parley.conversation import Reply\ndef hoard(message, session):\n"
    guest_flow("hoard", source + "    return Reply('x', session=session.remember(a='x' * 4000))\n")
    response = Twilio(make_app().test_client(use_cookies=False)).text("hoard")
    assert response.status_code == 500
    assert "Set-Cookie" not in response.headers
    (line,) = lines(caplog)
    assert "more than the limit of 4,096; remember less" in line
    assert "Traceback" not in line


def test_a_value_cannot_start_a_new_line(caplog: pytest.LogCaptureFixture) -> None:
    record("turn", level=logging.WARNING, flow='a b"\nturn flow=x\u2028', none=None)
    assert lines(caplog) == ['turn flow="a b\\"\\nturn flow=x\\u2028"']
    assert pairs({"ms": 1.3, "of": "", "to": "+1555…01"}) == 'ms=1.3 of="" to=+1555…01'


def test_both_formats_have_the_same_fields(caplog: pytest.LogCaptureFixture) -> None:
    record("turn", level=logging.WARNING, flow="counter", ms=1.5)
    (entry,) = caplog.records
    entry.created = 1_800_000_000.0
    line = TextFormatter().format(entry)
    assert line == "2027-01-15T08:00:00Z WARNING turn flow=counter ms=1.5"
    assert json.loads(JsonFormatter().format(entry)) == {
        "time": "2027-01-15T08:00:00Z",
        "level": "WARNING",
        "event": "turn",
        "flow": "counter",
        "ms": 1.5,
    }
