"""Delivery receipts: a status only moves forward, in whatever order the reports arrive."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley import create_app
from parley.delivery_receipts import RANKS, Receipt, Receipts
from parley.metrics import NullMetrics
from parley.refusals import MalformedMessage
from parley.settings import Settings
from tests.webhook import ALICE, APP, SETTINGS, Twilio

SID = "SM000000000000000000000000000000bb"


def report(status: str, sid: str = SID, code: str = "") -> dict[str, str]:
    more = {"ErrorCode": code} if code else {}
    return {"MessageSid": sid, "MessageStatus": status, "From": APP, "To": ALICE, **more}


class Counted(NullMetrics):
    def __init__(self) -> None:
        self.ended: Counter[tuple[str, int]] = Counter()

    def receipt(self, status: str, error_code: int) -> None:
        self.ended[status, error_code] += 1


@given(st.permutations(["queued", "sending", "sent", "delivered", "read"]), st.data())
def test_reports_out_of_order_repeated_or_lost_count_once(
    order: list[str], data: st.DataObject
) -> None:
    kept = [each for each in order if data.draw(st.booleans())]
    doubled = [each for each in kept for _ in range(data.draw(st.integers(1, 3)))]
    metrics = Counted()
    receipts = Receipts(metrics)
    for status in doubled:
        receipts.take(report(status))
    is_delivered = {"delivered", "read"}.intersection(kept)
    assert metrics.ended == ({("delivered", 0): 1} if is_delivered else {}), (
        "a message that was read was delivered"
    )


@given(st.lists(st.sampled_from(sorted(RANKS)), max_size=12))
def test_a_message_has_one_final_status(statuses: list[str]) -> None:
    metrics, failed = Counted(), list[Receipt]()
    receipts = Receipts(metrics, failed.append)
    for status in statuses:
        receipts.take(report(status, code="30003"))
    assert sum(metrics.ended.values()) <= 1
    assert len(failed) <= 1


def test_the_log_line_of_a_failure_says_what_to_do(caplog: pytest.LogCaptureFixture) -> None:
    failed: list[Receipt] = []
    app = create_app(Settings.load(SETTINGS), services={"on_undelivered": failed.append})
    twilio = Twilio(app.test_client())
    for status in ("sent", "undelivered", "sent", "undelivered"):
        assert twilio.post("/sms/status", report(status, code="30003")).status_code == 200
    assert failed == [Receipt(SID, APP, ALICE, "undelivered", 30003)]
    (line,) = [
        each.getMessage() for each in caplog.records if "is=undelivered" in each.getMessage()
    ]
    assert 'error_code=30003 reason="the phone cannot be reached"' in line
    assert "next=" in line
    assert ALICE not in caplog.text


def test_every_reply_requests_receipts_if_the_setting_is_on() -> None:
    plain = Twilio(create_app(Settings.load(SETTINGS)).test_client()).text("counter")
    assert b"statusCallback" not in plain.data
    asked = create_app(Settings.load({**SETTINGS, "STATUS_CALLBACKS": "on"}))
    document = Twilio(asked.test_client()).text("counter").data
    assert b'<Message statusCallback="https://sms.example.com/sms/status">' in document


@pytest.mark.parametrize("wrong", [{}, {"MessageSid": SID}, report("received"), report("")])
def test_a_malformed_report_is_rejected(wrong: dict[str, str]) -> None:
    with pytest.raises(MalformedMessage):
        Receipts(NullMetrics()).take(wrong)


def test_the_number_of_tracked_messages_is_bounded() -> None:
    metrics = Counted()
    receipts = Receipts(metrics, most=2)
    for sid in ("SM1", "SM2", "SM3", "SM1"):
        receipts.take(report("delivered", sid))
    assert metrics.ended == {("delivered", 0): 4}, "the oldest was dropped"


def test_an_unsigned_report_is_rejected() -> None:
    client = create_app(Settings.load(SETTINGS)).test_client()
    assert client.post("/sms/status", data=report("delivered")).status_code == 403


def test_a_failed_hook_is_called_again_with_the_next_report() -> None:
    calls: list[Receipt] = []

    def fails_once(receipt: Receipt) -> None:
        calls.append(receipt)
        if len(calls) == 1:
            raise OSError("unavailable")

    receipts = Receipts(NullMetrics(), fails_once)
    with pytest.raises(OSError, match="unavailable"):
        receipts.take(report("failed"))
    receipts.take(report("failed"))
    receipts.take(report("failed"))
    assert len(calls) == 2
