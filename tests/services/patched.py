"""Run pytest with gevent's patch, as gunicorn's worker runs the application."""

import os

os.environ["GEVENT_RESOLVER"] = "ares"

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402  # the patch comes first

import pytest  # noqa: E402

if __name__ == "__main__":
    sys.exit(pytest.main(sys.argv[1:]))
