"""The Caddyfile in deploy/ works."""

from typing import ClassVar

import pytest

from tests.server.behind import recipe
from tests.server.caddy import AT_THE_ROOT, CADDY, caddy
from tests.server.texting import BehindAProxy

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(CADDY is None, reason="Caddy is not installed"),
]


class TestCaddy(BehindAProxy):
    start = staticmethod(caddy)
    behind_a_path: ClassVar = {AT_THE_ROOT: "\t{$CADDY_TLS}\n" + recipe("Caddy behind a path")}
