import re

import pytest

from parley.settings.fingerprint import fingerprints
from tests.webhook import SECRET, TOKEN


@pytest.mark.threat("S24")
def test_fingerprints_distinguish_secrets_without_revealing_them() -> None:
    both = fingerprints([SECRET, TOKEN])
    assert re.fullmatch("[0-9a-f]{6},[0-9a-f]{6}", both)
    assert both == f"{fingerprints([SECRET])},{fingerprints([TOKEN])}", (
        "each secret must have its own fingerprint, in order"
    )
    assert fingerprints([SECRET]) != fingerprints([SECRET + " "]) != fingerprints([TOKEN])
    assert fingerprints([]) == ""


def test_a_secret_that_is_not_text_has_a_fingerprint() -> None:
    assert len(fingerprints(["\udcff"])) == 6
