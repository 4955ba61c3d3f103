"""Servers with a database: gunicorn's workers, patched by gevent, and waitress with threads."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import webhook
from tests.postgres import Cluster
from tests.server.running import (
    ROOT,
    Server,
    clean_environ,
    finished,
    free_port,
    printed,
    running,
    served,
    until,
)
from tests.server.workers import workers
from tests.webhook import Twilio, over_http, said

SLOW = """
import time
from parley import Message, Reply, Session

def slow(message: Message, session: Session) -> Reply:
    time.sleep(0.5)
    count = session.get_int("count") + 1
    return Reply(f"{count}", session=session.remember(count=count))
"""
AT_ONCE = """
from gevent import monkey; monkey.patch_all()
import sys, time, gevent
from parley.memory.database import Database
database = Database(sys.argv[1], connections=8)
database.fetch("SELECT 1", {})
began = time.monotonic()
waiting = [gevent.spawn(database.fetch, "SELECT pg_sleep(0.4)", {}) for _ in range(8)]
gevent.joinall(waiting, raise_error=True)
took = time.monotonic() - began
assert took < 2.5, took  # one after the other it would be 3.2
assert database.number() > 0
database.close()
"""
WITHOUT = """
import sys
from parley import create_app
from parley.cli import sms
create_app()
found = {"psycopg", "psycopg_pool", "alembic", "sqlalchemy"} & {*sys.modules}
assert not found, found
"""


@pytest.fixture(scope="module")
def settings(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("flows")
    (folder / "slow.py").write_text(SLOW)
    url = cluster.new_database(f"servers_{os.getpid()}")
    return {**webhook.SETTINGS, "FLOWS": f"flows,{folder}", "DATABASE_URL": url}


@pytest.fixture(scope="module", params=["gunicorn", "waitress"])
def server(
    request: pytest.FixtureRequest,
    settings: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "gunicorn":
        with running(folder, {**settings, "WEB_CONCURRENCY": "2"}) as found:
            yield found
        return
    port = free_port()
    waitress = str(Path(sys.executable).with_name("waitress-serve"))
    command = [waitress, "--threads", "8", "--listen", f"127.0.0.1:{port}", "wsgi:app"]
    with served(
        command, folder, port, env=clean_environ(**settings, PYTHONPATH=str(ROOT))
    ) as found:
        yield found


@pytest.fixture
def twilio(server: Server) -> Twilio:
    return Twilio(over_http(server.port), f"+1555{time.time_ns() % 10**7:07}")


@pytest.mark.live
def test_a_conversation_needs_no_cookie(server: Server, twilio: Twilio) -> None:
    for count in ("Hello, thanks for the new message!", "Your current count is 1"):
        response = twilio.text("counter")
        assert (said(response), response.headers.get("Set-Cookie")) == ([count], None)
    assert server.ask("GET", "/ready")[:2] == (200, "ok\n")
    assert server.ask("HEAD", "/ready")[:2] == (200, "")
    assert server.ask("POST", "/ready")[0] == 403


@pytest.mark.live
def test_concurrent_texts_wait_only_for_those_of_the_same_sender(twilio: Twilio) -> None:
    others = [Twilio(twilio.client, f"{twilio.from_[:-1]}{digit}") for digit in "012345"]
    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        replies = [pool.submit(each.hears, "slow") for each in (*others, others[0], others[1])]
        heard = [each.result() for each in replies]
    assert sorted(heard) == [*"11111122"]
    assert time.monotonic() - began < 2.5, "sequentially it would take 4 seconds"


@pytest.mark.live
def test_killed_workers_release_their_conversations(
    settings: dict[str, str], tmp_path: Path
) -> None:
    with running(tmp_path, {**settings, "WEB_CONCURRENCY": "2"}) as server:
        twilio = Twilio(over_http(server.port), "+15551239999")
        with ThreadPoolExecutor() as pool:
            lost = pool.submit(twilio.text, "slow")
            time.sleep(0.25)
            for pid in workers(server):
                os.kill(pid, signal.SIGKILL)
            with pytest.raises(ConnectionError):
                lost.result()
        until(lambda: len(workers(server)) == 2)
        assert twilio.hears("slow") == "1", "the text was not answered"


@pytest.mark.live
def test_a_server_does_not_start_with_a_database_of_another_version(
    cluster: Cluster, settings: dict[str, str], tmp_path: Path
) -> None:
    name = f"empty_{os.getpid()}"
    cluster.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    changed = {**settings, "DATABASE_URL": cluster.url(name)}
    ended = finished(tmp_path, "parley", "-c", str(ROOT / "gunicorn.conf.py"), **changed)
    assert ended.returncode == 1
    assert "The database has no Parley tables; this server needs version" in ended.stderr
    assert ended.stderr.rstrip().endswith("Parley did not start.")


def test_slow_queries_run_concurrently(settings: dict[str, str]) -> None:
    run(AT_ONCE, settings["DATABASE_URL"])


def test_without_the_setting_no_database_module_is_imported() -> None:
    run(WITHOUT)


def run(code: str, *arguments: str) -> None:
    command = [sys.executable, "-c", code, *arguments]
    printed(ROOT, command, **webhook.SETTINGS, PYTHONPATH="app")
