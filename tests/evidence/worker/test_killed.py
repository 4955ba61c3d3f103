"""Workers that are killed with SIGKILL every second while they send messages."""

from pathlib import Path

from tests.evidence.plugin import Record, sizes
from tests.rest.stand_in import rest
from tests.webhook import SETTINGS
from tests.worker.killed import send_while_killed


@sizes(short=500, long=3_000)
def test_every_message_is_sent_once_or_marked_as_unclear(
    database_url: str, tmp_path: Path, size: int, record: Record
) -> None:
    with rest(tmp_path) as twilio:
        own = {"DATABASE_URL": database_url, "SENDS_PER_SECOND": "20", "FLOWS": "flows"}
        environ = {**SETTINGS, **twilio.environ, **own}
        environ["TWILIO_AUTH_TOKEN"] = SETTINGS["TWILIO_AUTH_TOKEN"]
        found = send_while_killed(database_url, environ, twilio, tmp_path, messages=size)
    doubled = sum(count - 1 for count in found.sent.values())
    unclear = found.states["unclear"]
    assert found.states["sent"] + unclear == size, found.states
    record(
        "messages sent while one of six workers is killed every second, answers of Twilio lost",
        f"{len(found.sent)} sent once, {unclear} unclear, in {found.seconds:.0f} s",
        inputs=size,
        killed=found.killed,
        lost=size - len(found.sent) - unclear,
        mixed=doubled,
    )
