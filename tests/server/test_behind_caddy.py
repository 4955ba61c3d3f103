"""The Caddyfile of deploy/ works as it is written."""

from collections.abc import Iterator

import pytest

from tests.server.behind import Proxy, recipe
from tests.server.caddy import AT_THE_ROOT, CADDY, caddy
from tests.server.running import running
from tests.server.texting import PREFIX, SETTINGS, BehindAProxy, showing
from tests.twilio import PUBLIC_URL

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(CADDY is None, reason="Caddy is not installed"),
]


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("caddy")
    with running(folder, SETTINGS) as server, caddy(folder, [server.port]) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def prefixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("prefixed")
    settings = {**SETTINGS, "PUBLIC_URL": PUBLIC_URL + PREFIX}
    behind_a_path = {AT_THE_ROOT: "\t{$CADDY_TLS}\n" + recipe("Caddy behind a path")}
    with (
        running(folder, settings) as server,
        caddy(folder, [server.port], behind_a_path) as proxy,
    ):
        yield proxy


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with showing() as port, caddy(tmp_path_factory.mktemp("shown"), [port]) as proxy:
        yield proxy


class TestCaddy(BehindAProxy):
    pass
