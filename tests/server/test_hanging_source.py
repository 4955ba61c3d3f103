"""A source that hangs holds up those who ask it, and nobody else."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.outside.source import source, stalls
from tests.server.running import Server, running
from tests.server.senders import FORM
from tests.twilio import PUBLIC_URL, SECRET, TOKEN, message, signature

pytestmark = pytest.mark.live


def text(server: Server, flow: str) -> str:
    form, path = message(), f"/sms/{flow}"
    signed = signature(PUBLIC_URL + path, form)
    headers = {"Content-Type": FORM, "X-Twilio-Signature": signed}
    status, answer, _ = server.ask("POST", path, urlencode(form).encode(), headers)
    assert status == 200
    return answer


def test_a_source_that_hangs_leaves_threads_to_others(tmp_path: Path) -> None:
    with source(stalls) as (url, _), ThreadPoolExecutor(6) as pool:
        settings = {
            "PUBLIC_URL": PUBLIC_URL,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "SESSION_SECRET": SECRET,
            "MMS_SOURCE_URL": url,
            "WEB_CONCURRENCY": "1",
            "WEB_THREADS": "4",
        }
        with running(tmp_path, settings) as server:
            fetching = [pool.submit(text, server, "mms-reply") for _ in range(6)]
            time.sleep(0.5)
            started = time.monotonic()
            assert "Hello, thanks" in text(server, "counter")
            assert time.monotonic() - started < 1
            assert all("No doge today" in each.result() for each in fetching)
        assert server.log().count("2 fetches are under way already") == 4
        assert server.log().count("the source took more than 7 seconds") == 2
