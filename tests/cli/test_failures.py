"""`parley failures`, against the stand-in for Twilio's REST API."""

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from parley.cli.failing_text import Numbers, flow_of
from parley.simulator.parameters import inbound
from tests.cli.conftest import InProcess
from tests.rest.stand_in import StandIn, alert, error, message
from tests.server.running import ROOT, clean_environ

SENDER, OURS = "+442079460123", "+15559870002"
NOW = datetime.now(UTC).replace(microsecond=0)
ALERT = "NO" + "1" * 32
FLOW = '''
from parley import Script, script


@script
def order() -> Script:
    """Take an order."""
    what = yield "What would you like?"
    where = yield f"{what}, then. Where to?"
    return f"It comes to {int(where)}."
'''


def sid(number: int) -> str:
    return f"SM{number:032x}"


def at(seconds: int) -> datetime:
    """Return a time today, by its seconds after the alert."""
    return NOW - timedelta(minutes=5) + timedelta(seconds=seconds)


def told(body: str, **more: str) -> dict[str, str]:
    """Return the parameters of a text, as an alert repeats them."""
    sids = dict.fromkeys(("MessageSid", "SmsSid", "SmsMessageSid"), sid(9))
    return {**inbound(SENDER, OURS, body), **sids, **more}


def sent(number: int, seconds: int, body: str, *, reply: bool = False, **changed: Any) -> Any:
    """Return a message of the account: from the sender, or a reply to it."""
    ends = {"From": OURS, "To": SENDER} if reply else {"From": SENDER, "To": OURS}
    return {
        **message(sid(number), "delivered" if reply else "received", {**ends, "Body": body}, 0),
        "direction": "outbound-reply" if reply else "inbound",
        "date_sent": format_datetime(at(seconds)),
        **changed,
    }


def test_equal_alerts_are_counted_in_one_line(in_process: InProcess, twilio_rest: StandIn) -> None:
    twilio_rest.alerts = [
        alert(ALERT, at(0), told("my secret")),
        alert("NO" + "2" * 32, at(-60), told("another")),
        alert("NO" + "3" * 32, at(-90), {}, error_code="30007", alert_text="", request_url=None),
        alert("NO" + "4" * 32, at(-25 * 3_600), told("of the day before")),
    ]
    ended = in_process("failures", **twilio_rest.environ)
    assert ended.exit_code == 1, ended.output
    newest = f"{at(0):%Y-%m-%dT%H:%M:%SZ}"
    assert ended.stdout.splitlines() == [
        "   2  11200 the webhook returned an error (status 500): look for its line in the server's "
        "log.",
        f"      last {newest} {ALERT} https://sms.example.com/sms/counter",
        f"      sid={sid(9)} from=+4420…23 to=+1555…02",
        "   1  30007 a carrier's filter, or Twilio's, stopped it: change the words, and see that "
        "the sender is registered.",
        f"      last {at(-90):%Y-%m-%dT%H:%M:%SZ} NO{'3' * 32}",
    ]


def test_the_texts_are_shown_only_on_request(in_process: InProcess, twilio_rest: StandIn) -> None:
    text = "Msg=Cannot+reach+%2B442079460123+now&ErrorCode=99999"
    secret = "https://me:secret@sms.example.com/sms/counter?Body=my+words"
    twilio_rest.alerts = [
        alert(
            ALERT, at(0), told("my words"), error_code="99999", alert_text=text, request_url=secret
        )
    ]
    masked = in_process("failures", **twilio_rest.environ).output
    assert "99999 no reason given: see https://www.twilio.com/docs/errors/99999." in masked
    whole = in_process("failures", "--show", **twilio_rest.environ).output
    assert "99999 Cannot reach +4420…23 now: see https://www.twilio.com/docs/errors/99999." in whole
    for words in (SENDER, "> my words", "< Something went wrong."):
        assert words not in masked
        assert words in whole
    for words in ("secret", "Body="):
        assert words not in masked + whole


def test_a_day_without_alerts_is_a_success(in_process: InProcess, twilio_rest: StandIn) -> None:
    twilio_rest.alerts = [alert(ALERT, at(-25 * 3_600), told("hi"))]
    ended = in_process("failures", **twilio_rest.environ)
    assert (ended.exit_code, ended.stdout) == (0, "Twilio has no alert of the last 24 hours.\n")
    assert in_process("failures", "--hours", "48", **twilio_rest.environ).exit_code == 1


CONVERSATION = [
    ("hi", "What would you like?"),
    ("a pizza for +44 20 7946 0123", "a pizza for +44 20 7946 0123, then. Where to?"),
]


def with_conversation(twilio_rest: StandIn, failing: str, **more: str) -> None:
    """A conversation whose last text failed, and an earlier one that ended hours before."""
    messages = [sent(1, -5 * 3_600, "of the morning"), sent(2, -5 * 3_600, "Morning.", reply=True)]
    for number, (text, reply) in enumerate(CONVERSATION):
        messages.append(sent(3 + 2 * number, -220 + 80 * number, text))
        messages.append(sent(4 + 2 * number, -220 + 80 * number, reply, reply=True))
    by_hand = sent(8, -20, "By hand.", reply=True, direction="outbound-api")
    messages += [by_hand, sent(9, 0, failing), sent(10, 30, "are you there?")]
    twilio_rest.messages = messages
    url = "https://sms.example.com/sms/order"
    twilio_rest.alerts = [alert(ALERT, at(1), told(failing, **more), request_url=url)]


def test_the_written_test_has_the_conversation_up_to_the_failed_text(
    in_process: InProcess, twilio_rest: StandIn
) -> None:
    with_conversation(twilio_rest, 'twelve "and" 020 7946 0999')
    ended = in_process("failures", "--test", ALERT, **twilio_rest.environ)
    assert ended.exit_code == 0, ended.output
    began = f"{at(-220):%Y-%m-%d %H:%M:%S}"
    expected = f'''\
from parley.testing import Sms


def test_the_text_that_failed_with_11200_is_answered(sms: Sms) -> None:
    """Twilio's alert {ALERT}: the webhook returned an error."""
    phone = sms(from_="+15551230001", to="+15559870002")
    phone.play(
        "order",
        """
        * it is {began}
        > hi
        < What would you like?
        * 1 minute later
        > a pizza for +15551230001
        < a pizza for +15551230001, then. Where to?
        """,
    )
    phone.later(minutes=2)
    assert phone.text("order", "twelve \\"and\\" 5550100002")
'''
    assert ended.stdout == expected


def test_the_written_test_fails_until_the_flow_is_fixed(
    in_process: InProcess, twilio_rest: StandIn, tmp_path: Path
) -> None:
    with_conversation(twilio_rest, "twelve")
    file = tmp_path / "tests" / "test_order.py"
    arguments = ("failures", "--test", ALERT, "--output", str(file))
    ended = in_process(*arguments, **twilio_rest.environ)
    assert ended.exit_code == 0, ended.output
    assert f"Wrote {file}; run it with: python -m pytest {file}" in ended.stdout
    flow = tmp_path / "order.py"
    for code, outcome in ((FLOW, "1 failed"), (FLOW.replace("int(where)", "where"), "1 passed")):
        flow.write_text(code)
        played = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)],
            cwd=tmp_path,
            env=clean_environ(FLOWS=f"{tmp_path}/", PYTHONPATH=str(ROOT / "app")),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert outcome in played.stdout, played.stdout + played.stderr
    again = in_process(*arguments, **twilio_rest.environ)
    assert again.exit_code == 2
    assert "exists: name another file" in again.stderr


def test_the_written_test_has_pictures_buttons_and_channels(
    in_process: InProcess, twilio_rest: StandIn
) -> None:
    more = {"NumMedia": "2", "MediaContentType0": "image/png", "ButtonText": "Yes \\ no"}
    more |= {"MediaUrl0": "https://api.twilio.com/private", "From": f"whatsapp:{SENDER}"}
    more |= {"To": f"whatsapp:{OURS}", "ErrorUrl": "https://sms.example.com/texts/lunch?a=b"}
    given = told("a\u202eb\nc", **more)
    twilio_rest.alerts = [
        alert(ALERT, at(0), given, request_url="https://sms.example.com/sms/fallback")
    ]
    ended = in_process("failures", "--test", ALERT, **twilio_rest.environ)
    assert ended.exit_code == 0, ended.output
    written = ended.stdout
    phone = 'sms(from_="whatsapp:+15551230001", to="whatsapp:+15559870002")'
    assert f"    phone = {phone}\n    assert phone.text(" in written
    urls = '["https://images.example.com/1.png", "https://images.example.com/2"]'
    text = r'"a\u202eb\nc"'
    assert written.endswith(
        f'phone.text("/texts/lunch", {text}, {urls}, ButtonText="Yes \\\\ no")\n'
    )
    assert not re.search(r"private|7946", written)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"CallSid": "CA1", "From": SENDER, "To": OURS}, "is not about a text to a"),
        ({}, "is not about a text to a webhook"),
    ],
)
def test_no_test_is_written_for_an_alert_without_a_text(
    in_process: InProcess, twilio_rest: StandIn, given: dict[str, str], words: str
) -> None:
    twilio_rest.alerts = [alert(ALERT, at(0), given)]
    ended = in_process("failures", "--test", ALERT, **twilio_rest.environ)
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert words in ended.stderr


def test_unreadable_data_is_reported(in_process: InProcess, twilio_rest: StandIn) -> None:
    missing = in_process("failures", "--test", ALERT, **twilio_rest.environ)
    assert f"this account has no alert {ALERT}: set TWILIO_ACCOUNT_SID" in missing.stderr
    assert missing.exit_code == 1
    twilio_rest.instead = lambda _: error(401, 20003, "Authenticate")
    refused = in_process("failures", **twilio_rest.environ)
    assert "20003 Twilio does not accept these credentials: set TWILIO" in refused.stderr
    for arguments in (("--test", "NO1"), ("--output", "x.py")):
        assert in_process("failures", *arguments, **twilio_rest.environ).exit_code == 2


@pytest.mark.parametrize(
    ("url", "flow"),
    [
        ("https://sms.example.com/sms/sign-up", "sign-up"),
        ("https://example.com/bots/sms/counter/?a=b#rc=2", "counter"),
        ("https://sms.example.com/sms", "/sms"),
        ("https://sms.example.com/sms/", "/sms"),
        ("https://shop.example.com/texts/lunch", "/texts/lunch"),
        ("", "/sms"),
    ],
)
def test_the_url_determines_the_flow(url: str, flow: str) -> None:
    assert flow_of(url) == flow


@pytest.mark.parametrize(
    ("text", "replaced"),
    [
        ("call +442079460123", "call +15551230001"),
        ("442079460123 or 2079460123", "5551230001 or 5551230001"),
        ("to +1 (555) 987-0002!", "to +15559870002!"),
        ("(415) 555-2671 and 415-555-2671", "5550100002 and 5550100002"),
        ("030 1234567 or 0171 234 56 78", "030 5550100002 or 5550100003"),
        ("on 2026-11-21 or 21.11.2026 at 10:30", "on 2026-11-21 or 21.11.2026 at 10:30"),
        ("table 12, 4 people, order 123456", "table 12, 4 people, order 123456"),
    ],
)
def test_numbers_are_replaced_but_dates_are_not(text: str, replaced: str) -> None:
    assert Numbers(SENDER, OURS).replaced(text) == replaced
