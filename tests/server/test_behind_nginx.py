"""The nginx configuration in docs/deploy.md works."""

import re
import time
from typing import ClassVar

import pytest

from tests.server.behind import Proxy, recipe
from tests.server.nginx import AT_THE_ROOT, NGINX, nginx
from tests.server.texting import PREFIX, BehindAProxy, get, text

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed"),
]


class TestNginx(BehindAProxy):
    start = staticmethod(nginx)
    behind_a_path: ClassVar = {AT_THE_ROOT: recipe("nginx behind a path")}

    def test_both_logs_have_the_same_id_for_a_request(self, proxy: Proxy) -> None:
        assert text(proxy, **{"X-Request-ID": "0" * 32}).status == 200
        name = re.findall(r" turn .* request=([0-9a-f]{32})\b", proxy.log())[-1]
        assert name != "0" * 32
        line = re.compile(rf" POST /sms/counter 200 [0-9.]+ {name}$", re.MULTILINE)
        for _ in range(200):  # nginx writes its log line after the response
            if line.search(proxy.log()):
                return
            time.sleep(0.05)
        raise AssertionError("nginx logged another ID")

    def test_the_prefix_is_stripped_and_the_rest_unchanged(self, prefixed: Proxy) -> None:
        for path in ("//sms//it's", "/sms/%22(\"^){}|%27'", "/sms/../x"):
            assert get(prefixed, PREFIX + path).status == 404, "with a wrong path, it would be 403"
