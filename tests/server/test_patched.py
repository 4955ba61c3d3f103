"""Flows and metrics behave the same with gevent's patch."""

import sys

import pytest

from tests.server.running import ROOT, printed

pytestmark = pytest.mark.live


def test_the_tests_pass_with_gevents_patch() -> None:
    command = [sys.executable, "-W", "error", "-m", "tests.services.patched"]
    command += ["tests/flows", "tests/test_prometheus.py", "-m", "not (live or evidence or long)"]
    command += ["-n0", "-p", "no:cacheprovider"]
    assert " passed" in printed(ROOT, command, PYTHONPATH=str(ROOT / "app"))
