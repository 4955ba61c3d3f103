import pytest

from parley.http_client import Timeouts
from parley.simulator.connection_overrides import Overrides, split

URL = "https://a.b/sms?c=d"


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("", Overrides()),
        ("#", Overrides()),
        ("#rc=2&rp=all", Overrides(2, frozenset({"ct", "rt", "4xx", "5xx"}))),
        ("#rc=0", Overrides(0)),
        ("#rc=5&rp=5xx,rt", Overrides(5, frozenset({"5xx", "rt"}))),
        ("#rc=9&rp=never", Overrides(5, frozenset())),
        ("#ct=2000&rt=5000&tt=15000", Overrides(timeouts=Timeouts(2.0, 5.0, 15.0))),
        ("#ct=1&rt=99999999&tt=soon", Overrides(timeouts=Timeouts(0.1, 15.0, 15.0))),
    ],
)
def test_the_fragment_sets_timeouts_and_retries(fragment: str, expected: Overrides) -> None:
    assert split(URL + fragment) == (URL, expected)
