"""The time of a rejection does not depend on the number of correct characters in a secret."""

import hmac
from base64 import b64encode
from timeit import timeit

import pytest

from parley.twilio import signature as signature_module
from tests.diagnosis.refusals import Refused, macs_of_cookies, signatures, tokens_of_the_metrics
from tests.twilio.timing import BOUND, differences, sharing

pytestmark = pytest.mark.live


def ends_early(one: bytes, other: bytes) -> bool:
    """A wrong comparison, which stops at the first different character."""
    return all(mine == theirs for mine, theirs in zip(one, other, strict=True))


@pytest.mark.threat("S30")
@pytest.mark.parametrize(
    "refused",
    [signatures(), macs_of_cookies(), tokens_of_the_metrics()],
    ids=["signature", "seal of a cookie", "METRICS_TOKEN"],
)
def test_the_time_does_not_reveal_correct_characters_of_a_secret(refused: Refused) -> None:
    """A real leak is found in each attempt, but the noise of the machine is not."""
    found = [differences(*refused)]
    while max(each.at_most for each in found[-1].values()) >= BOUND and len(found) < 4:
        found.append(differences(*refused))
    assert max(each.at_most for each in found[-1].values()) < BOUND, found


@pytest.mark.threat("S30")
def test_an_early_ending_comparison_would_be_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same measurement finds a leak and its size, as measured for the comparison alone."""

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
    """Return the time of that comparison for a number of correct characters."""
    right = "ABCDEFGHIJKLMNOPQRSTUVWXYZab"
    one, other = right.encode(), sharing(right, number).encode()
    return min(timeit(lambda: ends_early(one, other), number=1_000) for _ in range(20)) * 1e6
