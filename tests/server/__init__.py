import pytest

pytest.register_assert_rewrite("tests.server.senders", "tests.server.texting")
