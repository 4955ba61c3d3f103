"""How long a refusal takes tells nothing of how much of a secret was right."""

import hmac
from base64 import b64encode
from timeit import timeit

import pytest

from parley.twilio import signature as signature_module
from tests.diagnosis.refusals import Refused, macs_of_cookies, signatures, tokens_of_the_metrics
from tests.twilio.timing import BOUND, differences, sharing

pytestmark = pytest.mark.live


def ends_early(one: bytes, other: bytes) -> bool:
    """A comparison as it must not be: it ends at the first character that is wrong."""
    return all(mine == theirs for mine, theirs in zip(one, other, strict=True))


@pytest.mark.threat("S30")
@pytest.mark.parametrize(
    "refused",
    [signatures(), macs_of_cookies(), tokens_of_the_metrics()],
    ids=["signature", "seal of a cookie", "METRICS_TOKEN"],
)
def test_how_much_of_a_secret_is_right_cannot_be_told_from_the_time(refused: Refused) -> None:
    """What is given away is given away each time; what else the machine does comes and goes."""
    found = [differences(*refused)]
    while max(each.at_most for each in found[-1].values()) >= BOUND and len(found) < 4:
        found.append(differences(*refused))
    assert max(each.at_most for each in found[-1].values()) < BOUND, found


@pytest.mark.threat("S30")
def test_a_comparison_that_ends_early_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same measurement finds a leak, and its size: that of the comparison on its own."""

    def leaks(given: bytes, key: bytes, text: bytes, algorithm: str) -> bool:
        assert algorithm == "HMAC_SHA1"
        return ends_early(b64encode(hmac.digest(key, text, "sha1")), given)

    monkeypatch.setattr(signature_module, "is_signature", leaks)
    found = differences(*signatures())
    for number in (10, 27):
        known = nanoseconds(number) - nanoseconds(0)
        assert found[number].least > BOUND
        assert known / 2 < found[number].median < 3 * known


def nanoseconds(number: int) -> float:
    """What that comparison takes where so many characters are right."""
    right = "ABCDEFGHIJKLMNOPQRSTUVWXYZab"
    one, other = right.encode(), sharing(right, number).encode()
    return min(timeit(lambda: ends_early(one, other), number=1_000) for _ in range(20)) * 1e6
