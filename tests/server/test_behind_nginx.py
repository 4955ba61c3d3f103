"""The nginx recipe of docs/deploy.md works as it is written."""

import re
import time
from collections.abc import Iterator

import pytest

from tests.server.behind import Proxy, recipe
from tests.server.nginx import AT_THE_ROOT, NGINX, nginx
from tests.server.running import running
from tests.server.texting import PREFIX, SETTINGS, BehindAProxy, get, showing, text
from tests.twilio import PUBLIC_URL

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed"),
]


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("nginx")
    with running(folder, SETTINGS) as server, nginx(folder, [server.port]) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def prefixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("prefixed")
    settings = {**SETTINGS, "PUBLIC_URL": PUBLIC_URL + PREFIX}
    behind_a_path = {AT_THE_ROOT: recipe("nginx behind a path")}
    with (
        running(folder, settings) as server,
        nginx(folder, [server.port], behind_a_path) as proxy,
    ):
        yield proxy


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with showing() as port, nginx(tmp_path_factory.mktemp("shown"), [port]) as proxy:
        yield proxy


class TestNginx(BehindAProxy):
    def test_both_logs_call_a_request_by_the_same_name(self, proxy: Proxy) -> None:
        assert text(proxy, **{"X-Request-ID": "0" * 32}).status == 200
        name = re.findall(r" turn .* request=([0-9a-f]{32})\b", proxy.log())[-1]
        assert name != "0" * 32
        line = re.compile(rf" POST /sms/counter 200 [0-9.]+ {name}$", re.MULTILINE)
        for _ in range(200):  # nginx writes its line when the answer is out already
            if line.search(proxy.log()):
                return
            time.sleep(0.05)
        raise AssertionError("nginx knows it by another name")

    def test_a_path_is_taken_away_without_touching_the_rest(self, prefixed: Proxy) -> None:
        for path in ("//sms//it's", "/sms/%22(\"^){}|%27'", "/sms/../x"):
            assert get(prefixed, PREFIX + path).status == 404, "refused, it would be 403"
