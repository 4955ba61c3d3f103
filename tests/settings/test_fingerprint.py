import re

import pytest

from parley.settings.fingerprint import fingerprints
from tests.webhook import SECRET, TOKEN


@pytest.mark.threat("S24")
def test_a_fingerprint_tells_secrets_apart_and_not_what_they_are() -> None:
    both = fingerprints([SECRET, TOKEN])
    assert re.fullmatch("[0-9a-f]{6},[0-9a-f]{6}", both)
    assert both == f"{fingerprints([SECRET])},{fingerprints([TOKEN])}", "each for itself, in order"
    assert fingerprints([SECRET]) != fingerprints([SECRET + " "]) != fingerprints([TOKEN])
    assert fingerprints([]) == ""


def test_what_is_no_text_has_a_fingerprint_too() -> None:
    assert len(fingerprints(["\udcff"])) == 6
