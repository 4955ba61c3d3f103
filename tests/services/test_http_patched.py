"""Everything that test_http.py shows, with gevent's patch, as under gunicorn."""

import re
import sys

import pytest

from tests.server.running import ROOT, completed


@pytest.mark.live
@pytest.mark.threat("S27")
def test_everything_holds_with_the_patch_of_gevent() -> None:
    command = [sys.executable, "-W", "error", "-m", "tests.services.patched"]
    command += ["tests/services/test_http.py", "-p", "no:cacheprovider", "-p", "no:xdist"]
    told = completed(ROOT, command)
    assert told.returncode == 0, told.stdout
    passed = re.search(r"^(\d+) passed", told.stdout, re.MULTILINE)
    assert told.stderr == "", "gevent wrote a traceback"
    assert passed
    assert int(passed[1]) > 80
