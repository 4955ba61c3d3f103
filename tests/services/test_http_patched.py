"""The tests in test_http.py with gevent's patch, as under gunicorn."""

import re
import sys

import pytest

from tests.server.running import ROOT, completed


@pytest.mark.live
@pytest.mark.threat("S27")
def test_the_tests_pass_with_gevents_patch() -> None:
    command = [sys.executable, "-W", "error", "-m", "tests.services.patched"]
    command += ["tests/services/test_http.py", "-p", "no:cacheprovider", "-p", "no:xdist"]
    told = completed(ROOT, command)
    assert told.returncode == 0, told.stdout
    passed = re.search(r"^(\d+) passed", told.stdout, re.MULTILINE)
    assert told.stderr == "", "gevent wrote a traceback"
    assert passed
    assert int(passed[1]) > 80
